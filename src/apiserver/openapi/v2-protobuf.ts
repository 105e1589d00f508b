// Writes the OpenAPI 2 document as the protobuf that client-go asks for
// (`application/com.github.proto-openapi.spec.v2@v1.0+protobuf`). A table of messages says which JSON key is which field; only what
// our documents hold is there. Source of the numbers: google/gnostic openapiv2/OpenAPIv2.proto.

import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import { isObject, type JsonObject } from "../../machinery/object.ts";

type Scalar = "string" | "bool" | "int64" | "double" | "any";

interface Field {
  number: number;
  /** A scalar, or how a message is written. */
  type: Scalar | ((writer: BinaryWriter, value: JsonObject) => void);
  repeated?: boolean;
}

/** Fields by JSON key; `extensions` is the number of the field that takes keys beginning with `x-`. */
interface Message {
  fields: { [key: string]: Field };
  extensions?: number;
}

const field = (number: number, type: Field["type"]): Field => ({ number, type });
const list = (number: number, type: Field["type"]): Field => ({ number, type, repeated: true });

/** A message with the fields of a table, written from the JSON object of the same form. */
function message(table: () => Message): (writer: BinaryWriter, value: JsonObject) => void {
  let known: Message | undefined;
  return (writer, value) => {
    known ??= table();
    for (const key of Object.keys(value)) {
      const target = Object.hasOwn(known.fields, key) ? known.fields[key] : undefined;
      if (target !== undefined) writeField(writer, target, value[key]);
      else if (known.extensions !== undefined && key.startsWith("x-")) {
        nested(writer, known.extensions, () => writeNamedAny(writer, key, value[key]));
      }
    }
  };
}

/** A map, as gnostic writes it: a message with repeated pairs of name and value. */
function map(number: number, value: (writer: BinaryWriter, value: JsonObject) => void) {
  return (writer: BinaryWriter, object: JsonObject) => {
    for (const key of Object.keys(object)) {
      nested(writer, number, () => {
        writer.tag(1, WireType.LengthDelimited).string(key);
        nested(writer, 2, () => value(writer, object[key]));
      });
    }
  };
}

function nested(writer: BinaryWriter, number: number, write: () => void): void {
  writer.tag(number, WireType.LengthDelimited).fork();
  write();
  writer.join();
}

function writeField(writer: BinaryWriter, { number, type, repeated }: Field, value: unknown): void {
  const values = repeated === true ? (Array.isArray(value) ? value : [value]) : [value];
  for (const item of values) {
    if (typeof type === "function") nested(writer, number, () => type(writer, isObject(item) ? item : { value: item }));
    else writeScalar(writer, number, type, item);
  }
}

function writeScalar(writer: BinaryWriter, number: number, type: Scalar, value: unknown): void {
  switch (type) {
    case "string":
      writer.tag(number, WireType.LengthDelimited).string(String(value));
      break;
    case "bool":
      writer.tag(number, WireType.Varint).bool(value === true);
      break;
    case "int64":
      writer.tag(number, WireType.Varint).int64(BigInt(Math.trunc(Number(value))));
      break;
    case "double":
      writer.tag(number, WireType.Bit64).double(Number(value));
      break;
    case "any":
      nested(writer, number, () => writeAny(writer, value));
      break;
  }
}

/** Any value, as YAML; JSON is YAML. */
function writeAny(writer: BinaryWriter, value: unknown): void {
  writer.tag(2, WireType.LengthDelimited).string(JSON.stringify(value));
}

function writeNamedAny(writer: BinaryWriter, name: string, value: unknown): void {
  writer.tag(1, WireType.LengthDelimited).string(name);
  nested(writer, 2, () => writeAny(writer, value));
}

