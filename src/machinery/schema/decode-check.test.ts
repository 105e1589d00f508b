import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { checkTypes } from "./decode-check.ts";
import { canonicalBase64, canonicalQuantity, canonicalTimestamp } from "./go-scalars.ts";
import { linkDefinitions } from "./link.ts";

const quantity = "io.k8s.apimachinery.pkg.api.resource.Quantity";
const time = "io.k8s.apimachinery.pkg.apis.meta.v1.Time";
const intOrString = "io.k8s.apimachinery.pkg.util.intstr.IntOrString";
const reference = (name: string) => ({ $ref: `#/definitions/${name}` });

const deployment = linkDefinitions({
  [quantity]: { type: "string" },
  [time]: { type: "string", format: "date-time" },
  [intOrString]: {},
  "io.k8s.api.apps.v1.Deployment": {
    type: "object",
    properties: {
      spec: reference("io.k8s.api.apps.v1.DeploymentSpec"),
      labels: { type: "object", additionalProperties: { type: "string" } },
    },
  },
  "io.k8s.api.apps.v1.DeploymentSpec": {
    type: "object",
    required: ["rules"],
    properties: {
      replicas: { type: "integer", format: "int32" },
      seconds: { type: "integer", format: "int64" },
      paused: { type: "boolean" },
      at: reference(time),
      surge: reference(intOrString),
      limits: { type: "object", additionalProperties: reference(quantity) },
      containers: { type: "array", items: reference("io.k8s.api.core.v1.Container") },
      rules: { type: "array", items: { type: "string" } },
      data: { type: "string", format: "byte" },
    },
  },
  "io.k8s.api.core.v1.Container": {
    type: "object",
    properties: { name: { type: "string" }, ports: { type: "array", items: { type: "integer", format: "int32" } } },
  },
})("io.k8s.api.apps.v1.Deployment");

const mismatches: [object: unknown, text: string][] = [
  [[], "json: cannot unmarshal array into Go value of type v1.Deployment"],
  [
    { spec: { replicas: "3" } },
    "json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32",
  ],
  [
    { spec: { replicas: 1.5 } },
    "json: cannot unmarshal number 1.5 into Go struct field DeploymentSpec.spec.replicas of type int32",
  ],
  [
    { spec: { replicas: 2 ** 31 } },
    "json: cannot unmarshal number 2147483648 into Go struct field DeploymentSpec.spec.replicas of type int32",
  ],
  [
    { spec: { paused: "yes" } },
    "json: cannot unmarshal string into Go struct field DeploymentSpec.spec.paused of type bool",
  ],
  [{ spec: [] }, "json: cannot unmarshal array into Go struct field Deployment.spec of type v1.DeploymentSpec"],
  [{ labels: { a: true } }, "json: cannot unmarshal bool into Go struct field Deployment.labels of type string"],
  [{ labels: "a" }, "json: cannot unmarshal string into Go struct field Deployment.labels of type map[string]string"],
  [
    { spec: { containers: {} } },
    "json: cannot unmarshal object into Go struct field DeploymentSpec.spec.containers of type []v1.Container",
  ],
  [
    { spec: { containers: [{ name: "a" }, { name: 1 }] } },
    "json: cannot unmarshal number into Go struct field Container.spec.containers.name of type string",
  ],
  [
    { spec: { containers: [{ ports: ["x"] }] } },
    "json: cannot unmarshal string into Go struct field Container.spec.containers.ports of type int32",
  ],
  [{ spec: { surge: true } }, "json: cannot unmarshal bool into Go value of type int32"],
  [
    { spec: { limits: { cpu: "lots" } } },
    "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
  ],
  [{ spec: { at: 1 } }, "json: cannot unmarshal number into Go value of type string"],
  [{ spec: { data: "a$==" } }, "illegal base64 data at input byte 1"],
];
for (const [object, text] of mismatches) {
  test(`decoding ${JSON.stringify(object)} is refused`, () => {
    assert.equal(checkTypes(object, deployment, "Deployment"), text);
  });
}

test("what Go changes silently is changed", () => {
  const object = {
    spec: {
      replicas: 1.0,
      paused: null,
      at: "2024-02-29T23:30:00.5-01:00",
      surge: "25%",
      limits: { cpu: "1000m", memory: 1024 },
      containers: [null, { name: "a", ports: [] }],
      rules: [],
    },
    labels: {},
    unknown: null,
  };
  assert.equal(checkTypes(object, deployment, "Deployment"), undefined);
  assert.deepEqual(object, {
    spec: {
      replicas: 1,
      at: "2024-03-01T00:30:00Z",
      surge: "25%",
      limits: { cpu: "1", memory: "1024" },
      containers: [{}, { name: "a" }],
      rules: [],
    },
    unknown: null,
  });
});

