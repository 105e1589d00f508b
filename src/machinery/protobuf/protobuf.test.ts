import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import protobufjs from "protobufjs";
import { defaultMaxDepth, encodeJson, parseJson } from "../json.ts";
import { type JsonObject, parseApiVersion } from "../object.ts";
import { decodeProtobuf } from "./decode.ts";
import { encodeProtobuf } from "./encode.ts";
import { readEnvelope, writeEnvelope } from "./envelope.ts";
import goBodies from "./go-bodies.json" with { type: "json" };
import { type Message, messageOf, protobufKinds } from "./messages.ts";
import { randomFrom, sampleMessage } from "./sample.ts";
import { Writer } from "./wire.ts";

function encode(object: JsonObject): Buffer {
  const result = encodeProtobuf(object);
  assert.ok(result.ok, result.ok ? "" : result.error);
  return result.bytes;
}

function decode(bytes: Uint8Array): JsonObject {
  const result = decodeProtobuf(bytes);
  assert.ok(result.ok, result.ok ? "" : result.error);
  return result.object;
}

function typeOf(kind: string): { apiVersion: string; kind: string; message: Message } {
  const slash = kind.lastIndexOf("/");
  const apiVersion = kind.slice(0, slash);
  const type = { apiVersion, kind: kind.slice(slash + 1) };
  return { ...type, message: messageOf({ ...parseApiVersion(apiVersion), kind: type.kind })! };
}

/** Equality of what stands in JSON, exact integers included. */
function assertSame(actual: JsonObject, expected: JsonObject, note: string): void {
  const sorted = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(sorted);
    if (typeof value !== "object" || value === null || JSON.isRawJSON(value)) return value;
    return Object.fromEntries(
      Object.entries(value)
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([key, item]) => [key, sorted(item)]),
    );
  };
  assert.equal(encodeJson(sorted(actual)).toString(), encodeJson(sorted(expected)).toString(), note);
}

test("an object of every kind survives the way to bytes and back", () => {
  for (const kind of protobufKinds()) {
    const { apiVersion, kind: name, message } = typeOf(kind);
    for (let seed = 1; seed <= 8; seed++) {
      const object = { apiVersion, kind: name, ...sampleMessage(message, randomFrom(seed)) };
      assertSame(decode(encode(object)), object, `${kind}, seed ${seed}`);
    }
  }
});

/** The messages as protobufjs knows them. */
function oracle(): protobufjs.Root {
  const root = new protobufjs.Root();
  const seen = new Set<string>();
  const define = (message: Message): string => {
    const path = message.name.replaceAll("-", "_");
    if (seen.has(path)) return path;
    seen.add(path);
    const dot = path.lastIndexOf(".");
    const type = new protobufjs.Type(path.slice(dot + 1));
    root.define(path.slice(0, dot)).add(type);
    for (const field of message.fields) {
      const fieldType = typeof field.type === "string" ? field.type : `.${define(field.type)}`;
      const name = `f${field.number}`;
      if (field.mode === "map") type.add(new protobufjs.MapField(name, field.number, "string", fieldType));
      else
        type.add(new protobufjs.Field(name, field.number, fieldType, field.mode === "list" ? "repeated" : "optional"));
    }
    return path;
  };
  for (const kind of protobufKinds()) define(typeOf(kind).message);
  return root.resolveAll() as protobufjs.Root;
}

test("an independent implementation reads our bytes, and we read what it writes", () => {
  const root = oracle();
  for (const kind of protobufKinds()) {
    const { apiVersion, kind: name, message } = typeOf(kind);
    const object = { apiVersion, kind: name, ...sampleMessage(message, randomFrom(42)) };
    const { raw } = readEnvelope(encode(object));
    const type = root.lookupType(message.name.replaceAll("-", "_"));
    const rewritten = type.encode(type.decode(raw)).finish();
    assertSame(decode(writeEnvelope({ apiVersion, kind: name, raw: rewritten })), object, kind);
  }
});

