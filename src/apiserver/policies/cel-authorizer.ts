// The `authorizer` of expressions: asks the plane's own authorizer about the user of the request.

import type { CelAuthorizer, CelResourceCheck } from "../../machinery/cel/index.ts";
import { parseFieldSelector, parseLabelSelector } from "../../machinery/selectors.ts";
import type { AdmissionRequest } from "../admission.ts";
import { type Authorizer, authenticatedGroup, type UserInfo } from "../identity.ts";

/** Answers for the user of a request; each question is asked once. */
export function celAuthorizer(authorizer: Authorizer, user: UserInfo): CelAuthorizer {
  const known = new Map<string, ReturnType<CelAuthorizer["check"]>>();
  return {
    check(question) {
      const key = JSON.stringify(question);
      let answer = known.get(key);
      if (answer === undefined) {
        answer = ask(authorizer, user, question);
        known.set(key, answer);
      }
      return answer;
    },
  };
}

function ask(
  authorizer: Authorizer,
  user: UserInfo,
  question: Parameters<CelAuthorizer["check"]>[0],
): ReturnType<CelAuthorizer["check"]> {
  const { path = "", verb, resource, group = "", subresource = "", namespace = "", name = "" } = question;
  const asked = question.serviceAccount === undefined ? user : serviceAccountUser(question.serviceAccount);
  const fields = question.fieldSelector === undefined ? undefined : parseFieldSelector(question.fieldSelector);
  const labels = question.labelSelector === undefined ? undefined : parseLabelSelector(question.labelSelector);
  const decision = authorizer.authorize({
    user: asked,
    verb,
    path,
    ...(resource !== undefined && {
      resource: {
        group,
        version: "*",
        resource,
        subresource,
        namespace,
        name,
        ...(fields?.ok === true && { fieldSelector: fields.requirements }),
        ...(labels?.ok === true && { labelSelector: labels.requirements }),
      },
    }),
  });
  if (decision instanceof Promise) {
    // Nothing waits inside an expression, and a rejection has to be somebody's.
    decision.catch(() => undefined);
    return { allowed: false, reason: "", errored: "the authorizer cannot answer within an expression" };
  }
  return { allowed: decision.decision === "allow", reason: decision.reason };
}

function serviceAccountUser({ namespace, name }: { namespace: string; name: string }): UserInfo {
  return {
    name: `system:serviceaccount:${namespace}:${name}`,
    groups: ["system:serviceaccounts", `system:serviceaccounts:${namespace}`, authenticatedGroup],
  };
}

/** `authorizer.requestResource`: the resource of the request is already said. */
export function requestResourceCheck(authorizer: CelAuthorizer, request: AdmissionRequest): CelResourceCheck {
  const { resource, subresource, namespace, name } = request;
  return {
    authorizer,
    group: resource.group,
    resource: resource.resource,
    ...(subresource !== "" && { subresource }),
    ...(namespace !== "" && { namespace }),
    ...(name !== "" && { name }),
  };
}
