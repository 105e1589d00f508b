// Which requests a webhook or policy is for: rules of operations and resources, selectors of namespaces and objects. The part that
// depends on the resource alone is remembered per resource, so that a request that nothing matches costs one look-up.
// Source: apiserver/pkg/admission/plugin/webhook/{generic,predicates}, apiserver/pkg/admission/plugin/policy/matching.

import type { JsonObject, KubeObject } from "../../machinery/object.ts";
import {
  type LabelSelector,
  labelSelectorToRequirements,
  matches,
  type Requirement,
} from "../../machinery/selectors.ts";
import { notFoundError } from "../../machinery/status-error.ts";
import type { AdmissionRequest } from "../admission.ts";
import type { KindRegistry, ServedResource } from "../registry/kind-registry.ts";

const namespaces = { group: "", resource: "namespaces" };

interface Rule {
  operations: readonly string[];
  groups: readonly string[];
  versions: readonly string[];
  resources: readonly { resource: string; subresource: string }[];
  scope: string;
  /** All when empty. */
  names: readonly string[];
}

/** What a rule matched: the resource as the request names it, or an equivalent one that the object has to be converted to. */
export type Matched = { as: "request" } | { as: "equivalent"; served: ServedResource };

interface MatchSource {
  /** Nothing at all is matched by none, unless `all` is set. */
  rules: readonly JsonObject[];
  excluded?: readonly JsonObject[];
  matchPolicy?: string;
  namespaceSelector?: LabelSelector;
  objectSelector?: LabelSelector;
  /** Whether no rules stand for every request. */
  all?: boolean;
}

export class RequestMatch {
  readonly #rules: readonly Rule[];
  readonly #excluded: readonly Rule[];
  readonly #equivalent: boolean;
  readonly #namespaces: readonly Requirement[];
  readonly #objects: readonly Requirement[];

  constructor(source: MatchSource) {
    const all = source.all === true && source.rules.length === 0;
    this.#rules = all ? [everything] : source.rules.map(readRule);
    this.#excluded = (source.excluded ?? []).map(readRule);
    this.#equivalent = source.matchPolicy !== "Exact";
    this.#namespaces = labelSelectorToRequirements(source.namespaceSelector ?? {}) ?? [];
    this.#objects = labelSelectorToRequirements(source.objectSelector ?? {}) ?? [];
  }

  /** Whether rules name single objects. */
  get dependsOnName(): boolean {
    return [...this.#rules, ...this.#excluded].some(({ names }) => names.length > 0);
  }

  /** Whether a request can match by what its resource is. */
  find(request: AdmissionRequest, kinds: KindRegistry): Matched | undefined {
    if (this.#excluded.length > 0 && this.#findIn(this.#excluded, request, kinds) !== undefined) return undefined;
    return this.#findIn(this.#rules, request, kinds);
  }

  /** Whether the selectors match, which look at labels. Throws the 404 when the namespace is not there. */
  selects(request: AdmissionRequest): boolean {
    const { object, oldObject } = request;
    if (this.#namespaces.length > 0 && !this.#selectsNamespace(request)) return false;
    if (this.#objects.length === 0) return true;
    return [object, oldObject].some((one) => one !== undefined && matches(this.#objects, one.metadata?.labels));
  }

  #selectsNamespace(request: AdmissionRequest): boolean {
    const { object, operation, subresource, state } = request;
    const namespace = namespaceOf(request);
    if (namespace === "") return true;
    let labels: Record<string, string> | undefined;
    if (isNamespace(request) && subresource === "" && operation !== "DELETE") labels = object?.metadata.labels;
    else {
      const found = state.get(namespaces, "", namespace);
      if (found === undefined) throw notFoundError(namespaces, namespace);
      labels = found.metadata.labels;
    }
    return matches(this.#namespaces, labels);
  }

  #findIn(rules: readonly Rule[], request: AdmissionRequest, kinds: KindRegistry): Matched | undefined {
    const { group, version, resource } = request.resource;
    if (rules.some((rule) => applies(rule, request, group, version, resource))) return { as: "request" };
    if (!this.#equivalent) return undefined;
    const others = equivalents(request, kinds);
    for (const rule of rules) {
      for (const served of others) {
        const { kind, groupVersionKind } = served;
        if (applies(rule, request, kind.group, groupVersionKind.version, kind.plural))
          return { as: "equivalent", served };
      }
    }
    return undefined;
  }
}

const everything: Rule = {
  operations: ["*"],
  groups: ["*"],
  versions: ["*"],
  resources: [{ resource: "*", subresource: "*" }],
  scope: "*",
  names: [],
};

function readRule(rule: JsonObject): Rule {
  return {
    operations: rule.operations ?? [],
    groups: rule.apiGroups ?? [],
    versions: rule.apiVersions ?? [],
    resources: ((rule.resources ?? []) as string[]).map((text) => {
      const slash = text.indexOf("/");
      return slash < 0
        ? { resource: text, subresource: "" }
        : { resource: text.slice(0, slash), subresource: text.slice(slash + 1) };
    }),
    scope: rule.scope ?? "*",
    names: rule.resourceNames ?? [],
  };
}

function applies(rule: Rule, request: AdmissionRequest, group: string, version: string, resource: string): boolean {
  return (
    has(rule.operations, request.operation) &&
    has(rule.groups, group) &&
    has(rule.versions, version) &&
    rule.resources.some(
      (one) =>
        (one.resource === "*" || one.resource === resource) &&
        (one.subresource === "*" || one.subresource === request.subresource),
    ) &&
    inScope(rule.scope, request) &&
    (rule.names.length === 0 || rule.names.includes(request.name || (request.object?.metadata.name ?? "")))
  );
}

function has(list: readonly string[], item: string): boolean {
  return list.includes("*") || list.includes(item);
}

function inScope(scope: string, request: AdmissionRequest): boolean {
  const clusterScoped = request.namespace === "" || isNamespace(request);
  if (scope === "Namespaced") return !clusterScoped;
  return scope === "Cluster" ? clusterScoped : true;
}

/** Other served versions of the same resource, and other groups that show the same objects. */
function equivalents({ resource: wanted }: AdmissionRequest, kinds: KindRegistry): ServedResource[] {
  const found: ServedResource[] = [];
  const own = kinds.resource(wanted.group, wanted.version, wanted.resource);
  if (own === undefined) return found;
  const place = own.kind.storedAs ?? own.groupResource;
  for (const { kind } of kinds.registrations()) {
    const at = kind.storedAs ?? { group: kind.group, resource: kind.plural };
    if (at.group !== place.group || at.resource !== place.resource) continue;
    for (const { name, served } of kind.versions) {
      if (!served || (kind.group === wanted.group && name === wanted.version)) continue;
      const other = kinds.resource(kind.group, name, kind.plural);
      if (other !== undefined) found.push(other);
    }
  }
  return found;
}

export function isNamespace({ resource: { group, resource } }: AdmissionRequest): boolean {
  return resource === "namespaces" && group === "";
}

/** The namespace of a request; that of a Namespace is its own name. */
export function namespaceOf(request: AdmissionRequest): string {
  if (!isNamespace(request)) return request.namespace;
  return request.name || (request.object?.metadata.name ?? "");
}

/** The namespace object around a request; none for cluster-scoped objects, Namespaces included. */
export function namespaceObjectOf(request: AdmissionRequest): KubeObject | undefined {
  if (request.namespace === "" || isNamespace(request)) return undefined;
  return request.state.get(namespaces, "", request.namespace);
}
