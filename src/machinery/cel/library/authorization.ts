// Kubernetes' authorizer library: a request is described step by step and checked at the end.

import type { CelAuthorizer } from "../cel.ts";
import * as t from "../types.ts";
import { fail, Opaque } from "../values.ts";
import { type Library, method } from "./overload.ts";

type Request = Parameters<CelAuthorizer["check"]>[0];
type Decision = ReturnType<CelAuthorizer["check"]>;

export const authorizerType = t.opaque("kubernetes.authorization.Authorizer");
const pathType = t.opaque("kubernetes.authorization.PathCheck");
const groupType = t.opaque("kubernetes.authorization.GroupCheck");
export const resourceType = t.opaque("kubernetes.authorization.ResourceCheck");
const decisionType = t.opaque("kubernetes.authorization.Decision");

/** An authorizer with what is said of the request so far. */
export class AuthorizerValue extends Opaque {
  readonly typeName: string;
  readonly #authorizer: CelAuthorizer;
  readonly #request: Partial<Request>;
  constructor(type: t.Type, authorizer: CelAuthorizer, request: Partial<Request> = {}) {
    super();
    this.typeName = t.formatType(type);
    this.#authorizer = authorizer;
    this.#request = request;
  }
  override equals(other: AuthorizerValue): boolean {
    return this === other;
  }
  with(type: t.Type, more: Partial<Request>): AuthorizerValue {
    return new AuthorizerValue(type, this.#authorizer, { ...this.#request, ...more });
  }
  check(verb: string): DecisionValue {
    return new DecisionValue(this.#authorizer.check({ ...this.#request, verb }));
  }
}

class DecisionValue extends Opaque {
  readonly typeName = "kubernetes.authorization.Decision";
  readonly decision: Decision;
  constructor(decision: Decision) {
    super();
    this.decision = decision;
  }
  override equals(other: DecisionValue): boolean {
    return this === other;
  }
}

function step(from: t.Type, to: t.Type, more: (text: string) => Partial<Request>) {
  return [method([from, t.string], to, (of: AuthorizerValue, text: string) => of.with(to, more(text)))];
}

/** What a check costs: it may ask a webhook. */
const checkOptions = { cost: () => 350_000 };
const check = (of: AuthorizerValue, verb: string) => of.check(verb);

function serviceAccount(of: AuthorizerValue, namespace: string, name: string): AuthorizerValue {
  if (namespace === "" || name === "") return fail(`Invalid service account ${namespace}/${name}`);
  return of.with(authorizerType, { serviceAccount: { namespace, name } });
}

export const authorizerFunctions: Library = {
  path: step(authorizerType, pathType, (path) => (path === "" ? fail("path must not be empty") : { path })),
  serviceAccount: [method([authorizerType, t.string, t.string], authorizerType, serviceAccount)],
  group: step(authorizerType, groupType, (group) => ({ group })),
  resource: step(groupType, resourceType, (resource) =>
    resource === "" ? fail("resource must not be empty") : { resource },
  ),
  subresource: step(resourceType, resourceType, (subresource) => ({ subresource })),
  namespace: step(resourceType, resourceType, (namespace) => ({ namespace })),
  name: step(resourceType, resourceType, (name) => ({ name })),
  fieldSelector: step(resourceType, resourceType, (fieldSelector) => ({ fieldSelector })),
  labelSelector: step(resourceType, resourceType, (labelSelector) => ({ labelSelector })),
  check: [
    method([pathType, t.string], decisionType, check, checkOptions),
    method([resourceType, t.string], decisionType, check, checkOptions),
  ],
  allowed: [method([decisionType], t.bool, ({ decision }: DecisionValue) => decision.allowed)],
  reason: [method([decisionType], t.string, ({ decision }: DecisionValue) => decision.reason)],
  errored: [method([decisionType], t.bool, ({ decision }: DecisionValue) => decision.errored !== undefined)],
  error: [method([decisionType], t.string, ({ decision }: DecisionValue) => decision.errored ?? "")],
};
