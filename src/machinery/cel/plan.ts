// Turns a checked tree into closures that compute it and count its cost as cel-go's interpreter does: one unit for a name, a selection
// or a plain call, more for what reads or builds much.

import type { Checked, ResolvedCall } from "./check.ts";
import { type Frame, invoke, type Step } from "./invoke.ts";
import { memberAt, memberOf, optionalMember } from "./library/standard.ts";
import { MessageValue } from "./messages.ts";
import { failureCost, unit } from "./meter.ts";
import type { CallNode, FoldNode, ListNode, MapNode, MessageNode, Node, SelectNode } from "./syntax/ast.ts";
import { resultName } from "./syntax/ast.ts";
import {
  ArrayList,
  EntryMap,
  EvaluationFailure,
  fail,
  List,
  MapValue,
  Optional,
  TypeValue,
  typeNameOf,
  type Value,
} from "./values.ts";

export interface Plan {
  readonly run: Step;
  /** Slots to reserve in a frame. */
  readonly slotCount: number;
}

/** @param variables names of declared variables in the order of their slots */
export function planExpression(node: Node, checked: Checked, variables: readonly string[]): Plan {
  const planner = new Planner(checked, variables);
  return { run: planner.plan(node), slotCount: planner.slotCount };
}

class Planner {
  readonly #checked: Checked;
  readonly #declared: ReadonlyMap<string, number>;
  /** Innermost last. */
  readonly #locals: { name: string; slot: number }[] = [];
  #slots: number;

  constructor(checked: Checked, variables: readonly string[]) {
    this.#checked = checked;
    this.#declared = new Map(variables.map((name, slot) => [name, slot]));
    this.#slots = variables.length;
  }

  get slotCount(): number {
    return this.#slots;
  }

  plan(node: Node): Step {
    const constant = this.#checked.constants.get(node);
    if (constant !== undefined) return counted(() => constant);
    const variable = this.#checked.variables.get(node);
    if (variable !== undefined) return readSlot(this.#declared.get(variable)!);
    switch (node.kind) {
      case "constant": {
        const { value } = node;
        return () => value;
      }
      case "identifier":
        return this.#local(node.name);
      case "select":
        return this.#select(node);
      case "call":
        return this.#call(node);
      case "list":
        return this.#list(node);
      case "map":
        return this.#map(node);
      case "fold":
        return this.#fold(node);
      case "message":
        return this.#message(node);
    }
  }

  #local(name: string): Step {
    const { slot } = this.#locals.findLast((local) => local.name === name)!;
    return name === resultName ? readAccumulator(slot) : readSlot(slot);
  }

  #select({ operand, field, test, optional }: SelectNode): Step {
    const inner = this.plan(operand);
    if (test) return (frame) => hasMember(inner(frame), field);
    return (frame) => {
      const container = inner(frame);
      frame.meter.charge(1);
      if (optional || container instanceof Optional) return optionalMember(container, field);
      return container instanceof MapValue ? memberOf(container, field) : fail("no such overload");
    };
  }

  #call(node: CallNode): Step {
    const resolved = this.#checked.calls.get(node)!;
    switch (resolved.name) {
      case "_&&_":
        return logical(this.plan(resolved.args[0]!), this.plan(resolved.args[1]!), false);
      case "_||_":
        return logical(this.plan(resolved.args[0]!), this.plan(resolved.args[1]!), true);
      case "_?_:_":
        return this.#conditional(resolved);
      case "@not_strictly_false":
        return notStrictlyFalse(this.plan(resolved.args[0]!));
      case "_[_]":
        return index(this.plan(resolved.args[0]!), this.plan(resolved.args[1]!), memberAt);
      case "_[?_]":
        return index(this.plan(resolved.args[0]!), this.plan(resolved.args[1]!), optionalMember);
      case "type": {
        const inner = this.plan(resolved.args[0]!);
        return counted((frame) => new TypeValue(typeNameOf(inner(frame))));
      }
    }
    if (resolved.name === "_+_") {
      const append = this.#append(resolved);
      if (append !== undefined) return append;
    }
    if (resolved.name === "or" || resolved.name === "orValue") {
      return orElse(resolved.name, this.plan(resolved.args[0]!), this.plan(resolved.args[1]!));
    }
    return invoke(
      resolved,
      resolved.args.map((arg) => this.plan(arg)),
    );
  }

  #conditional({ args }: ResolvedCall): Step {
    const [condition, yes, no] = args.map((arg) => this.plan(arg)) as [Step, Step, Step];
    return (frame) => {
      const chosen = condition(frame);
      if (typeof chosen !== "boolean") return fail("no such overload");
      return chosen ? yes(frame) : no(frame);
    };
  }

  /** `@result + [x]` of a macro, whose list nobody else sees: x is appended in place. */
  #append({ args: [left, right] }: ResolvedCall): Step | undefined {
    if (left!.kind !== "identifier" || left!.name !== resultName || right!.kind !== "list" || right!.items.length !== 1)
      return undefined;
    const list = this.plan(left!);
    const item = this.plan(right!.items[0]!.value);
    return (frame) => {
      const target = list(frame) as ArrayList;
      const value = item(frame);
      frame.meter.charge(unit.listCreate + 1);
      target.items.push(value);
      return target;
    };
  }

  #list({ items }: ListNode): Step {
    const steps = items.map(({ value, optional }) => ({ step: this.plan(value), optional }));
    return (frame) => {
      const values: Value[] = [];
      for (const { step, optional } of steps) {
        const value = step(frame);
        if (!optional) values.push(value);
        else if (expectOptional(value).value !== undefined) values.push((value as Optional).value!);
      }
      frame.meter.charge(unit.listCreate);
      return new ArrayList(values);
    };
  }

  #map({ entries }: MapNode): Step {
    const steps = entries.map(({ key, value, optional }) => ({
      key: this.plan(key),
      value: this.plan(value),
      optional,
    }));
    return (frame) => {
      const map = new EntryMap();
      for (const { key, value, optional } of steps) {
        const name = key(frame);
        const member = value(frame);
        if (!optional) map.insert(name, member);
        else if (expectOptional(member).value !== undefined) map.insert(name, (member as Optional).value!);
      }
      frame.meter.charge(unit.mapCreate);
      return map;
    };
  }

  #message({ name, fields }: MessageNode): Step {
    const steps = fields.map((field) => ({ name: field.name, step: this.plan(field.value), optional: field.optional }));
    return (frame) => {
      const message = new MessageValue(name);
      for (const { name: field, step, optional } of steps) {
        const value = step(frame);
        if (!optional) message.set(field, value);
        else if (expectOptional(value).value !== undefined) message.set(field, (value as Optional).value!);
      }
      frame.meter.charge(unit.messageCreate);
      return message;
    };
  }

  #fold(node: FoldNode): Step {
    const range = this.plan(node.range);
    const initial = this.plan(node.initial);
    const accumulator = this.#declare(node.accumulator);
    const first = this.#declare(node.variable);
    const second = node.variable2 === undefined ? -1 : this.#declare(node.variable2);
    const condition = this.plan(node.condition);
    const step = this.plan(node.step);
    this.#locals.length -= second < 0 ? 1 : 2;
    const result = this.plan(node.result);
    this.#locals.length--;
    const absorbs = node.step.kind === "call" && ["_&&_", "_||_"].includes(node.step.name);
    return (frame) => {
      const { slots } = frame;
      const over = range(frame);
      slots[accumulator] = initial(frame);
      const next = () => {
        if (condition(frame) === false) return false;
        slots[accumulator] = absorbs ? attempt(step, frame) : step(frame);
        return true;
      };
      if (over instanceof List) iterateList(over, slots, first, second, next);
      else if (over instanceof MapValue) iterateMap(over, slots, first, second, next);
      else fail("no such overload");
      return result(frame);
    };
  }

  #declare(name: string): number {
    const slot = this.#slots++;
    this.#locals.push({ name, slot });
    return slot;
  }
}

