// Text in quotes as Go writes it with `%q`, which is how Kubernetes quotes names and values in its messages.

/** The characters that Go has short escapes for. */
export const goEscapes: Readonly<Record<string, string>> = {
  '"': '\\"',
  "\\": "\\\\",
  "\u0007": "\\a",
  "\b": "\\b",
  "\f": "\\f",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
  "\v": "\\v",
};

/** What Go escapes: quotes, backslashes, and all that is neither a letter, mark, number, punctuation, symbol nor the plain space. */
const escaped = /["\\]|[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/gu;

/** `a "b"` → `"a \"b\""`; control characters as `\x00`, other unprintable ones as `\u200b` or `\U000e0001`. Source: strconv.Quote. */
export function quoteText(text: string): string {
  return `"${text.toWellFormed().replace(escaped, escapeCharacter)}"`;
}

function escapeCharacter(character: string): string {
  const known = goEscapes[character];
  if (known !== undefined) return known;
  const code = character.codePointAt(0)!;
  const digits = code.toString(16);
  if (code < 0x20 || code === 0x7f) return `\\x${digits.padStart(2, "0")}`;
  return code < 0x10000 ? `\\u${digits.padStart(4, "0")}` : `\\U${digits.padStart(8, "0")}`;
}
