// Nobody may grant what they do not have: checks on writes of roles and bindings. A privileged user may, and so may one with the verb
// `escalate` on the role, or `bind` on the role that is bound. Source: k8s.io/kubernetes pkg/registry/rbac.

import { isDeepStrictEqual } from "node:util";
import type { KubeObject } from "../../machinery/object.ts";
import { forbiddenError, notFoundError } from "../../machinery/status-error.ts";
import type { Attributes, Authorizer, PolicyRule, UserInfo } from "../identity.ts";
import type { RbacAuthorizer } from "./rbac.ts";
import { type RbacIndex, rbacGroup } from "./rbac-index.ts";
import { describeMissing, uncoveredRules } from "./rule-cover.ts";
import { privilegedGroup } from "./union.ts";

/** A create (no `old`) or update of a role or binding, before it is committed. */
export interface RbacWrite {
  user: UserInfo;
  object: KubeObject;
  old?: KubeObject;
}

/** Rules that cover everything. */
const fullAuthority: readonly PolicyRule[] = [
  { verbs: ["*"], apiGroups: ["*"], resources: ["*"] },
  { verbs: ["*"], nonResourceURLs: ["*"] },
];

export class EscalationCheck {
  readonly #authorizer: Pick<Authorizer, "authorize">;
  readonly #rbac: RbacAuthorizer;
  readonly #index: RbacIndex;

  /** `authorizer` answers for `escalate` and `bind`; what a user holds is what RBAC says. */
  constructor(authorizer: Pick<Authorizer, "authorize">, rbac: RbacAuthorizer, index: RbacIndex) {
    this.#authorizer = authorizer;
    this.#rbac = rbac;
    this.#index = index;
  }

  /** Throws the 403 when the user may not give the object these powers; objects of other kinds pass. */
  async check(write: RbacWrite): Promise<void> {
    const { user, object, old } = write;
    if (user.groups.includes(privilegedGroup)) return;
    if (old !== undefined && onlyForCollection(object, old)) return;
    if (object.kind === "Role" || object.kind === "ClusterRole") await this.#checkRole(write);
    else if (object.kind === "RoleBinding" || object.kind === "ClusterRoleBinding") await this.#checkBinding(write);
  }

  async #checkRole({ user, object, old }: RbacWrite): Promise<void> {
    const { name = "", namespace = "" } = object.metadata;
    const resource = object.kind === "Role" ? "roles" : "clusterroles";
    if (await this.#may(user, "escalate", resource, namespace, name)) return;
    this.#confirm(user, namespace, object.rules ?? [], resource, name);
    const selectors: unknown[] = object.aggregationRule?.clusterRoleSelectors ?? [];
    if (selectors.length === 0 || isDeepStrictEqual(object.aggregationRule, old?.aggregationRule)) return;
    if (uncoveredRules(this.#rbac.rulesFor(user, ""), fullAuthority).length > 0) {
      const why = "must have cluster-admin privileges to use the aggregationRule";
      throw forbiddenError({ group: rbacGroup, resource }, name, why);
    }
  }

  async #checkBinding({ user, object }: RbacWrite): Promise<void> {
    const { name = "", namespace = "" } = object.metadata;
    const { kind, name: roleName } = (object.roleRef ?? {}) as { kind?: string; name?: string };
    // Other references are invalid, which validation says better.
    if ((kind !== "Role" && kind !== "ClusterRole") || roleName === undefined) return;
    const role = kind === "Role" ? "roles" : "clusterroles";
    if (await this.#may(user, "bind", role, namespace, roleName)) return;
    const rules = this.#index.roleRules(kind, roleName, namespace);
    if (rules === undefined) throw notFoundError({ group: rbacGroup, resource: kind.toLowerCase() }, roleName);
    const resource = object.kind === "RoleBinding" ? "rolebindings" : "clusterrolebindings";
    this.#confirm(user, namespace, rules, resource, name);
  }

  #confirm(user: UserInfo, namespace: string, wanted: readonly PolicyRule[], resource: string, name: string): void {
    const missing = uncoveredRules(this.#rbac.rulesFor(user, namespace), wanted);
    if (missing.length === 0) return;
    const groups = user.groups.map((group) => JSON.stringify(group)).join(" ");
    const who = `user ${JSON.stringify(user.name)} (groups=[${groups}])`;
    const why = `${who} is attempting to grant RBAC permissions not currently held:\n${describeMissing(missing)}`;
    throw forbiddenError({ group: rbacGroup, resource }, name, why);
  }

  async #may(user: UserInfo, verb: string, resource: string, namespace: string, name: string): Promise<boolean> {
    const attributes: Attributes = {
      user,
      verb,
      path: "",
      resource: { group: rbacGroup, version: "v1", resource, subresource: "", namespace, name },
    };
    return (await this.#authorizer.authorize(attributes)).decision === "allow";
  }
}

/** Whether an update changes nothing but what garbage collection needs to: finalizers and owners. */
function onlyForCollection(object: KubeObject, old: KubeObject): boolean {
  const stripped = ({ metadata, ...rest }: KubeObject) => {
    const {
      finalizers: _,
      ownerReferences: _owners,
      managedFields: _fields,
      resourceVersion: _version,
      ...kept
    } = metadata;
    return { ...rest, metadata: kept };
  };
  return isDeepStrictEqual(stripped(object), stripped(old));
}
