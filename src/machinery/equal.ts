// Equality of JSON values, as the API sees it: the order of object fields does not matter, absent and undefined fields are the same.

/** Whether two JSON values are the same. */
export function equalJson(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (Array.isArray(a)) {
    if (!Array.isArray(b) || a.length !== b.length) return false;
    for (let index = 0; index < a.length; index++) if (!equalJson(a[index], b[index])) return false;
    return true;
  }
  if (Array.isArray(b)) return false;
  return equalFields(a as Record<string, unknown>, b as Record<string, unknown>, nothing);
}

const nothing: ReadonlySet<string> = new Set();

/** Whether two objects are the same but for the named fields. */
export function equalFields(
  a: Record<string, unknown>,
  b: Record<string, unknown>,
  except: ReadonlySet<string>,
): boolean {
  for (const key of Object.keys(a)) {
    if (!except.has(key) && !equalJson(a[key], Object.hasOwn(b, key) ? b[key] : undefined)) return false;
  }
  for (const key of Object.keys(b)) {
    if (!except.has(key) && b[key] !== undefined && !Object.hasOwn(a, key)) return false;
  }
  return true;
}
