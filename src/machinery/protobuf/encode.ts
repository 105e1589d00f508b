// JSON objects of built-in kinds to Kubernetes protobuf bodies: the counterpart of decode.ts, for clients and for tests. Fields that
// the kind's message does not know, and nulls, are left out.

import { encodeJson, integerOf, numberOf } from "../json.ts";
import { isObject, type JsonObject, parseApiVersion } from "../object.ts";
import { quoteText } from "../quote.ts";
import { writeEnvelope } from "./envelope.ts";
import { type Message, type MessageField, messageOf, type ScalarType } from "./messages.ts";
import { rawForms, specialForms } from "./special.ts";
import { WireError, Writer, wireTypes } from "./wire.ts";

export type EncodeResult = { ok: true; bytes: Buffer } | { ok: false; error: string };

/** The protobuf body of an object, by its apiVersion and kind. Never throws. */
export function encodeProtobuf(object: JsonObject): EncodeResult {
  const { apiVersion = "", kind = "" } = object;
  const message = messageOf({ ...parseApiVersion(String(apiVersion)), kind: String(kind) });
  if (message === undefined) {
    return {
      ok: false,
      error: `no kind ${quoteText(String(kind))} is registered for version ${quoteText(String(apiVersion))}`,
    };
  }
  try {
    return { ok: true, bytes: writeEnvelope({ apiVersion, kind, raw: encodeFields(message, object) }) };
  } catch (error) {
    if (error instanceof WireError) return { ok: false, error: error.message };
    throw error;
  }
}

function encodeFields(message: Message, object: JsonObject): Buffer {
  const writer = new Writer();
  for (const field of message.fields) encodeField(writer, field, object);
  return writer.finish();
}

function encodeField(writer: Writer, field: MessageField, object: JsonObject): void {
  const { number, name, type, mode } = field;
  if (mode === "inline") {
    writer.tag(number, wireTypes.bytes);
    writer.bytes(encodeFields(type as Message, object));
    return;
  }
  const value = Object.hasOwn(object, name) ? object[name] : undefined;
  if (value === undefined || value === null) return;
  switch (mode) {
    case "one":
      encodeValue(writer, number, type, value);
      return;
    case "list":
      if (!Array.isArray(value)) throw new WireError(`cannot encode ${name}: a list is expected`);
      for (const item of value) encodeValue(writer, number, type, item);
      return;
    case "map":
      if (!isObject(value)) throw new WireError(`cannot encode ${name}: a map is expected`);
      for (const [key, item] of Object.entries(value)) {
        const entry = new Writer();
        encodeValue(entry, 1, "string", key);
        if (item !== null) encodeValue(entry, 2, type, item);
        writer.tag(number, wireTypes.bytes);
        writer.bytes(entry.finish());
      }
  }
}

function encodeValue(writer: Writer, number: number, type: ScalarType | Message, value: unknown): void {
  switch (type) {
    case "string":
    case "bytes":
      if (typeof value !== "string") throw new WireError(`cannot encode ${JSON.stringify(value)} as ${type}`);
      writer.tag(number, wireTypes.bytes);
      writer.bytes(Buffer.from(value, type === "string" ? "utf8" : "base64"));
      return;
    case "bool":
      if (typeof value !== "boolean") throw new WireError(`cannot encode ${JSON.stringify(value)} as ${type}`);
      writer.tag(number, wireTypes.varint);
      writer.varint(value ? 1n : 0n);
      return;
    case "int32":
    case "int64": {
      const integer = integerOf(value);
      if (integer === undefined) throw new WireError(`cannot encode ${JSON.stringify(value)} as ${type}`);
      writer.tag(number, wireTypes.varint);
      writer.varint(integer);
      return;
    }
    case "double": {
      const double = numberOf(value);
      if (Number.isNaN(double)) throw new WireError(`cannot encode ${JSON.stringify(value)} as ${type}`);
      writer.tag(number, wireTypes.fixed64);
      writer.double(double);
      return;
    }
    default:
      writer.tag(number, wireTypes.bytes);
      writer.bytes(encodeMessage(type, value));
  }
}

function encodeMessage(message: Message, value: unknown): Buffer {
  if (rawForms.has(message.name)) {
    const writer = new Writer();
    writer.tag(1, wireTypes.bytes);
    writer.bytes(encodeJson(value));
    return writer.finish();
  }
  const form = specialForms.get(message.name);
  if (form === undefined && !isObject(value))
    throw new WireError(`cannot encode ${JSON.stringify(value)} as an object`);
  return encodeFields(message, form === undefined ? (value as JsonObject) : form.toFields(value));
}
