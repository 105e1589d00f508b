import assert from "node:assert/strict";
import { test } from "node:test";
import { formatFieldError } from "../../machinery/field-error.ts";
import type { KubeObject } from "../../machinery/object.ts";
import { checkTypes } from "../../machinery/schema/decode-check.ts";
import { prune } from "../../machinery/schema/prune.ts";
import type { Schema } from "../../machinery/schema/schema.ts";
import { StatusError } from "../../machinery/status-error.ts";
import type { StrategyContext } from "../strategy.ts";
import { convertByWebhook } from "./conversion.ts";
import type { Crd } from "./crd.ts";
import { compareVersions, kindFromCrd } from "./custom-kind.ts";
import { SharedSchemas } from "./custom-schema.ts";
import { strategyFromCrd } from "./custom-strategy.ts";

const objectMeta: Schema = {
  definition: "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta",
  type: "object",
  properties: {
    name: { type: "string" },
    namespace: { type: "string" },
    uid: { type: "string" },
    labels: { type: "object", additionalProperties: { type: "string" } },
  },
};

const crd: Crd = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: "widgets.example.com" },
  spec: {
    group: "example.com",
    scope: "Namespaced",
    names: { plural: "widgets", kind: "Widget", shortNames: ["w"], categories: ["all"] },
    conversion: {
      strategy: "Webhook",
      webhook: { clientConfig: { url: "https://c/x", caBundle: "Q0E=" }, conversionReviewVersions: ["v9", "v1"] },
    },
    versions: [
      {
        name: "v1beta1",
        served: true,
        storage: true,
        deprecated: true,
        schema: { openAPIV3Schema: { type: "object" } },
      },
      {
        name: "v1",
        served: true,
        storage: false,
        subresources: { status: {}, scale: { specReplicasPath: ".spec.size", statusReplicasPath: ".status.size" } },
        selectableFields: [{ jsonPath: ".spec.color" }],
        additionalPrinterColumns: [
          { name: "Size", type: "integer", jsonPath: ".spec.size" },
          { name: "Color", type: "string", jsonPath: ".spec.color", priority: 1 },
          { name: "Since", type: "date", jsonPath: ".spec.at" },
        ],
        schema: {
          openAPIV3Schema: {
            type: "object",
            properties: {
              metadata: { type: "object", properties: { name: { type: "string", maxLength: 3 } } },
              spec: {
                type: "object",
                properties: {
                  size: { type: "integer", default: 1, minimum: 0 },
                  color: { type: "string" },
                  at: { type: "string" },
                },
                "x-kubernetes-validations": [{ rule: "self.size < 5", message: "too big" }],
              },
            },
          },
        },
      },
    ],
  },
};

const widget = (spec: object, more: object = {}): KubeObject => ({
  apiVersion: "example.com/v1",
  kind: "Widget",
  metadata: { name: "a", namespace: "n", uid: "1" },
  spec: { ...spec },
  ...more,
});
const kind = kindFromCrd(crd, new SharedSchemas(objectMeta));
const v1 = kind.versions[0]!;

test("the kind of a CRD", () => {
  assert.deepEqual(
    [
      kind.group,
      kind.kind,
      kind.listKind,
      kind.plural,
      kind.singular,
      kind.namespaced,
      kind.storageVersion,
      kind.custom,
    ],
    ["example.com", "Widget", "WidgetList", "widgets", "widget", true, "v1beta1", true],
  );
  assert.deepEqual(
    kind.versions.map((version) => version.name),
    ["v1", "v1beta1"],
  );
  assert.equal(kind.versions[1]?.deprecationWarning, "example.com/v1beta1 Widget is deprecated");
  assert.equal(v1.status, true);
  assert.deepEqual(
    v1.selectableFields?.map((field) => [field.name, field.value(widget({ color: "red" })), field.value(widget({}))]),
    [["spec.color", "red", ""]],
  );
});

test("columns", () => {
  const now = new Date("2024-01-02T00:00:00Z");
  const object = widget({ size: 3, color: "red", at: "2024-01-01T00:00:00Z" });
  assert.deepEqual(
    v1.columns?.map((column) => column.cell(object, now)),
    [3, "red", "24h"],
  );
  assert.deepEqual(
    v1.columns?.map((column) => column.cell(widget({ size: "x", at: "?" }), now)),
    [null, null, "<invalid>"],
  );
});

