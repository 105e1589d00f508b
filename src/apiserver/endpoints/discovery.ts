// Discovery: which groups, versions and resources are served, in the old documents and the aggregated ones.
// Source: apimachinery/pkg/apis/meta/v1, k8s.io/api/apidiscovery.

import { createHash } from "node:crypto";
import { allVerbs, type Kind, type KindVersion } from "../../machinery/kind.ts";
import { apiVersionOf, type JsonObject } from "../../machinery/object.ts";
import { ownPriority } from "../aggregation/priorities.ts";
import type { KindRegistry } from "../registry/kind-registry.ts";
import type { KindRegistration } from "../strategy.ts";

/** A group version that another server answers for, in the aggregated form. */
export interface ForeignGroupVersion {
  group: string;
  version: string;
  /** `APIResourceDiscovery` entries. */
  resources: JsonObject[];
  /** Whether they were fetched a while ago and cannot be fetched now. */
  stale: boolean;
  groupPriority: number;
  versionPriority: number;
}

interface ServedVersion {
  name: string;
  priority: number;
  source: { type: "own"; registrations: ServedKind[] } | { type: "foreign"; foreign: ForeignGroupVersion };
}

interface ServedKind {
  registration: KindRegistration;
  version: KindVersion;
}

interface ServedGroup {
  name: string;
  priority: number;
  versions: ServedVersion[];
}

/** Groups and versions by priority; what another server answers for takes the place of what would be ours. */
function groupsOf(kinds: KindRegistry, foreign: readonly ForeignGroupVersion[]): ServedGroup[] {
  const groups = new Map<string, { priority: number; versions: Map<string, ServedVersion> }>();
  const groupOf = (name: string, priority: number) => {
    let group = groups.get(name);
    if (group === undefined) {
      group = { priority, versions: new Map() };
      groups.set(name, group);
    }
    group.priority = Math.max(group.priority, priority);
    return group;
  };
  for (const registration of kinds.registrations()) {
    const { kind } = registration;
    for (const version of kind.versions) {
      if (!version.served) continue;
      const { name } = version;
      const priority = ownPriority(kind.group, name);
      const { versions } = groupOf(kind.group, priority.group);
      let served = versions.get(name);
      if (served === undefined) {
        served = { name, priority: priority.version, source: { type: "own", registrations: [] } };
        versions.set(name, served);
      }
      if (served.source.type === "own") served.source.registrations.push({ registration, version });
    }
  }
  for (const each of foreign) {
    const source = { type: "foreign", foreign: each } as const;
    const { versions } = groupOf(each.group, each.groupPriority);
    versions.set(each.version, { name: each.version, priority: each.versionPriority, source });
  }
  return [...groups]
    .map(([name, { priority, versions }]) => ({
      name,
      priority,
      versions: [...versions.values()].sort((a, b) => b.priority - a.priority || compareVersions(b.name, a.name)),
    }))
    .sort((a, b) => b.priority - a.priority || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}

/** The order of Kubernetes: GA before beta before alpha, higher numbers later; other names last, by the alphabet. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [parseVersion(a), parseVersion(b)];
  if (left === undefined || right === undefined) {
    if (left !== undefined) return 1;
    if (right !== undefined) return -1;
    return a < b ? 1 : a > b ? -1 : 0;
  }
  return left.level - right.level || left.major - right.major || left.minor - right.minor;
}

function parseVersion(name: string): { level: number; major: number; minor: number } | undefined {
  const match = /^v([1-9][0-9]{0,8})(?:(alpha|beta)([1-9][0-9]{0,8}))?$/.exec(name);
  if (match === null) return undefined;
  const level = match[2] === undefined ? 2 : match[2] === "beta" ? 1 : 0;
  return { level, major: Number(match[1]), minor: Number(match[3] ?? 0) };
}

export class Discovery {
  readonly #kinds: KindRegistry;
  readonly #foreign: () => readonly ForeignGroupVersion[];
  #generation = -1;
  #groups: ServedGroup[] = [];

  constructor(kinds: KindRegistry, foreign: () => readonly ForeignGroupVersion[]) {
    this.#kinds = kinds;
    this.#foreign = foreign;
  }

  #current(): ServedGroup[] {
    const foreign = this.#foreign();
    if (foreign.length > 0) {
      this.#generation = -1;
      return groupsOf(this.#kinds, foreign);
    }
    if (this.#generation !== this.#kinds.generation) {
      this.#groups = groupsOf(this.#kinds, foreign);
      this.#generation = this.#kinds.generation;
    }
    return this.#groups;
  }

  /** `/api`. */
  coreVersions(address: string): JsonObject {
    return {
      kind: "APIVersions",
      versions: ["v1"],
      serverAddressByClientCIDRs: [{ clientCIDR: "0.0.0.0/0", serverAddress: address }],
    };
  }

  /** `/apis`. */
  groupList(): JsonObject {
    return { kind: "APIGroupList", apiVersion: "v1", groups: this.#groupDocuments() };
  }

  /** `/apis/GROUP`; undefined when there is none. */
  group(name: string): JsonObject | undefined {
    const group = this.#groupDocuments().find((candidate) => candidate.name === name);
    return group && { kind: "APIGroup", apiVersion: "v1", ...group };
  }

  #groupDocuments(): JsonObject[] {
    return this.#current()
      .filter(({ name }) => name !== "")
      .map(({ name, versions }) =>
        groupDocument(
          name,
          versions.map((version) => version.name),
        ),
      );
  }

  /** `/api/v1`, `/apis/GROUP/VERSION`; undefined when it is not served here. */
  resourceList(group: string, version: string): JsonObject | undefined {
    const source = this.#current()
      .find(({ name }) => name === group)
      ?.versions.find(({ name }) => name === version)?.source;
    if (source?.type !== "own") return undefined;
    return {
      kind: "APIResourceList",
      apiVersion: "v1",
      groupVersion: apiVersionOf(group, version),
      resources: source.registrations
        .flatMap(({ registration, version: kindVersion }) => legacyResources(registration, kindVersion))
        .sort((a, b) => (a.name < b.name ? -1 : 1)),
    };
  }

  /** The aggregated form: of the core group for `/api`, of the others for `/apis`. */
  aggregated(core: boolean, metaVersion: "v2" | "v2beta1"): JsonObject {
    const items = this.#current()
      .filter(({ name }) => (name === "") === core)
      .map(({ name, versions }) => ({
        metadata: name === "" ? { creationTimestamp: null } : { name, creationTimestamp: null },
        versions: versions.map((version) => ({ version: version.name, ...aggregatedVersion(version) })),
      }));
    return { kind: "APIGroupDiscoveryList", apiVersion: `apidiscovery.k8s.io/${metaVersion}`, metadata: {}, items };
  }
}

