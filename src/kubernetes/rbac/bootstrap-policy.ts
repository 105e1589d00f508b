// The default policy of a control plane: the roles and bindings that Kubernetes 1.36 makes on start, and kubeadm's for joining machines.
// One frozen copy serves all planes of the process.

import { isDeepStrictEqual } from "node:util";
import type { PolicyRule } from "../../apiserver/identity.ts";
import { deepFreeze, type KubeObject } from "../../machinery/object.ts";
import { defaultClusterRoleBindings, defaultClusterRoles } from "./bootstrap-cluster-roles.ts";
import { controllerRoleBindings, controllerRoles } from "./bootstrap-controller-roles.ts";
import { events, read, role, roleBinding, rule } from "./bootstrap-rules.ts";

export interface BootstrapPolicy {
  readonly clusterRoles: readonly KubeObject[];
  readonly clusterRoleBindings: readonly KubeObject[];
  /** In kube-system and kube-public, which must exist. */
  readonly roles: readonly KubeObject[];
  readonly roleBindings: readonly KubeObject[];
}

const authenticationReader = "extension-apiserver-authentication-reader";
const controllerManager = "system::leader-locking-kube-controller-manager";
const scheduler = "system::leader-locking-kube-scheduler";
const signer = "system:controller:bootstrap-signer";
const cleaner = "system:controller:token-cleaner";
const cloudProvider = "system:controller:cloud-provider";
const clusterInfo = "kubeadm:bootstrap-signer-clusterinfo";

const roles: KubeObject[] = [
  role("kube-system", authenticationReader, [rule(read, "core", "configmaps", "extension-apiserver-authentication")]),
  role("kube-system", signer, [rule(read, "core", "secrets")]),
  role("kube-system", cloudProvider, [rule(`create ${read}`, "core", "configmaps")]),
  role("kube-system", cleaner, [rule(`${read} delete`, "core", "secrets"), events]),
  role("kube-system", controllerManager, [
    rule("watch", "core", "configmaps"),
    rule("get update", "core", "configmaps", "kube-controller-manager"),
  ]),
  role("kube-system", scheduler, [
    rule("watch", "core", "configmaps"),
    rule("get update", "core", "configmaps", "kube-scheduler"),
  ]),
  role("kube-public", signer, [
    rule(read, "core", "configmaps"),
    rule("update", "core", "configmaps", "cluster-info"),
    events,
  ]),
  // Machines read cluster-info before they have credentials.
  role("kube-public", clusterInfo, [rule("get", "core", "configmaps", "cluster-info")]),
];

const roleBindings: KubeObject[] = [
  roleBinding(
    "kube-system",
    `system::${authenticationReader}`,
    ["user:system:kube-controller-manager", "user:system:kube-scheduler"],
    authenticationReader,
  ),
  roleBinding("kube-system", controllerManager, [
    "user:system:kube-controller-manager",
    "account:kube-system/kube-controller-manager",
  ]),
  roleBinding("kube-system", scheduler, ["user:system:kube-scheduler", "account:kube-system/kube-scheduler"]),
  roleBinding("kube-system", signer, ["account:kube-system/bootstrap-signer"]),
  roleBinding("kube-system", cloudProvider, ["account:kube-system/cloud-provider"]),
  roleBinding("kube-system", cleaner, ["account:kube-system/token-cleaner"]),
  roleBinding("kube-public", signer, ["account:kube-system/bootstrap-signer"]),
  roleBinding("kube-public", clusterInfo, ["user:system:anonymous"]),
];

/** The default policy, frozen. Aggregated roles hold their rules already, as the aggregation controller would fill them in. */
export const bootstrapPolicy: BootstrapPolicy = deepFreeze({
  clusterRoles: withAggregatedRules([...defaultClusterRoles, ...controllerRoles]),
  clusterRoleBindings: [...defaultClusterRoleBindings, ...controllerRoleBindings],
  roles,
  roleBindings,
});

/** The rules of one of the default cluster roles. Throws when there is no such role. */
export function bootstrapPolicyRules(clusterRole: string): readonly PolicyRule[] {
  const found = bootstrapPolicy.clusterRoles.find(({ metadata }) => metadata.name === clusterRole);
  if (found === undefined) throw new Error(`there is no default cluster role ${JSON.stringify(clusterRole)}`);
  return found.rules;
}

/** Fills in the rules of aggregated roles: those of all roles with the label, by name, each rule once. */
function withAggregatedRules(clusterRoles: KubeObject[]): KubeObject[] {
  const sorted = clusterRoles.toSorted((a, b) => (a.metadata.name! < b.metadata.name! ? -1 : 1));
  const rulesOf = (target: KubeObject): PolicyRule[] => {
    if (target.aggregationRule === undefined) return target.rules;
    const [[label]] = Object.entries(target.aggregationRule.clusterRoleSelectors[0].matchLabels) as [[string, string]];
    const collected: PolicyRule[] = [];
    for (const part of sorted) {
      if (part === target || part.metadata.labels?.[label] === undefined) continue;
      for (const one of rulesOf(part))
        if (!collected.some((known) => isDeepStrictEqual(known, one))) collected.push(one);
    }
    return collected;
  };
  return clusterRoles.map((target) => ({ ...target, rules: rulesOf(target) }));
}
