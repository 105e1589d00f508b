// The tree of an expression: small, without protobuf, macros expanded. `offset` is the place in the source that errors point to.

import type { Value } from "../values.ts";

export type Node =
  | { readonly kind: "constant"; readonly offset: number; readonly value: Value }
  | { readonly kind: "identifier"; readonly offset: number; readonly name: string }
  | SelectNode
  | CallNode
  | ListNode
  | MapNode
  | FoldNode
  | MessageNode;

/** `Object.spec{replicas: 1}`; refused by the checker unless the environment knows the name. */
export interface MessageNode {
  readonly kind: "message";
  readonly offset: number;
  readonly name: string;
  readonly fields: readonly {
    readonly offset: number;
    readonly name: string;
    readonly value: Node;
    readonly optional: boolean;
  }[];
}

/** `operand.field`; `has(operand.field)` when `test`; `operand.?field` when `optional`. */
export interface SelectNode {
  readonly kind: "select";
  readonly offset: number;
  readonly operand: Node;
  readonly field: string;
  readonly test: boolean;
  readonly optional: boolean;
}

/** A function, method or operator; operators have the names of the CEL specification, such as `_+_`, `@in`, `_[?_]`. */
export interface CallNode {
  readonly kind: "call";
  readonly offset: number;
  readonly name: string;
  readonly target: Node | undefined;
  readonly args: readonly Node[];
}

export interface ListNode {
  readonly kind: "list";
  readonly offset: number;
  readonly items: readonly { readonly value: Node; readonly optional: boolean }[];
}

export interface MapNode {
  readonly kind: "map";
  readonly offset: number;
  readonly entries: readonly {
    readonly offset: number;
    readonly key: Node;
    readonly value: Node;
    readonly optional: boolean;
  }[];
}

/** What the macros become: an accumulator taken through a list or map. Without `variable2` a map gives its keys. */
export interface FoldNode {
  readonly kind: "fold";
  readonly offset: number;
  readonly range: Node;
  readonly variable: string;
  readonly variable2: string | undefined;
  readonly accumulator: string;
  readonly initial: Node;
  readonly condition: Node;
  readonly step: Node;
  readonly result: Node;
}

/** The accumulator of the macros; no expression can write this name. */
export const resultName = "@result";

/** `a.b.c` as text when the node is a plain dotted name. */
export function dottedName(node: Node): string | undefined {
  if (node.kind === "identifier") return node.name;
  if (node.kind !== "select" || node.test || node.optional) return undefined;
  const left = dottedName(node.operand);
  return left === undefined ? undefined : `${left}.${node.field}`;
}
