// Requests that write: objects and patches, first valid, then damaged.

import fc from "fast-check";
import type { JsonObject } from "../../../src/machinery/object.ts";
import { encodeProtobuf } from "../../../src/machinery/protobuf/encode.ts";
import { formatYaml } from "../../../src/machinery/yaml.ts";
import {
  byteSteps,
  documentSteps,
  hostileTree,
  mutateBytes,
  mutateTree,
  type Tree,
  treeOf,
  treeText,
} from "./hostile.ts";
import { resourcePath, sampleObject, validObjects, writtenResources } from "./samples.ts";
import type { RawRequest } from "./wire.ts";

const seed = fc.nat();
const queries = fc.constantFrom(
  "",
  "",
  "?dryRun=All",
  "?fieldValidation=Strict",
  "?fieldValidation=Ignore",
  "?pretty=1",
);
const names = fc.nat({ max: 20 }).map((number) => `fuzz-${number}`);

function named(object: JsonObject, name: string): JsonObject {
  return { ...object, metadata: { ...object.metadata, name } };
}

/** Where an object is written, and the object. */
interface Target {
  method: string;
  path: string;
  object: JsonObject;
}

const validTargets: fc.Arbitrary<Target> = fc
  .tuple(fc.constantFrom(...validObjects), names, fc.boolean())
  .map(([[collection, object], name, create]) => ({
    method: create ? "POST" : "PUT",
    path: create ? collection : `${collection}/${name}`,
    object: named(object, name),
  }));

const sampledTargets: fc.Arbitrary<Target> = fc
  .tuple(fc.constantFrom(...writtenResources), seed, fc.integer({ min: 1, max: 5 }), names)
  .map(([resource, number, depth, name]) => {
    const object = sampleObject(resource, number, depth) ?? { kind: resource.kind, apiVersion: "v1" };
    const create = resource.verbs.includes("create");
    const plain = !resource.resource.includes("/");
    return {
      method: create ? "POST" : "PUT",
      path: resourcePath(resource, create && plain ? "" : name),
      object: named(object, name),
    };
  });

const targets = fc.oneof(validTargets, sampledTargets);

function json(value: Tree): Buffer {
  return Buffer.from(treeText(value), "utf8");
}

/** Objects in JSON with wrong values, doubled and odd keys. */
export const jsonBodies: fc.Arbitrary<RawRequest> = fc
  .tuple(targets, documentSteps, queries)
  .map(([{ method, path, object }, steps, query]) => ({
    method,
    target: path + query,
    headers: [["content-type", "application/json"]],
    body: json(mutateTree(treeOf(object), steps)),
  }));

/** The same with damaged bytes, in each encoding. */
export const damagedBodies: fc.Arbitrary<RawRequest> = fc
  .tuple(
    targets,
    byteSteps,
    fc.constantFrom("application/json", "application/yaml", "application/vnd.kubernetes.protobuf"),
  )
  .map(([{ method, path, object }, steps, type]) => ({
    method,
    target: path,
    headers: [["content-type", type]],
    body: mutateBytes(encoded(object, type), steps),
  }));

/** Generated objects in protobuf, undamaged or with foreign envelopes. */
export const protobufBodies: fc.Arbitrary<RawRequest> = fc
  .tuple(sampledTargets, fc.option(byteSteps, { freq: 2 }))
  .map(([{ method, path, object }, steps]) => {
    const bytes = encoded(object, "application/vnd.kubernetes.protobuf");
    return {
      method,
      target: path,
      headers: [["content-type", "application/vnd.kubernetes.protobuf"]],
      body: steps === null ? bytes : mutateBytes(bytes, steps),
    };
  });

function encoded(object: JsonObject, type: string): Buffer {
  if (type === "application/yaml") return Buffer.from(formatYaml(object), "utf8");
  if (type === "application/vnd.kubernetes.protobuf") {
    const result = encodeProtobuf(object);
    if (result.ok) return result.bytes;
  }
  return Buffer.from(JSON.stringify(object), "utf8");
}

/** YAML with the constructs that JSON lacks. */
const yamlParts = fc.constantFrom(
  "a: &a [*a]",
  "a: &a {b: *a}",
  "<<: *x",
  "<<: [1, 2]",
  "? [complex, key]\n: v",
  "!!binary x: y",
  "!!python/object:os.system {}",
  "!<tag:yaml.org,2002:int> x",
  "--- \n---",
  "...",
  "%YAML 9.9",
  "key: |\n  text\n text",
  "a: 0o777\nb: 0b11\nc: 1_000\nd: .inf\ne: .nan\nf: 190:20:30",
  "\t- tab",
  "- a\n b: c",
  "'unclosed",
  '"\\xZZ"',
  "{a: b, c",
  "[[[[[[",
  "a: b: c",
  "__proto__: {polluted: yes}",
  "metadata: {name: fuzz, __proto__: {a: b}, constructor: {prototype: {x: y}}}",
  "\u0000",
  "\ufeffkind: ConfigMap",
  "kind: ConfigMap\napiVersion: v1",
);