/** The value of a step, or its failure. */
function attempt(step: Step, frame: Frame): Value | EvaluationFailure {
  try {
    return step(frame);
  } catch (error) {
    if (!(error instanceof EvaluationFailure)) throw error;
    frame.meter.charge(failureCost);
    return error;
  }
}

function iterateList(list: List, slots: Frame["slots"], first: number, second: number, next: () => boolean): void {
  const { size } = list;
  for (let index = 0; index < size; index++) {
    if (second < 0) slots[first] = list.get(index);
    else {
      slots[first] = BigInt(index);
      slots[second] = list.get(index);
    }
    if (!next()) return;
  }
}

function iterateMap(map: MapValue, slots: Frame["slots"], first: number, second: number, next: () => boolean): void {
  for (const key of map.keys()) {
    slots[first] = key;
    if (second >= 0) slots[second] = memberOf(map, key);
    if (!next()) return;
  }
}

function counted(step: Step): Step {
  return (frame) => {
    frame.meter.charge(1);
    return step(frame);
  };
}

function readSlot(slot: number): Step {
  return (frame) => {
    frame.meter.charge(1);
    return frame.slots[slot] as Value;
  };
}

function readAccumulator(slot: number): Step {
  return (frame) => {
    frame.meter.charge(1);
    const value = frame.slots[slot]!;
    if (value instanceof EvaluationFailure) throw value;
    return value;
  };
}

function index(container: Step, key: Step, get: (container: Value, key: Value) => Value): Step {
  return (frame) => {
    const from = container(frame);
    const at = key(frame);
    frame.meter.charge(1);
    return get(from, at);
  };
}

function hasMember(container: Value, field: string): boolean {
  if (container instanceof MapValue) return container.has(field);
  if (container instanceof Optional) return container.value !== undefined && hasMember(container.value, field);
  return fail("no such overload");
}

function expectOptional(value: Value): Optional {
  return value instanceof Optional
    ? value
    : fail(`cannot initialize optional element from non-optional value of type ${typeNameOf(value)}`);
}

/** `&&` and `||`: a side that decides hides the failure of the other. */
function logical(left: Step, right: Step, decisive: boolean): Step {
  return (frame) => {
    let problem: unknown;
    try {
      const value = left(frame);
      if (value === decisive) return value;
      if (value !== !decisive) problem = new EvaluationFailure("no such overload");
    } catch (error) {
      if (!(error instanceof EvaluationFailure)) throw error;
      frame.meter.charge(failureCost);
      problem = error;
    }
    const value = right(frame);
    if (value === decisive) return value;
    if (problem !== undefined) throw problem;
    return typeof value === "boolean" ? value : fail("no such overload");
  };
}

function notStrictlyFalse(inner: Step): Step {
  return (frame) => {
    frame.meter.charge(1);
    return attempt(inner, frame) !== false;
  };
}

/** The alternative of an optional is computed only when it is needed. */
function orElse(name: "or" | "orValue", left: Step, right: Step): Step {
  return (frame) => {
    const optional = left(frame);
    frame.meter.charge(1);
    if (!(optional instanceof Optional)) return fail("no such overload");
    if (optional.value === undefined) return right(frame);
    return name === "or" ? optional : optional.value;
  };
}
