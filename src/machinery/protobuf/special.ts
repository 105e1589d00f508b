// Messages whose JSON is not an object of their fields. Each form converts between the fields of the message (`{seconds, nanos}`) and
// the JSON value (`"2024-01-01T00:00:00Z"`). Messages that wrap raw JSON bytes are read by decode.ts and written by encode.ts.
// Source: the MarshalJSON and Unmarshal methods of k8s.io/apimachinery and k8s.io/apiextensions-apiserver.

import { integerOf, isIntegerValue } from "../json.ts";
import { isObject, type Json, type JsonObject } from "../object.ts";
import { formatQuantity, parseQuantity } from "../quantity.ts";
import { formatDuration, formatTimestamp, parseDuration, parseTimestamp } from "../time.ts";
import { WireError } from "./wire.ts";

export interface SpecialForm {
  /** The JSON of a message's fields; undefined when JSON leaves it out. `empty` tells that there were no bytes. */
  toJson(fields: JsonObject, empty: boolean): Json | undefined;
  /** The fields of a JSON value. Throws a WireError when it has another form. */
  toFields(value: unknown): JsonObject;
}

function refuse(value: unknown, what: string): never {
  throw new WireError(`cannot encode ${JSON.stringify(value)?.slice(0, 100)} as ${what}`);
}

function timeForm(precision: "seconds" | "micro"): SpecialForm {
  return {
    toJson({ seconds = 0, nanos = 0 }, empty) {
      if (empty) return undefined;
      const text = formatTimestamp({ seconds: Number(integerOf(seconds)), nanos: Math.max(0, nanos) }, precision);
      if (text === undefined) throw new WireError("time: year outside of range [0,9999]");
      return text;
    },
    toFields(value) {
      const timestamp = typeof value === "string" ? parseTimestamp(value) : undefined;
      if (timestamp === undefined) return refuse(value, "a time");
      return precision === "seconds" ? { seconds: timestamp.seconds, nanos: 0 } : { ...timestamp };
    },
  };
}

const quantityForm: SpecialForm = {
  toJson({ string = "0" }) {
    const quantity = parseQuantity(string);
    if (quantity === undefined) throw new WireError(`cannot parse quantity ${JSON.stringify(string).slice(0, 100)}`);
    return formatQuantity(quantity);
  },
  toFields(value) {
    const quantity = parseQuantity(value);
    return quantity === undefined ? refuse(value, "a quantity") : { string: formatQuantity(quantity) };
  },
};

const intOrStringForm: SpecialForm = {
  toJson({ type = 0, intVal = 0, strVal = "" }) {
    if (type !== 0 && type !== 1) throw new WireError("impossible IntOrString.Type");
    return type === 0 ? intVal : strVal;
  },
  toFields(value) {
    if (typeof value === "string") return { type: 1, strVal: value };
    return isIntegerValue(value) ? { type: 0, intVal: value } : refuse(value, "an integer or string");
  },
};

const durationForm: SpecialForm = {
  toJson: ({ duration = 0 }) => formatDuration(integerOf(duration)!),
  toFields(value) {
    const parsed = typeof value === "string" ? parseDuration(value) : undefined;
    return parsed?.ok ? { duration: JSON.rawJSON(String(parsed.nanoseconds)) } : refuse(value, "a duration");
  },
};

const wrappedList: SpecialForm = {
  toJson: ({ items = [] }) => items,
  toFields: (items) => (Array.isArray(items) ? { items } : refuse(items, "a list")),
};

const schemaOrBool: SpecialForm = {
  toJson: ({ schema, allows = false }) => schema ?? allows,
  toFields: (value) => (isObject(value) ? { allows: true, schema: value } : { allows: value === true }),
};

const schemaOrList: SpecialForm = {
  toJson: ({ schema, jSONSchemas = [] }) => (jSONSchemas.length > 0 ? jSONSchemas : schema),
  toFields: (value) => (Array.isArray(value) ? { jSONSchemas: value } : { schema: value }),
};

const schemaOrStrings: SpecialForm = {
  toJson: ({ schema, property = [] }) => (property.length > 0 ? property : schema),
  toFields: (value) => (Array.isArray(value) ? { property: value } : { schema: value }),
};

const meta = "k8s.io.apimachinery.pkg.apis.meta.v1.";
const extensions = "k8s.io.apiextensions-apiserver.pkg.apis.apiextensions.v1.";

/** The forms by message name. */
export const specialForms: ReadonlyMap<string, SpecialForm> = new Map([
  ["k8s.io.apimachinery.pkg.api.resource.Quantity", quantityForm],
  ["k8s.io.apimachinery.pkg.util.intstr.IntOrString", intOrStringForm],
  [`${meta}Time`, timeForm("seconds")],
  [`${meta}MicroTime`, timeForm("micro")],
  [`${meta}Duration`, durationForm],
  [`${meta}Verbs`, wrappedList],
  ["k8s.io.api.authentication.v1.ExtraValue", wrappedList],
  ["k8s.io.api.authorization.v1.ExtraValue", wrappedList],
  ["k8s.io.api.certificates.v1.ExtraValue", wrappedList],
  [`${extensions}JSONSchemaPropsOrBool`, schemaOrBool],
  [`${extensions}JSONSchemaPropsOrArray`, schemaOrList],
  [`${extensions}JSONSchemaPropsOrStringArray`, schemaOrStrings],
]);

/** Messages whose first field holds the bytes of a JSON value. */
export const rawForms: ReadonlySet<string> = new Set([
  "k8s.io.apimachinery.pkg.runtime.RawExtension",
  `${meta}FieldsV1`,
  `${extensions}JSON`,
]);
