// Label and field selectors: parsing, matching, writing. Matching allocates nothing, because it runs for every object of a list and
// every event of a watch.
// Source: k8s.io/apimachinery pkg/labels, pkg/fields, pkg/apis/meta/v1 (LabelSelector).

import { childPath, type FieldError, forbidden, invalid, required } from "./field-error.ts";
import { validateLabels } from "./metadata.ts";
import { labelValueErrors, qualifiedNameErrors } from "./names.ts";
import { isObject } from "./object.ts";

export { parseLabelSelector } from "./label-selector-text.ts";

/** One requirement of a selector; all of a selector's requirements must hold. Field selectors use In and NotIn with one value. */
export interface Requirement {
  key: string;
  operator: "In" | "NotIn" | "Exists" | "DoesNotExist" | "Gt" | "Lt";
  values: readonly string[];
}

export type SelectorResult = { ok: true; requirements: Requirement[] } | { ok: false; error: string };

/** Reads `metadata.name=a,spec.nodeName!=b`; `\,` `\=` and `\\` stand for themselves in values. */
export function parseFieldSelector(text: string): SelectorResult {
  const requirements: Requirement[] = [];
  for (const term of splitTerms(text)) {
    if (term === "") continue;
    const match = /^((?:[^=!]|!(?!=))*)(!=|==|=)(.*)$/s.exec(term);
    if (match === null) return { ok: false, error: `invalid selector: '${text}'; can't understand '${term}'` };
    const value = unescapeValue(match[3]!);
    if (!value.ok) return value;
    requirements.push({ key: match[1]!, operator: match[2] === "!=" ? "NotIn" : "In", values: [value.value] });
  }
  return { ok: true, requirements };
}

/** Splits at commas that no backslash escapes. */
function splitTerms(text: string): string[] {
  const terms: string[] = [];
  let start = 0;
  for (let at = 0; at < text.length; at++) {
    if (text[at] === "\\") at++;
    else if (text[at] === ",") {
      terms.push(text.slice(start, at));
      start = at + 1;
    }
  }
  terms.push(text.slice(start));
  return terms;
}

function unescapeValue(text: string): { ok: true; value: string } | { ok: false; error: string } {
  let value = "";
  for (let at = 0; at < text.length; at++) {
    let character = text[at]!;
    if (character === "=" || character === ",") {
      return { ok: false, error: `invalid field selector: unescaped character in value: ${character}` };
    }
    if (character === "\\") {
      character = text[++at] ?? "";
      if (!["\\", ",", "="].includes(character)) {
        return { ok: false, error: `invalid field selector: invalid escape sequence: \\${character}` };
      }
    }
    value += character;
  }
  return { ok: true, value };
}

/** Whether labels satisfy all requirements. */
export function matches(
  requirements: readonly Requirement[],
  labels: Readonly<Record<string, string>> | undefined,
): boolean {
  for (const requirement of requirements) {
    if (!meets(requirement, labels)) return false;
  }
  return true;
}

function meets({ key, operator, values }: Requirement, labels: Readonly<Record<string, string>> | undefined): boolean {
  const present = labels !== undefined && Object.hasOwn(labels, key);
  switch (operator) {
    case "In":
      return present && values.includes(labels[key]!);
    case "NotIn":
      return !(present && values.includes(labels[key]!));
    case "Exists":
      return present;
    case "DoesNotExist":
      return !present;
    case "Gt":
      return present && exceeds(labels[key]!, values[0]!);
    case "Lt":
      return present && exceeds(values[0]!, labels[key]!);
  }
}

const integer = /^[-+]?[0-9]+$/;

function exceeds(a: string, b: string): boolean {
  if (!integer.test(a) || !integer.test(b)) return false;
  const left = Number(a);
  const right = Number(b);
  if (Number.isSafeInteger(left) && Number.isSafeInteger(right)) return left > right;
  return a.length < 64 && b.length < 64 && BigInt(a.replace("+", "")) > BigInt(b.replace("+", ""));
}

/** `matchLabels` and `matchExpressions` of a LabelSelector object. */
export interface LabelSelector {
  matchLabels?: Record<string, string> | null;
  matchExpressions?: { key: string; operator: string; values?: string[] | null }[] | null;
}