test("integers beyond 2^53 are kept, those beyond int64 are refused", () => {
  const big = JSON.rawJSON("9223372036854775807");
  assert.equal(checkTypes({ spec: { seconds: big } }, deployment, "Deployment"), undefined);
  assert.equal(
    checkTypes({ spec: { seconds: JSON.rawJSON("9223372036854775808") } }, deployment, "Deployment"),
    "json: cannot unmarshal number 9223372036854775808 into Go struct field DeploymentSpec.spec.seconds of type int64",
  );
});

test("fields named like members of Object are unknown, not special", () => {
  const object = JSON.parse('{"__proto__": 1, "constructor": 2, "spec": {"toString": 3}}');
  assert.equal(checkTypes(object, deployment, "Deployment"), undefined);
});

const quantities: [given: string, canonical: string][] = [
  ["0", "0"],
  ["0m", "0"],
  ["-0", "0"],
  ["1000m", "1"],
  ["0.5", "500m"],
  [".5", "500m"],
  ["1500", "1500"],
  ["12000", "12k"],
  ["1e3", "1e3"],
  ["1000e0", "1e3"],
  ["12E5", "1200e3"],
  ["1024Mi", "1Gi"],
  ["1.5Ki", "1536"],
  ["0.1Ki", "102400m"],
  ["1Ki", "1Ki"],
  ["-1500m", "-1500m"],
  ["0.0000000001", "1n"],
  ["1E", "1E"],
];
for (const [given, canonical] of quantities) {
  test(`quantity ${given} is written ${canonical}`, () => {
    assert.deepEqual(canonicalQuantity(given), { ok: true, text: canonical });
  });
}

test("quantities that are none", () => {
  for (const text of ["", "a", "1Q", "1.2.3", "--1"]) assert.equal(canonicalQuantity(text).ok, false, text);
  assert.deepEqual(canonicalQuantity("1mm"), { ok: false, error: "unable to parse quantity's suffix" });
});

test("a canonical quantity is its own canonical form", () => {
  const suffix = fc.constantFrom("", "n", "u", "m", "k", "M", "G", "Ki", "Mi", "Gi", "e3", "E-2");
  fc.assert(
    fc.property(fc.integer({ min: -99999, max: 99999 }), fc.nat(999), suffix, (whole, fraction, end) => {
      const once = canonicalQuantity(`${whole}.${fraction}${end}`);
      assert.ok(once.ok);
      assert.deepEqual(canonicalQuantity(once.text), once);
    }),
    { numRuns: 300 },
  );
});

test("times", () => {
  const layout = "2006-01-02T15:04:05Z07:00";
  const cases: [string, string][] = [
    ["2024-13-01T00:00:00Z", 'parsing time "2024-13-01T00:00:00Z": month out of range'],
    ["2023-02-29T00:00:00Z", 'parsing time "2023-02-29T00:00:00Z": day out of range'],
    ["2024-01-01", `parsing time "2024-01-01" as "${layout}": cannot parse "" as "T"`],
    ["2024-01-01T00:00:00Zx", 'parsing time "2024-01-01T00:00:00Zx": extra text: "x"'],
    ["soon", `parsing time "soon" as "${layout}": cannot parse "soon" as "2006"`],
  ];
  for (const [text, error] of cases) assert.deepEqual(canonicalTimestamp(text, false), { ok: false, error });
  assert.deepEqual(canonicalTimestamp("2024-01-01T02:00:00.1234567+02:00", true), {
    ok: true,
    text: "2024-01-01T00:00:00.123456Z",
  });
});

test("base64", () => {
  assert.deepEqual(canonicalBase64("aGk\n="), { ok: true, text: "aGk=" });
  const places: [string, number][] = [
    ["aGk", 0],
    ["aGkxa", 4],
    ["a", 0],
    ["=", 0],
    ["aGk=aGk=", 4],
    ["aG==x", 4],
    ["aG=", 3],
  ];
  for (const [text, place] of places) {
    assert.deepEqual(canonicalBase64(text), { ok: false, error: `illegal base64 data at input byte ${place}` }, text);
  }
});
