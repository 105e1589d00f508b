// The RBAC objects of one control plane, indexed by who they are about: a question looks at the bindings of the user, its groups and
// its service account, and at no others. Kept up to date by change events.
//
// Invariants: nothing is loaded before the first question, so an idle plane has no index; roles are compiled when first used; a binding
// whose role is missing grants nothing, and grants again as soon as the role exists.

import type { KubeObject } from "../../machinery/object.ts";
import { parseServiceAccountUsername } from "../authentication/service-account-names.ts";
import type { PolicyRule, UserInfo } from "../identity.ts";
import type { StateReader } from "../strategy.ts";
import { RuleSet } from "./rule-set.ts";

export const rbacGroup = "rbac.authorization.k8s.io";

/** The resources that the index is made of. */
export const rbacSources = ["roles", "rolebindings", "clusterroles", "clusterrolebindings"].map((resource) => ({
  group: rbacGroup,
  resource,
}));

/** A change of an RBAC object; objects of other kinds are passed over. */
export interface RbacEvent {
  type: "set" | "delete";
  object: KubeObject;
}

/** A binding that applies to a user, with the subject by which it does. */
export interface Grant {
  /** `ClusterRoleBinding "x" of ClusterRole "y" to Group "z"`. */
  describe(): string;
  /** Undefined when the role does not exist; then `missingRole` says so. */
  rules: RuleSet | undefined;
  missingRole: string;
}

interface Subject {
  kind: string;
  name: string;
  namespace: string;
}

interface Binding {
  kind: "ClusterRoleBinding" | "RoleBinding";
  name: string;
  namespace: string;
  roleKind: string;
  roleName: string;
  subjects: Map<string, Subject>;
}

/** Bindings of one scope by name, and by the key of each of their subjects. */
interface Scope {
  byName: Map<string, Binding>;
  bySubject: Map<string, Set<Binding>>;
}

export class RbacIndex {
  readonly #state: StateReader;
  #loaded = false;
  /** Rules of roles, compiled on first use; the key is namespace/name, with no namespace for cluster roles. */
  readonly #roles = new Map<string, PolicyRule[] | RuleSet>();
  /** Bindings by namespace; "" holds the cluster-wide ones. */
  readonly #scopes = new Map<string, Scope>();

  /** The state must be the one that the events tell of: committed objects, without pending writes. */
  constructor(state: StateReader) {
    this.#state = state;
  }

  apply({ type, object }: RbacEvent): void {
    if (this.#loaded) this.#apply(type, object);
  }

  /** Forgets everything: the state was replaced and is read again at the next question. */
  reset(): void {
    this.#loaded = false;
    this.#roles.clear();
    this.#scopes.clear();
  }

  /** The bindings that apply to a user in a namespace ("" for the cluster), cluster-wide ones first. */
  *grants(user: UserInfo, namespace: string): Iterable<Grant> {
    this.#load();
    const keys = subjectKeys(user);
    for (const scopeName of namespace === "" ? [""] : ["", namespace]) {
      const scope = this.#scopes.get(scopeName);
      if (scope === undefined) continue;
      for (const key of keys) {
        const bindings = scope.bySubject.get(key);
        if (bindings === undefined) continue;
        for (const binding of bindings) yield this.#grant(binding, key);
      }
    }
  }

  /** The rules of the role that a binding in this namespace refers to; undefined when there is no such role. */
  roleRules(roleKind: string, roleName: string, namespace: string): readonly PolicyRule[] | undefined {
    this.#load();
    return this.#rules(roleKind, roleName, namespace)?.rules;
  }

  #grant(binding: Binding, subjectKey: string): Grant {
    const { roleKind, roleName, namespace } = binding;
    return {
      describe: () => describeBinding(binding, binding.subjects.get(subjectKey)!),
      rules: this.#rules(roleKind, roleName, namespace),
      missingRole: `${roleKind.toLowerCase()}.${rbacGroup} ${JSON.stringify(roleName)} not found`,
    };
  }