const expressionOperators = new Set(["In", "NotIn", "Exists", "DoesNotExist"]);

/**
 * The requirements of a LabelSelector object, sorted by key: none for an empty one, which selects everything. Undefined when it is
 * malformed. What an absent selector means, the field that holds it says.
 */
export function labelSelectorToRequirements(selector: LabelSelector): Requirement[] | undefined {
  const requirements: Requirement[] = Object.entries(selector.matchLabels ?? {}).map(([key, value]) => ({
    key,
    operator: "In",
    values: [value],
  }));
  for (const { key, operator, values } of selector.matchExpressions ?? []) {
    if (!expressionOperators.has(operator)) return undefined;
    const takesValues = operator === "In" || operator === "NotIn";
    if (takesValues !== (values ?? []).length > 0) return undefined;
    requirements.push({ key, operator: operator as Requirement["operator"], values: values ?? [] });
  }
  return sortByKey(requirements);
}

function sortByKey(requirements: Requirement[]): Requirement[] {
  return requirements.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
}

/** What is wrong with a LabelSelector object. */
export function validateLabelSelector(selector: LabelSelector | null | undefined, path: string): FieldError[] {
  if (!isObject(selector)) return [];
  const errors = validateLabels(selector.matchLabels, childPath(path, "matchLabels"));
  (selector.matchExpressions ?? []).forEach((expression, index) => {
    const at = childPath(childPath(path, "matchExpressions"), index);
    const { key = "", operator = "" } = expression as Partial<typeof expression>;
    const values = expression.values ?? [];
    const valuesPath = childPath(at, "values");
    if (operator === "In" || operator === "NotIn") {
      if (values.length === 0) {
        errors.push(required(valuesPath, "must be specified when `operator` is 'In' or 'NotIn'"));
      }
    } else if (operator === "Exists" || operator === "DoesNotExist") {
      if (values.length > 0) {
        errors.push(forbidden(valuesPath, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"));
      }
    } else errors.push(invalid(childPath(at, "operator"), operator, "not a valid selector operator"));
    for (const text of qualifiedNameErrors(key)) errors.push(invalid(childPath(at, "key"), key, text));
    values.forEach((value, valueIndex) => {
      for (const text of labelValueErrors(value)) errors.push(invalid(childPath(valuesPath, valueIndex), value, text));
    });
  });
  return errors;
}

/** The text of requirements, as a label selector: `a=b,c notin (d,e),!f`. */
export function formatRequirements(requirements: readonly Requirement[]): string {
  return requirements.map(formatRequirement).join(",");
}

function formatRequirement({ key, operator, values }: Requirement): string {
  switch (operator) {
    case "In":
      return values.length === 1 ? `${key}=${values[0]}` : `${key} in (${listed(values)})`;
    case "NotIn":
      return values.length === 1 ? `${key}!=${values[0]}` : `${key} notin (${listed(values)})`;
    case "Exists":
      return key;
    case "DoesNotExist":
      return `!${key}`;
    case "Gt":
      return `${key}>${values[0]}`;
    case "Lt":
      return `${key}<${values[0]}`;
  }
}

function listed(values: readonly string[]): string {
  return [...values].sort().join(",");
}

/** A LabelSelector object as text, `""` when it selects everything; expressions keep their form, as in `a in (b)`. */
export function formatLabelSelector(selector: LabelSelector): string {
  const parts = Object.entries(selector.matchLabels ?? {}).map(([key, value]) => ({ key, text: `${key}=${value}` }));
  for (const { key, operator, values } of selector.matchExpressions ?? []) {
    const shown = listed(values ?? []);
    const texts: Record<string, string> = {
      In: `${key} in (${shown})`,
      NotIn: `${key} notin (${shown})`,
      Exists: key,
      DoesNotExist: `!${key}`,
    };
    if (!Object.hasOwn(texts, operator)) return "<error>";
    parts.push({ key, text: texts[operator]! });
  }
  parts.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
  return parts.map(({ text }) => text).join(",");
}
