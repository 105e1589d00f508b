// How the properties of a schema are spelled in expressions: Kubernetes escapes what CEL's identifiers cannot hold.

const reserved = new Set(
  "true false null in as break const continue else for function if import let loop package namespace return var void while".split(
    " ",
  ),
);
const escapable = /^[a-zA-Z_.\-/][a-zA-Z0-9_.\-/]*$/;
const escapes: Record<string, string> = { __: "__underscores__", ".": "__dot__", "-": "__dash__", "/": "__slash__" };

/** The identifier of a property, or undefined when no expression can name it. Source: apiserver/pkg/cel/escaping.go. */
export function escapeProperty(name: string): string | undefined {
  if (reserved.has(name)) return `__${name}__`;
  if (!escapable.test(name)) return undefined;
  return name.replace(/__|[.\-/]/g, (found) => escapes[found]!);
}

const unescapes: Record<string, string> = Object.fromEntries(
  Object.entries(escapes).map(([property, escaped]) => [escaped, property]),
);

/** The property that an escaped identifier stands for. */
export function unescapeProperty(identifier: string): string {
  const word = /^__(.+)__$/.exec(identifier)?.[1];
  if (word !== undefined && reserved.has(word)) return word;
  return identifier.replace(/__(?:underscores|dot|dash|slash)__/g, (found) => unescapes[found]!);
}
