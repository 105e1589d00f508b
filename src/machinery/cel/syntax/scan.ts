// Reads the tokens of an expression before the library's parser does, for three reasons: to refuse what would exhaust it, to know where
// operators stand (errors point to them), and for the syntax it does not know yet – `a.?b`, `a[?b]`, `[?a]`, `{?k: v}` and
// a.`b-c`. That syntax is blanked out at equal length, so that offsets stay true, and noted; parse.ts puts it back into the tree.

import { CompileError, errorAt, sourceLimits } from "./source.ts";

export interface Scan {
  /** The source with newer syntax blanked out. */
  readonly text: string;
  /** Offsets of operators that the parser gives no offset of. */
  readonly operators: Readonly<Record<"(" | "&&" | "||" | "?", readonly number[]>>;
  /** Offsets of the dots before optional selections. */
  readonly optionalDots: ReadonlySet<number>;
  /** Which items of the bracket opened at an offset have a question mark. */
  readonly optionalItems: ReadonlyMap<number, ReadonlySet<number>>;
  /** The last dot inside each pair of parentheses, by the offset of the first. */
  readonly lastDots: ReadonlyMap<number, number>;
  /** Names in back-ticks, by the offset of the dot before them. */
  readonly quotedNames: ReadonlyMap<number, string>;
}

/** @throws CompileError when the source is too long, too deep, or has a string or name without end. */
export function scan(source: string): Scan {
  if (source.length > sourceLimits.length) {
    throw new CompileError([
      `ERROR: <input>:-1:0: expression code point size exceeds limit: size: ${source.length}, limit ${sourceLimits.length}`,
    ]);
  }
  return new Scanner(source).run();
}

/** The last of some ascending offsets that lies below a limit. */
export function lastBelow(offsets: readonly number[], limit: number): number | undefined {
  return offsets[countBelow(offsets, limit) - 1];
}

/** The first of some ascending offsets that does not lie below a start. */
export function firstFrom(offsets: readonly number[], start: number): number | undefined {
  return offsets[countBelow(offsets, start)];
}