test("metadata is checked as ObjectMeta, the rest is not decoded", () => {
  const object = widget({ size: "x" }, { metadata: { name: "a", labels: { a: 1 } } });
  assert.equal(
    checkTypes(object, v1.schema, "Widget"),
    "json: cannot unmarshal number into Go struct field ObjectMeta.metadata.labels of type string",
  );
  const other = widget({ size: "x", foo: 1 });
  assert.equal(checkTypes(other, v1.schema, "Widget"), undefined);
  assert.deepEqual(prune(other, v1.schema), ["spec.foo"]);
});

test("CRDs with the same schema share it", () => {
  const schemas = new SharedSchemas(objectMeta);
  assert.equal(
    kindFromCrd(crd, schemas).versions[0]?.schema,
    kindFromCrd(structuredClone(crd), schemas).versions[0]?.schema,
  );
});

test("versions by priority", () => {
  const sorted = ["foo1", "v1", "v11alpha2", "v10", "v3beta1", "v2", "v11beta2", "v12alpha1", "foo10", "v10beta3"].sort(
    compareVersions,
  );
  assert.deepEqual(sorted, [
    "v10",
    "v2",
    "v1",
    "v11beta2",
    "v10beta3",
    "v3beta1",
    "v12alpha1",
    "v11alpha2",
    "foo1",
    "foo10",
  ]);
});

const services = { post: () => Promise.reject(new Error("not called")), uuid: () => "u" };
const strategy = strategyFromCrd(crd, kind, services);

/** A context in which these objects are stored. */
function context(stored: KubeObject[] = []): StrategyContext & { warnings: string[] } {
  const warnings: string[] = [];
  return {
    user: { name: "u", groups: [] },
    dryRun: false,
    subresource: "",
    now: new Date(0),
    state: {
      get: (_, namespace, name) =>
        stored.find(({ metadata }) => metadata.namespace === namespace && metadata.name === name),
      list: () => stored,
    },
    plane: { name: "p", serviceClusterIPRange: "", serviceNodePortRange: { from: 0, to: 0 } },
    randomSuffix: () => "x",
    warn: (text: string) => warnings.push(text),
    warnings,
  };
}

const notChecked =
  '<nil>: Invalid value: "null": some validation rules were not checked because the object was invalid; correct the existing errors to complete validation';

test("custom resources are defaulted and validated", () => {
  const object = widget({});
  strategy.defaults?.(object);
  assert.equal(object.spec.size, 1);
  assert.deepEqual(strategy.validate?.(object, context()), []);
  const texts = (spec: object, more?: object) =>
    strategy.validate?.(widget(spec, more), context()).map(formatFieldError);
  assert.deepEqual(texts({ size: 9 }), ["spec: Invalid value: too big"]);
  assert.deepEqual(texts({ size: "x" }), [
    'spec.size: Invalid value: "string": spec.size in body must be of type integer: "string"',
    '.spec.size: Invalid value: 0: .spec.size accessor error: "x" is of the type string, expected int64',
    notChecked,
  ]);
  assert.deepEqual(texts({ size: -1 }), [
    "spec.size: Invalid value: -1: spec.size in body should be greater than or equal to 0",
    ".spec.size: Invalid value: -1: should be a non-negative integer",
  ]);
  assert.deepEqual(texts({ size: 1 }, { metadata: { name: "long" } }), [
    "metadata.name: Too long: may not be more than 3 bytes",
    notChecked,
  ]);
});

test("updates are validated once, against what was stored", () => {
  const old = widget({ size: 9, color: "red" });
  const next = widget({ size: 9, color: "red" }, { status: {} });
  const state = context([old]);
  assert.deepEqual(strategy.validate?.(next, state), []);
  assert.deepEqual(strategy.validateUpdate?.(next, old, state), []);
  assert.deepEqual(state.warnings, ["spec: Invalid value: too big"]);
  assert.equal(strategy.validateUpdate?.(widget({ size: 8 }), old, state).length, 1);
});

test("stored objects are brought to the present schema once", () => {
  const stored = widget({ color: "red", gone: 1 });
  const revived = strategy.revive?.(stored);
  assert.deepEqual(revived?.spec, { color: "red", size: 1 });
  assert.equal(strategy.revive?.(stored), revived);
  const current = widget({ size: 2 });
  assert.equal(strategy.revive?.(current), current);
});