const schema = message(() => ({
  extensions: 31,
  fields: {
    $ref: field(1, "string"),
    format: field(2, "string"),
    title: field(3, "string"),
    description: field(4, "string"),
    default: field(5, "any"),
    multipleOf: field(6, "double"),
    maximum: field(7, "double"),
    exclusiveMaximum: field(8, "bool"),
    minimum: field(9, "double"),
    exclusiveMinimum: field(10, "bool"),
    maxLength: field(11, "int64"),
    minLength: field(12, "int64"),
    pattern: field(13, "string"),
    maxItems: field(14, "int64"),
    minItems: field(15, "int64"),
    uniqueItems: field(16, "bool"),
    maxProperties: field(17, "int64"),
    minProperties: field(18, "int64"),
    required: list(19, "string"),
    enum: list(20, "any"),
    additionalProperties: field(21, writeAdditional),
    type: field(
      22,
      message(() => ({ fields: { value: field(1, "string") } })),
    ),
    items: field(23, (writer, value) => nested(writer, 1, () => schema(writer, value))),
    properties: field(25, map(1, schema)),
    example: field(30, "any"),
  },
}));

/** A schema, or `{value: boolean}`. */
function writeAdditional(writer: BinaryWriter, value: JsonObject): void {
  if (typeof value.value === "boolean") writer.tag(2, WireType.Varint).bool(value.value);
  else nested(writer, 1, () => schema(writer, value));
}

const bodyParameter = message(() => ({
  fields: {
    description: field(1, "string"),
    name: field(2, "string"),
    in: field(3, "string"),
    required: field(4, "bool"),
    schema: field(5, schema),
  },
}));

const pathParameter = message(() => ({
  fields: { ...placed, type: field(5, "string"), uniqueItems: field(19, "bool") },
}));
const queryParameter = message(() => ({
  fields: { ...placed, type: field(6, "string"), uniqueItems: field(20, "bool") },
}));
const placed = {
  required: field(1, "bool"),
  in: field(2, "string"),
  description: field(3, "string"),
  name: field(4, "string"),
};

/** ParametersItem: a body, or a parameter of path or query. */
function parameter(writer: BinaryWriter, value: JsonObject): void {
  nested(writer, 1, () => {
    if (value.in === "body") nested(writer, 1, () => bodyParameter(writer, value));
    else if (value.in === "path") nested(writer, 2, () => nested(writer, 4, () => pathParameter(writer, value)));
    else nested(writer, 2, () => nested(writer, 3, () => queryParameter(writer, value)));
  });
}

const responseMessage = message(() => ({
  fields: {
    description: field(1, "string"),
    schema: field(2, (writer, value) => nested(writer, 1, () => schema(writer, value))),
  },
}));

const response = (writer: BinaryWriter, value: JsonObject) => nested(writer, 1, () => responseMessage(writer, value));

const operation = message(() => ({
  extensions: 13,
  fields: {
    tags: list(1, "string"),
    description: field(3, "string"),
    operationId: field(5, "string"),
    produces: list(6, "string"),
    consumes: list(7, "string"),
    parameters: list(8, parameter),
    responses: field(9, map(1, response)),
    schemes: list(10, "string"),
  },
}));

const pathItem = message(() => ({
  fields: {
    get: field(2, operation),
    put: field(3, operation),
    post: field(4, operation),
    delete: field(5, operation),
    patch: field(8, operation),
    parameters: list(9, parameter),
  },
}));

const document = message(() => ({
  fields: {
    swagger: field(1, "string"),
    info: field(
      2,
      message(() => ({ fields: { title: field(1, "string"), version: field(2, "string") } })),
    ),
    paths: field(8, map(2, pathItem)),
    definitions: field(9, map(1, schema)),
    security: list(
      12,
      map(1, (writer, value) => writeField(writer, list(1, "string"), value)),
    ),
    securityDefinitions: field(
      13,
      map(1, (writer, value) => nested(writer, 2, () => apiKey(writer, value))),
    ),
  },
}));

const apiKey = message(() => ({
  fields: {
    type: field(1, "string"),
    name: field(2, "string"),
    in: field(3, "string"),
    description: field(4, "string"),
  },
}));

/** The media type of the encoded document. */
export const openApiV2ProtobufType = "application/com.github.proto-openapi.spec.v2@v1.0+protobuf";

/** Encodes what buildOpenApiV2 made. */
export function encodeOpenApiV2(openApi: JsonObject): Uint8Array {
  const writer = new BinaryWriter();
  document(writer, openApi);
  return writer.finish();
}