test("bytes of a Go client become the JSON it would have sent", () => {
  // A Deployment as client-go writes it: empty times and zero values are on the wire.
  const pod = new Writer();
  const text = (writer: Writer, number: number, value: string) => {
    writer.tag(number, 2);
    writer.bytes(Buffer.from(value));
  };
  const message = (writer: Writer, number: number, fill: (inner: Writer) => void) => {
    const inner = new Writer();
    fill(inner);
    writer.tag(number, 2);
    writer.bytes(inner.finish());
  };
  const int = (writer: Writer, number: number, value: bigint) => {
    writer.tag(number, 0);
    writer.varint(value);
  };
  message(pod, 1, (metadata) => {
    for (const [number, value] of [
      [1, "web"],
      [2, ""],
      [3, "default"],
      [4, ""],
      [5, ""],
      [6, ""],
    ] as const) {
      text(metadata, number, value);
    }
    int(metadata, 7, 0n);
    message(metadata, 8, () => {});
  });
  message(pod, 2, (spec) => {
    int(spec, 1, 0n);
    int(spec, 5, 0n);
    int(spec, 7, 0n);
    message(spec, 3, (template) => {
      message(template, 1, () => {});
      message(template, 2, (podSpec) => {
        text(podSpec, 3, "");
        int(podSpec, 11, 0n);
        int(podSpec, 21, 0n);
        message(podSpec, 2, (container) => {
          text(container, 1, "main");
          message(container, 8, (resources) => {
            message(resources, 1, (entry) => {
              text(entry, 1, "cpu");
              message(entry, 2, (quantity) => text(quantity, 1, "100m"));
            });
          });
          message(container, 6, (port) => {
            text(port, 1, "");
            int(port, 2, 0n);
            int(port, 3, 80n);
          });
        });
      });
    });
  });
  message(pod, 3, () => {});
  const bytes = writeEnvelope({ apiVersion: "apps/v1", kind: "Deployment", raw: pod.finish() });
  assert.deepEqual(decode(bytes), {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "web", namespace: "default" },
    spec: {
      replicas: 0,
      template: {
        metadata: {},
        spec: {
          automountServiceAccountToken: false,
          containers: [{ name: "main", resources: { limits: { cpu: "100m" } }, ports: [{ containerPort: 80 }] }],
        },
      },
    },
    status: {},
  });
});

test("random objects that Go wrote as protobuf and as JSON are the same, nulls apart", () => {
  const withoutNulls = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(withoutNulls);
    if (typeof value !== "object" || value === null || JSON.isRawJSON(value)) return value;
    return Object.fromEntries(
      Object.entries(value)
        .filter(([, item]) => item !== null)
        .map(([key, item]) => [key, withoutNulls(item)]),
    );
  };
  for (const { kind, json, protobuf } of goBodies) {
    const parsed = parseJson(json);
    assert.ok(parsed.ok);
    const decoded = decode(Buffer.from(protobuf, "base64"));
    assertSame(withoutNulls(decoded) as JsonObject, withoutNulls(parsed.value) as JsonObject, kind);
  }
});

test("special forms have the JSON of Kubernetes", () => {
  const objects: JsonObject[] = [
    {
      apiVersion: "coordination.k8s.io/v1",
      kind: "Lease",
      metadata: { name: "l", creationTimestamp: "1970-01-01T00:00:00Z" },
      spec: { renewTime: "2024-05-06T07:08:09.000120Z" },
    },
    { apiVersion: "apps/v1", kind: "ControllerRevision", data: { spec: [1, { a: null }] }, revision: 9007199254740991 },
    {
      apiVersion: "authorization.k8s.io/v1",
      kind: "SubjectAccessReview",
      metadata: {},
      spec: { extra: { scopes: ["a", "b"] } },
      status: { allowed: false },
    },
    {
      apiVersion: "apiextensions.k8s.io/v1",
      kind: "CustomResourceDefinition",
      spec: {
        group: "example.com",
        names: { plural: "widgets", kind: "Widget" },
        scope: "Namespaced",
        versions: [
          {
            name: "v1",
            served: true,
            storage: false,
            schema: {
              openAPIV3Schema: {
                type: "object",
                default: { a: [] },
                maximum: 1.5,
                minLength: 0,
                additionalProperties: false,
                items: { type: "string" },
                "x-kubernetes-validations": [{ rule: "true" }],
              },
            },
          },
        ],
      },
    },
  ];
  for (const object of objects) assertSame(decode(encode(object)), object, String(object.kind));
});

