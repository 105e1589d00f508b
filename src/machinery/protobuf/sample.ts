// Random objects of a kind in the form that decoding gives them, for property tests: no empty lists, and zero values only where they
// are kept.

import { exactInteger, parseJson } from "../json.ts";
import type { Json, JsonObject } from "../object.ts";
import type { Message, MessageField, ScalarType } from "./messages.ts";
import { rawForms } from "./special.ts";

/** A repeatable source of whole numbers below a limit. */
export type Random = (limit: number) => number;

/** Numbers from a seed. */
export function randomFrom(seed: number): Random {
  let state = seed >>> 0;
  return (limit) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
}

const samples: Record<string, (random: Random) => Json | undefined> = {
  Quantity: (random) => `${random(900) + 1}${["", "m", "Mi", "Gi"][random(4)]}`,
  IntOrString: (random) => (random(2) === 0 ? random(70000) : `${random(100)}%`),
  Time: (random) => `20${10 + random(80)}-0${random(9) + 1}-11T10:20:30Z`,
  MicroTime: (random) => `2024-01-01T00:00:00.${100000 + random(900000)}Z`,
  Duration: (random) => `${random(100) + 1}h0m0s`,
  ExtraValue: (random) => [`v${random(100)}`],
  Verbs: () => ["get", "list"],
};

/** An object of a message; `depth` bounds how far it goes. */
export function sampleMessage(message: Message, random: Random, depth = 4): JsonObject {
  const object: JsonObject = {};
  for (const field of message.fields) {
    if (field.mode === "inline") Object.assign(object, sampleMessage(field.type as Message, random, depth));
    else if (random(3) > 0) {
      const value = sampleField(field, random, depth);
      if (value !== undefined) object[field.name] = value;
    }
  }
  return object;
}

function sampleField(field: MessageField, random: Random, depth: number): Json | undefined {
  if (field.mode === "one") return sampleValue(field.type, random, depth, field.keepsZero);
  const count = random(2) + 1;
  const values: [string, Json][] = [];
  for (let index = 0; index < count; index++) {
    const value = sampleValue(field.type, random, depth, true);
    if (value !== undefined) values.push([`key-${index}/ü`, value]);
  }
  if (values.length === 0) return undefined;
  return field.mode === "map" ? Object.fromEntries(values) : values.map(([, value]) => value);
}

function sampleValue(type: ScalarType | Message, random: Random, depth: number, zeros: boolean): Json | undefined {
  if (typeof type === "string") return sampleScalar(type, random, zeros);
  const short = type.name.slice(type.name.lastIndexOf(".") + 1);
  if (samples[short] !== undefined) return samples[short](random);
  if (rawForms.has(type.name)) {
    const raw = parseJson('{"f:spec":{"a":[1,"x",null,9223372036854775807]}}');
    return raw.ok ? raw.value : undefined;
  }
  if (depth === 0) return undefined;
  const schemaField = type.byNumber.get(1);
  if (short === "JSONSchemaPropsOrBool" && random(2) === 0) return random(2) === 0;
  if (short === "JSONSchemaPropsOrStringArray" && random(2) === 0) return ["a", "b"];
  if (/^JSONSchemaPropsOr/.test(short)) {
    const schema = (type.byNumber.get(2)?.name === "schema" ? type.byNumber.get(2) : schemaField)!;
    return sampleMessage(schema.type as Message, random, depth - 1);
  }
  return sampleMessage(type, random, depth - 1);
}

function sampleScalar(type: ScalarType, random: Random, zeros: boolean): Json {
  if (zeros && random(4) === 0) return { string: "", bytes: "", bool: false, int32: 0, int64: 0, double: 0 }[type];
  switch (type) {
    case "string":
      return `text-${random(1000)}-ü€😀`;
    case "bytes":
      return Buffer.from(`bytes-${random(1000)}`).toString("base64");
    case "bool":
      return true;
    case "int32":
      return random(2) === 0 ? random(2 ** 31 - 1) + 1 : -random(2 ** 31) - 1;
    case "int64":
      return exactInteger(BigInt(random(2 ** 31) + 1) * (random(2) === 0 ? 1n : -4294967291n));
    case "double":
      return random(1000) + 0.5;
  }
}
