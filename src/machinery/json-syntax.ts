// Finds what is wrong with a JSON text, in the words of Go's encoding/json, and which keys it names twice. The native parser does the
// ordinary work (json.ts); this runs when it refused a text, or when a client asked for strict decoding. Both functions are linear
// and do not recurse.
// Source of the texts: encoding/json scanner.go; of the paths: sigs.k8s.io/json.

const quote = 0x22;
const backslash = 0x5c;

/** Index of the quote that ends the string which begins at `start`; -1 when it does not end. */
export function stringEnd(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end >= 0; end = text.indexOf('"', end + 1)) {
    let escapes = end - 1;
    while (text.charCodeAt(escapes) === backslash) escapes--;
    if ((end - escapes) % 2 === 1) return end;
  }
  return -1;
}

const endOfInput = "unexpected end of JSON input";

/** A character as Go shows it; of characters beyond ASCII Go sees the first byte only. */
function shown(text: string, at: number): string {
  const code = text.codePointAt(at)!;
  if (code === 0x27) return `'\\''`;
  if (code === quote) return `'"'`;
  if (code === backslash) return `'\\\\'`;
  if (code >= 0x20 && code < 0x7f) return `'${String.fromCharCode(code)}'`;
  const named: Record<number, string> = { 7: "a", 8: "b", 9: "t", 10: "n", 11: "v", 12: "f", 13: "r" };
  if (named[code] !== undefined) return `'\\${named[code]}'`;
  if (code <= 0x7f) return `'\\x${code.toString(16).padStart(2, "0")}'`;
  return `'${String.fromCharCode(Buffer.from(String.fromCodePoint(code))[0]!)}'`;
}

function unexpected(text: string, at: number, context: string): string {
  return at >= text.length ? endOfInput : `invalid character ${shown(text, at)} ${context}`;
}

/** A part of the text: where it ends, or what is wrong. */
type Part = { end: number } | { error: string };

/** What is wrong with a text that is not valid JSON. */
export function jsonSyntaxError(text: string): string {
  const closers: number[] = [];
  let at = 0;
  /** What the grammar allows next. */
  let expect: "value" | "valueOrEnd" | "key" | "keyOrEnd" | "colon" | "separator" = "value";
  for (;;) {
    at = skipSpace(text, at);
    const code = text.charCodeAt(at);
    const closer = closers.at(-1);
    switch (expect) {
      case "key":
      case "keyOrEnd": {
        if (expect === "keyOrEnd" && code === 0x7d) {
          closers.pop();
          at++;
          expect = "separator";
          break;
        }
        if (code !== quote) return unexpected(text, at, "looking for beginning of object key string");
        const key = scanString(text, at);
        if ("error" in key) return key.error;
        at = key.end;
        expect = "colon";
        break;
      }
      case "colon":
        if (code !== 0x3a) return unexpected(text, at, "after object key");
        at++;
        expect = "value";
        break;
      case "separator":
        if (closer === undefined) return unexpected(text, at, "after top-level value");
        if (code === 0x2c) expect = closer === 0x7d ? "key" : "value";
        else if (code === closer) closers.pop();
        else return unexpected(text, at, closer === 0x7d ? "after object key:value pair" : "after array element");
        at++;
        break;
      default: {
        if (code === 0x7b || code === 0x5b) {
          closers.push(code + 2);
          at++;
          expect = code === 0x7b ? "keyOrEnd" : "valueOrEnd";
          break;
        }
        if (expect === "valueOrEnd" && code === 0x5d) {
          closers.pop();
          at++;
          expect = "separator";
          break;
        }
        const value = scanScalar(text, at);
        if ("error" in value) return value.error;
        at = value.end;
        expect = "separator";
      }
    }
  }
}

function skipSpace(text: string, from: number): number {
  let at = from;
  for (;;) {
    const code = text.charCodeAt(at);
    if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return at;
    at++;
  }
}