function countBelow(offsets: readonly number[], limit: number): number {
  let low = 0;
  for (let high = offsets.length; low < high; ) {
    const middle = (low + high) >> 1;
    if (offsets[middle]! < limit) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** A string: its prefix, its quote, and – for the loop below – nothing of its content. */
const stringStart = /(?:[bB]?[rR]?|[rR][bB])("""|'''|"|')/y;
const word = /[A-Za-z_0-9]+/y;
const quotedName = /`([A-Za-z0-9_./ -]+)`/y;

class Scanner {
  readonly #source: string;
  #at = 0;
  /** The last token's text and offset. */
  #previous = "";
  #previousAt = -1;
  readonly #open: { offset: number; index: number; dot: number }[] = [];
  readonly #operators = { "(": [] as number[], "&&": [] as number[], "||": [] as number[], "?": [] as number[] };
  readonly #optionalDots = new Set<number>();
  readonly #optionalItems = new Map<number, Set<number>>();
  readonly #lastDots = new Map<number, number>();
  readonly #quotedNames = new Map<number, string>();
  readonly #blanks: { from: number; to: number; fill: string }[] = [];

  constructor(source: string) {
    this.#source = source;
  }

  run(): Scan {
    while (this.#at < this.#source.length) this.#token();
    let text = "";
    let done = 0;
    for (const { from, to, fill } of this.#blanks) {
      text += this.#source.slice(done, from) + fill.repeat(to - from);
      done = to;
    }
    text += this.#source.slice(done);
    return {
      text,
      operators: this.#operators,
      optionalDots: this.#optionalDots,
      optionalItems: this.#optionalItems,
      lastDots: this.#lastDots,
      quotedNames: this.#quotedNames,
    };
  }

  #token(): void {
    const at = this.#at;
    const char = this.#source[at]!;
    if (" \t\r\n\f".includes(char)) {
      this.#at++;
      return;
    }
    if (this.#source.startsWith("//", at)) {
      const end = this.#source.indexOf("\n", at);
      this.#at = end < 0 ? this.#source.length : end;
      return;
    }
    if (this.#string()) return;
    word.lastIndex = at;
    const name = word.exec(this.#source)?.[0];
    if (name !== undefined) {
      this.#advance(name);
      return;
    }
    const two = this.#source.slice(at, at + 2);
    if (two === "&&" || two === "||") {
      this.#operators[two].push(at);
      this.#advance(two);
      return;
    }
    this.#punctuation(char, at);
  }

  #punctuation(char: string, at: number): void {
    switch (char) {
      case "(":
      case "[":
      case "{":
        if (char === "(") this.#operators["("].push(at);
        this.#open.push({ offset: at, index: 0, dot: -1 });
        if (this.#open.length > sourceLimits.depth) {
          this.#fail(at, `expression recursion limit exceeded: ${sourceLimits.depth}`);
        }
        break;
      case ")":
      case "]":
      case "}":
        this.#close();
        break;
      case ".":
        if (this.#open.length > 0) this.#open.at(-1)!.dot = at;
        break;
      case ",": {
        const bracket = this.#open.at(-1);
        if (bracket !== undefined) bracket.index++;
        break;
      }
      case "?":
        this.#questionMark(at);
        return;
      case "`":
        this.#backTick(at);
        return;
    }
    this.#advance(char);
  }

  #close(): void {
    const bracket = this.#open.pop();
    if (bracket === undefined || this.#source[bracket.offset] !== "(" || bracket.dot < 0) return;
    this.#lastDots.set(bracket.offset, bracket.dot);
    const outer = this.#open.at(-1);
    if (outer !== undefined) outer.dot = bracket.dot;
  }

  #questionMark(at: number): void {
    if (this.#previous === ".") {
      this.#optionalDots.add(this.#previousAt);
      this.#blanks.push({ from: at, to: at + 1, fill: " " });
      // The dot stays the previous token: a name in back-ticks may follow.
      this.#at++;
      return;
    }
    const bracket = this.#open.at(-1);
    const opens = this.#previous === "[" || this.#previous === "{";
    if (bracket !== undefined && this.#source[bracket.offset] !== "(" && (opens || this.#previous === ",")) {
      const items = this.#optionalItems.get(bracket.offset) ?? new Set();
      this.#optionalItems.set(bracket.offset, items.add(bracket.index));
      this.#blanks.push({ from: at, to: at + 1, fill: " " });
    } else {
      this.#operators["?"].push(at);
    }
    this.#advance("?");
  }

  #backTick(at: number): void {
    quotedName.lastIndex = at;
    const match = quotedName.exec(this.#source);
    if (match === null) this.#fail(at, "Syntax error: token recognition error at: '`'");
    if (this.#previous !== ".") this.#fail(at, `Syntax error: no viable alternative at input '${match[0]}'`);
    this.#quotedNames.set(this.#previousAt, match[1]!);
    this.#blanks.push({ from: at, to: at + match[0].length, fill: "_" });
    this.#advance(match[0]);
  }

  /** Steps over a string literal, if one stands here. */
  #string(): boolean {
    const at = this.#at;
    stringStart.lastIndex = at;
    const match = stringStart.exec(this.#source);
    if (match === null) return false;
    const quote = match[1]!;
    const raw = /r/i.test(match[0].slice(0, -quote.length));
    for (let end = at + match[0].length; end < this.#source.length; end++) {
      if (this.#source[end] === "\\" && !raw) end++;
      else if (this.#source.startsWith(quote, end)) {
        this.#advance(this.#source.slice(at, end + quote.length));
        return true;
      } else if (this.#source[end] === "\n" && quote.length === 1) break;
    }
    return this.#fail(at, `Syntax error: token recognition error at: '${this.#source.slice(at, at + 20)}'`);
  }

  #advance(token: string): void {
    this.#previous = token;
    this.#previousAt = this.#at;
    this.#at += token.length;
  }

  #fail(offset: number, message: string): never {
    throw new CompileError([errorAt(this.#source, offset, message)]);
  }
}
