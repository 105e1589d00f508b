// The type checker: finds what identifiers and calls refer to, and refuses what cannot work, in the words of cel-go.
// It gives each node its type and each call the overloads that its arguments allow.

import type { Overload } from "./library/overload.ts";
import {
  type CallNode,
  dottedName,
  type FoldNode,
  type MessageNode,
  type Node,
  type SelectNode,
} from "./syntax/ast.ts";
import { errorAt } from "./syntax/source.ts";
import { typeConstants } from "./type-constants.ts";
import * as t from "./types.ts";
import { TypeValue, Uint, type Value } from "./values.ts";

interface CheckOptions {
  readonly functions: ReadonlyMap<string, readonly Overload[]>;
  readonly variables: ReadonlyMap<string, t.Type>;
  /** Whether the items of list and map literals have to be of one type, as Kubernetes wants. */
  readonly homogeneous: boolean;
  /** The type of a message by its name; none when absent. */
  message?(name: string): (t.Type & { kind: "object" }) | undefined;
}

/** A call with what it may mean: the function's full name, its arguments with the receiver first, and the overloads that fit. */
export interface ResolvedCall {
  readonly name: string;
  readonly args: readonly Node[];
  readonly overloads: readonly Overload[];
}

export interface Checked {
  readonly errors: string[];
  readonly types: ReadonlyMap<Node, t.Type>;
  readonly calls: ReadonlyMap<Node, ResolvedCall>;
  /** Dotted names and identifiers that name a type or a declared variable. */
  readonly constants: ReadonlyMap<Node, Value>;
  readonly variables: ReadonlyMap<Node, string>;
  /** The names of the declared variables in use. */
  readonly references: ReadonlySet<string>;
}

export function checkExpression(source: string, node: Node, options: CheckOptions): Checked {
  return new Checker(source, options).run(node);
}

interface Scope {
  readonly names: ReadonlyMap<string, t.Type>;
  readonly outer: Scope | undefined;
}

/** Functions whose list may mix types all the same. */
const mixingFunctions = new Set(["format"]);

/** Errors after which a hostile expression is not looked at further. */
const maxErrors = 100;

class Checker {
  readonly #source: string;
  readonly #options: CheckOptions;
  readonly #substitution = new t.Substitution();
  readonly #errors: { offset: number; text: string }[] = [];
  readonly #types = new Map<Node, t.Type>();
  readonly #calls = new Map<Node, ResolvedCall>();
  readonly #constants = new Map<Node, Value>();
  readonly #variables = new Map<Node, string>();
  readonly #references = new Set<string>();
  #scope: Scope | undefined;
  #homogeneous: boolean;

  constructor(source: string, options: CheckOptions) {
    this.#source = source;
    this.#options = options;
    this.#homogeneous = options.homogeneous;
  }

  run(root: Node): Checked {
    this.#check(root);
    const types = new Map<Node, t.Type>();
    for (const [node, type] of this.#types) types.set(node, this.#substitution.apply(type, true));
    const errors = this.#errors.toSorted((a, b) => a.offset - b.offset).map((error) => error.text);
    const [calls, constants, variables, references] = [this.#calls, this.#constants, this.#variables, this.#references];
    return { errors: [...new Set(errors)], types, calls, constants, variables, references };
  }

  #check(node: Node): t.Type {
    const type = this.#typeOf(node);
    this.#types.set(node, type);
    return type;
  }

  #typeOf(node: Node): t.Type {
    switch (node.kind) {
      case "constant":
        return constantType(node.value);
      case "identifier":
        return this.#identifier(node, node.name);
      case "select":
        return this.#select(node);
      case "call":
        return this.#call(node);
      case "list": {
        const types = node.items.map(({ value, optional }) => this.#element(value, optional));
        return t.list(
          this.#join(
            node.items.map((item) => item.value),
            types,
          ),
        );
      }
      case "map": {
        const keys = node.entries.map(({ key }) => this.#check(key));
        const values = node.entries.map(({ value, optional }) => this.#element(value, optional));
        return t.map(
          this.#join(
            node.entries.map((entry) => entry.key),
            keys,
          ),
          this.#join(
            node.entries.map((entry) => entry.value),
            values,
          ),
        );
      }
      case "fold":
        return this.#fold(node);
      case "message":
        return this.#message(node);
    }
  }

