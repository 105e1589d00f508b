// From the text of an expression to its tree. The grammar is @bufbuild/cel's; this file turns what it gives into our nodes, puts the
// newer syntax back in (see scan.ts) and expands the macros that it does not have.

import { parse as parseGrammar } from "@bufbuild/cel";
import { Uint, type Value } from "../values.ts";
import type { Node } from "./ast.ts";
import { expandMacro, MacroError } from "./macros.ts";
import { firstFrom, lastBelow, type Scan, scan } from "./scan.ts";
import { CompileError, errorAt } from "./source.ts";

type GrammarExpression = NonNullable<ReturnType<typeof parseGrammar>["expr"]>;
type Positions = { [id: string]: number };
interface Struct {
  messageName: string;
  entries: {
    id: bigint;
    keyKind: { case?: string | undefined; value?: unknown };
    value?: GrammarExpression | undefined;
  }[];
}

/** Deepest tree; its walkers recurse. Chains of `&&` and `||` are balanced and do not count. */
const maxTreeDepth = 400;

/** @throws CompileError with all that is wrong with the syntax. */
export function parseExpression(source: string): Node {
  const scanned = scan(source);
  try {
    const { expr, sourceInfo } = parseGrammar(scanned.text);
    return new TreeBuilder(source, scanned, sourceInfo!.positions).build(expr!, 0);
  } catch (error) {
    if (error instanceof CompileError) throw error;
    if (error instanceof RangeError)
      throw new CompileError([errorAt(source, 0, "expression recursion limit exceeded")]);
    if (error instanceof Error) throw new CompileError([grammarError(source, error)]);
    throw error;
  }
}

/** The parser's own errors carry a place, and their text without it. */
function grammarError(
  source: string,
  error: Error & { rawMessage?: string; location?: { start: { offset: number } } },
): string {
  return errorAt(source, error.location?.start.offset ?? 0, `Syntax error: ${error.rawMessage ?? error.message}`);
}

const blanks = /\s*/y;

class TreeBuilder {
  readonly #source: string;
  readonly #scan: Scan;
  readonly #positions: Positions;
  /** The parser gives the names that it makes for a macro the offset of the macro's dot. */
  readonly #macroOffsets = new Set<number>();

  constructor(source: string, scanned: Scan, positions: Positions) {
    this.#source = source;
    this.#scan = scanned;
    this.#positions = positions;
  }

