// Kubernetes protobuf bodies to the JSON object that a Go client would have sent instead. Decoding follows the message of the kind, by
// table; unknown fields are skipped. Zero values follow Go's `omitempty`: a zero stands in JSON where Go declares a pointer or no
// `omitempty`, and nowhere else (proto2 writes them all). Empty lists and maps do not exist on the wire and are left out.
// Never throws; depth is bounded, and memory by a small multiple of the bytes.

import { defaultMaxDepth, depthError, exactInteger, parseJson } from "../json.ts";
import { apiVersionOf, type GroupVersionKind, type Json, type JsonObject, parseApiVersion } from "../object.ts";
import { quoteText } from "../quote.ts";
import { hasEnvelope, readEnvelope } from "./envelope.ts";
import { type Message, type MessageField, messageOf, type ScalarType } from "./messages.ts";
import { rawForms, specialForms } from "./special.ts";
import { Reader, WireError, wireTypes } from "./wire.ts";

export type DecodeResult = { ok: true; object: JsonObject } | { ok: false; error: string };

/**
 * The object of a protobuf body, with its apiVersion and kind.
 *
 * @param expected the kind when the body names none
 */
export function decodeProtobuf(bytes: Uint8Array, expected?: GroupVersionKind): DecodeResult {
  try {
    return { ok: true, object: decodeObject(bytes, 0, expected) };
  } catch (error) {
    if (error instanceof WireError) return { ok: false, error: error.message };
    throw error;
  }
}

function decodeObject(bytes: Uint8Array, depth: number, expected?: GroupVersionKind): JsonObject {
  const { apiVersion, kind, raw, contentEncoding, contentType } = readEnvelope(bytes);
  if (contentEncoding !== "") throw new WireError(`content encoding ${quoteText(contentEncoding)} is not supported`);
  if (contentType.startsWith("application/json")) return rawJson(raw, depth) as JsonObject;
  const type: GroupVersionKind =
    kind === "" && expected !== undefined ? expected : { ...parseApiVersion(apiVersion), kind };
  const shownVersion = apiVersionOf(type.group, type.version);
  const message = messageOf(type);
  if (message === undefined) {
    throw new WireError(`no kind ${quoteText(type.kind)} is registered for version ${quoteText(shownVersion)}`);
  }
  const object: JsonObject = { kind: type.kind, apiVersion: shownVersion };
  decodeFields(new Reader(raw), message, object, depth);
  return object;
}

/** Reads the fields of a message into an object, which may hold fields of an earlier occurrence. */
function decodeFields(reader: Reader, message: Message, object: JsonObject, depth: number): void {
  if (depth > defaultMaxDepth) throw new WireError(depthError);
  while (!reader.done) {
    const { number, wireType } = reader.tag();
    if (wireType === wireTypes.endGroup) throw new WireError("proto: wiretype end group for non-group");
    const field = message.byNumber.get(number);
    if (field === undefined) reader.skip(wireType);
    else decodeField(reader, wireType, field, object, depth);
  }
}

function decodeField(reader: Reader, wireType: number, field: MessageField, object: JsonObject, depth: number): void {
  const { name, type, mode, keepsZero } = field;
  switch (mode) {
    case "one": {
      if (typeof type === "string") {
        const value = decodeScalar(reader, wireType, type, name);
        if (keepsZero || !isZero(value)) object[name] = value;
        else delete object[name];
        return;
      }
      const value = decodeMessage(slice(reader, wireType, name), type, depth + 1, object[name]);
      if (value === undefined) delete object[name];
      else object[name] = value;
      return;
    }
    case "inline":
      decodeFields(slice(reader, wireType, name), type as Message, object, depth + 1);
      return;
    case "list": {
      object[name] ??= [];
      if (typeof type !== "string") {
        object[name].push(decodeMessage(slice(reader, wireType, name), type, depth + 1) ?? null);
      } else if (wireType === wireTypes.bytes && type !== "string" && type !== "bytes") {
        const packed = reader.slice();
        while (!packed.done) object[name].push(decodeScalar(packed, wireTypeOf(type), type, name));
      } else object[name].push(decodeScalar(reader, wireType, type, name));
      return;
    }
    case "map": {
      object[name] ??= {};
      const [key, value] = decodeEntry(slice(reader, wireType, name), field, depth + 1);
      if (key !== "__proto__") object[name][key] = value;
    }
  }
}

