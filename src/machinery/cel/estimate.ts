// The worst-case cost of a checked expression: every branch taken, every list as long as its schema allows. Rules of a CRD that could
// cost too much are refused by it before they ever run. Unbounded sizes give an infinite cost.
// Source of the method: cel-go checker/cost.go and apiserver/pkg/cel/library/cost.go.

import type { Checked } from "./check.ts";
import type { Overload } from "./library/overload.ts";
import { unit } from "./meter.ts";
import type { Shape } from "./shape.ts";
import type { CallNode, FoldNode, Node } from "./syntax/ast.ts";
import { sizeOf } from "./values.ts";

/** What is known of the sizes of a value. */
interface Extent {
  /** Most characters, bytes, items or entries; 1 for what has no size. */
  readonly size: number;
  /** Extent of items, or of a map's values. */
  readonly element?: Extent;
  /** Extent of a map's keys. */
  readonly key?: Extent;
  field?(name: string): Extent | undefined;
}

interface Estimate {
  readonly cost: number;
  readonly extent: Extent;
}

const scalar: Extent = { size: 1 };
const unknown: Extent = { size: Number.POSITIVE_INFINITY };
/** Longest key of a map of which the schema says nothing. */
const anyKey: Extent = { size: 3 * 1024 * 1024 };

const sizeless = new Set(["bool", "int", "uint", "double", "null", "timestamp", "duration", "type"]);

/** @param variables shapes of the declared variables */
export function estimateCost(node: Node, checked: Checked, variables: ReadonlyMap<string, Shape>): number {
  return new Estimator(checked, variables).estimate(node).cost;
}

function extentOf(shape: Shape): Extent {
  if (shape.type.kind === "dyn" && !Number.isFinite(shape.maxElements)) return unknown;
  return {
    get size() {
      return shape.maxElements;
    },
    get element() {
      return shape.element === undefined ? undefined : extentOf(shape.element);
    },
    key: anyKey,
    field(name) {
      const field = shape.field?.(name);
      return field === undefined ? undefined : extentOf(field.shape);
    },
  };
}

class Estimator {
  readonly #checked: Checked;
  readonly #variables: ReadonlyMap<string, Shape>;
  /** Variables of macros, innermost last. */
  readonly #locals: { name: string; extent: Extent }[] = [];

  constructor(checked: Checked, variables: ReadonlyMap<string, Shape>) {
    this.#checked = checked;
    this.#variables = variables;
  }

