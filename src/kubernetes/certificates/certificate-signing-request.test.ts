import assert from "node:assert/strict";
import { test } from "node:test";
import type { KubeObject } from "../../machinery/object.ts";
import { createErrors, row, testContext, texts } from "../validation/testing.ts";
import { certificateSigningRequestKind } from "./certificate-signing-request.ts";
import { requestProblem } from "./request-pem.ts";
import { makeRequest } from "./testing.ts";

const strategy = certificateSigningRequestKind.strategy!;
const pem = makeRequest("ada");

function csr(spec: Record<string, unknown> = {}, status: Record<string, unknown> = {}): KubeObject {
  const base = { request: pem, signerName: "kubernetes.io/kube-apiserver-client", usages: ["client auth"] };
  const metadata = { name: "a", creationTimestamp: "2026-01-01T23:00:00Z" };
  return {
    apiVersion: "certificates.k8s.io/v1",
    kind: "CertificateSigningRequest",
    metadata,
    spec: { ...base, ...spec },
    status,
  };
}
const condition = (type: string, status = "True") => ({ type, status, reason: "r", message: "m" });

test("who asks is told by the server, and nothing is approved at birth", () => {
  const created = csr({ username: "root", groups: ["system:masters"] }, { conditions: [condition("Approved")] });
  const user = { name: "ada", groups: ["system:authenticated"], uid: "u", extra: { scope: ["x"] } };
  strategy.prepareForCreate?.(created, { ...testContext(), user });
  const { username, uid, groups, extra } = created.spec;
  assert.deepEqual([username, uid, groups, extra], ["ada", "u", ["system:authenticated"], { scope: ["x"] }]);
  assert.deepEqual(created.status, {});
});

test("what is wrong with a request", () => {
  const cases: [Record<string, unknown>, RegExp | undefined][] = [
    [{}, undefined],
    [{ usages: [] }, /^spec.usages: Required value$/],
    [{ usages: ["flying"] }, /^spec.usages\[0\]: Unsupported value: "flying": supported values: "any", "cert sign"/],
    [{ usages: ["any", "any"] }, /^spec.usages\[1\]: Duplicate value: "any"$/],
    [
      { expirationSeconds: 599 },
      /^spec.expirationSeconds: Invalid value: 599: may not specify a duration less than 600 seconds \(10 minutes\)$/,
    ],
    [{ signerName: "" }, /^spec.signerName: Required value$/],
    [{ signerName: "example" }, /must be a fully qualified domain and path of the form 'example.com\/signer-name'$/],
    [{ signerName: "kubernetes.io/legacy-unknown" }, /the legacy signerName is not allowed via this API version$/],
    [{ request: "" }, /^spec.request: Invalid value: "": PEM block type must be CERTIFICATE REQUEST$/],
  ];
  for (const [spec, expected] of cases) {
    const errors = createErrors(certificateSigningRequestKind, csr(spec));
    assert.equal(errors.length, expected === undefined ? 0 : 1, errors.join());
    if (expected !== undefined) assert.match(errors[0] ?? "", expected);
  }
});

test("a request that was tampered with, or cut, is refused", () => {
  const text = Buffer.from(pem, "base64").toString();
  const [head = "", body = "", tail = ""] = text.split(/(?<=REQUEST-----\n)|(?=-----END)/);
  const der = Buffer.from(body, "base64");
  const encode = (bytes: Buffer) => Buffer.from(`${head}${bytes.toString("base64")}\n${tail}`).toString("base64");
  assert.equal(requestProblem(encode(der)), undefined);
  const changed = Buffer.from(der);
  changed[20]! ^= 1;
  assert.notEqual(requestProblem(encode(changed)), undefined);
  for (let length = 0; length < der.length; length += 7) {
    assert.equal(requestProblem(encode(der.subarray(0, length))), "x509: malformed certificate request");
  }
});

test("decisions are made through approval only, once", () => {
  const approval = strategy.subresources?.approval;
  assert.ok(approval?.type === "part");
  const context = testContext({}, "approval");
  const pending = csr();
  const approved = approval.merge(pending, csr({ usages: [] }, { conditions: [condition("Approved")] }), context);
  assert.deepEqual(approved.spec, pending.spec);
  assert.equal(approved.status.conditions[0].lastUpdateTime, "2026-01-02T00:00:00Z");
  assert.deepEqual(texts(approval.validate?.(approved, pending, context)), []);
  assert.deepEqual(texts(strategy.validateStatusUpdate?.(approved, pending, context)), [
    'status.conditions: Forbidden: updates may not add a condition of type "Approved"',
  ]);
  assert.deepEqual(texts(approval.validate?.(pending, approved, context)), [
    'status.conditions: Forbidden: updates may not remove a condition of type "Approved"',
  ]);
  const both = csr({}, { conditions: [condition("Approved"), condition("Denied")] });
  assert.deepEqual(texts(approval.validate?.(both, pending, context)), [
    'status.conditions[1].type: Invalid value: "Denied": Approved and Denied conditions are mutually exclusive',
  ]);
  const no = csr({}, { conditions: [condition("Approved", "False")] });
  assert.deepEqual(texts(approval.validate?.(no, pending, context)), [
    'status.conditions[0].status: Unsupported value: "False": supported values: "True"',
  ]);
});

test("the certificate comes through status, once", () => {
  const context = testContext({}, "status");
  const issued = csr({}, { certificate: Buffer.from("nonsense").toString("base64") });
  assert.deepEqual(texts(strategy.validateStatusUpdate?.(issued, csr(), context)), [
    'status.certificate: Invalid value: "<certificate data>": must contain at least one CERTIFICATE PEM block',
  ]);
  assert.equal(
    texts(strategy.validateStatusUpdate?.(csr(), issued, context))[0],
    "status.certificate: Forbidden: updates may not modify existing certificate content",
  );
});

test("columns", () => {
  const cells = (spec: Record<string, unknown>, status: Record<string, unknown>) =>
    row(certificateSigningRequestKind, csr({ username: "ada", ...spec }, status));
  assert.deepEqual(cells({ expirationSeconds: 3600 }, {}), {
    Age: "60m",
    SignerName: "kubernetes.io/kube-apiserver-client",
    Requestor: "ada",
    RequestedDuration: "60m",
    Condition: "Pending",
  });
  assert.equal(cells({}, { conditions: [condition("Approved")], certificate: "x" }).Condition, "Approved,Issued");
  assert.equal(cells({}, { conditions: [condition("Denied")] }).RequestedDuration, "<none>");
});
