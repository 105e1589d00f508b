// The RBAC authorizer: allows what a binding of the user grants. It never denies; another authorizer may still allow.
//
// For list and watch with the field selector `metadata.name=x` the caller puts x into `attributes.resource.name`, so that rules with
// resourceNames apply to them as to get. Source: k8s.io/kubernetes plugin/pkg/auth/authorizer/rbac.

import type { Attributes, Authorizer, Decision, PolicyRule, UserInfo } from "../identity.ts";
import type { RbacIndex } from "./rbac-index.ts";

export class RbacAuthorizer implements Authorizer {
  readonly name = "RBAC";
  readonly #index: RbacIndex;

  constructor(index: RbacIndex) {
    this.#index = index;
  }

  authorize(attributes: Attributes): Decision {
    let missing: Set<string> | undefined;
    for (const grant of this.#index.grants(attributes.user, attributes.resource?.namespace ?? "")) {
      if (grant.rules === undefined) {
        missing ??= new Set();
        missing.add(grant.missingRole);
      } else if (grant.rules.allows(attributes)) {
        return { decision: "allow", reason: `RBAC: allowed by ${grant.describe()}` };
      }
    }
    if (missing === undefined) return { decision: "noOpinion", reason: "" };
    const list = [...missing];
    return { decision: "noOpinion", reason: `RBAC: ${list.length === 1 ? list[0] : `[${list.join(", ")}]`}` };
  }

  rulesFor(user: UserInfo, namespace: string): PolicyRule[] {
    return [...this.#index.grants(user, namespace)].flatMap(({ rules }) => rules?.rules ?? []);
  }
}
