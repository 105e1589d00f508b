// Short forms for the default policy: rules and roles as one line each.

import type { PolicyRule } from "../../apiserver/identity.ts";
import type { JsonObject, KubeObject } from "../../machinery/object.ts";

export const rbacApiGroup = "rbac.authorization.k8s.io";
const apiVersion = `${rbacApiGroup}/v1`;
/** The value "true" lets the server complete the object on start; users set it to "false" to keep their changes. */
export const autoUpdateAnnotation = "rbac.authorization.kubernetes.io/autoupdate";

export const read = "get list watch";
export const write = "create update patch delete deletecollection";
export const readWrite = `${read} ${write}`;

/** A rule from words separated by spaces; `core` stands for the group without a name. `names` limits it to objects of these names. */
export function rule(verbs: string, groups: string, resources: string, names?: string): PolicyRule {
  const made: PolicyRule = {
    verbs: words(verbs),
    apiGroups: words(groups)
      .map((group) => (group === "core" ? "" : group))
      .sort(),
    resources: words(resources),
  };
  if (names !== undefined) made.resourceNames = words(names);
  return made;
}

/** A rule for paths that are no resources. */
export function urls(verbs: string, paths: string): PolicyRule {
  return { verbs: words(verbs), nonResourceURLs: words(paths) };
}

/** Writing events, which almost every component does. */
export const events = rule("create update patch", "core events.k8s.io", "events");

/** Who a binding is for: `group:…`, `user:…` or `account:<namespace>/<name>`. */
export type SubjectName = `group:${string}` | `user:${string}` | `account:${string}/${string}`;

export function clusterRole(name: string, rules: PolicyRule[], labels: Record<string, string> = {}): KubeObject {
  return { apiVersion, kind: "ClusterRole", metadata: metadata(name, undefined, labels), rules };
}

export function role(namespace: string, name: string, rules: PolicyRule[]): KubeObject {
  return { apiVersion, kind: "Role", metadata: metadata(name, namespace), rules };
}

/** A binding to the cluster role of the same name. */
export function clusterRoleBinding(name: string, ...subjects: SubjectName[]): KubeObject {
  return {
    apiVersion,
    kind: "ClusterRoleBinding",
    metadata: metadata(name),
    roleRef: { apiGroup: rbacApiGroup, kind: "ClusterRole", name },
    ...(subjects.length === 0 ? {} : { subjects: subjects.map(subject) }),
  };
}

/** A binding to a role of the same namespace, by default to that of the same name. */
export function roleBinding(
  namespace: string,
  name: string,
  subjects: readonly SubjectName[],
  roleName: string = name,
): KubeObject {
  return {
    apiVersion,
    kind: "RoleBinding",
    metadata: metadata(name, namespace),
    roleRef: { apiGroup: rbacApiGroup, kind: "Role", name: roleName },
    subjects: subjects.map(subject),
  };
}

function metadata(name: string, namespace?: string, labels: Record<string, string> = {}): KubeObject["metadata"] {
  return {
    name,
    ...(namespace === undefined ? {} : { namespace }),
    labels: { "kubernetes.io/bootstrapping": "rbac-defaults", ...labels },
    annotations: { [autoUpdateAnnotation]: "true" },
  };
}

function subject(text: SubjectName): JsonObject {
  const colon = text.indexOf(":");
  const [kind, name] = [text.slice(0, colon), text.slice(colon + 1)];
  if (kind === "group") return { apiGroup: rbacApiGroup, kind: "Group", name };
  if (kind === "user") return { apiGroup: rbacApiGroup, kind: "User", name };
  const [namespace, account] = name.split("/");
  return { kind: "ServiceAccount", name: account, namespace };
}

function words(text: string): string[] {
  return text.split(" ").sort();
}
