// AdmissionReview: what a webhook is told of a request, and what its answer means.
// Source: apiserver/pkg/admission/plugin/webhook/{request,errors}.

import { parseJson } from "../../machinery/json.ts";
import { apiVersionOf, isObject, type JsonObject } from "../../machinery/object.ts";
import { StatusError } from "../../machinery/status-error.ts";
import { type RequestView, requestFields } from "../policies/request-view.ts";
import type { CompiledWebhook } from "./compiled-webhook.ts";

const group = "admission.k8s.io";

/** What a webhook said. */
export interface ReviewAnswer {
  allowed: boolean;
  /** The Status that came with a refusal. */
  result: JsonObject | undefined;
  /** Operations of a JSON patch. */
  patch: unknown[];
  warnings: string[];
  auditAnnotations: [key: string, value: string][];
}

export function createReview(view: RequestView, version: "v1" | "v1beta1", uid: string): JsonObject {
  return {
    kind: "AdmissionReview",
    apiVersion: apiVersionOf(group, version),
    request: { uid, ...requestFields(view), object: view.object ?? null, oldObject: view.oldObject ?? null },
  };
}

/**
 * Reads an answer.
 *
 * @throws Error that says why it is of no use
 */
export function readReview(answer: unknown, version: "v1" | "v1beta1", uid: string, mutating: boolean): ReviewAnswer {
  const review: JsonObject = isObject(answer) ? answer : {};
  const { response } = review;
  if (!isObject(response)) throw new Error("webhook response was absent");
  if (version === "v1") {
    if (response.uid !== uid) {
      throw new Error(`expected response.uid=${JSON.stringify(uid)}, got ${JSON.stringify(response.uid ?? "")}`);
    }
    const wanted = `${apiVersionOf(group, version)}, Kind=AdmissionReview`;
    const got = `${review.apiVersion ?? ""}, Kind=${review.kind ?? ""}`;
    if (got !== wanted) throw new Error(`expected webhook response of ${wanted}, got ${got}`);
    checkPatchFields(response, mutating);
  }
  return {
    allowed: response.allowed === true,
    result: isObject(response.status) ? response.status : isObject(response.result) ? response.result : undefined,
    patch: mutating ? readPatch(response.patch) : [],
    warnings: Array.isArray(response.warnings) ? response.warnings.map(String) : [],
    auditAnnotations: Object.entries(isObject(response.auditAnnotations) ? response.auditAnnotations : {}).map(
      ([key, value]) => [key, String(value)],
    ),
  };
}

function checkPatchFields({ patch, patchType }: JsonObject, mutating: boolean): void {
  const hasPatch = typeof patch === "string" && patch !== "";
  const hasType = patchType !== undefined && patchType !== null;
  if (!mutating) {
    if (hasPatch) throw new Error("validating webhook may not return response.patch");
    if (hasType) throw new Error("validating webhook may not return response.patchType");
    return;
  }
  if (hasPatch && !hasType) throw new Error("webhook returned response.patch but not response.patchType");
  if (!hasPatch && hasType) throw new Error("webhook returned response.patchType but not response.patch");
  if (hasType && patchType !== "JSONPatch") {
    throw new Error(`webhook returned invalid response.patchType of ${JSON.stringify(patchType)}`);
  }
}

function readPatch(patch: unknown): unknown[] {
  if (typeof patch !== "string" || patch === "") return [];
  const parsed = parseJson(Buffer.from(patch, "base64"));
  if (!parsed.ok) throw new Error(`received undecodable patch in webhook response: ${parsed.error}`);
  if (parsed.value === null) return [];
  if (!Array.isArray(parsed.value)) {
    throw new Error(
      "received undecodable patch in webhook response: json: cannot unmarshal object into Go value of type jsonpatch.Patch",
    );
  }
  return parsed.value;
}

/** The error of a refused request: the webhook's own status, under its name. */
export function denial({ name }: CompiledWebhook, result: JsonObject | undefined): StatusError {
  const { code, message, reason, details } = result ?? {};
  const denied = `admission webhook ${JSON.stringify(name)} denied the request`;
  const text = message ? `${denied}: ${message}` : reason ? `${denied}: ${reason}` : `${denied} without explanation`;
  // A refusal never looks like a success.
  const status = Number.isInteger(code) && code >= 400 && code < 600 ? code : 400;
  return new StatusError(
    status,
    typeof reason === "string" ? reason : "",
    text,
    isObject(details) ? (details as StatusError["status"]["details"]) : undefined,
  );
}
