// Checks of label selectors and label maps inside specs.

import { childPath, type FieldError, forbidden, invalid, required } from "../../machinery/field-error.ts";
import type { JsonObject } from "../../machinery/object.ts";
import { labelSelectorMatches, labelSelectorRequirements } from "../../machinery/selectors.ts";
import { entriesOf, isEmpty, listOf } from "./fields.ts";
import { checkQualifiedName, labelValueErrors } from "./names.ts";

/** `metadata.labels` and other maps of labels. */
export function checkLabels(labels: unknown, path: string, errors: FieldError[]): void {
  for (const [key, value] of entriesOf(labels)) {
    checkQualifiedName(key, path, errors);
    for (const problem of labelValueErrors(String(value))) errors.push(invalid(path, value, problem));
  }
}

/** A LabelSelector. */
export function checkLabelSelector(selector: unknown, path: string, errors: FieldError[]): void {
  if (selector === undefined || selector === null) return;
  const { matchLabels, matchExpressions } = selector as JsonObject;
  checkLabels(matchLabels, childPath(path, "matchLabels"), errors);
  listOf(matchExpressions).forEach((expression, index) => {
    checkExpression(expression, childPath(childPath(path, "matchExpressions"), index), errors);
  });
}

function checkExpression(expression: JsonObject, path: string, errors: FieldError[]): void {
  const values = listOf(expression.values);
  const valuesPath = childPath(path, "values");
  switch (expression.operator) {
    case "In":
    case "NotIn":
      if (values.length === 0) {
        errors.push(required(valuesPath, "must be specified when `operator` is 'In' or 'NotIn'"));
      }
      break;
    case "Exists":
    case "DoesNotExist":
      if (values.length > 0) {
        errors.push(forbidden(valuesPath, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"));
      }
      break;
    default:
      errors.push(invalid(childPath(path, "operator"), expression.operator ?? "", "not a valid selector operator"));
  }
  checkQualifiedName(expression.key, childPath(path, "key"), errors);
  values.forEach((value, index) => {
    for (const problem of labelValueErrors(String(value))) {
      errors.push(invalid(childPath(valuesPath, index), value, problem));
    }
  });
}

/**
 * The selector of a workload: given, valid and not empty.
 *
 * @param kindText how the message about an empty selector names the kind
 */
export function checkWorkloadSelector(selector: unknown, kindText: string, path: string, errors: FieldError[]): void {
  if (selector === undefined || selector === null) {
    errors.push(required(path));
    return;
  }
  checkLabelSelector(selector, path, errors);
  const { matchLabels, matchExpressions } = selector as JsonObject;
  if (isEmpty(matchLabels) && isEmpty(matchExpressions)) {
    errors.push(invalid(path, selector, `empty selector is invalid for ${kindText}`));
  }
}

/** The labels of a pod template must match the selector of its owner. An absent or malformed selector is reported elsewhere. */
export function checkTemplateMatchesSelector(
  template: JsonObject | undefined,
  selector: unknown,
  path: string,
  errors: FieldError[],
): void {
  if (selector === undefined || selector === null) return;
  const labels = template?.metadata?.labels;
  const requirements = labelSelectorRequirements(selector as JsonObject);
  if (requirements === undefined || requirements.length === 0) return;
  if (!labelSelectorMatches(requirements, labels ?? {})) {
    errors.push(
      invalid(childPath(path, "metadata.labels"), labels ?? null, "`selector` does not match template `labels`"),
    );
  }
}
