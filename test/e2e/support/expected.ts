// Compares what a command printed with what was expected of it. An expectation is a text as a user would see it, in which
//   {age}   is an age of seconds to hours          {time}   is a timestamp
//   {uid}   is a UID                               {number} is a whole number
//   {word}  is any run of characters but spaces    {any}    is anything within the line
//   ...     on a line of its own is any number of lines, none included
// Runs of spaces inside a line count as one, for the width of a column depends on the longest age in it.

const placeholders: Record<string, string> = {
  age: "(?:<invalid>|[0-9]+[smhd](?:[0-9]+[smhd])?)",
  time: "[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+Z",
  uid: "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}",
  number: "[0-9]+",
  word: "\\S+",
  any: ".*",
};

/** Undefined when `actual` is as expected; else a text that shows both. */
export function difference(expected: string | RegExp, actual: string): string | undefined {
  const lines = normalise(actual);
  const wanted = expected instanceof RegExp ? [String(expected)] : normalise(expected);
  const same = expected instanceof RegExp ? expected.test(lines.join("\n")) : matches(wanted, lines);
  return same ? undefined : `--- expected\n${wanted.join("\n")}\n--- printed\n${lines.join("\n")}\n---`;
}

/** Lines with runs of inner spaces as one and none at the end, and without blank lines before the first and after the last. */
function normalise(text: string): string[] {
  const lines = text.split("\n").map((line) => line.trimEnd().replaceAll(/(?<=\S)[ \t]+/g, " "));
  return lines.slice(
    lines.findIndex((line) => line !== ""),
    lines.findLastIndex((line) => line !== "") + 1,
  );
}

function matches(wanted: readonly string[], lines: readonly string[]): boolean {
  const gap = wanted.indexOf("...");
  const head = gap < 0 ? wanted : wanted.slice(0, gap);
  if (!startsWith(lines, 0, head)) return false;
  if (gap < 0) return lines.length === head.length;
  let at = head.length;
  const parts = wanted
    .slice(gap + 1)
    .join("\n")
    .split(/^\.\.\.$/m);
  for (const [index, text] of parts.entries()) {
    const part = text.split("\n").filter((line) => line !== "");
    const isLast = index === parts.length - 1;
    if (isLast && part.length > 0)
      return lines.length - part.length >= at && startsWith(lines, lines.length - part.length, part);
    while (!startsWith(lines, at, part)) if (++at > lines.length) return false;
    at += part.length;
  }
  return true;
}

function startsWith(lines: readonly string[], at: number, part: readonly string[]): boolean {
  return part.every((line, index) => lines[at + index] !== undefined && linePattern(line).test(lines[at + index]!));
}

function linePattern(line: string): RegExp {
  const source = line
    .split(/\{([a-z]+)\}/)
    .map((part, index) => (index % 2 === 1 ? (placeholders[part] ?? RegExp.escape(`{${part}}`)) : RegExp.escape(part)))
    .join("");
  return new RegExp(`^${source}$`);
}