  #message(node: MessageNode): t.Type {
    const type = this.#options.message?.(node.name);
    for (const { name, value, optional, offset } of node.fields) {
      const given = this.#element(value, optional);
      if (type === undefined) continue;
      const declared = type.field(name);
      if (declared === undefined) this.#error(offset, `undefined field '${name}'`);
      else if (given.kind !== "error" && !this.#substitution.assign(given, declared)) {
        this.#error(
          offset,
          `expected type of field '${name}' is '${t.formatType(declared)}' but provided type is '${this.#format(given)}'`,
        );
      }
    }
    return type ?? this.#error(node.offset, `undeclared reference to '${node.name}' (in container '')`);
  }

  /** Type of a literal's item; with a question mark the item is an optional of it. */
  #element(node: Node, optional: boolean): t.Type {
    const type = this.#check(node);
    if (!optional) return type;
    const inner = this.#substitution.freshVariable();
    if (this.#substitution.assign(type, t.optional(inner))) return inner;
    return this.#error(
      node.offset,
      `expected type 'optional_type(${this.#format(inner)})' but found '${this.#format(type)}'`,
    );
  }

  /** The type that all items of a literal have; dyn when they differ, or an error when they must not. */
  #join(nodes: readonly Node[], types: readonly t.Type[]): t.Type {
    if (types.length === 0) return this.#substitution.freshVariable();
    let joined = types[0]!;
    for (const [index, type] of types.entries()) {
      if (this.#substitution.assign(type, joined)) {
        if (this.#substitution.resolve(joined).kind === "null" || this.#substitution.resolve(type).kind === "dyn")
          joined = type;
        continue;
      }
      if (!this.#homogeneous) return t.dyn;
      return this.#error(
        nodes[index]!.offset,
        `expected type '${this.#format(joined)}' but found '${this.#format(type)}'`,
      );
    }
    return joined;
  }

  #identifier(node: Node, name: string): t.Type {
    return this.#name(node, name) ?? this.#undeclared(node.offset, name);
  }

  /** What a plain or dotted name stands for, if anything: a variable of a macro, a declared variable, a type. */
  #name(node: Node, name: string): t.Type | undefined {
    const absolute = name.startsWith(".");
    const bare = absolute ? name.slice(1) : name;
    const local = absolute ? undefined : this.#local(bare);
    if (local !== undefined) return local;
    const declared = this.#options.variables.get(bare);
    if (declared !== undefined) {
      this.#references.add(bare);
      this.#variables.set(node, bare);
      return declared;
    }
    const named = typeConstants.get(bare);
    if (named === undefined) return undefined;
    this.#constants.set(node, new TypeValue(named.name));
    return t.typeType(named.type);
  }

  #local(name: string): t.Type | undefined {
    for (let scope = this.#scope; scope !== undefined; scope = scope.outer) {
      const type = scope.names.get(name);
      if (type !== undefined) return type;
    }
    return undefined;
  }

  #select(node: SelectNode): t.Type {
    const dotted = node.test ? undefined : dottedName(node);
    const root = dotted?.replace(/^\./, "").split(".", 1)[0];
    if (dotted !== undefined && (dotted.startsWith(".") || this.#local(root!) === undefined)) {
      const type = this.#name(node, dotted);
      if (type !== undefined) return type;
    }
    const operand = this.#substitution.resolve(this.#check(node.operand));
    if (operand.kind === "optional") {
      const field = this.#field(node, this.#substitution.resolve(operand.value));
      return node.test ? t.bool : field.kind === "error" ? field : t.optional(field);
    }
    const field = this.#field(node, operand);
    if (node.test || field.kind === "error") return field.kind === "error" ? field : t.bool;
    return node.optional ? t.optional(field) : field;
  }

  #field(node: SelectNode, operand: t.Type): t.Type {
    switch (operand.kind) {
      case "map":
        return operand.value;
      case "object":
        return operand.field(node.field) ?? this.#error(node.offset, `undefined field '${node.field}'`);
      case "dyn":
      case "error":
        return operand;
      case "variable":
        this.#substitution.assign(operand, t.dyn);
        return t.dyn;
      default:
        return this.#error(node.offset, `type '${this.#format(operand)}' does not support field selection`);
    }
  }

  #call(node: CallNode): t.Type {
    const { functions } = this.#options;
    const namespace = node.target === undefined ? undefined : dottedName(node.target);
    const qualified = namespace === undefined ? undefined : `${namespace}.${node.name}`.replace(/^\./, "");
    if (
      qualified !== undefined &&
      functions.has(qualified) &&
      this.#local(namespace!.split(".", 1)[0]!) === undefined
    ) {
      return this.#resolve(node, qualified, node.args, functions.get(qualified)!);
    }
    const args = node.target === undefined ? node.args : [node.target, ...node.args];
    const overloads = functions.get(node.name);
    if (overloads === undefined) {
      for (const arg of args) this.#check(arg);
      return this.#undeclared(node.offset, node.name);
    }
    const isMethod = node.target !== undefined;
    return this.#resolve(
      node,
      node.name,
      args,
      overloads.filter((overload) => overload.method === isMethod),
    );
  }

  #resolve(node: CallNode, name: string, args: readonly Node[], overloads: readonly Overload[]): t.Type {
    const homogeneous = this.#homogeneous;
    this.#homogeneous &&= !mixingFunctions.has(name);
    const given = args.map((arg) => this.#check(arg));
    this.#homogeneous = homogeneous;
    if (name === "_?_:_") return this.#conditional(node, args, given);
    if (given.some((type) => type.kind === "error")) return t.errorType;
    const fitting: Overload[] = [];
    let result: t.Type | undefined;
    for (const overload of overloads) {
      const parameters = new Map<string, t.Type>();
      const instantiate = (type: t.Type): t.Type => this.#instantiate(type, parameters);
      if (!this.#substitution.assignAll(given, overload.args.map(instantiate))) continue;
      fitting.push(overload);
      const type = this.#substitution.apply(instantiate(overload.result));
      result = result === undefined || t.formatType(result) === t.formatType(type) ? type : t.dyn;
    }
    if (result === undefined) {
      const method = node.target !== undefined && !name.includes(".");
      const [receiver, ...rest] = given.map((type) => this.#format(type));
      const applied = method
        ? `${receiver}.(${rest.join(", ")})`
        : `(${given.map((type) => this.#format(type)).join(", ")})`;
      return this.#error(node.offset, `found no matching overload for '${name}' applied to '${applied}'`);
    }
    this.#calls.set(node, { name, args, overloads: fitting });
    return result;
  }

  #conditional(node: CallNode, args: readonly Node[], [condition, yes, no]: readonly t.Type[]): t.Type {
    this.#calls.set(node, { name: node.name, args, overloads: [] });
    if (condition!.kind === "error" || yes!.kind === "error" || no!.kind === "error") return t.errorType;
    const branch = this.#substitution.freshVariable();
    if (this.#substitution.assignAll([condition!, yes!, no!], [t.bool, branch, branch])) {
      return this.#substitution.apply(branch);
    }
    const applied = [condition!, yes!, no!].map((type) => this.#format(type)).join(", ");
    return this.#error(node.offset, `found no matching overload for '_?_:_' applied to '(${applied})'`);
  }

  /** The parameters of an overload are fresh for every call. */
  #instantiate(type: t.Type, parameters: Map<string, t.Type>): t.Type {
    switch (type.kind) {
      case "variable": {
        const known = parameters.get(type.name) ?? this.#substitution.freshVariable();
        parameters.set(type.name, known);
        return known;
      }
      case "list":
        return t.list(this.#instantiate(type.element, parameters));
      case "map":
        return t.map(this.#instantiate(type.key, parameters), this.#instantiate(type.value, parameters));
      case "optional":
        return t.optional(this.#instantiate(type.value, parameters));
      case "type":
        return t.typeType(this.#instantiate(type.of, parameters));
      default:
        return type;
    }
  }

  #fold(node: FoldNode): t.Type {
    const range = this.#substitution.resolve(this.#check(node.range));
    const initial = this.#check(node.initial);
    const variables = new Map(this.#rangeTypes(node, range));
    const outer = this.#scope;
    const accumulator: Scope = { names: new Map([[node.accumulator, initial]]), outer };
    this.#scope = { names: variables, outer: accumulator };
    this.#expect(node.condition, t.bool);
    const step = this.#check(node.step);
    if (step.kind !== "error" && !this.#substitution.assign(step, initial)) {
      this.#error(node.step.offset, `expected type '${this.#format(initial)}' but found '${this.#format(step)}'`);
    }
    this.#scope = accumulator;
    const result = this.#check(node.result);
    this.#scope = outer;
    return this.#substitution.apply(result);
  }

  #rangeTypes(node: FoldNode, range: t.Type): [string, t.Type][] {
    const { variable, variable2 } = node;
    const pair = (key: t.Type, value: t.Type): [string, t.Type][] =>
      variable2 === undefined
        ? [[variable, key]]
        : [
            [variable, key],
            [variable2, value],
          ];
    switch (range.kind) {
      case "list":
        return variable2 === undefined ? pair(range.element, t.dyn) : pair(t.int, range.element);
      case "map":
        return pair(range.key, range.value);
      case "variable":
      case "dyn":
      case "error":
        return pair(t.dyn, t.dyn);
      default:
        this.#error(
          node.range.offset,
          `expression of type '${this.#format(range)}' cannot be range of a comprehension (must be list, map, or dynamic)`,
        );
        return pair(t.errorType, t.errorType);
    }
  }

  #expect(node: Node, expected: t.Type): void {
    const type = this.#check(node);
    if (type.kind !== "error" && !this.#substitution.assign(type, expected)) {
      this.#error(node.offset, `expected type '${t.formatType(expected)}' but found '${this.#format(type)}'`);
    }
  }

  #format(type: t.Type): string {
    return t.formatType(this.#substitution.apply(type));
  }

  #undeclared(offset: number, name: string): t.Type {
    return this.#error(offset, `undeclared reference to '${name}' (in container '')`);
  }

  #error(offset: number, message: string): t.Type {
    if (this.#errors.length < maxErrors) this.#errors.push({ offset, text: errorAt(this.#source, offset, message) });
    return t.errorType;
  }
}

function constantType(value: Value): t.Type {
  switch (typeof value) {
    case "string":
      return t.string;
    case "bigint":
      return t.int;
    case "number":
      return t.double;
    case "boolean":
      return t.bool;
    default:
      if (value === null) return t.nullType;
      return value instanceof Uint ? t.uint : t.bytes;
  }
}
