// Checks of label selectors and label maps inside specs.

import { childPath, type FieldError, invalid, required } from "../../machinery/field-error.ts";
import { validateLabels } from "../../machinery/metadata.ts";
import type { JsonObject } from "../../machinery/object.ts";
import {
  type LabelSelector,
  labelSelectorToRequirements,
  matches,
  validateLabelSelector,
} from "../../machinery/selectors.ts";
import { isEmpty } from "./fields.ts";

/** A map of labels, such as `nodeSelector`. */
export function checkLabels(labels: Record<string, string> | undefined, path: string, errors: FieldError[]): void {
  errors.push(...validateLabels(labels, path));
}

export function checkLabelSelector(selector: LabelSelector | undefined, path: string, errors: FieldError[]): void {
  errors.push(...validateLabelSelector(selector, path));
}

/**
 * The selector of a workload: given, valid and not empty.
 *
 * @param kindText how the message about an empty selector names the kind
 */
export function checkWorkloadSelector(
  selector: LabelSelector | undefined,
  kindText: string,
  path: string,
  errors: FieldError[],
): void {
  if (selector === undefined || selector === null) {
    errors.push(required(path));
    return;
  }
  checkLabelSelector(selector, path, errors);
  const { matchLabels, matchExpressions } = selector;
  if (isEmpty(matchLabels) && isEmpty(matchExpressions)) {
    errors.push(invalid(path, selector, `empty selector is invalid for ${kindText}`));
  }
}

/** The labels of a pod template must match the selector of its owner. An absent or malformed selector is reported elsewhere. */
export function checkTemplateMatchesSelector(
  template: JsonObject | undefined,
  selector: LabelSelector | undefined,
  path: string,
  errors: FieldError[],
): void {
  if (selector === undefined || selector === null) return;
  const labels = template?.metadata?.labels;
  const requirements = labelSelectorToRequirements(selector);
  if (requirements === undefined || requirements.length === 0) return;
  if (!matches(requirements, labels)) {
    errors.push(
      invalid(childPath(path, "metadata.labels"), labels ?? null, "`selector` does not match template `labels`"),
    );
  }
}