test("options of deletions are known under every group", () => {
  const object = {
    apiVersion: "batch/v1",
    kind: "DeleteOptions",
    gracePeriodSeconds: 0,
    propagationPolicy: "Background",
  };
  assert.deepEqual(decode(encode(object)), object);
});

test("a body that names no kind is of the expected one", () => {
  const { raw } = readEnvelope(encode({ apiVersion: "v1", kind: "ConfigMap", metadata: {}, data: { a: "b" } }));
  const bytes = writeEnvelope({ apiVersion: "", kind: "", raw });
  const expected = { group: "", version: "v1", kind: "ConfigMap" };
  assert.deepEqual(decodeProtobuf(bytes, expected), {
    ok: true,
    object: { apiVersion: "v1", kind: "ConfigMap", metadata: {}, data: { a: "b" } },
  });
});

test("what cannot be read says why", () => {
  const error = (bytes: Uint8Array) => {
    const result = decodeProtobuf(bytes);
    return result.ok ? undefined : result.error;
  };
  assert.match(error(Buffer.from("{}"))!, /does not appear to be a protobuf message, expected prefix \[107 56 115 0\]/);
  assert.equal(
    error(writeEnvelope({ apiVersion: "example.com/v1", kind: "Widget", raw: Buffer.alloc(0) })),
    'no kind "Widget" is registered for version "example.com/v1"',
  );
  const pod = encode({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a" }, data: { a: "b" } });
  assert.equal(error(pod.subarray(0, pod.length - 5)), "unexpected EOF");
});

test("a key __proto__ of a map is dropped", () => {
  const object = JSON.parse('{"apiVersion":"v1","kind":"ConfigMap","metadata":{},"data":{"__proto__":"x","a":"b"}}');
  assert.deepEqual(decode(encode(object)).data, { a: "b" });
});

test("nesting is bounded", () => {
  let schema: JsonObject = { type: "string" };
  for (let depth = 0; depth < defaultMaxDepth; depth++) schema = { not: schema };
  const version = { name: "v1", schema: { openAPIV3Schema: schema } };
  const bytes = encode({
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    spec: { versions: [version] },
  });
  assert.deepEqual(decodeProtobuf(bytes), { ok: false, error: "exceeded max depth" });
});

test("damaged bytes give an object or an error, never an exception", () => {
  const bodies = protobufKinds()
    .filter((_, index) => index % 9 === 0)
    .map((kind) => {
      const { apiVersion, kind: name, message } = typeOf(kind);
      return encode({ apiVersion, kind: name, ...sampleMessage(message, randomFrom(7), 3) });
    });
  const damage = fc.record({
    body: fc.nat(bodies.length - 1),
    edits: fc.array(fc.tuple(fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }), fc.nat(255)), {
      maxLength: 6,
    }),
    keep: fc.double({ min: 0, max: 1, noNaN: true }),
  });
  fc.assert(
    fc.property(damage, ({ body, edits, keep }) => {
      const bytes = Buffer.from(bodies[body]!);
      for (const [at, value] of edits) bytes[Math.floor(at * bytes.length)] = value;
      decodeProtobuf(keep > 0.7 ? bytes : bytes.subarray(0, Math.floor(keep * bytes.length)));
    }),
    { numRuns: 2000 },
  );
});

test("random bytes after a valid prefix are answered", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (raw) => {
      decodeProtobuf(writeEnvelope({ apiVersion: "v1", kind: "Pod", raw }));
      decodeProtobuf(Buffer.concat([Buffer.from("k8s\0"), raw]));
    }),
    { numRuns: 1000 },
  );
});
