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
