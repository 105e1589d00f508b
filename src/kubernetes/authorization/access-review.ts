// The kinds that ask whether somebody may do something: SubjectAccessReview, LocalSubjectAccessReview and SelfSubjectAccessReview.
// Source of the rules and words: kubernetes pkg/apis/authorization/validation, pkg/registry/authorization.

import type { Attributes, Decision, UserInfo } from "../../apiserver/identity.ts";
import type { ActionRequest, KindRegistration } from "../../apiserver/strategy.ts";
import { type FieldError, invalid } from "../../machinery/field-error.ts";
import type { JsonObject, KubeObject } from "../../machinery/object.ts";
import { badRequest, invalidObject } from "../../machinery/status-error.ts";
import { builtin } from "../define.ts";
import { isEmpty, isSet, listOf } from "../validation/fields.ts";
import { checkSelector, readSelector } from "./selector-attributes.ts";

const group = "authorization.k8s.io";

export const subjectAccessReviewKind = accessReview("SubjectAccessReview", (review, errors) => {
  checkAction(review.spec, errors);
  checkSubject(review.spec, errors);
  checkMetadata(review, [], "must be empty", errors);
});

export const selfSubjectAccessReviewKind = accessReview("SelfSubjectAccessReview", (review, errors) => {
  checkAction(review.spec, errors);
  checkMetadata(review, [], "must be empty", errors);
});

export const localSubjectAccessReviewKind = accessReview("LocalSubjectAccessReview", (review, errors) => {
  const { spec, metadata } = review;
  checkAction(spec, errors);
  checkSubject(spec, errors);
  checkMetadata(review, ["namespace"], "must be empty except for namespace", errors);
  const namespace = spec.resourceAttributes?.namespace ?? "";
  if (isSet(spec.resourceAttributes) && namespace !== (metadata.namespace ?? "")) {
    errors.push(invalid("spec.resourceAttributes.namespace", namespace, "must match metadata.namespace"));
  }
  if (isSet(spec.nonResourceAttributes)) {
    errors.push(
      invalid("spec.nonResourceAttributes", spec.nonResourceAttributes, "disallowed on this kind of request"),
    );
  }
});

function accessReview(kind: string, check: (review: KubeObject, errors: FieldError[]) => void): KindRegistration {
  return builtin({
    group,
    kind,
    versions: ["v1"],
    strategy: {
      async answer(given, request) {
        const review: KubeObject = { ...given, spec: given.spec ?? {} };
        if ((review.metadata.namespace ?? "") !== request.namespace) {
          throw badRequest("the namespace of the provided object does not match the namespace sent on the request");
        }
        const errors: FieldError[] = [];
        check(review, errors);
        if (errors.length > 0) throw invalidObject({ group, kind }, "", errors);
        const user = kind === "SelfSubjectAccessReview" ? request.user : subjectOf(review.spec);
        return { ...review, status: await decide(review.spec, user, request) };
      },
    },
  });
}

function checkAction(spec: JsonObject, errors: FieldError[]): void {
  const { resourceAttributes: resource, nonResourceAttributes: other } = spec;
  if (isSet(resource) && isSet(other)) {
    const text = "cannot be specified in combination with resourceAttributes";
    errors.push(invalid("spec.nonResourceAttributes", other, text));
  }
  if (!isSet(resource) && !isSet(other)) {
    const text = "exactly one of nonResourceAttributes or resourceAttributes must be specified";
    errors.push(invalid("spec.resourceAttributes", null, text));
  }
  if (!isSet(resource)) return;
  checkSelector(resource.fieldSelector, "field", "spec.resourceAttributes.fieldSelector", errors);
  checkSelector(resource.labelSelector, "label", "spec.resourceAttributes.labelSelector", errors);
}

function checkSubject(spec: JsonObject, errors: FieldError[]): void {
  if (isEmpty(spec.user) && isEmpty(spec.groups)) {
    errors.push(invalid("spec.user", spec.user ?? "", "at least one of user or group must be specified"));
  }
}

function checkMetadata(review: KubeObject, allowed: string[], text: string, errors: FieldError[]): void {
  const ignored = new Set([...allowed, "managedFields"]);
  const given = Object.entries(review.metadata).filter(([key, value]) => !ignored.has(key) && !isEmpty(value));
  if (given.length > 0) errors.push(invalid("metadata", review.metadata, text));
}

function subjectOf(spec: JsonObject): UserInfo {
  const user: UserInfo = { name: spec.user ?? "", groups: listOf(spec.groups) };
  if (!isEmpty(spec.uid)) user.uid = spec.uid;
  if (!isEmpty(spec.extra)) user.extra = spec.extra;
  return user;
}

async function decide(spec: JsonObject, user: UserInfo, { services }: ActionRequest): Promise<JsonObject> {
  const fields = readSelector(spec.resourceAttributes?.fieldSelector, "field");
  const labels = readSelector(spec.resourceAttributes?.labelSelector, "label");
  const attributes = attributesOf(spec, user);
  if (attributes.resource !== undefined) {
    if (fields.requirements !== undefined) attributes.resource.fieldSelector = fields.requirements;
    if (labels.requirements !== undefined) attributes.resource.labelSelector = labels.requirements;
  }
  const decision = await services.authorize(attributes);
  return statusOf(decision, [fields.problem, labels.problem].filter(Boolean).join("; "));
}

function attributesOf(spec: JsonObject, user: UserInfo): Attributes {
  const { resourceAttributes: resource, nonResourceAttributes: other } = spec;
  if (!isSet(resource)) return { user, verb: other.verb ?? "", path: other.path ?? "" };
  return {
    user,
    verb: resource.verb ?? "",
    path: "",
    resource: {
      group: resource.group ?? "",
      version: resource.version || "*",
      resource: resource.resource ?? "",
      subresource: resource.subresource ?? "",
      namespace: resource.namespace ?? "",
      name: resource.name ?? "",
    },
  };
}

function statusOf({ decision, reason }: Decision, evaluationError: string): JsonObject {
  return {
    allowed: decision === "allow",
    ...(decision === "deny" ? { denied: true } : {}),
    ...(reason === "" ? {} : { reason }),
    ...(evaluationError === "" ? {} : { evaluationError }),
  };
}
