// Rules of RBAC compiled for look-up. Each rule is the product of its verbs, groups and resources, so the union of rules is a map from
// verb to group to resource to the names allowed there; a question costs at most twelve look-ups, however many rules there are.
// Meaning of rules: k8s.io/component-helpers auth/rbac/validation, k8s.io/kubernetes pkg/apis/rbac/v1/evaluation_helpers.go.

import type { Attributes, PolicyRule } from "../identity.ts";

/** Names that a permission is limited to; `all` when it is not. */
type Names = "all" | Set<string>;

/** A non-resource URL, or the beginning of several when the rule ends in `*`. */
interface Urls {
  exact: Set<string>;
  prefixes: string[];
}

export class RuleSet {
  readonly rules: readonly PolicyRule[];
  readonly #resources = new Map<string, Map<string, Map<string, Names>>>();
  readonly #urls = new Map<string, Urls>();

  constructor(rules: readonly PolicyRule[]) {
    this.rules = rules;
    for (const rule of rules) {
      for (const verb of rule.verbs ?? []) {
        this.#addResources(verb, rule);
        this.#addUrls(verb, rule.nonResourceURLs ?? []);
      }
    }
  }

  allows({ verb, resource, path }: Attributes): boolean {
    if (resource === undefined)
      return this.#allowsUrl(this.#urls.get(verb), path) || this.#allowsUrl(this.#urls.get("*"), path);
    return (
      this.#allowsVerb(this.#resources.get(verb), resource) || this.#allowsVerb(this.#resources.get("*"), resource)
    );
  }

  #allowsVerb(
    groups: Map<string, Map<string, Names>> | undefined,
    resource: NonNullable<Attributes["resource"]>,
  ): boolean {
    if (groups === undefined) return false;
    return allowsGroup(groups.get(resource.group), resource) || allowsGroup(groups.get("*"), resource);
  }

  #allowsUrl(urls: Urls | undefined, path: string): boolean {
    return urls !== undefined && (urls.exact.has(path) || urls.prefixes.some((prefix) => path.startsWith(prefix)));
  }

  #addResources(verb: string, rule: PolicyRule): void {
    const groups = childMap(this.#resources, verb);
    for (const group of rule.apiGroups ?? []) {
      const resources = childMap(groups, group);
      for (const resource of rule.resources ?? []) {
        const known = resources.get(resource);
        if (known === "all") continue;
        if ((rule.resourceNames ?? []).length === 0) resources.set(resource, "all");
        else resources.set(resource, new Set([...(known ?? []), ...rule.resourceNames!]));
      }
    }
  }

  #addUrls(verb: string, urls: readonly string[]): void {
    if (urls.length === 0) return;
    let known = this.#urls.get(verb);
    if (known === undefined) {
      known = { exact: new Set(), prefixes: [] };
      this.#urls.set(verb, known);
    }
    for (const url of urls) {
      known.exact.add(url);
      if (url.endsWith("*")) known.prefixes.push(trimStars(url));
    }
  }
}

function allowsGroup(resources: Map<string, Names> | undefined, wanted: NonNullable<Attributes["resource"]>): boolean {
  if (resources === undefined) return false;
  const { resource, subresource, name } = wanted;
  if (permits(resources.get("*"), name)) return true;
  if (subresource === "") return permits(resources.get(resource), name);
  return permits(resources.get(`${resource}/${subresource}`), name) || permits(resources.get(`*/${subresource}`), name);
}

function permits(names: Names | undefined, name: string): boolean {
  return names !== undefined && (names === "all" || names.has(name));
}

function childMap<Key, Value>(parent: Map<string, Map<Key, Value>>, key: string): Map<Key, Value> {
  let child = parent.get(key);
  if (child === undefined) {
    child = new Map();
    parent.set(key, child);
  }
  return child;
}

/** A url without the stars at its end. */
export function trimStars(url: string): string {
  let end = url.length;
  while (url[end - 1] === "*") end--;
  return url.slice(0, end);
}
