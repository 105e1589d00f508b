// `serviceaccounts/token`: a token for an account, which dies with the pod, secret or node that it is bound to.
// Source of the rules and words: kubernetes pkg/registry/core/serviceaccount/storage (token.go), pkg/apis/authentication/validation.

import type { ActionRequest, ActionSubresource, ServiceAccountTokenClaims } from "../../apiserver/strategy.ts";
import { type FieldError, invalid } from "../../machinery/field-error.ts";
import { type JsonObject, type KubeObject, parseApiVersion } from "../../machinery/object.ts";
import { badRequest, conflict, invalidObject, notFoundError } from "../../machinery/status-error.ts";
import { formatTime } from "../../machinery/time.ts";
import { builtinSchema } from "../definitions.ts";
import { isEmpty, isSet, numberOf } from "../validation/fields.ts";

const tokenRequestKind = { group: "authentication.k8s.io", kind: "TokenRequest" };
const defaultSeconds = 3600;
const minimumSeconds = 600;
const maximumSeconds = 2 ** 32;

export const tokenSubresource: ActionSubresource = {
  type: "action",
  body: { ...tokenRequestKind, version: "v1" },
  get schema() {
    return builtinSchema("io.k8s.api.authentication.v1.TokenRequest");
  },
  verbs: ["create"],
  perform: requestToken,
};

function requestToken(account: KubeObject, body: KubeObject, request: ActionRequest): KubeObject {
  const { name = "", namespace = "", uid = "" } = account.metadata;
  const spec: JsonObject = { ...body.spec };
  if (!isSet(spec.expirationSeconds)) spec.expirationSeconds = defaultSeconds;
  if (isEmpty(spec.audiences)) spec.audiences = [...request.services.apiAudiences];
  const errors = validateRequest(body, spec, name, namespace);
  if (errors.length > 0) throw invalidObject(tokenRequestKind, body.metadata?.name ?? "", errors);

  const claims: ServiceAccountTokenClaims = {
    namespace,
    serviceAccount: { name, uid },
    audiences: spec.audiences,
    expirationSeconds: numberOf(spec.expirationSeconds) ?? defaultSeconds,
    ...bindingOf(spec.boundObjectRef, name, namespace, request),
  };
  const status = request.dryRun ? {} : issue(claims, request);
  return {
    apiVersion: "authentication.k8s.io/v1",
    kind: "TokenRequest",
    metadata: { ...body.metadata, name, namespace, creationTimestamp: formatTime(request.now) },
    spec,
    status,
  };
}

function issue(claims: ServiceAccountTokenClaims, request: ActionRequest): JsonObject {
  const { token, expiresAt } = request.services.issueServiceAccountToken(claims);
  return { token, expirationTimestamp: formatTime(expiresAt) };
}

function validateRequest(body: KubeObject, spec: JsonObject, name: string, namespace: string): FieldError[] {
  const errors: FieldError[] = [];
  const metadata = body.metadata ?? {};
  if (metadata.name && metadata.name !== name) {
    errors.push(invalid("metadata.name", metadata.name, "must match the service account name if specified"));
  }
  if (metadata.namespace && metadata.namespace !== namespace) {
    const text = "must match the service account namespace if specified";
    errors.push(invalid("metadata.namespace", metadata.namespace, text));
  }
  const seconds = numberOf(spec.expirationSeconds) ?? 0;
  const path = "spec.expirationSeconds";
  if (seconds < minimumSeconds) {
    errors.push(invalid(path, spec.expirationSeconds, "may not specify a duration less than 10 minutes"));
  }
  if (seconds > maximumSeconds) {
    errors.push(invalid(path, spec.expirationSeconds, "may not specify a duration larger than 2^32 seconds"));
  }
  return errors;
}

/** Finds the object that the token is bound to. @throws StatusError when it is absent, another one, or not allowed */
function bindingOf(
  reference: JsonObject | undefined,
  account: string,
  namespace: string,
  request: ActionRequest,
): Pick<ServiceAccountTokenClaims, "bound" | "node"> {
  if (!isSet(reference) || reference === undefined) return {};
  const { group, version } = parseApiVersion(String(reference.apiVersion ?? ""));
  const kind = String(reference.kind ?? "");
  const name = String(reference.name ?? "");
  if (group !== "" || (kind !== "Pod" && kind !== "Secret" && kind !== "Node")) {
    throw badRequest(`cannot bind token to object of type ${group}/${version}, Kind=${kind}`);
  }
  const resource = { group: "", resource: `${kind.toLowerCase()}s` };
  const object = request.state.get(resource, kind === "Node" ? "" : namespace, name);
  if (object === undefined) throw notFoundError(resource, name);
  if (kind === "Pod" && object.spec?.serviceAccountName !== account) {
    throw badRequest(
      `cannot bind token for serviceaccount ${JSON.stringify(account)} to pod running with different serviceaccount name.`,
    );
  }
  const uid = object.metadata.uid ?? "";
  if (reference.uid && reference.uid !== uid) {
    throw conflict(
      { group, resource: kind },
      name,
      `the UID in the bound object reference (${reference.uid}) does not match the UID in record. The object might have been deleted and then recreated`,
    );
  }
  const bound = { kind, name, uid } as const;
  const nodeName: string | undefined = kind === "Pod" ? object.spec?.nodeName : undefined;
  if (!nodeName) return { bound };
  const node = request.state.get({ group: "", resource: "nodes" }, "", nodeName);
  return {
    bound,
    node: node?.metadata.uid === undefined ? { name: nodeName } : { name: nodeName, uid: node.metadata.uid },
  };
}
