// The names of types that expressions can write: `type(x) == int`, `type(y) == net.IP`.

import * as t from "./types.ts";

function named(name: string, type: t.Type): [string, { name: string; type: t.Type }] {
  return [name, { name, type }];
}

export const typeConstants: ReadonlyMap<string, { name: string; type: t.Type }> = new Map([
  named("bool", t.bool),
  named("int", t.int),
  named("uint", t.uint),
  named("double", t.double),
  named("string", t.string),
  named("bytes", t.bytes),
  named("list", t.list(t.dyn)),
  named("map", t.map(t.dyn, t.dyn)),
  named("null_type", t.nullType),
  named("type", t.typeType(t.dyn)),
  named("optional_type", t.optional(t.dyn)),
  named("google.protobuf.Timestamp", t.timestamp),
  named("google.protobuf.Duration", t.duration),
  ...["kubernetes.URL", "kubernetes.Quantity", "kubernetes.NamedFormat", "kubernetes.Semver", "net.IP", "net.CIDR"].map(
    (name) => named(name, t.opaque(name)),
  ),
]);
