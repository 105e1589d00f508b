// The CEL rules of a schema (`x-kubernetes-validations`): compiled once per schema, evaluated on an object and, on update, on the
// object that it replaces. Source of the rules and sentences: apiextensions-apiserver pkg/apiserver/schema/cel/validation.go.
//
// Rules that read oldSelf run only where there is an old value: a field of the same name, or an item with the same keys in a list of
// type map. With optionalOldSelf they always run. What other rules find wrong in an unchanged part is only a warning.
// One budget bounds the cost of all rules of an object.

import { type CelBudget, type CelProgram, type CelType, celLimits } from "../cel/cel.ts";
import { compileCel } from "../cel/index.ts";
import { equalJson } from "../equal.ts";
import {
  childPath,
  duplicate,
  type FieldError,
  forbidden,
  formatFieldError,
  invalid,
  keyPath,
  required,
} from "../field-error.ts";
import { isObject, type JsonObject } from "../object.ts";
import { schemaPath } from "./field-path.ts";
import { correlateItems } from "./list-types.ts";
import type { Schema, ValidationRule } from "./schema.ts";
import { rootPath } from "./validate.ts";

/** One rule ready to run. */
export interface CompiledRule {
  rule: ValidationRule;
  program?: CelProgram;
  /** What the compiler says of the rule, when it is no program. */
  errors?: string[];
  /** Worst-case cost of the rule. */
  cost: number;
  message?: CelProgram;
  messageErrors?: string[];
  messageCost: number;
  usesOldSelf: boolean;
  /** Where errors are reported, below the value: `.spec.x` as `spec.x`. */
  field: string;
}

/** The rules of a schema and of what lies below it; only branches with rules are there. */
interface RuleNode {
  schema: Schema;
  resource: boolean;
  rules: CompiledRule[];
  items?: RuleNode;
  additional?: RuleNode;
  properties?: Map<string, RuleNode>;
  allOf: RuleNode[];
}

export interface RuleOptions {
  /** The object that is replaced; absent on create. */
  old?: unknown;
  /** Shared by the rules of one request; a fresh one when absent. */
  budget?: CelBudget;
  /** Whether the schema is that of an object with metadata, as it is when nothing is said. */
  resource?: boolean;
  /** Takes what is wrong but was so before. */
  warn?: (text: string) => void;
}

const outOfBudget = "validation failed due to running out of cost budget, no further validation rules will be run";
const longestMessage = 5 * 1024;
const compiledResources = new WeakMap<Schema, RuleNode | null>();
const compiledValues = new WeakMap<Schema, RuleNode | null>();

/** Whether a schema has rules anywhere. */
export function hasRules(schema: Schema): boolean {
  return rulesOf(schema, true) !== undefined;
}

/** The errors of an object's rules. Not meant for objects that do not fit the schema's types. */
export function validateRules(object: unknown, schema: Schema, options: RuleOptions = {}): FieldError[] {
  const root = rulesOf(schema, options.resource ?? true);
  if (root === undefined) return [];
  const run = new RuleRun(options.budget ?? { remaining: celLimits.perObject }, options.warn);
  run.visit(root, object, options.old, "", undefined);
  return run.errors;
}

function rulesOf(schema: Schema, resource: boolean): RuleNode | undefined {
  const compiled = resource ? compiledResources : compiledValues;
  let root = compiled.get(schema);
  if (root === undefined) {
    root = nodeOf(schema, schema, resource) ?? null;
    compiled.set(schema, root);
  }
  return root ?? undefined;
}

/** `rules` holds the rules and `schema` the types; they differ only inside allOf. */
function nodeOf(rules: Schema, schema: Schema, resource: boolean): RuleNode | undefined {
  if (schema.definition !== undefined) return undefined;
  const node: RuleNode = { schema, resource, rules: compileRules(rules, schema, resource), allOf: [] };
  let empty = node.rules.length === 0;
  const below = (part: Schema | undefined, types: Schema | undefined) => {
    if (part === undefined || types === undefined) return undefined;
    const child = nodeOf(part, types, types["x-kubernetes-embedded-resource"] === true);
    if (child !== undefined) empty = false;
    return child;
  };
  const items = below(rules.items, schema.items);
  if (items !== undefined) node.items = items;
  if (typeof rules.additionalProperties === "object" && typeof schema.additionalProperties === "object") {
    const additional = below(rules.additionalProperties, schema.additionalProperties);
    if (additional !== undefined) node.additional = additional;
  }
  for (const [name, part] of Object.entries(rules.properties ?? {})) {
    const types = schema.properties;
    const child = types !== undefined && Object.hasOwn(types, name) ? below(part, types[name]) : undefined;
    if (child === undefined) continue;
    node.properties ??= new Map();
    node.properties.set(name, child);
  }
  for (const part of rules.allOf ?? []) {
    const child = nodeOf(part, schema, resource);
    if (child === undefined) continue;
    node.allOf.push(child);
    empty = false;
  }
  return empty ? undefined : node;
}

