// The selectors of an access review: given as text or as requirements, never both. What cannot be understood is left out of the
// question, which only makes it broader, and the answer says so.
// Source of the rules and words: kubernetes pkg/apis/authorization/validation, pkg/registry/authorization/util.

import { type FieldError, forbidden, invalid, required } from "../../machinery/field-error.ts";
import type { JsonObject } from "../../machinery/object.ts";
import {
  labelSelectorToRequirements,
  parseFieldSelector,
  parseLabelSelector,
  type Requirement,
  type SelectorResult,
  validateLabelSelector,
} from "../../machinery/selectors.ts";
import { isEmpty, isSet, listOf } from "../validation/fields.ts";

const operators = new Set(["In", "NotIn", "Exists", "DoesNotExist"]);

export function checkSelector(
  selector: JsonObject | undefined,
  kind: "field" | "label",
  path: string,
  errors: FieldError[],
): void {
  if (selector === undefined || !isSet(selector)) return;
  const requirements: JsonObject[] = listOf(selector.requirements);
  if (!isEmpty(selector.rawSelector) && requirements.length > 0) {
    const text = "may not specified at the same time as requirements";
    errors.push(invalid(`${path}.rawSelector`, selector.rawSelector, text));
  }
  if (isEmpty(selector.rawSelector) && requirements.length === 0) {
    const text = `when ${path} is specified, requirements or rawSelector is required`;
    errors.push(required(`${path}.requirements`, text));
  }
  requirements.forEach((requirement, index) => {
    const at = `${path}.requirements[${index}]`;
    if (kind === "field") checkFieldRequirement(requirement, at, errors);
    // Operators of newer clients are not refused: see readSelector.
    else if (operators.has(requirement.operator)) errors.push(...labelRequirementErrors(requirement, at));
  });
}

function checkFieldRequirement({ key, operator, values }: JsonObject, path: string, errors: FieldError[]): void {
  if (isEmpty(key)) errors.push(required(`${path}.key`, "must be specified"));
  const count = listOf(values).length;
  if ((operator === "In" || operator === "NotIn") && count === 0) {
    errors.push(required(`${path}.values`, "must be specified when `operator` is 'In' or 'NotIn'"));
  }
  if ((operator === "Exists" || operator === "DoesNotExist") && count > 0) {
    errors.push(forbidden(`${path}.values`, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"));
  }
}

function labelRequirementErrors(requirement: JsonObject, path: string): FieldError[] {
  const selector = { matchExpressions: [requirement as { key: string; operator: string }] };
  return validateLabelSelector(selector, "").map((error) => ({
    ...error,
    field: error.field.replace("matchExpressions[0]", path),
  }));
}

export interface ReadSelector {
  requirements: readonly Requirement[] | undefined;
  /** What the answer's `evaluationError` says; "" when all of the selector was understood. */
  problem: string;
}

/** The requirements of a selector that was checked. */
export function readSelector(selector: JsonObject | undefined, kind: "field" | "label"): ReadSelector {
  if (selector === undefined || !isSet(selector)) return { requirements: undefined, problem: "" };
  const path = `spec.resourceAttributes.${kind}Selector`;
  const given: JsonObject[] = listOf(selector.requirements);
  if (given.length === 0) {
    const result = parse(String(selector.rawSelector), kind);
    if (result.ok) return { requirements: result.requirements, problem: "" };
    return { requirements: undefined, problem: `${path} ignored due to parse error` };
  }
  const understood = given.flatMap((requirement) => readRequirement(requirement, kind) ?? []);
  if (understood.length === given.length) return { requirements: understood, problem: "" };
  if (understood.length > 0) {
    return { requirements: understood, problem: `${path} partially ignored due to parse error` };
  }
  return { requirements: undefined, problem: `${path} ignored due to parse error` };
}

function parse(text: string, kind: "field" | "label"): SelectorResult {
  return kind === "field" ? parseFieldSelector(text) : parseLabelSelector(text);
}

function readRequirement(given: JsonObject, kind: "field" | "label"): Requirement[] | undefined {
  const { key, operator } = given;
  const values: string[] = listOf(given.values);
  if (kind === "label") return labelSelectorToRequirements({ matchExpressions: [{ key, operator, values }] });
  return (operator === "In" || operator === "NotIn") && values.length === 1 ? [{ key, operator, values }] : undefined;
}