function decodeEntry(reader: Reader, { name, type }: MessageField, depth: number): [key: string, value: Json] {
  let key = "";
  let value: Json | undefined;
  while (!reader.done) {
    const { number, wireType } = reader.tag();
    if (number === 1) key = decodeScalar(reader, wireType, "string", name) as string;
    else if (number !== 2) reader.skip(wireType);
    else if (typeof type === "string") value = decodeScalar(reader, wireType, type, name);
    else value = decodeMessage(slice(reader, wireType, name), type, depth);
  }
  value ??= typeof type === "string" ? zeroOf(type) : decodeMessage(new Reader(new Uint8Array()), type, depth);
  return [key, value ?? null];
}

/** The JSON of a message; undefined when JSON leaves it out. */
function decodeMessage(reader: Reader, message: Message, depth: number, earlier?: JsonObject): Json | undefined {
  if (rawForms.has(message.name)) return decodeRaw(reader, message.name, depth);
  const form = specialForms.get(message.name);
  if (form === undefined) {
    const object = earlier ?? {};
    decodeFields(reader, message, object, depth);
    return object;
  }
  const { empty } = reader;
  const fields: JsonObject = {};
  decodeFields(reader, message, fields, depth);
  return form.toJson(fields, empty);
}

/** A message whose first field holds JSON, or a protobuf body of its own. */
function decodeRaw(reader: Reader, name: string, depth: number): Json | undefined {
  let raw: Buffer | undefined;
  while (!reader.done) {
    const { number, wireType } = reader.tag();
    if (number === 1) raw = slice(reader, wireType, name).rest();
    else reader.skip(wireType);
  }
  if (raw === undefined || raw.length === 0) return undefined;
  return hasEnvelope(raw) ? decodeObject(raw, depth) : rawJson(raw, depth);
}

function rawJson(bytes: Uint8Array, depth: number): Json {
  const maxDepth = defaultMaxDepth - depth;
  if (maxDepth < 0) throw new WireError(depthError);
  const parsed = parseJson(bytes, { maxDepth });
  if (!parsed.ok) throw new WireError(parsed.error);
  return parsed.value;
}

function slice(reader: Reader, wireType: number, name: string): Reader {
  if (wireType !== wireTypes.bytes) throw new WireError(`proto: wrong wireType = ${wireType} for field ${name}`);
  return reader.slice();
}

function wireTypeOf(type: ScalarType): number {
  if (type === "double") return wireTypes.fixed64;
  return type === "string" || type === "bytes" ? wireTypes.bytes : wireTypes.varint;
}

function decodeScalar(reader: Reader, wireType: number, type: ScalarType, name: string): Json {
  if (wireType !== wireTypeOf(type)) throw new WireError(`proto: wrong wireType = ${wireType} for field ${name}`);
  switch (type) {
    case "string":
      return reader.slice().text();
    case "bytes":
      return reader.slice().base64();
    case "bool":
      return reader.varint() !== 0n;
    case "int32":
      return Number(BigInt.asIntN(32, reader.varint()));
    case "int64":
      return exactInteger(BigInt.asIntN(64, reader.varint()));
    case "double": {
      const value = reader.double();
      if (!Number.isFinite(value)) throw new WireError(`json: unsupported value: ${value}`);
      return value;
    }
  }
}

function zeroOf(type: ScalarType): Json {
  if (type === "bool") return false;
  return type === "string" || type === "bytes" ? "" : 0;
}

function isZero(value: Json): boolean {
  return value === "" || value === 0 || value === false;
}