export const yamlBodies: fc.Arbitrary<RawRequest> = fc
  .tuple(
    fc.array(yamlParts, { minLength: 1, maxLength: 6 }),
    fc.constantFrom("configmaps", "pods", "secrets"),
    fc.boolean(),
  )
  .map(([parts, plural, apply]) => ({
    method: apply ? "PATCH" : "POST",
    target: `/api/v1/namespaces/default/${plural}${apply ? "/fuzz-1?fieldManager=fuzz" : ""}`,
    headers: [["content-type", apply ? "application/apply-patch+yaml" : "application/yaml"]],
    body: Buffer.from(parts.join("\n"), "utf8"),
  }));

const pointerParts = fc.constantFrom(
  "metadata",
  "labels",
  "annotations",
  "spec",
  "containers",
  "template",
  "data",
  "ports",
  "0",
  "1",
  "-",
  "-1",
  "99999999999",
  "01",
  "1e3",
  "",
  "~0",
  "~1",
  "~2",
  "~",
  "__proto__",
  "constructor",
  "prototype",
  "length",
  "toString",
  "finalizers",
  "ownerReferences",
  "managedFields",
  "name",
  "uid",
  "resourceVersion",
  "kind",
  "apiVersion",
);

const pointer = fc.oneof(
  fc.array(pointerParts, { maxLength: 6 }).map((parts) => parts.map((part) => `/${part}`).join("")),
  fc.constantFrom("no-slash", "/", "//", "/a".repeat(400), `/${"x".repeat(5000)}`),
);

const jsonPatches: fc.Arbitrary<Tree> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc
      .array(
        fc.record({
          op: fc.constantFrom("add", "remove", "replace", "move", "copy", "test", "nothing", ""),
          path: pointer,
          from: pointer,
          value: hostileTree,
        }),
        { maxLength: 8 },
      )
      .map((operations) =>
        operations.map(({ op, path, from, value }) =>
          mutateTree(treeOf({ op, path, from, value: null }), [{ kind: "replace", at: 4, value }]),
        ),
      ),
  },
  {
    weight: 1,
    // Each copy doubles what is there.
    arbitrary: fc
      .integer({ min: 5, max: 60 })
      .map((count) => [
        treeOf({ op: "add", path: "/metadata/annotations", value: { a: "x".repeat(1000) } }),
        ...Array.from({ length: count }, (_, index) =>
          treeOf({ op: "copy", from: "/metadata", path: `/metadata/annotations/k${index}` }),
        ),
      ]),
  },
  { weight: 1, arbitrary: hostileTree },
);

const fragments: JsonObject[] = [
  { metadata: { labels: { a: "b" }, annotations: { c: "d" }, finalizers: ["example.com/a"], ownerReferences: [] } },
  { spec: { replicas: 2, template: { spec: { containers: [{ name: "main", image: "b", $patch: "delete" }] } } } },
  {
    spec: {
      template: { spec: { $retainKeys: ["containers"], containers: [{ name: "main" }, { $patch: "replace" }] } },
    },
  },
  { spec: { ports: [{ port: 80 }, { port: 80, protocol: "UDP" }], $setElementOrder: 1, "$setElementOrder/ports": [] } },
  { metadata: { "$deleteFromPrimitiveList/finalizers": ["example.com/a"] }, data: { a: null } },
  { $patch: "replace", data: {} },
  { $patch: "merge", spec: null, status: null, metadata: null },
  {
    metadata: {
      managedFields: [{ manager: "a", operation: "Apply", fieldsType: "FieldsV1", fieldsV1: { "f:x": {} } }],
    },
  },
];

const mergePatches: fc.Arbitrary<Tree> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc
      .tuple(fc.constantFrom(...fragments), documentSteps)
      .map(([fragment, steps]) => mutateTree(treeOf(fragment), steps)),
  },
  { weight: 1, arbitrary: hostileTree },
);

const patchedPaths = fc
  .tuple(fc.constantFrom(...validObjects), names, fc.constantFrom("", "", "", "/status", "/scale"))
  .map(([[collection, object], name, subresource]) => ({ path: `${collection}/${name}${subresource}`, object }));

const patchQueries = fc.constantFrom(
  "?fieldManager=fuzz",
  "?fieldManager=fuzz",
  "?fieldManager=fuzz&force=true",
  "?fieldManager=fuzz&dryRun=All",
  "",
  "?force=maybe",
  `?fieldManager=${"m".repeat(200)}`,
  "?fieldManager=%00",
);

/** All four kinds of patch, also under each other's names. */
export const patchRequests: fc.Arbitrary<RawRequest> = fc.oneof(
  patchArbitrary("application/json-patch+json", jsonPatches),
  patchArbitrary("application/merge-patch+json", mergePatches),
  patchArbitrary("application/strategic-merge-patch+json", mergePatches),
  fc.tuple(patchedPaths, names, documentSteps, patchQueries).map(
    ([{ path, object }, name, steps, query]): RawRequest => ({
      method: "PATCH",
      target: path + query,
      headers: [["content-type", "application/apply-patch+yaml"]],
      body: json(mutateTree(treeOf(named(object, name)), steps)),
    }),
  ),
);

function patchArbitrary(type: string, patches: fc.Arbitrary<Tree>): fc.Arbitrary<RawRequest> {
  return fc.tuple(patchedPaths, patches, patchQueries).map(([{ path }, patch, query]) => ({
    method: "PATCH",
    target: path + query,
    headers: [["content-type", type]],
    body: json(patch),
  }));
}
