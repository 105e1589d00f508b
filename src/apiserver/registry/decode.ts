// From the bytes of a body to an object that may be trusted in shape: parsed, of the expected kind, without unknown fields.
// Source of order and texts: apiserver/pkg/endpoints/handlers/create.go, apimachinery/pkg/runtime/serializer.

import * as field from "../../machinery/field-error.ts";
import { isObject, type JsonObject, type KubeObject } from "../../machinery/object.ts";
import { checkTypes } from "../../machinery/schema/decode-check.ts";
import { prune } from "../../machinery/schema/prune.ts";
import { badRequest, invalidObject } from "../../machinery/status-error.ts";
import type { RequestBody } from "./body.ts";
import type { RequestContext } from "./context.ts";
import type { ServedResource } from "./kind-registry.ts";

export type FieldValidation = "Ignore" | "Warn" | "Strict";

/** The `fieldValidation` parameter; a server warns when the client says nothing. */
export function fieldValidationOf(query: URLSearchParams, optionsKind: string): FieldValidation {
  const value = query.get("fieldValidation");
  if (value === null || value === "") return "Warn";
  if (value === "Ignore" || value === "Warn" || value === "Strict") return value;
  throw invalidObject({ group: "meta.k8s.io", kind: optionsKind }, "", [
    field.notSupported("fieldValidation", value, ["", "Ignore", "Warn", "Strict"]),
  ]);
}

/** Decodes the body of a create or update of `served`. */
export function decodeObject(
  context: RequestContext,
  served: ServedResource,
  body: RequestBody,
  validation: FieldValidation,
): KubeObject {
  const { value, duplicates } = body.parse({
    findDuplicates: validation !== "Ignore",
    protobuf: served.kind.custom !== true,
  });
  const object = expectKind(value, served);
  finishDecoding(context, served, object, duplicates, validation);
  return object;
}

/** Checks the types of a private object against the schema and drops what the schema does not know, as `validation` says. */
export function finishDecoding(
  context: RequestContext,
  served: ServedResource,
  object: KubeObject,
  duplicates: string[],
  validation: FieldValidation,
): void {
  const { kind, version } = served;
  if (!isObject(object.metadata)) {
    if (object.metadata !== undefined && object.metadata !== null) {
      throw badRequest(
        cannotHandle(
          served,
          `json: cannot unmarshal ${jsonTypeName(object.metadata)} into Go struct field ${kind.kind}.metadata of type v1.ObjectMeta`,
        ),
      );
    }
    object.metadata = {};
  }
  const mismatch = checkTypes(object, version.schema, kind.kind);
  if (mismatch !== undefined) throw badRequest(cannotHandle(served, mismatch));
  const unknown = prune(object, version.schema).slice(0, maximumComplaints);
  const complaints = [
    ...unknown.map((path) => `unknown field ${JSON.stringify(path)}`),
    ...duplicates.map((path) => `duplicate field ${JSON.stringify(path)}`),
  ];
  if (complaints.length === 0 || validation === "Ignore") return;
  if (validation === "Strict")
    throw badRequest(cannotHandle(served, `strict decoding error: ${complaints.join(", ")}`));
  for (const complaint of complaints) context.warn(complaint);
}

/** Unknown fields that are reported at most. Source: sigs.k8s.io/json. */
const maximumComplaints = 100;

function cannotHandle({ groupVersionKind: { kind, version } }: ServedResource, why: string): string {
  return `${kind} in version ${JSON.stringify(version)} cannot be handled as a ${kind}: ${why}`;
}

/** The body as an object of the resource's kind; a missing apiVersion or kind is the expected one. */
function expectKind(value: unknown, served: ServedResource): KubeObject {
  if (!isObject(value)) {
    throw badRequest(
      `couldn't get version/kind; json parse error: json: cannot unmarshal ${jsonTypeName(value)} into Go value of type struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }`,
    );
  }
  const { kind, apiVersion } = value as JsonObject;
  if (kind !== undefined && typeof kind !== "string")
    throw badRequest("couldn't get version/kind; json parse error: kind must be a string");
  if (apiVersion !== undefined && typeof apiVersion !== "string") {
    throw badRequest("couldn't get version/kind; json parse error: apiVersion must be a string");
  }
  const expected = served.groupVersionKind;
  const givenVersion = apiVersion || served.apiVersion;
  const givenKind = kind || expected.kind;
  if (givenVersion !== served.apiVersion || givenKind !== expected.kind) {
    const shown = `${givenVersion}, Kind=${givenKind}`;
    if (givenKind !== expected.kind) {
      throw badRequest(
        `${served.kind.plural} in version ${JSON.stringify(expected.version)} cannot be handled as a ${expected.kind}: the object provided is unrecognized (must be of type ${expected.kind}): ${shown}`,
      );
    }
    throw badRequest(
      `the API version in the data (${givenVersion}) does not match the expected API version (${served.apiVersion})`,
    );
  }
  value.apiVersion = givenVersion;
  value.kind = givenKind;
  return value as KubeObject;
}

function jsonTypeName(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  if (typeof value === "boolean") return "bool";
  return typeof value;
}
