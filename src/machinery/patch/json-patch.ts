// JSON patch (RFC 6902) as kube-apiserver applies it: the sentences of its errors, negative indices, a missing member that equals null in
// `test`, `replace` that also adds a member, and its limits. Paths are
// bounded too, so that a document cannot be nested without end.
// The given object is never written: a container is copied once, when it is first changed.

import { equalJson } from "../equal.ts";
import { defaultMaxDepth, depthError } from "../json.ts";
import { isObject, type JsonObject } from "../object.ts";
import { goJsonKind } from "./go-text.ts";
import { ownField, PatchError, type PatchResult, patchResult, setField, unprocessable } from "./result.ts";

/** The most operations that one patch may have. */
export const maximumOperations = 10_000;
/** How many bytes the `copy` operations of one patch may add. */
export const maximumCopiedBytes = 3 * 1024 * 1024;

type Container = JsonObject | unknown[];
type Operation = { op?: unknown; path?: unknown; from?: unknown; value?: unknown };

/** An operation that cannot be carried out; becomes 422. */
class OperationError extends Error {}

const missing = "missing value";

/**
 * Applies the operations of a JSON patch.
 * 400: the patch is not a list of operations; 413: it has more than 10,000; 422: an operation fails or a `test` does not hold.
 */
export function applyJsonPatch(object: JsonObject, operations: unknown): PatchResult {
  return patchResult(() => {
    const patch = decodeOperations(operations);
    if (patch.length > maximumOperations) {
      const message = `The allowed maximum operations in a JSON patch is ${maximumOperations}, got ${patch.length}`;
      throw new PatchError(413, message);
    }
    try {
      const document = new Document(object);
      for (const operation of patch) document.apply(operation);
      if (isObject(document.root)) return document.root;
      throw new OperationError("the patched document is not an object");
    } catch (error) {
      if (error instanceof OperationError) throw new PatchError(422, unprocessable, error.message);
      throw error;
    }
  });
}

function decodeOperations(operations: unknown): Operation[] {
  if (operations === null) return [];
  const bad = (value: unknown, target: string) =>
    new PatchError(400, `error decoding patch: json: cannot unmarshal ${goJsonKind(value)} into Go ${target}`);
  if (!Array.isArray(operations)) throw bad(operations, "value of type []handlers.jsonPatchOp");
  for (const operation of operations) {
    if (operation === null) continue;
    if (!isObject(operation)) throw bad(operation, "value of type handlers.jsonPatchOp");
    for (const name of ["op", "path", "from"]) {
      const text = ownField(operation, name);
      if (text !== undefined && text !== null && typeof text !== "string") {
        throw bad(text, `struct field jsonPatchOp.${name} of type string`);
      }
    }
  }
  return operations.map((operation) => operation ?? {});
}

/** A document under change. */
class Document {
  root: unknown;
  /** Containers made by this patch: they alone may be written. */
  readonly #own = new Set<Container>();
  #copiedBytes = 0;

  constructor(root: JsonObject) {
    this.root = root;
  }

  apply(operation: Operation): void {
    const kind = typeof operation.op === "string" ? operation.op : "unknown";
    switch (kind) {
      case "add":
        this.#add(operation);
        break;
      case "remove":
        this.#remove(operation);
        break;
      case "replace":
        this.#replace(operation);
        break;
      case "move":
        this.#move(operation);
        break;
      case "copy":
        this.#copy(operation);
        break;
      case "test":
        this.#test(operation);
        break;
      default:
        throw new OperationError(`Unexpected kind: ${kind}`);
    }
  }

  #add(operation: Operation): void {
    const path = pathOf(operation.path, `add operation failed to decode path: ${missing}`);
    const place = this.#find(path);
    if (place === undefined) {
      throw new OperationError(
        `add operation does not apply: doc is missing path: ${JSON.stringify(path)}: ${missing}`,
      );
    }
    within(`error in add for path: '${path}'`, () => this.#insert(place, operation.value ?? null));
  }

