// Values and mutations that clients should not send. Documents are trees of pairs here, not objects, so that they can name a key twice
// or `__proto__`; bytes are mutated after that. All choices are lists of small steps, so that a failing case shrinks to few of them.

import fc from "fast-check";
import type { Json } from "../../../src/machinery/object.ts";

/** A JSON document that may name keys twice. */
export type Tree = string | number | boolean | null | Tree[] | Pairs | RawText;

/** JSON text that is written as it is: nesting that no recursion here could follow. */
export class RawText {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

export class Pairs {
  readonly entries: [key: string, value: Tree][];

  constructor(entries: [string, Tree][]) {
    this.entries = entries;
  }
}

export function treeOf(value: Json | undefined): Tree {
  if (Array.isArray(value)) return value.map((item) => treeOf(item as Json));
  if (JSON.isRawJSON(value)) return Number(value.rawJSON);
  if (typeof value !== "object" || value === null) return (value as Tree) ?? null;
  return new Pairs(Object.entries(value).map(([key, item]) => [key, treeOf(item as Json)]));
}

export function treeText(tree: Tree): string {
  if (tree instanceof RawText) return tree.text;
  if (Array.isArray(tree)) return `[${tree.map(treeText).join(",")}]`;
  if (tree instanceof Pairs) {
    return `{${tree.entries.map(([key, value]) => `${JSON.stringify(key)}:${treeText(value)}`).join(",")}}`;
  }
  return JSON.stringify(tree) ?? "null";
}

function nested(depth: number, list: boolean): RawText {
  const [open, close] = list ? ["[", "]"] : ['{"a":', "}"];
  return new RawText(`${open.repeat(depth)}1${close.repeat(depth)}`);
}

/** Keys that mean something to JavaScript, to the API, or to nobody. */
export const hostileKeys = [
  "__proto__",
  "constructor",
  "prototype",
  "toString",
  "hasOwnProperty",
  "length",
  "",
  "\u0000",
  "a/b",
  "$patch",
  "$retainKeys",
  "$deleteFromPrimitiveList/finalizers",
  "$setElementOrder/containers",
  "metadata",
  "managedFields",
  "ownerReferences",
  "finalizers",
  "status",
  "x-kubernetes-preserve-unknown-fields",
];

const hostileTexts = [
  "",
  " ",
  "__proto__",
  "constructor",
  "\u0000",
  "\ud800",
  "a\nb",
  "../../etc",
  "%2e%2e%2f",
  "😀".repeat(300),
  "a".repeat(300),
  "a".repeat(70_000),
  "9223372036854775808",
  "-0",
  "1e400",
  "0x10",
  "1000000000000000000000000000Ki",
  "1e99999999999",
  "P1DT1H",
  "2024-13-45T99:99:99Z",
  "0000-00-00T00:00:00Z",
  "999999999999h",
  "*",
  "*/*",
  "(a+)+$",
  "((((((((((a*)*)*)*)*)*)*)*)*)*)",
  "(?P<n>",
  "[",
  "{{.}}",
  "self.all(x, x.all(y, y.all(z, true)))",
  "::1",
  "256.256.256.256",
  "0.0.0.0/0",
  "::/0",
  "a=b,c in (d",
  "*/0 * * * *",
  "1-99999999 * * * *",
];

/** Leaves and small structures of every wrong type. */
export const hostileTree: fc.Arbitrary<Tree> = fc.oneof(
  fc.constantFrom<Tree>(null, true, false, 0, -1, 1.5, -0.1, 2 ** 31, 2 ** 53, 1e21, 1e308, -(2 ** 63)),
  fc.constantFrom<Tree>(...hostileTexts),
  fc.constantFrom<Tree>([], [[]], [null], new Pairs([]), new Pairs([["", null]])),
  fc.constantFrom(...hostileKeys).map((key): Tree => new Pairs([[key, new Pairs([[key, key]])]])),
  fc.tuple(fc.constantFrom(3, 40, 490, 700, 5000), fc.boolean()).map(([depth, list]) => nested(depth, list)),
  fc.constantFrom(5, 300, 20_000).map((length): Tree => new Array<Tree>(length).fill(new Pairs([["name", "a"]]))),
  fc
    .constantFrom(5, 300, 20_000)
    .map((length): Tree => new Pairs(Array.from({ length }, (_, index): [string, Tree] => [`k${index}`, "v"]))),
  fc.string({ unit: "binary", maxLength: 20 }),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
);

type Step =
  | { kind: "replace"; at: number; value: Tree }
  | { kind: "remove"; at: number }
  | { kind: "rename"; at: number; key: string }
  | { kind: "insert"; at: number; key: string; value: Tree }
  | { kind: "double"; at: number };

const at = fc.nat({ max: 100_000 });

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("replace" as const), at, value: hostileTree }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("remove" as const), at }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant("rename" as const), at, key: fc.constantFrom(...hostileKeys) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("insert" as const),
      at,
      key: fc.constantFrom(...hostileKeys),
      value: hostileTree,
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("double" as const), at }) },
);