function scanScalar(text: string, start: number): Part {
  const code = text.charCodeAt(start);
  if (code === quote) return scanString(text, start);
  if (code === 0x2d || isDigit(code)) return scanNumber(text, start);
  for (const word of ["true", "false", "null"]) {
    if (text[start] !== word[0]) continue;
    for (let index = 1; index < word.length; index++) {
      if (text[start + index] !== word[index]) {
        return { error: unexpected(text, start + index, `in literal ${word} (expecting '${word[index]}')`) };
      }
    }
    return { end: start + word.length };
  }
  return { error: unexpected(text, start, "looking for beginning of value") };
}

function scanString(text: string, start: number): Part {
  for (let at = start + 1; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === quote) return { end: at + 1 };
    if (code < 0x20) return { error: unexpected(text, at, "in string literal") };
    if (code !== backslash) continue;
    at++;
    if (text[at] === "u") {
      for (let digit = 0; digit < 4; digit++) {
        at++;
        if (!/[0-9a-fA-F]/.test(text[at] ?? "")) {
          return { error: unexpected(text, at, "in \\u hexadecimal character escape") };
        }
      }
    } else if (at >= text.length || !'"\\/bfnrt'.includes(text[at]!)) {
      return { error: unexpected(text, at, "in string escape code") };
    }
  }
  return { error: endOfInput };
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

function scanNumber(text: string, start: number): Part {
  let at = start;
  const digits = () => {
    while (isDigit(text.charCodeAt(at))) at++;
  };
  if (text[at] === "-") {
    at++;
    if (!isDigit(text.charCodeAt(at))) return { error: unexpected(text, at, "in numeric literal") };
  }
  if (text[at] === "0") at++;
  else digits();
  if (text[at] === ".") {
    at++;
    if (!isDigit(text.charCodeAt(at))) return { error: unexpected(text, at, "after decimal point in numeric literal") };
    digits();
  }
  if (text[at] === "e" || text[at] === "E") {
    at++;
    if (text[at] === "+" || text[at] === "-") at++;
    if (!isDigit(text.charCodeAt(at))) return { error: unexpected(text, at, "in exponent of numeric literal") };
    digits();
  }
  return { end: at };
}

/** An open object or list of the scan below. `path` is that of the container itself. */
type Frame = { path: string; keys: Set<string> | undefined; index: number };

/** At most this many duplicates are reported. */
const maximumDuplicates = 100;

/**
 * Paths of the keys that objects of a valid JSON text name more than once, such as `spec.containers[0].name`; each path once, in
 * order. The paths of a text that is not valid JSON are meaningless.
 */
export function duplicateKeys(text: string): string[] {
  const found = new Set<string>();
  const frames: Frame[] = [];
  /** Path of the value that comes next. */
  let path = "";
  for (let at = 0; at < text.length && found.size < maximumDuplicates; at++) {
    const frame = frames.at(-1);
    switch (text.charCodeAt(at)) {
      case 0x7b:
        frames.push({ path, keys: new Set(), index: 0 });
        break;
      case 0x5b:
        frames.push({ path, keys: undefined, index: 0 });
        path = `${path}[0]`;
        break;
      case 0x7d:
      case 0x5d:
        frames.pop();
        break;
      case 0x2c:
        if (frame !== undefined && frame.keys === undefined) path = `${frame.path}[${++frame.index}]`;
        break;
      case quote: {
        const end = stringEnd(text, at);
        if (end < 0) return [...found];
        const after = skipSpace(text, end + 1);
        if (frame?.keys !== undefined && text.charCodeAt(after) === 0x3a) {
          const key = unquote(text.slice(at, end + 1));
          path = frame.path === "" ? key : `${frame.path}.${key}`;
          if (frame.keys.has(key)) found.add(path);
          else frame.keys.add(key);
        }
        at = end;
      }
    }
  }
  return [...found];
}

function unquote(literal: string): string {
  if (!literal.includes("\\")) return literal.slice(1, -1);
  try {
    return JSON.parse(literal) as string;
  } catch {
    return literal.slice(1, -1);
  }
}