  #remove(operation: Operation): void {
    const path = pathOf(operation.path, `remove operation failed to decode path: ${missing}`);
    const place = this.#find(path);
    if (place === undefined) {
      const quoted = JSON.stringify(path);
      throw new OperationError(`remove operation does not apply: doc is missing path: ${quoted}: ${missing}`);
    }
    within(`error in remove for path: '${path}'`, () => this.#delete(place));
  }

  #replace(operation: Operation): void {
    const decode = `replace operation failed to decode path: operation missing path field: ${missing}`;
    const path = pathOf(operation.path, decode);
    const value = operation.value ?? null;
    if (path === "") {
      if (!isObject(value) && !Array.isArray(value)) {
        throw new OperationError("replace operation value must be object or array");
      }
      this.root = value;
      return;
    }
    const place = this.#find(path);
    if (place === undefined) {
      throw new OperationError(`replace operation does not apply: doc is missing path: ${path}: ${missing}`);
    }
    try {
      read(place);
    } catch (error) {
      if (!(error instanceof OperationError)) throw error;
      throw new OperationError(`replace operation does not apply: doc is missing key: ${path}: ${missing}`);
    }
    const container = this.#writable(place);
    if (Array.isArray(container)) container[existingIndex(container, place.key)] = value;
    else setField(container, place.key, value);
  }

  #move(operation: Operation): void {
    const decode = `move operation failed to decode from: operation, missing from field: ${missing}`;
    const from = pathOf(operation.from, decode);
    const source = this.#find(from);
    if (source === undefined) {
      throw new OperationError(`move operation does not apply: doc is missing from path: ${from}: ${missing}`);
    }
    const value = within(`error in move for path: '${source.key}'`, () => {
      const found = read(source);
      this.#delete(source);
      return found;
    });
    const path = pathOf(
      operation.path,
      `move operation failed to decode path: operation missing path field: ${missing}`,
    );
    const target = this.#find(path);
    if (target === undefined) {
      throw new OperationError(`move operation does not apply: doc is missing destination path: ${path}: ${missing}`);
    }
    within(`error in move for path: '${path}'`, () => this.#insert(target, value ?? null));
  }

  #copy(operation: Operation): void {
    const decode = `copy operation failed to decode from: operation, missing from field: ${missing}`;
    const from = pathOf(operation.from, decode);
    const source = this.#find(from);
    if (source === undefined) {
      throw new OperationError(`copy operation does not apply: doc is missing from path: ${from}: ${missing}`);
    }
    const value = within(`error in copy for from: '${from}'`, () => read(source)) ?? null;
    const path = pathOf(operation.path, `copy operation failed to decode path: ${missing}`);
    const target = this.#find(path);
    if (target === undefined) {
      throw new OperationError(`copy operation does not apply: doc is missing destination path: ${path}: ${missing}`);
    }
    this.#copiedBytes += JSON.stringify(value).length;
    if (this.#copiedBytes > maximumCopiedBytes) {
      throw new OperationError(
        `Unable to complete the copy, the accumulated size increase of copy is ${this.#copiedBytes}, exceeding the limit ${maximumCopiedBytes}`,
      );
    }
    // The value now stands in two places, so neither may be written without a copy of its own.
    this.#disown(value);
    within("error while adding value during copy", () => this.#insert(target, value));
  }

  #test(operation: Operation): void {
    const decode = `test operation failed to decode path: operation missing path field: ${missing}`;
    const path = pathOf(operation.path, decode);
    let found: unknown = this.root;
    if (path !== "") {
      const place = this.#find(path);
      if (place === undefined) {
        throw new OperationError(`test operation does not apply: is missing path: ${path}: ${missing}`);
      }
      found = within(`error in test for path: '${path}'`, () => read(place));
    }
    if (!equalJson(found ?? null, operation.value ?? null)) {
      throw new OperationError(`testing value ${path} failed: test failed`);
    }
  }

  /** Where a path points: the tokens to its container, and the key in it. Undefined when a container on the way is missing. */
  #find(path: string): Place | undefined {
    const tokens = path.split("/");
    if (tokens.length < 2) return undefined;
    if (tokens.length > defaultMaxDepth) throw new OperationError(depthError);
    const keys = tokens.slice(1).map((token) => token.replaceAll("~1", "/").replaceAll("~0", "~"));
    const key = keys.pop()!;
    let container = this.root;
    for (const step of keys) {
      if (Array.isArray(container)) {
        const index = indexOf(container, step);
        container = typeof index === "number" ? container[index] : undefined;
      } else {
        container = ownField(container as JsonObject, step);
      }
      if (!Array.isArray(container) && !isObject(container)) return undefined;
    }
    return { keys, key, container: container as Container };
  }

  /** The container of a place, copied along its path where that was not done yet. */
  #writable(place: Place): Container {
    let container = this.#owned(this.root as Container);
    this.root = container;
    for (const step of place.keys) {
      const key: string | number = Array.isArray(container) ? (indexOf(container, step) as number) : step;
      const child: Container = this.#owned((container as JsonObject)[key] as Container);
      if (typeof key === "number") (container as unknown[])[key] = child;
      else setField(container as JsonObject, key, child);
      container = child;
    }
    return container;
  }

  #owned(container: Container): Container {
    if (this.#own.has(container)) return container;
    const copy = Array.isArray(container) ? [...container] : { ...container };
    this.#own.add(copy);
    return copy;
  }

  #disown(value: unknown): void {
    if (Array.isArray(value)) {
      if (this.#own.delete(value)) for (const item of value) this.#disown(item);
    } else if (isObject(value) && this.#own.delete(value)) {
      for (const key of Object.keys(value)) this.#disown(value[key]);
    }
  }

  #insert(place: Place, value: unknown): void {
    const container = this.#writable(place);
    if (!Array.isArray(container)) {
      setField(container, place.key, value);
      return;
    }
    if (place.key === "-") {
      container.push(value);
      return;
    }
    const number = parseIndex(place.key);
    if (typeof number === "string") {
      throw new OperationError(`value was not a proper array index: '${place.key}': ${number}`);
    }
    if (number > container.length || number < -container.length - 1) throw invalidIndex(number);
    container.splice(number < 0 ? number + container.length + 1 : number, 0, value);
  }

  #delete(place: Place): void {
    if (Array.isArray(place.container)) existingIndex(place.container, place.key);
    else if (!Object.hasOwn(place.container, place.key)) {
      throw new OperationError(`Unable to remove nonexistent key: ${place.key}: ${missing}`);
    }
    const container = this.#writable(place);
    if (Array.isArray(container)) container.splice(existingIndex(container, place.key), 1);
    else delete container[place.key];
  }
}

