// The macros that @bufbuild/cel's parser does not expand: two-variable comprehensions, cel.bind, optMap and optFlatMap.
// Expansions are those of cel-go, for costs are counted on what they expand to.

import { type CallNode, type FoldNode, type Node, resultName } from "./ast.ts";

export class MacroError extends Error {
  readonly offset: number;
  constructor(offset: number, message: string) {
    super(message);
    this.offset = offset;
  }
}

/** The expansion of a call, or undefined when it is no macro. @throws MacroError when it is one with wrong arguments. */
export function expandMacro(call: CallNode): Node | undefined {
  const { target, args, name } = call;
  if (target === undefined) {
    if (name === "has" && args.length === 1) throw new MacroError(args[0]!.offset, "invalid argument to has() macro");
    return undefined;
  }
  if (name === "bind" && args.length === 3 && target.kind === "identifier" && target.name === "cel")
    return expandBind(call);
  if (name === "optMap" && args.length === 2)
    return expandOptionalMap(call, target, (value) => optionalOf(call, value));
  if (name === "optFlatMap" && args.length === 2) return expandOptionalMap(call, target, (value) => value);
  if (isMacro(oneVariable, name, args.length)) throw new MacroError(args[0]!.offset, "argument must be a simple name");
  const expand = isMacro(twoVariables, name, args.length) ? expansions[name] : undefined;
  return expand?.(new Comprehension(call, target), args.slice(2));
}

const oneVariable = { all: [2], exists: [2], exists_one: [2], existsOne: [2], filter: [2], map: [2] };
const twoVariables = {
  all: [3],
  exists: [3],
  exists_one: [3],
  existsOne: [3],
  transformList: [3, 4],
  transformMap: [3, 4],
  transformMapEntry: [3, 4],
};

function isMacro(macros: Record<string, number[]>, name: string, count: number): boolean {
  return Object.hasOwn(macros, name) && macros[name]!.includes(count);
}

const expansions: Record<string, (of: Comprehension, args: readonly Node[]) => FoldNode> = {
  all: (of, [predicate]) =>
    of.fold(of.constant(true), of.call("@not_strictly_false", of.result), of.call("_&&_", of.result, predicate!)),
  exists: (of, [predicate]) =>
    of.fold(
      of.constant(false),
      of.call("@not_strictly_false", of.call("!_", of.result)),
      of.call("_||_", of.result, predicate!),
    ),
  exists_one: (of, args) => of.existsOne(args[0]!),
  existsOne: (of, args) => of.existsOne(args[0]!),
  transformList: (of, args) =>
    of.transform(args, { kind: "list", offset: of.offset, items: [] }, (value) =>
      of.call("_+_", of.result, { kind: "list", offset: of.offset, items: [{ value, optional: false }] }),
    ),
  transformMap: (of, args) =>
    of.transform(args, of.emptyMap, (value) => of.call("cel.@mapInsert", of.result, of.key, value)),
  transformMapEntry: (of, args) =>
    of.transform(args, of.emptyMap, (value) => of.call("cel.@mapInsert", of.result, value)),
};

/** Makes the nodes of one expansion; all of them point to the macro. */
class Comprehension {
  readonly offset: number;
  readonly #range: Node;
  readonly #variable: string;
  readonly #variable2: string;
  readonly key: Node;
  readonly result: Node;
  readonly emptyMap: Node;

  constructor(call: CallNode, range: Node) {
    this.offset = call.offset;
    this.#range = range;
    this.key = call.args[0]!;
    this.#variable = simpleName(call.args[0]!);
    this.#variable2 = simpleName(call.args[1]!);
    if (this.#variable === this.#variable2) {
      throw new MacroError(call.args[1]!.offset, `duplicate variable name: ${this.#variable}`);
    }
    this.result = { kind: "identifier", offset: this.offset, name: resultName };
    this.emptyMap = { kind: "map", offset: this.offset, entries: [] };
  }

  constant(value: boolean | bigint): Node {
    return { kind: "constant", offset: this.offset, value };
  }

  call(name: string, ...args: Node[]): Node {
    return { kind: "call", offset: this.offset, name, target: undefined, args };
  }

  fold(initial: Node, condition: Node, step: Node, result: Node = this.result): FoldNode {
    const { offset } = this;
    const accumulator = resultName;
    const names = { variable: this.#variable, variable2: this.#variable2, accumulator };
    return { kind: "fold", offset, range: this.#range, ...names, initial, condition, step, result };
  }

  existsOne(predicate: Node): FoldNode {
    const step = this.call("_?_:_", predicate, this.call("_+_", this.result, this.constant(1n)), this.result);
    return this.fold(this.constant(0n), this.constant(true), step, this.call("_==_", this.result, this.constant(1n)));
  }

  /** `args` is the transformation, or a filter and the transformation. */
  transform(args: readonly Node[], initial: Node, add: (value: Node) => Node): FoldNode {
    const added = add(args.at(-1)!);
    const step = args.length === 2 ? this.call("_?_:_", args[0]!, added, this.result) : added;
    return this.fold(initial, this.constant(true), step);
  }
}

function simpleName(node: Node): string {
  if (node.kind !== "identifier" || node.name.startsWith(".")) {
    throw new MacroError(node.offset, "argument must be a simple variable name");
  }
  return node.name;
}

function expandBind(call: CallNode): FoldNode {
  const [name, value, body] = call.args;
  return bind(call.offset, simpleName(name!), value!, body!);
}

/** A fold over nothing whose accumulator is the bound variable. */
function bind(offset: number, name: string, value: Node, body: Node): FoldNode {
  return {
    kind: "fold",
    offset,
    range: { kind: "list", offset, items: [] },
    variable: "#unused",
    variable2: undefined,
    accumulator: name,
    initial: value,
    condition: { kind: "constant", offset, value: false },
    step: { kind: "identifier", offset, name },
    result: body,
  };
}

/** The receiver is bound to a name first: writing it twice would double a chain of these macros with every link. */
function expandOptionalMap(call: CallNode, target: Node, wrap: (value: Node) => Node): Node {
  const { offset, args } = call;
  const receiver = "@target";
  const method = (name: string): Node => {
    return { kind: "call", offset, name, target: { kind: "identifier", offset, name: receiver }, args: [] };
  };
  const mapped = wrap(bind(offset, simpleName(args[0]!), method("value"), args[1]!));
  const none: Node = {
    kind: "call",
    offset,
    name: "none",
    target: { kind: "identifier", offset, name: "optional" },
    args: [],
  };
  const chosen: Node = {
    kind: "call",
    offset,
    name: "_?_:_",
    target: undefined,
    args: [method("hasValue"), mapped, none],
  };
  return bind(offset, receiver, target, chosen);
}

function optionalOf({ offset }: CallNode, value: Node): Node {
  return { kind: "call", offset, name: "of", target: { kind: "identifier", offset, name: "optional" }, args: [value] };
}
