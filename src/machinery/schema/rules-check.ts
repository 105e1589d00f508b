// Whether the CEL rules of a CRD's schema compile, and whether their worst case fits the budget: each rule, and all rules together.
// A rule below lists and maps may run once per item, so its cost counts as often as items fit.
// Source: apiextensions-apiserver pkg/apis/apiextensions/validation (validation.go, cel_validation.go).

import { childPath, type FieldError, forbidden, invalid, keyPath } from "../field-error.ts";
import { type CompiledRule, compileRules } from "./rules.ts";
import type { Schema } from "./schema.ts";

/** Worst-case costs that one expression, and all of a schema, may have. */
const expressionLimit = 10_000_000;
const schemaLimit = 100_000_000;
const maxRequestBytes = 3 * 1024 * 1024;
/** How many expressions are named when all together are too expensive. */
const namedExpressions = 4;

export interface RuleCheckOptions {
  /** Paths of nodes whose keywords are wrong; rules of these nodes and above are not compiled. */
  wrongNodes: readonly string[];
  /** Set for a schema that was accepted before: single expressions are not refused for their cost. */
  unchanged?: boolean;
}

/** How often a node's value can occur: a number, or as often as its smallest form fits into a request. */
type Occurrences = number | "unbounded";

interface Place {
  occurrences: Occurrences;
  resource: boolean;
  /** The first node above whose items cannot be told apart between two versions of an object. */
  uncorrelated?: string;
}

/** The errors of all rules of a schema that was found structural. `path` leads to the schema. */
export function validateRuleSet(schema: Schema, path: string, options: RuleCheckOptions): FieldError[] {
  const check = new RuleCheck(options);
  check.visit(schema, path, { occurrences: 1, resource: true });
  return [...check.errors, ...check.totalErrors(path)];
}

class RuleCheck {
  readonly errors: FieldError[] = [];
  readonly #options: RuleCheckOptions;
  readonly #costs: { path: string; cost: number }[] = [];

  constructor(options: RuleCheckOptions) {
    this.#options = options;
  }

  visit(schema: Schema, path: string, place: Place): void {
    const { properties, additionalProperties, items } = schema;
    if (typeof additionalProperties === "object") {
      this.visit(additionalProperties, childPath(path, "additionalProperties"), {
        ...place,
        resource: false,
        occurrences: times(place.occurrences, schema.maxProperties),
      });
    }
    for (const [name, property] of Object.entries(properties ?? {})) {
      const resource = property["x-kubernetes-embedded-resource"] === true;
      this.visit(property, keyPath(childPath(path, "properties"), name), { ...place, resource });
    }
    if (items !== undefined) {
      const inner: Place = { ...place, occurrences: times(place.occurrences, schema.maxItems) };
      inner.resource = items["x-kubernetes-embedded-resource"] === true;
      if (schema["x-kubernetes-list-type"] !== "map") inner.uncorrelated ??= path;
      this.visit(items, childPath(path, "items"), inner);
    }
    if (schema["x-kubernetes-validations"] === undefined) return;
    if (this.#options.wrongNodes.some((node) => node === path || node.startsWith(`${path}.`))) return;
    const rulesPath = childPath(path, "x-kubernetes-validations");
    compileRules(schema, schema, place.resource).forEach((rule, index) => {
      this.#checkRule(rule, schema, childPath(rulesPath, index), place);
    });
  }

  #checkRule(compiled: CompiledRule, schema: Schema, path: string, place: Place): void {
    const { rule, errors, messageErrors } = compiled;
    const rulePath = childPath(path, "rule");
    const messagePath = childPath(path, "messageExpression");
    const occurrences = place.occurrences === "unbounded" ? occurrencesInRequest(schema) : place.occurrences;
    this.#observe(rulePath, "estimated rule cost", compiled.cost * occurrences);
    if (errors !== undefined) this.errors.push(invalid(rulePath, rule, compileError(errors)));
    if (messageErrors !== undefined) {
      this.errors.push(invalid(messagePath, rule, messageError(messageErrors)));
    } else if (compiled.message !== undefined) {
      this.#observe(messagePath, "estimated messageExpression cost", compiled.messageCost);
    }
    if (compiled.usesOldSelf) {
      if (place.uncorrelated === undefined) return;
      const text = `oldSelf cannot be used on the uncorrelatable portion of the schema within ${place.uncorrelated}`;
      this.errors.push(invalid(rulePath, rule.rule, text));
    } else if (rule.optionalOldSelf !== undefined && errors === undefined) {
      const text = "may not be set if oldSelf is not used in rule";
      this.errors.push(invalid(childPath(path, "optionalOldSelf"), rule.optionalOldSelf, text));
    }
  }

  #observe(path: string, name: string, cost: number): void {
    this.#costs.push({ path, cost });
    if (cost > expressionLimit && this.#options.unchanged !== true) {
      this.errors.push(forbidden(path, tooExpensive(name, cost, expressionLimit)));
    }
  }

  totalErrors(path: string): FieldError[] {
    const total = this.#costs.reduce((sum, { cost }) => sum + cost, 0);
    if (total <= schemaLimit) return [];
    const worst = this.#costs
      .filter(({ cost }) => cost > 0)
      .sort((a, b) => b.cost - a.cost)
      .slice(0, namedExpressions);
    const share = "contributed to estimated rule cost total exceeding cost limit for entire OpenAPIv3 schema";
    const name = "x-kubernetes-validations estimated rule cost total for entire OpenAPIv3 schema";
    return [
      ...worst.map((expression) => forbidden(expression.path, share)),
      forbidden(path, tooExpensive(name, total, schemaLimit)),
    ];
  }
}

function times(occurrences: Occurrences, most: number | undefined): Occurrences {
  return occurrences === "unbounded" || most === undefined ? "unbounded" : occurrences * most;
}

function occurrencesInRequest(schema: Schema): number {
  return Math.floor(maxRequestBytes / (smallestJson(schema) + 1));
}

/** Fewest bytes that a value takes in JSON. */
function smallestJson(schema: Schema): number {
  switch (schema.type) {
    case "boolean":
      return 4;
    case "string":
    case "array":
      return 2;
    case "object":
      return (schema.required ?? []).reduce((sum, name) => {
        const property =
          schema.properties !== undefined && Object.hasOwn(schema.properties, name)
            ? schema.properties[name]
            : undefined;
        return property === undefined || property.default !== undefined
          ? sum
          : sum + name.length + 4 + smallestJson(property);
      }, 2);
    default:
      return 1;
  }
}

/** The error of a rule; an expression that compiles and gives the wrong type is told apart. */
function compileError(errors: readonly string[]): string {
  if (errors[0]?.startsWith("must evaluate to") === true) return "cel expression must evaluate to a bool";
  return `compilation failed: ${errors.join("\n")}`;
}

function messageError(errors: readonly string[]): string {
  if (errors[0]?.startsWith("must evaluate to") === true) return "messageExpression must evaluate to a string";
  return `messageExpression compilation failed: ${errors.join("\n")}`;
}

function tooExpensive(name: string, cost: number, limit: number): string {
  const ratio = cost / limit;
  const factor = ratio > 100 ? "more than 100x" : ratio < 1.5 ? `${ratio.toFixed(6)}x` : `${ratio.toFixed(1)}x`;
  const advice =
    "try simplifying the rule, or adding maxItems, maxProperties, and maxLength where arrays, maps, and strings are declared";
  return `${name} exceeds budget by factor of ${factor} (${advice})`;
}