interface Place {
  keys: string[];
  key: string;
  container: Container;
}

function pathOf(path: unknown, error: string): string {
  if (typeof path !== "string") throw new OperationError(error);
  return path;
}

/** The value at a place; undefined for an absent member. Throws for an index that is none. */
function read({ container, key }: Place): unknown {
  return Array.isArray(container) ? container[existingIndex(container, key)] : ownField(container, key);
}

function within<T>(prefix: string, step: () => T): T {
  try {
    return step();
  } catch (error) {
    if (error instanceof OperationError) throw new OperationError(`${prefix}: ${error.message}`);
    throw error;
  }
}

/** The number that an index token stands for, or Go's error about it. */
function parseIndex(token: string): number | string {
  const quoted = JSON.stringify(token);
  if (!/^[+-]?[0-9]+$/.test(token)) return `strconv.Atoi: parsing ${quoted}: invalid syntax`;
  const number = Number(token);
  return Number.isSafeInteger(number) ? number : `strconv.Atoi: parsing ${quoted}: value out of range`;
}

/** The index of an existing item, counted from the end when negative; or the error about it. */
function indexOf(list: unknown[], token: string): number | OperationError {
  const number = parseIndex(token);
  if (typeof number === "string") return new OperationError(number);
  if (number >= list.length || number < -list.length) return invalidIndex(number);
  return number < 0 ? number + list.length : number;
}

function existingIndex(list: unknown[], token: string): number {
  const index = indexOf(list, token);
  if (typeof index !== "number") throw index;
  return index;
}

function invalidIndex(index: number): OperationError {
  return new OperationError(`Unable to access invalid index: ${index}: invalid index referenced`);
}