/** Compiles the rules of one node of a schema; `types` is the schema of its value. */
export function compileRules(node: Schema, types: Schema, resource: boolean): CompiledRule[] {
  return (node["x-kubernetes-validations"] ?? []).map((rule) => compileRule(rule, types, resource));
}

function compileRule(rule: ValidationRule, schema: Schema, resource: boolean): CompiledRule {
  const self: CelType = { type: "schema", schema, resource };
  const oldSelf: CelType = rule.optionalOldSelf === true ? { ...self, optional: true } : self;
  const compiled: CompiledRule = { rule, cost: 0, messageCost: 0, usesOldSelf: false, field: "" };
  const text = (rule.rule ?? "").trim();
  if (text === "") return compiled;
  const result = compileCel(text, { variables: { self, oldSelf }, result: "bool" });
  if (result.ok) {
    compiled.program = result.program;
    compiled.cost = result.estimatedCost;
    compiled.usesOldSelf = result.program.references.has("oldSelf");
  } else compiled.errors = result.errors;
  const message = (rule.messageExpression ?? "").trim();
  if (message !== "") {
    const text = compileCel(message, { variables: { self, oldSelf }, result: "string" });
    if (text.ok) {
      compiled.message = text.program;
      compiled.messageCost = text.estimatedCost;
    } else compiled.messageErrors = text.errors;
  }
  if (rule.fieldPath !== undefined && rule.fieldPath !== "") {
    const path = schemaPath(rule.fieldPath.trim(), schema, { brackets: true });
    if (path.ok) compiled.field = path.path;
  }
  return compiled;
}

/** A value beside the one that it continues, for telling what is unchanged; compared at most once. */
class Correlation {
  readonly #value: unknown;
  readonly #old: unknown;
  #same: boolean | undefined;

  constructor(value: unknown, old: unknown) {
    this.#value = value;
    this.#old = old;
  }

  get unchanged(): boolean {
    this.#same ??= equalJson(this.#value, this.#old);
    return this.#same;
  }
}

class RuleRun {
  readonly errors: FieldError[] = [];
  readonly #budget: CelBudget;
  readonly #warn: ((text: string) => void) | undefined;
  #stopped = false;

  constructor(budget: CelBudget, warn: ((text: string) => void) | undefined) {
    this.#budget = budget;
    this.#warn = warn;
  }

