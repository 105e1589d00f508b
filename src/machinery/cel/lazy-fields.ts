// Named values that are computed when an expression reaches them: the `variables` of admission policies. What a variable costs is
// counted where it is computed; its failure is that of who reached it.

import type { Json } from "../object.ts";
import type { CelFields } from "./cel.ts";
import type { Shape } from "./shape.ts";
import type * as types from "./types.ts";
import { BudgetExceeded, fail, MapValue, type Value } from "./values.ts";

/** The shape of a variable whose value is CelFields; `fields` holds the types by name. */
export function fieldsShape(fields: Readonly<Record<string, types.Type>>): Shape {
  const names = Object.keys(fields);
  return {
    type: {
      kind: "object",
      name: "variables",
      field: (name) => (Object.hasOwn(fields, name) ? fields[name] : undefined),
    },
    maxElements: Number.POSITIVE_INFINITY,
    minSerializedSize: 0,
    wrap: (value: Json | undefined) =>
      value === undefined ? null : new LazyFields(names, value as unknown as CelFields),
  };
}

class LazyFields extends MapValue {
  readonly #names: readonly string[];
  readonly #source: CelFields;
  constructor(names: readonly string[], source: CelFields) {
    super();
    this.#names = names;
    this.#source = source;
  }
  override get size(): number {
    return this.#names.length;
  }
  override get(key: Value): Value | undefined {
    if (!this.has(key)) return undefined;
    const result = this.#source.field(key as string);
    if (result.ok) return result.value;
    if (result.cause === "budget") throw new BudgetExceeded();
    return fail(result.error);
  }
  override has(key: Value): boolean {
    return typeof key === "string" && this.#names.includes(key);
  }
  override keys(): readonly string[] {
    return this.#names;
  }
}