function aggregatedVersion({ source }: ServedVersion): JsonObject {
  if (source.type === "foreign") {
    const { resources, stale } = source.foreign;
    return { resources, freshness: stale ? "Stale" : "Current" };
  }
  const resources = source.registrations
    .map(({ registration, version }) => aggregatedResource(registration, version))
    .sort((a, b) => (a.resource < b.resource ? -1 : 1));
  return { resources, freshness: "Current" };
}

function groupDocument(name: string, versions: string[]): JsonObject {
  const list = versions.map((version) => ({ groupVersion: apiVersionOf(name, version), version }));
  return { name, versions: list, preferredVersion: list[0] };
}

interface SubresourceDocument {
  name: string;
  kind: { group: string; version: string; kind: string };
  verbs: readonly string[];
}

/** Verbs in the order in which discovery lists them: by the alphabet. */
function verbsOf({ kind, strategy }: KindRegistration): string[] {
  if (strategy?.answer !== undefined) return ["create"];
  return [...(kind.verbs ?? allVerbs)].sort();
}

function subresourcesOf({ kind, strategy }: KindRegistration, version: KindVersion): SubresourceDocument[] {
  const own = { group: kind.group, version: version.name, kind: kind.kind };
  const list: SubresourceDocument[] = [];
  if (version.status) list.push({ name: "status", kind: own, verbs: ["get", "patch", "update"] });
  if (version.scale !== undefined) {
    list.push({
      name: "scale",
      kind: { group: "autoscaling", version: "v1", kind: "Scale" },
      verbs: ["get", "patch", "update"],
    });
  }
  for (const [name, subresource] of Object.entries(strategy?.subresources ?? {})) {
    const shown = subresource.type === "action" ? subresource.body : own;
    list.push({ name, kind: shown, verbs: [...subresource.verbs].sort() });
  }
  return list;
}

function legacyResources(registration: KindRegistration, version: KindVersion): JsonObject[] {
  const { kind } = registration;
  const main: JsonObject = {
    name: kind.plural,
    singularName: kind.singular,
    namespaced: kind.namespaced,
    kind: kind.kind,
    verbs: verbsOf(registration),
  };
  if (kind.shortNames?.length) main.shortNames = kind.shortNames;
  if (kind.categories?.length) main.categories = kind.categories;
  if (registration.strategy?.answer === undefined) main.storageVersionHash = storageVersionHash(kind);
  const subresources = subresourcesOf(registration, version).map((subresource) => {
    const { group, version: kindVersion, kind: name } = subresource.kind;
    const document: JsonObject = {
      name: `${kind.plural}/${subresource.name}`,
      singularName: "",
      namespaced: kind.namespaced,
      kind: name,
      verbs: subresource.verbs,
    };
    if (group !== kind.group || kindVersion !== version.name) {
      document.group = group;
      document.version = kindVersion;
    }
    return document;
  });
  return [main, ...subresources];
}

function aggregatedResource(registration: KindRegistration, version: KindVersion) {
  const { kind } = registration;
  const subresources = subresourcesOf(registration, version).map((subresource) => ({
    subresource: subresource.name,
    responseKind: subresource.kind,
    verbs: subresource.verbs,
  }));
  return {
    resource: kind.plural,
    responseKind: { group: kind.group, version: version.name, kind: kind.kind },
    scope: kind.namespaced ? "Namespaced" : "Cluster",
    singularResource: kind.singular,
    verbs: verbsOf(registration),
    ...(kind.shortNames?.length && { shortNames: kind.shortNames }),
    ...(kind.categories?.length && { categories: kind.categories }),
    ...(subresources.length > 0 && { subresources }),
  };
}

/** Tells clients whether two resources are stored alike: a short hash of group, version and kind. */
function storageVersionHash(kind: Kind): string {
  const text = `${kind.group}/${kind.storageVersion}/${kind.kind}`;
  return createHash("sha256").update(text).digest().subarray(0, 8).toString("base64");
}