  build(expression: GrammarExpression, depth: number): Node {
    if (depth > maxTreeDepth) this.#fail(0, `expression recursion limit exceeded: ${maxTreeDepth}`);
    const offset = this.#offset(expression);
    const inner = (child: GrammarExpression | undefined) => this.build(child!, depth + 1);
    const { exprKind } = expression;
    switch (exprKind.case) {
      case "constExpr":
        return { kind: "constant", offset, value: this.#constant(exprKind.value, offset) };
      case "identExpr": {
        const absolute = this.#source[offset] === "." && !this.#macroOffsets.has(offset) ? "." : "";
        return { kind: "identifier", offset, name: absolute + exprKind.value.name };
      }
      case "selectExpr":
        return this.#select(exprKind.value, offset, inner);
      case "callExpr":
        return this.#call(exprKind.value, offset, inner);
      case "listExpr": {
        const optional = this.#scan.optionalItems.get(offset);
        const items = exprKind.value.elements.map((element, index) => ({
          value: inner(element),
          optional: optional?.has(index) ?? false,
        }));
        return { kind: "list", offset, items };
      }
      case "structExpr":
        return this.#struct(exprKind.value, offset, inner);
      case "comprehensionExpr": {
        const fold = exprKind.value;
        this.#macroOffsets.add(offset);
        return {
          kind: "fold",
          offset,
          range: inner(fold.iterRange),
          variable: fold.iterVar,
          variable2: undefined,
          accumulator: fold.accuVar,
          initial: inner(fold.accuInit),
          condition: inner(fold.loopCondition),
          step: inner(fold.loopStep),
          result: inner(fold.result),
        };
      }
      default:
        return this.#fail(offset, "Syntax error: expression expected");
    }
  }

  #select(
    select: { operand?: GrammarExpression | undefined; field: string; testOnly: boolean },
    offset: number,
    inner: (child: GrammarExpression | undefined) => Node,
  ): Node {
    // The offset of a test is that of `has`.
    const paren = firstFrom(this.#scan.operators["("], offset);
    const dot = select.testOnly ? (this.#scan.lastDots.get(paren ?? -1) ?? offset) : offset;
    const optional = this.#scan.optionalDots.has(dot);
    if (optional && select.testOnly) this.#fail(offset, "invalid argument to has() macro");
    const field = this.#scan.quotedNames.get(dot) ?? select.field;
    return { kind: "select", offset: dot, operand: inner(select.operand), field, test: select.testOnly, optional };
  }

  #call(
    call: { function: string; target?: GrammarExpression | undefined; args: GrammarExpression[] },
    offset: number,
    inner: (child: GrammarExpression | undefined) => Node,
  ): Node {
    const args = call.args.map(inner);
    const isOperator = /^[_!-]/.test(call.function) && !/^_\w/.test(call.function);
    if (isOperator || call.function.startsWith("@")) {
      let name = call.function;
      if (name === "_[_]" && this.#scan.optionalItems.get(offset)?.has(0)) name = "_[?_]";
      return { kind: "call", offset: this.#operatorOffset(call, offset), name, target: undefined, args };
    }
    const target = call.target === undefined ? undefined : inner(call.target);
    const paren = firstFrom(this.#scan.operators["("], offset) ?? offset;
    try {
      const node: Node = { kind: "call", offset: paren, name: call.function, target, args };
      return expandMacro(node) ?? node;
    } catch (error) {
      if (error instanceof MacroError) this.#fail(error.offset, error.message);
      throw error;
    }
  }

  /** The parser gives `&&`, `||` and `?:` the offset of their left side; the operator is the last one before the right side. */
  #operatorOffset(call: { function: string; args: GrammarExpression[] }, offset: number): number {
    const token = ({ "_&&_": "&&", "_||_": "||", "_?_:_": "?" } as const)[call.function];
    if (token === undefined) {
      // That of a comparison is the blank before it.
      blanks.lastIndex = offset;
      return offset + blanks.exec(this.#source)![0].length;
    }
    const right = this.#start(call.args[1]!);
    return lastBelow(this.#scan.operators[token], right) ?? offset;
  }

  /** Where an expression begins. */
  #start(expression: GrammarExpression): number {
    let start = this.#offset(expression);
    for (let next: GrammarExpression | undefined = expression; next !== undefined; next = firstChild(next)) {
      start = Math.min(start, this.#offset(next));
    }
    return start;
  }

  #struct(struct: Struct, offset: number, inner: (child: GrammarExpression | undefined) => Node): Node {
    if (struct.messageName !== "" || struct.entries.some((entry) => entry.keyKind.case === "fieldKey")) {
      return this.#message(struct, offset, inner);
    }
    const optional = this.#scan.optionalItems.get(offset);
    const entries = struct.entries.map((entry, index) => ({
      offset: this.#positions[String(entry.id)] ?? offset,
      key: inner(entry.keyKind.value as GrammarExpression),
      value: inner(entry.value),
      optional: optional?.has(index) ?? false,
    }));
    return { kind: "map", offset, entries };
  }

  #message(struct: Struct, offset: number, inner: (child: GrammarExpression | undefined) => Node): Node {
    const brace = this.#source.indexOf("{", offset);
    const optional = this.#scan.optionalItems.get(offset) ?? this.#scan.optionalItems.get(brace);
    const fields = struct.entries.map(({ id, keyKind, value }, index) => ({
      offset: this.#positions[String(id)] ?? offset,
      name: String(keyKind.value),
      value: inner(value),
      optional: optional?.has(index) ?? false,
    }));
    return { kind: "message", offset: brace, name: struct.messageName, fields };
  }

  #constant(constant: { constantKind: { case?: string | undefined; value?: unknown } }, offset: number): Value {
    const { constantKind } = constant;
    switch (constantKind.case) {
      case "nullValue":
        return null;
      case "int64Value": {
        const value = constantKind.value as bigint;
        return BigInt.asIntN(64, value) === value ? value : this.#fail(offset, "invalid int literal");
      }
      case "uint64Value": {
        const value = constantKind.value as bigint;
        return BigInt.asUintN(64, value) === value ? new Uint(value) : this.#fail(offset, "invalid uint literal");
      }
      case "doubleValue":
        return Number.isFinite(constantKind.value)
          ? (constantKind.value as number)
          : this.#fail(offset, "invalid double literal");
      default:
        return constantKind.value as string | boolean | Uint8Array;
    }
  }

  #offset(expression: GrammarExpression): number {
    return this.#positions[String(expression.id)] ?? 0;
  }

  #fail(offset: number, message: string): never {
    throw new CompileError([errorAt(this.#source, offset, message)]);
  }
}

/** The child that an expression begins with, if it begins with one. */
function firstChild({ exprKind }: GrammarExpression): GrammarExpression | undefined {
  switch (exprKind.case) {
    case "selectExpr":
      return exprKind.value.operand;
    case "callExpr":
      return exprKind.value.target ?? exprKind.value.args[0];
    case "comprehensionExpr":
      return exprKind.value.iterRange;
    default:
      return undefined;
  }
}