  #rules(roleKind: string, roleName: string, namespace: string): RuleSet | undefined {
    if (roleKind !== "Role" && roleKind !== "ClusterRole") return undefined;
    if (roleKind === "Role" && namespace === "") return undefined;
    const key = `${roleKind === "Role" ? namespace : ""}/${roleName}`;
    const rules = this.#roles.get(key);
    if (rules === undefined || rules instanceof RuleSet) return rules;
    const compiled = new RuleSet(rules);
    this.#roles.set(key, compiled);
    return compiled;
  }

  #load(): void {
    if (this.#loaded) return;
    this.#loaded = true;
    for (const resource of ["clusterroles", "roles", "clusterrolebindings", "rolebindings"]) {
      for (const object of this.#state.list({ group: rbacGroup, resource })) this.#apply("set", object);
    }
  }

  #apply(type: RbacEvent["type"], object: KubeObject): void {
    const { name = "", namespace = "" } = object.metadata;
    switch (object.kind) {
      case "ClusterRole":
      case "Role":
        if (type === "delete") this.#roles.delete(`${namespace}/${name}`);
        else this.#roles.set(`${namespace}/${name}`, object.rules ?? []);
        break;
      case "ClusterRoleBinding":
      case "RoleBinding":
        this.#removeBinding(namespace, name);
        if (type === "set") this.#addBinding(object.kind, object);
        break;
    }
  }

  #addBinding(kind: Binding["kind"], object: KubeObject): void {
    const { name = "", namespace = "" } = object.metadata;
    const binding: Binding = {
      kind,
      name,
      namespace,
      roleKind: object.roleRef?.kind ?? "",
      roleName: object.roleRef?.name ?? "",
      subjects: new Map(),
    };
    for (const subject of (object.subjects ?? []) as Partial<Subject>[]) {
      const key = subjectKey(subject, namespace);
      if (key === undefined || binding.subjects.has(key)) continue;
      binding.subjects.set(key, { kind: subject.kind!, name: subject.name!, namespace: subject.namespace ?? "" });
    }
    let scope = this.#scopes.get(namespace);
    if (scope === undefined) {
      scope = { byName: new Map(), bySubject: new Map() };
      this.#scopes.set(namespace, scope);
    }
    scope.byName.set(name, binding);
    for (const key of binding.subjects.keys()) {
      const known = scope.bySubject.get(key);
      if (known === undefined) scope.bySubject.set(key, new Set([binding]));
      else known.add(binding);
    }
  }

  #removeBinding(namespace: string, name: string): void {
    const scope = this.#scopes.get(namespace);
    const binding = scope?.byName.get(name);
    if (scope === undefined || binding === undefined) return;
    scope.byName.delete(name);
    for (const key of binding.subjects.keys()) {
      const bindings = scope.bySubject.get(key);
      bindings?.delete(binding);
      if (bindings?.size === 0) scope.bySubject.delete(key);
    }
    if (scope.byName.size === 0) this.#scopes.delete(namespace);
  }
}

/** Under which key bindings for this subject are found; undefined when it can stand for nobody. */
function subjectKey({ kind, name, namespace }: Partial<Subject>, bindingNamespace: string): string | undefined {
  if (kind === "User") return `u:${name}`;
  if (kind === "Group") return `g:${name}`;
  if (kind !== "ServiceAccount") return undefined;
  const accountNamespace = namespace === undefined || namespace === "" ? bindingNamespace : namespace;
  return accountNamespace === "" ? undefined : `s:${accountNamespace}:${name}`;
}

/** The keys of all subjects that a user is. */
function subjectKeys(user: UserInfo): string[] {
  const keys = [`u:${user.name}`];
  const account = parseServiceAccountUsername(user.name);
  if (account !== undefined) keys.push(`s:${account.namespace}:${account.name}`);
  for (const group of new Set(user.groups)) keys.push(`g:${group}`);
  return keys;
}

function describeBinding(binding: Binding, subject: Subject): string {
  const name = binding.namespace === "" ? binding.name : `${binding.name}/${binding.namespace}`;
  const account = subject.namespace === "" ? binding.namespace : subject.namespace;
  const subjectName = subject.kind === "ServiceAccount" ? `${subject.name}/${account}` : subject.name;
  const role = `${binding.roleKind} ${JSON.stringify(binding.roleName)}`;
  return `${binding.kind} ${JSON.stringify(name)} of ${role} to ${subject.kind} ${JSON.stringify(subjectName)}`;
}
