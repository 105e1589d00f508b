// The protobuf messages of Kubernetes as data: which message carries a kind, and how its fields are numbered and named in JSON.
// Generated from a release, see scripts/generate-kubernetes.ts.

import { apiVersionOf, type GroupVersionKind } from "../object.ts";
import table from "./messages.generated.json" with { type: "json" };

export type ScalarType = "string" | "bytes" | "bool" | "int32" | "int64" | "double";

export interface MessageField {
  number: number;
  /** The name in JSON. */
  name: string;
  type: ScalarType | Message;
  /** Maps have string keys; the fields of an inline message stand beside their siblings in JSON. */
  mode: "one" | "list" | "map" | "inline";
  /** Whether Go writes the zero value into JSON: the field is a pointer there, or has no `omitempty`. */
  keepsZero: boolean;
}

export interface Message {
  /** `k8s.io.api.core.v1.Pod`. */
  name: string;
  fields: MessageField[];
  byNumber: Map<number, MessageField>;
}

/** A field in the file: number, JSON name, scalar type or index of a message, mode (`one` when absent), 1 when zero is kept. */
export type FieldRow = [
  number: number,
  name: string,
  type: ScalarType | number,
  mode?: MessageField["mode"],
  keepsZero?: 0 | 1,
];

/** The content of `messages.generated.json`. */
export interface MessageTable {
  messages: [name: string, fields: FieldRow[]][];
  /** `apps/v1/Deployment` → index of its message. */
  kinds: { [kind: string]: number };
  /** Kinds of meta/v1 that every group serves: `DeleteOptions` → index. */
  metaKinds: { [kind: string]: number };
}

const { messages: rows, kinds, metaKinds } = table as unknown as MessageTable;
const linked: (Message | undefined)[] = new Array(rows.length);

/** The message that carries a kind, or undefined when the kind has no protobuf form. */
export function messageOf({ group, version, kind }: GroupVersionKind): Message | undefined {
  const key = `${apiVersionOf(group, version)}/${kind}`;
  if (Object.hasOwn(kinds, key)) return messageAt(kinds[key]!);
  return Object.hasOwn(metaKinds, kind) ? messageAt(metaKinds[kind]!) : undefined;
}

/** The kinds that have a protobuf form, as `apps/v1/Deployment`. */
export function protobufKinds(): string[] {
  return Object.keys(kinds);
}

/** Links a message, and what it refers to, when it is first asked for. */
function messageAt(index: number): Message {
  const known = linked[index];
  if (known !== undefined) return known;
  const [name, fieldRows] = rows[index]!;
  const message: Message = { name, fields: [], byNumber: new Map() };
  linked[index] = message;
  for (const [number, fieldName, type, mode = "one", keepsZero = 0] of fieldRows) {
    const field: MessageField = {
      number,
      name: fieldName,
      type: typeof type === "number" ? messageAt(type) : type,
      mode,
      keepsZero: keepsZero === 1,
    };
    message.fields.push(field);
    message.byNumber.set(number, field);
  }
  return message;
}
