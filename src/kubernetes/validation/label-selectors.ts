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
import { isEmpty, isSet } from "./fields.ts";

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

/** The labels of a pod template must match the selector of its owner. An absent selector matches nothing; a malformed one is
 * reported elsewhere. */
export function checkTemplateMatchesSelector(
  template: JsonObject | undefined,
  selector: LabelSelector | undefined,
  path: string,
  errors: FieldError[],
): void {
  const labels = template?.metadata?.labels;
  if (isSet(selector)) {
    const requirements = labelSelectorToRequirements(selector as LabelSelector);
    if (requirements === undefined || matches(requirements, labels)) return;
  }
  errors.push(
    invalid(childPath(path, "metadata.labels"), labels ?? null, "`selector` does not match template `labels`"),
  );
}