  estimate(node: Node): Estimate {
    const { cost, extent } = this.#estimate(node);
    return { cost, extent: sizeless.has(this.#checked.types.get(node)?.kind ?? "") ? scalar : extent };
  }

  #estimate(node: Node): Estimate {
    if (this.#checked.constants.has(node)) return { cost: 1, extent: scalar };
    const variable = this.#checked.variables.get(node);
    if (variable !== undefined) return { cost: 1, extent: extentOf(this.#variables.get(variable)!) };
    switch (node.kind) {
      case "constant":
        return { cost: 0, extent: { size: sizeOf(node.value) } };
      case "identifier":
        return { cost: 1, extent: this.#locals.findLast(({ name }) => name === node.name)?.extent ?? unknown };
      case "select": {
        const { cost, extent } = this.estimate(node.operand);
        return { cost: node.test ? cost : cost + 1, extent: extent.field?.(node.field) ?? extent.element ?? unknown };
      }
      case "call":
        return this.#call(node);
      case "list": {
        const items = node.items.map(({ value }) => this.estimate(value));
        return { cost: sum(items) + unit.listCreate, extent: { size: items.length, element: unionOf(items) } };
      }
      case "map": {
        const keys = node.entries.map(({ key }) => this.estimate(key));
        const values = node.entries.map(({ value }) => this.estimate(value));
        const extent = { size: keys.length, key: unionOf(keys), element: unionOf(values) };
        return { cost: sum(keys) + sum(values) + unit.mapCreate, extent };
      }
      case "fold":
        return this.#fold(node);
      case "message":
        return {
          cost: sum(node.fields.map(({ value }) => this.estimate(value))) + unit.messageCreate,
          extent: unknown,
        };
    }
  }

  #call(node: CallNode): Estimate {
    const { name, args, overloads } = this.#checked.calls.get(node)!;
    const given = args.map((arg) => this.estimate(arg));
    if (name === "_?_:_") {
      const [condition, yes, no] = given as [Estimate, Estimate, Estimate];
      return { cost: condition.cost + Math.max(yes.cost, no.cost), extent: union(yes.extent, no.extent) };
    }
    if (name === "_&&_" || name === "_||_") return { cost: sum(given), extent: scalar };
    const [a = scalar, b = scalar] = given.map(({ extent }) => extent);
    let own = 0;
    let extent: Extent | undefined;
    for (const overload of overloads) {
      const result = resultOf(name, overload, a, b);
      own = Math.max(own, (overload.cost?.(a.size, b.size) ?? 1) + (overload.resultCost?.(result.size) ?? 0));
      extent = extent === undefined ? result : union(extent, result);
    }
    // An infinite size times nothing is nothing.
    return { cost: sum(given) + (Number.isNaN(own) ? 0 : own), extent: extent ?? unknown };
  }

  #fold(node: FoldNode): Estimate {
    const range = this.estimate(node.range);
    const initial = this.estimate(node.initial);
    const { size } = range.extent;
    const isMap = this.#checked.types.get(node.range)?.kind === "map";
    const key = isMap ? (range.extent.key ?? anyKey) : scalar;
    const element = range.extent.element ?? (size === 0 ? scalar : unknown);
    const depth = this.#locals.length;
    this.#locals.push({ name: node.accumulator, extent: size === 0 ? initial.extent : { size } });
    if (node.variable2 === undefined) this.#locals.push({ name: node.variable, extent: isMap ? key : element });
    else this.#locals.push({ name: node.variable, extent: key }, { name: node.variable2, extent: element });
    const condition = this.estimate(node.condition);
    const step = this.estimate(node.step);
    this.#locals.length = depth + 1;
    if (size !== 0) this.#locals[depth] = { name: node.accumulator, extent: { ...step.extent, size } };
    const result = this.estimate(node.result);
    this.#locals.length = depth;
    const loops = size === 0 ? 0 : size * (condition.cost + step.cost);
    return { cost: range.cost + initial.cost + loops + result.cost, extent: result.extent };
  }
}

/** What is known of the sizes of a call's result. */
function resultOf(name: string, overload: Overload, a: Extent, b: Extent): Extent {
  switch (name) {
    case "_[_]":
    case "_[?_]":
      return a.element ?? unknown;
    case "split":
    case "findAll":
      return { size: a.size, element: { size: a.size } };
    case "join":
      return { size: times(a.size, (a.element ?? unknown).size + (b === scalar ? 0 : b.size)) };
    case "cel.@mapInsert":
      return { size: a.size + 1, element: union(a.element ?? scalar, b.element ?? b) };
  }
  const size = overload.resultSize?.(a.size, b.size) ?? a.size;
  const element =
    a.element === undefined ? b.element : b.element === undefined ? a.element : union(a.element, b.element);
  return { size: Number.isNaN(size) ? Number.POSITIVE_INFINITY : size, element, key: a.key, field: a.field?.bind(a) };
}

function times(a: number, b: number): number {
  return a === 0 || b === 0 ? 0 : a * b;
}

function sum(estimates: readonly Estimate[]): number {
  return estimates.reduce((total, { cost }) => total + cost, 0);
}

function unionOf(estimates: readonly Estimate[]): Extent {
  return estimates.map(({ extent }) => extent).reduce(union, scalar);
}

/** An extent that covers both. */
function union(a: Extent, b: Extent): Extent {
  if (a === b) return a;
  return {
    size: Math.max(a.size, b.size),
    get element() {
      return a.element === undefined ? b.element : b.element === undefined ? a.element : union(a.element, b.element);
    },
    get key() {
      return a.key === undefined ? b.key : b.key === undefined ? a.key : union(a.key, b.key);
    },
    field(name) {
      const [left, right] = [a.field?.(name), b.field?.(name)];
      return left === undefined ? right : right === undefined ? left : union(left, right);
    },
  };
}
