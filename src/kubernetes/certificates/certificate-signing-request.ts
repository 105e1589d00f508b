// The kind CertificateSigningRequest. It tells who asks (from the user of the request, not from the client), is approved or denied
// through `/approval`, and receives its certificate through `/status`.
// Source of the rules and words: kubernetes pkg/apis/certificates/validation, pkg/registry/certificates.

import { X509Certificate } from "node:crypto";
import type { Strategy } from "../../apiserver/strategy.ts";
import { duplicate, type FieldError, forbidden, invalid, notSupported, required } from "../../machinery/field-error.ts";
import type { JsonObject, KubeObject } from "../../machinery/object.ts";
import { humanDuration } from "../../machinery/time.ts";
import { ageColumn, none, textColumn } from "../columns.ts";
import { builtin } from "../define.ts";
import { isEmpty, isSet, listOf, numberOf } from "../validation/fields.ts";
import { checkConditions, checkConditionUpdate, conditionsOf, stampConditions } from "./conditions.ts";
import { requestProblem } from "./request-pem.ts";
import { checkSignerName } from "./signer-name.ts";

const legacySigner = "kubernetes.io/legacy-unknown";
const minSeconds = 600;
const usages = [
  "any",
  "cert sign",
  "client auth",
  "code signing",
  "content commitment",
  "crl sign",
  "data encipherment",
  "decipher only",
  "digital signature",
  "email protection",
  "encipher only",
  "ipsec end system",
  "ipsec tunnel",
  "ipsec user",
  "key agreement",
  "key encipherment",
  "microsoft sgc",
  "netscape sgc",
  "ocsp signing",
  "s/mime",
  "server auth",
  "signing",
  "timestamping",
];

const strategy: Strategy = {
  generation: "none",
  validateName: () => [],
  prepareForCreate(request, { user }) {
    const { username: _, uid: __, groups: ___, extra: ____, ...spec } = (request.spec ?? {}) as JsonObject;
    request.spec = {
      ...spec,
      username: user.name,
      ...(user.uid ? { uid: user.uid } : {}),
      ...(user.groups.length > 0 ? { groups: [...user.groups] } : {}),
      ...(isEmpty(user.extra) ? {} : { extra: user.extra }),
    };
    // Nobody creates a request that is already approved.
    request.status = {};
  },
  prepareForUpdate(request, old, context) {
    request.spec = old.spec;
    if (context.subresource === "status" && isSet(request.status?.conditions)) {
      const conditions = stampConditions(conditionsOf(request), conditionsOf(old), context.now);
      request.status = { ...request.status, conditions };
    }
  },
  validate: validateRequest,
  validateUpdate: (request, old) => validateUpdate(request, old, "main"),
  validateStatusUpdate: (request, old) => [...validateRequest(request), ...validateUpdate(request, old, "status")],
  subresources: {
    approval: {
      type: "part",
      verbs: ["get", "update", "patch"],
      merge(current, submitted, context) {
        const conditions = stampConditions(conditionsOf(submitted), conditionsOf(current), context.now);
        return { ...current, status: { ...current.status, conditions } };
      },
      validate: (request, old) => [...validateRequest(request), ...validateUpdate(request, old, "approval")],
    },
  },
};

export const certificateSigningRequestKind = builtin({
  group: "certificates.k8s.io",
  kind: "CertificateSigningRequest",
  versions: ["v1"],
  shortNames: ["csr"],
  columns: [
    ageColumn,
    textColumn("SignerName", "Who is asked to sign", (request) => request.spec?.signerName || none),
    textColumn("Requestor", "Who asks", (request) => request.spec?.username ?? ""),
    textColumn("RequestedDuration", "How long the certificate should be valid", durationCell),
    textColumn("Condition", "What was decided", conditionCell),
  ],
  selectableFields: ["spec.signerName"],
  strategy,
});

function durationCell(request: KubeObject): string {
  const seconds = numberOf(request.spec?.expirationSeconds);
  return seconds === undefined ? none : humanDuration(seconds * 1000);
}

function conditionCell(request: KubeObject): string {
  const has = (type: string) => conditionsOf(request).some((condition) => condition.type === type);
  const decision = has("Denied") ? "Denied" : has("Approved") ? "Approved" : "Pending";
  return `${decision}${has("Failed") ? ",Failed" : ""}${isEmpty(request.status?.certificate) ? "" : ",Issued"}`;
}

function validateRequest(request: KubeObject): FieldError[] {
  const errors: FieldError[] = [];
  const spec: JsonObject = request.spec ?? {};
  const problem = requestProblem(String(spec.request ?? ""));
  if (problem !== undefined) errors.push(invalid("spec.request", spec.request ?? "", problem));
  const wanted: string[] = listOf(spec.usages);
  if (wanted.length === 0) errors.push(required("spec.usages"));
  wanted.forEach((usage, index) => {
    if (!usages.includes(usage)) errors.push(notSupported(`spec.usages[${index}]`, usage, usages));
    if (wanted.indexOf(usage) < index) errors.push(duplicate(`spec.usages[${index}]`, usage));
  });
  if (spec.signerName === legacySigner) {
    const text = "the legacy signerName is not allowed via this API version";
    errors.push(invalid("spec.signerName", spec.signerName, text));
  } else checkSignerName(String(spec.signerName ?? ""), "spec.signerName", errors);
  const seconds = numberOf(spec.expirationSeconds);
  if (seconds !== undefined && seconds < minSeconds) {
    const text = "may not specify a duration less than 600 seconds (10 minutes)";
    errors.push(invalid("spec.expirationSeconds", seconds, text));
  }
  checkConditions(request, errors);
  return errors;
}

function validateUpdate(request: KubeObject, old: KubeObject, through: "main" | "status" | "approval"): FieldError[] {
  const errors: FieldError[] = [];
  checkConditionUpdate(request, old, through === "approval" ? "approval" : "other", errors);
  const path = "status.certificate";
  const before: string = old.status?.certificate ?? "";
  const after: string = request.status?.certificate ?? "";
  if (after === before) return errors;
  if (through !== "status") errors.push(forbidden(path, "updates may not set certificate content"));
  else if (before !== "") errors.push(forbidden(path, "updates may not modify existing certificate content"));
  const problem = certificateProblem(after);
  if (problem !== undefined) errors.push(invalid(path, "<certificate data>", problem));
  return errors;
}

/** What is wrong with the base64 of a chain in PEM, if anything. */
function certificateProblem(base64: string): string | undefined {
  if (base64 === "") return undefined;
  const pem = Buffer.from(base64, "base64").toString("latin1");
  const blocks = [...pem.matchAll(/-----BEGIN ([^-]+)-----[\s\S]*?-----END \1-----/g)];
  if (blocks.length === 0) return "must contain at least one CERTIFICATE PEM block";
  for (const [block, type] of blocks) {
    if (type !== "CERTIFICATE") return `only CERTIFICATE PEM blocks are allowed, found "${type}"`;
    if (block.includes(":")) return "no PEM block headers are permitted";
    try {
      new X509Certificate(block);
    } catch {
      return "x509: malformed certificate";
    }
  }
  return undefined;
}
