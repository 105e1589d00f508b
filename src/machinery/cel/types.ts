// The types that the checker reasons with. Objects come from schemas and find their fields when asked, for schemas may be cyclic.

type SimpleKind =
  | "dyn"
  | "null"
  | "bool"
  | "int"
  | "uint"
  | "double"
  | "string"
  | "bytes"
  | "timestamp"
  | "duration"
  | "error";

export type Type =
  | { readonly kind: SimpleKind }
  | { readonly kind: "list"; readonly element: Type }
  | { readonly kind: "map"; readonly key: Type; readonly value: Type }
  | { readonly kind: "optional"; readonly value: Type }
  | { readonly kind: "type"; readonly of: Type }
  | { readonly kind: "opaque"; readonly name: string }
  | ObjectType
  /** A type parameter: of an overload, or of a literal that does not tell, such as `[]`. */
  | { readonly kind: "variable"; readonly name: string };

interface ObjectType {
  readonly kind: "object";
  readonly name: string;
  /** Type of a field by the name that expressions use; undefined when there is none. */
  field(name: string): Type | undefined;
}

export const dyn: Type = { kind: "dyn" };
export const nullType: Type = { kind: "null" };
export const bool: Type = { kind: "bool" };
export const int: Type = { kind: "int" };
export const uint: Type = { kind: "uint" };
export const double: Type = { kind: "double" };
export const string: Type = { kind: "string" };
export const bytes: Type = { kind: "bytes" };
export const timestamp: Type = { kind: "timestamp" };
export const duration: Type = { kind: "duration" };
export const errorType: Type = { kind: "error" };
export const paramA: Type = { kind: "variable", name: "A" };
export const paramB: Type = { kind: "variable", name: "B" };

export function list(element: Type): Type {
  return { kind: "list", element };
}
export function map(key: Type, value: Type): Type {
  return { kind: "map", key, value };
}
export function optional(value: Type): Type {
  return { kind: "optional", value };
}
export function typeType(of: Type): Type {
  return { kind: "type", of };
}
export function opaque(name: string): Type {
  return { kind: "opaque", name };
}

/** A type as error messages write it. */
export function formatType(type: Type): string {
  switch (type.kind) {
    case "list":
      return `list(${formatType(type.element)})`;
    case "map":
      return `map(${formatType(type.key)}, ${formatType(type.value)})`;
    case "optional":
      return `optional_type(${formatType(type.value)})`;
    case "type":
      return `type(${formatType(type.of)})`;
    case "opaque":
    case "object":
    case "variable":
      return type.name;
    case "error":
      return "!error!";
    default:
      return type.kind;
  }
}

/** What type variables stand for, as far as an expression has told. */
export class Substitution {
  #bindings = new Map<string, Type>();
  #fresh = 0;

  freshVariable(): Type {
    return { kind: "variable", name: `_var${this.#fresh++}` };
  }

  /** The type that a variable stands for; other types as they are. */
  resolve(type: Type): Type {
    let current = type;
    while (current.kind === "variable") {
      const bound = this.#bindings.get(current.name);
      if (bound === undefined) return current;
      current = bound;
    }
    return current;
  }

  /** The type with every bound variable replaced; free ones become dyn when `finish` is set. */
  apply(type: Type, finish = false): Type {
    const resolved = this.resolve(type);
    switch (resolved.kind) {
      case "variable":
        return finish ? dyn : resolved;
      case "list":
        return list(this.apply(resolved.element, finish));
      case "map":
        return map(this.apply(resolved.key, finish), this.apply(resolved.value, finish));
      case "optional":
        return optional(this.apply(resolved.value, finish));
      case "type":
        return typeType(this.apply(resolved.of, finish));
      default:
        return resolved;
    }
  }

  /** Whether values of these types fit these parameters; binds variables when they do, and nothing when they do not. */
  assignAll(from: readonly Type[], to: readonly Type[]): boolean {
    const before = new Map(this.#bindings);
    if (from.length === to.length && from.every((type, index) => this.#assign(type, to[index]!))) return true;
    this.#bindings = before;
    return false;
  }

  assign(from: Type, to: Type): boolean {
    return this.assignAll([from], [to]);
  }

  #assign(from: Type, to: Type): boolean {
    const a = this.resolve(from);
    const b = this.resolve(to);
    if (a === b) return true;
    if (b.kind === "variable") return this.#bind(b.name, a);
    if (a.kind === "variable") return this.#bind(a.name, b);
    if (a.kind === "dyn" || b.kind === "dyn" || a.kind === "error" || b.kind === "error") {
      this.#widen(from, a, b);
      this.#widen(to, b, a);
      return true;
    }
    if (a.kind === "null") return b.kind === "null" || nullable(b);
    if (b.kind === "null") {
      if (!nullable(a)) return false;
      this.#widen(to, b, a);
      return true;
    }
    switch (a.kind) {
      case "list":
        return b.kind === "list" && this.#assign(a.element, b.element);
      case "map":
        return b.kind === "map" && this.#assign(a.key, b.key) && this.#assign(a.value, b.value);
      case "optional":
        return b.kind === "optional" && this.#assign(a.value, b.value);
      case "type":
        return b.kind === "type";
      case "opaque":
      case "object":
        return b.kind === a.kind && a.name === b.name;
      default:
        return a.kind === b.kind;
    }
  }

  /** A variable that met both a type and a more general one stands for the general one. */
  #widen(written: Type, resolved: Type, met: Type): void {
    if (written.kind !== "variable" || (met.kind !== "dyn" && resolved.kind !== "null")) return;
    let name = written.name;
    for (let next = this.#bindings.get(name); next?.kind === "variable"; next = this.#bindings.get(name))
      name = next.name;
    this.#bindings.set(name, met);
  }

  #bind(name: string, type: Type): boolean {
    if (type.kind === "variable" && type.name === name) return true;
    if (this.#mentions(type, name)) return false;
    this.#bindings.set(name, type);
    return true;
  }

  #mentions(type: Type, name: string): boolean {
    const resolved = this.resolve(type);
    switch (resolved.kind) {
      case "variable":
        return resolved.name === name;
      case "list":
        return this.#mentions(resolved.element, name);
      case "map":
        return this.#mentions(resolved.key, name) || this.#mentions(resolved.value, name);
      case "optional":
        return this.#mentions(resolved.value, name);
      case "type":
        return this.#mentions(resolved.of, name);
      default:
        return false;
    }
  }
}

function nullable(type: Type): boolean {
  return ["object", "opaque", "timestamp", "duration", "optional"].includes(type.kind);
}