  visit(node: RuleNode, value: unknown, old: unknown, path: string, parent: Correlation | undefined): void {
    if (value === null || value === undefined || this.#stopped) return;
    const here = old === undefined || old === null ? parent : new Correlation(value, old);
    for (const compiled of node.rules) {
      this.#evaluate(compiled, node, value, old ?? undefined, path, here);
      if (this.#stopped) return;
    }
    for (const part of node.allOf) this.visit(part, value, old, path, parent);
    if (Array.isArray(value)) this.#visitItems(node, value, old, path, here);
    else if (isObject(value)) this.#visitFields(node, value, old, path, here);
  }

  #visitItems(node: RuleNode, list: unknown[], old: unknown, path: string, here: Correlation | undefined): void {
    if (node.items === undefined) return;
    const continued = correlateItems(old, node.schema);
    for (let index = 0; index < list.length && !this.#stopped; index++) {
      this.visit(node.items, list[index], continued(list[index]), childPath(path, index), here);
    }
  }

  #visitFields(node: RuleNode, value: JsonObject, old: unknown, path: string, here: Correlation | undefined): void {
    if (node.properties === undefined && node.additional === undefined) return;
    for (const key of Object.keys(value)) {
      const property = node.properties?.get(key);
      const child = property ?? node.additional;
      if (child === undefined || this.#stopped) continue;
      const before = isObject(old) && Object.hasOwn(old, key) ? old[key] : undefined;
      this.visit(child, value[key], before, property === undefined ? keyPath(path, key) : childPath(path, key), here);
    }
  }

  #evaluate(
    compiled: CompiledRule,
    node: RuleNode,
    value: unknown,
    old: unknown,
    path: string,
    here: Correlation | undefined,
  ): void {
    const { rule, program } = compiled;
    const type = node.schema.type ?? "";
    const at = path === "" ? rootPath : path;
    if (compiled.errors !== undefined) {
      this.errors.push(invalid(at, type, `rule compile error: ${compiled.errors.join("\n")}`));
      return;
    }
    if (program === undefined) return;
    if (compiled.usesOldSelf && old === undefined && rule.optionalOldSelf !== true) return;
    if (this.#budget.remaining <= 0) {
      this.#stop(invalid(at, type, outOfBudget));
      return;
    }
    const values = { self: value, oldSelf: old };
    const result = program.evaluate(values, this.#budget);
    if (!result.ok) {
      this.#reportFailure(result, rule, at, type);
      return;
    }
    if (result.value === true) return;
    const message = this.#message(compiled, values, at, type);
    if (message === undefined) return;
    const field = compiled.field === "" ? at : childPath(path, compiled.field);
    const error = ruleError(field, value, message, rule.reason);
    if (!compiled.usesOldSelf && here?.unchanged === true) this.#warn?.(formatFieldError(error));
    else this.errors.push(error);
  }

  #reportFailure(
    failure: { error: string; cause: "evaluation" | "budget" },
    rule: ValidationRule,
    at: string,
    type: string,
  ) {
    const shown = ruleText(rule);
    if (failure.cause === "budget") {
      const text =
        this.#budget.remaining <= 0
          ? outOfBudget
          : `'${failure.error}': no further validation rules will be run due to call cost exceeds limit for rule: ${shown}`;
      this.#stop(invalid(at, type, text));
    } else if (failure.error.startsWith("no such overload")) {
      const why = "call arguments did not match a supported operator, function or macro signature for rule";
      this.errors.push(invalid(at, type, `'${failure.error}': ${why}: ${shown}`));
    } else {
      this.errors.push(invalid(at, type, `${failure.error} evaluating rule: ${shown}`));
    }
  }

  /** The text of a broken rule; undefined when the budget ended, which was reported. */
  #message(compiled: CompiledRule, values: Record<string, unknown>, at: string, type: string): string | undefined {
    const { rule, message } = compiled;
    if (message !== undefined) {
      const result = message.evaluate(values, this.#budget);
      if (result.ok && typeof result.value === "string") {
        const text = result.value.trim();
        if (text !== "" && text.length <= longestMessage && !text.includes("\n")) return text;
      } else if (!result.ok && result.cause === "budget") {
        const text =
          this.#budget.remaining <= 0
            ? "messageExpression evaluation failed due to running out of cost budget, no further validation rules will be run"
            : `no further validation rules will be run due to call cost exceeds limit for messageExpression: ${JSON.stringify(rule.messageExpression)}`;
        this.#stop(invalid(at, type, text));
        return undefined;
      }
    }
    return rule.message === undefined || rule.message === "" ? `failed rule: ${ruleText(rule)}` : rule.message.trim();
  }

  #stop(error: FieldError): void {
    this.errors.push(error);
    this.#stopped = true;
  }
}

/** How messages name a rule: by its message, else by its text. */
function ruleText(rule: ValidationRule): string {
  return (rule.message === undefined || rule.message === "" ? rule.rule : rule.message).trim();
}

/** Values of objects and lists are not shown. */
function ruleError(field: string, value: unknown, detail: string, reason?: ValidationRule["reason"]): FieldError {
  if (reason === "FieldValueForbidden") return forbidden(field, detail);
  if (reason === "FieldValueRequired") return required(field, detail);
  const hidden = typeof value === "object" && !JSON.isRawJSON(value);
  if (reason === "FieldValueDuplicate") {
    return hidden ? { type: reason, field, message: "Duplicate value" } : duplicate(field, value);
  }
  return hidden
    ? { type: "FieldValueInvalid", field, message: `Invalid value: ${detail}` }
    : invalid(field, value, detail);
}