/** Steps that turn a valid document into another one. */
export const documentSteps: fc.Arbitrary<Step[]> = fc.array(step, { maxLength: 4 });

export function mutateTree(root: Tree, steps: Step[]): Tree {
  const holder = new Pairs([["", root]]);
  for (const each of steps) mutateOnce(holder, each);
  return holder.entries[0]?.[1] ?? null;
}

type Slot = { holder: Pairs | Tree[]; index: number };

/** Steps are used again when a case shrinks: what they insert is never shared. */
function copyTree(tree: Tree): Tree {
  if (Array.isArray(tree)) return tree.map(copyTree);
  if (tree instanceof Pairs) return new Pairs(tree.entries.map(([key, value]) => [key, copyTree(value)]));
  return tree;
}

function mutateOnce(root: Pairs, step: Step): void {
  const slots: Slot[] = [];
  collect(root, slots);
  const slot = slots[step.at % slots.length];
  if (slot === undefined) return;
  const { holder, index } = slot;
  const value = holder instanceof Pairs ? holder.entries[index]![1] : holder[index]!;
  switch (step.kind) {
    case "replace":
      if (holder instanceof Pairs) holder.entries[index]![1] = copyTree(step.value);
      else holder[index] = copyTree(step.value);
      break;
    case "remove":
      if (holder === root) return;
      if (holder instanceof Pairs) holder.entries.splice(index, 1);
      else holder.splice(index, 1);
      break;
    case "rename":
      if (holder instanceof Pairs && holder !== root) holder.entries[index]![0] = step.key;
      break;
    case "insert":
      if (value instanceof Pairs) value.entries.push([step.key, copyTree(step.value)]);
      else if (Array.isArray(value)) value.push(copyTree(step.value));
      break;
    case "double":
      if (holder === root) return;
      if (holder instanceof Pairs) holder.entries.push([holder.entries[index]![0], copyTree(value)]);
      else holder.push(copyTree(value));
  }
}

/** The places of a tree, not counting what is inside very large lists. */
function collect(tree: Tree, slots: Slot[]): void {
  if (slots.length > 5000) return;
  if (tree instanceof Pairs) {
    for (let index = 0; index < tree.entries.length; index++) {
      slots.push({ holder: tree, index });
      if (index < 50) collect(tree.entries[index]![1], slots);
    }
  } else if (Array.isArray(tree)) {
    for (let index = 0; index < tree.length; index++) {
      slots.push({ holder: tree, index });
      if (index < 50) collect(tree[index]!, slots);
    }
  }
}

type ByteStep =
  | { kind: "cut"; at: number }
  | { kind: "set"; at: number; byte: number }
  | { kind: "insert"; at: number; bytes: Uint8Array }
  | { kind: "repeat"; at: number; length: number; times: number };

/** Steps that damage bytes. */
export const byteSteps: fc.Arbitrary<ByteStep[]> = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constant("cut" as const), at }),
    fc.record({ kind: fc.constant("set" as const), at, byte: fc.nat({ max: 255 }) }),
    fc.record({ kind: fc.constant("insert" as const), at, bytes: fc.uint8Array({ minLength: 1, maxLength: 12 }) }),
    fc.record({
      kind: fc.constant("repeat" as const),
      at,
      length: fc.integer({ min: 1, max: 40 }),
      times: fc.integer({ min: 1, max: 200 }),
    }),
  ),
  { minLength: 1, maxLength: 4 },
);

export function mutateBytes(bytes: Buffer, steps: ByteStep[]): Buffer {
  let result = bytes;
  for (const step of steps) {
    const at = result.length === 0 ? 0 : step.at % result.length;
    const before = result.subarray(0, at);
    switch (step.kind) {
      case "cut":
        result = before;
        break;
      case "set":
        result = Buffer.concat([before, Buffer.from([step.byte]), result.subarray(at + 1)]);
        break;
      case "insert":
        result = Buffer.concat([before, step.bytes, result.subarray(at)]);
        break;
      case "repeat": {
        const part = result.subarray(at, at + step.length);
        result = Buffer.concat([before, ...new Array<Buffer>(step.times).fill(part), result.subarray(at)]);
      }
    }
  }
  return result;
}