test("without a webhook only the apiVersion changes", () => {
  const plain = { ...crd, spec: { ...crd.spec, conversion: { strategy: "None" } } };
  const converted = strategyFromCrd(plain, kind, services).convert?.(widget({ size: 1 }), "example.com/v1beta1");
  assert.deepEqual(converted, widget({ size: 1 }, { apiVersion: "example.com/v1beta1" }));
});

/** Converts by a webhook that answers so. */
function convert(answer: (objects: KubeObject[]) => object, objects = [widget({ size: 1 })]): Promise<KubeObject[]> {
  return convertByWebhook(crd, objects, "example.com/v1beta1", {
    uuid: () => "u",
    post: async (target, caBundle, body, timeoutSeconds) => {
      assert.deepEqual([target, caBundle, timeoutSeconds], [{ url: "https://c/x" }, "Q0E=", 30]);
      const { request, ...review } = body as {
        request: { uid: string; desiredAPIVersion: string; objects: KubeObject[] };
      };
      assert.deepEqual(review, { apiVersion: "apiextensions.k8s.io/v1", kind: "ConversionReview" });
      assert.deepEqual([request.uid, request.desiredAPIVersion], ["u", "example.com/v1beta1"]);
      return { ...review, response: { uid: "u", result: { status: "Success" }, ...answer(request.objects) } };
    },
  });
}
const converted = (object: KubeObject, more: object = {}): KubeObject => ({
  ...object,
  apiVersion: "example.com/v1beta1",
  ...more,
});

test("a webhook converts the objects that need it, and their metadata is kept", async () => {
  const already = widget({ size: 2 }, { apiVersion: "example.com/v1beta1" });
  const result = await convert(
    (objects) => ({
      convertedObjects: objects.map((object) =>
        converted(object, { spec: { length: 1 }, metadata: { ...object.metadata, labels: { a: "b" }, generation: 9 } }),
      ),
    }),
    [already, widget({ size: 1 })],
  );
  assert.equal(result[0], already);
  assert.deepEqual(result[1], {
    apiVersion: "example.com/v1beta1",
    kind: "Widget",
    metadata: { name: "a", namespace: "n", uid: "1", labels: { a: "b" } },
    spec: { length: 1 },
  });
});

const about = "conversion webhook for example.com/v1, Kind=Widget";
const faults: [name: string, answer: (objects: KubeObject[]) => object, message: string][] = [
  ["failure", () => ({ result: { status: "Failure", message: "no" } }), `${about} failed: no`],
  [
    "failure without words",
    () => ({ result: { status: "Failure" } }),
    `${about} failed: response.result.status was 'Failure', not 'Success'`,
  ],
  ["another uid", () => ({ uid: "z" }), `${about} failed: expected response.uid="u", got "z"`],
  ["too few objects", () => ({ convertedObjects: [] }), `${about} returned 0 objects, expected 1`],
  [
    "another version",
    ([object]) => ({ convertedObjects: [object] }),
    `${about} returned invalid converted object at index 0: invalid groupVersion (expected example.com/v1beta1, received example.com/v1)`,
  ],
  [
    "another kind",
    ([object]) => ({ convertedObjects: [converted(object!, { kind: "X" })] }),
    `${about} returned invalid converted object at index 0: invalid kind (expected Widget, received X)`,
  ],
  [
    "another name",
    ([object]) => ({ convertedObjects: [converted(object!, { metadata: { ...object!.metadata, name: "z" } })] }),
    `${about} returned invalid converted object at index 0: must have the same name: a != z`,
  ],
  [
    "no metadata",
    ([object]) => ({ convertedObjects: [converted(object!, { metadata: undefined })] }),
    `${about} returned invalid metadata in object at index 0: missing metadata in converted object`,
  ],
  [
    "labels that are none",
    ([object]) => ({ convertedObjects: [converted(object!, { metadata: { ...object!.metadata, labels: { a: 1 } } })] }),
    `${about} returned invalid metadata in object at index 0: metadata.labels[a] must be a string, but is int64 in converted object`,
  ],
];
for (const [name, answer, message] of faults) {
  test(`a webhook's answer is refused: ${name}`, async () => {
    await assert.rejects(
      convert(answer),
      (error) => error instanceof StatusError && error.code === 500 && error.message === message,
    );
  });
}

test("a webhook that cannot be called is named", async () => {
  const post = () => Promise.reject(new Error("connection refused"));
  await assert.rejects(convertByWebhook(crd, [widget({})], "example.com/v1beta1", { post, uuid: () => "u" }), {
    message: `${about} failed: connection refused`,
  });
});
