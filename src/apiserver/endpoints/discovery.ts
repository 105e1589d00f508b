// Discovery: which groups, versions and resources are served, in the old documents and the aggregated ones.
// Source: apimachinery/pkg/apis/meta/v1, k8s.io/api/apidiscovery.

import { createHash } from "node:crypto";
import { allVerbs, type Kind, type KindVersion } from "../../machinery/kind.ts";
import { apiVersionOf, type JsonObject } from "../../machinery/object.ts";
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
  registrations: { registration: KindRegistration; version: KindVersion }[];
}

interface ServedGroup {
  name: string;
  versions: ServedVersion[];
}

/** Groups in the order of registration, each with its versions by priority. */
function groupsOf(kinds: KindRegistry): ServedGroup[] {
  const groups = new Map<string, Map<string, ServedVersion>>();
  for (const registration of kinds.registrations()) {
    const { kind } = registration;
    for (const version of kind.versions) {
      if (!version.served) continue;
      let versions = groups.get(kind.group);
      if (versions === undefined) groups.set(kind.group, (versions = new Map()));
      let served = versions.get(version.name);
      if (served === undefined) versions.set(version.name, (served = { name: version.name, registrations: [] }));
      served.registrations.push({ registration, version });
    }
  }
  return [...groups].map(([name, versions]) => ({
    name,
    versions: [...versions.values()].sort((a, b) => compareVersions(b.name, a.name)),
  }));
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
    if (this.#generation !== this.#kinds.generation) {
      this.#groups = groupsOf(this.#kinds);
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
    const own = this.#current()
      .filter(({ name }) => name !== "")
      .map(({ name, versions }) => groupDocument(name, versions.map((version) => version.name)));
    const foreign = new Map<string, string[]>();
    for (const { group, version } of this.#foreign()) foreign.set(group, [...(foreign.get(group) ?? []), version]);
    return [...own, ...[...foreign].map(([name, versions]) => groupDocument(name, versions))];
  }

  /** `/api/v1`, `/apis/GROUP/VERSION`; undefined when it is not served here. */
  resourceList(group: string, version: string): JsonObject | undefined {
    const served = this.#current()
      .find(({ name }) => name === group)
      ?.versions.find(({ name }) => name === version);
    if (served === undefined) return undefined;
    return {
      kind: "APIResourceList",
      apiVersion: "v1",
      groupVersion: apiVersionOf(group, version),
      resources: served.registrations
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
        versions: versions.map((version) => ({
          version: version.name,
          resources: version.registrations
            .map(({ registration, version: kindVersion }) => aggregatedResource(registration, kindVersion))
            .sort((a, b) => (a.resource < b.resource ? -1 : 1)),
          freshness: "Current",
        })),
      }));
    if (!core) items.push(...this.#foreignItems());
    return { kind: "APIGroupDiscoveryList", apiVersion: `apidiscovery.k8s.io/${metaVersion}`, metadata: {}, items };
  }

  #foreignItems() {
    const groups = new Map<string, ForeignGroupVersion[]>();
    const sorted = [...this.#foreign()].sort(
      (a, b) => b.groupPriority - a.groupPriority || b.versionPriority - a.versionPriority,
    );
    for (const each of sorted) groups.set(each.group, [...(groups.get(each.group) ?? []), each]);
    return [...groups].map(([name, versions]) => ({
      metadata: { name, creationTimestamp: null },
      versions: versions.map(({ version, resources, stale }) => ({
        version,
        resources: resources as ReturnType<typeof aggregatedResource>[],
        freshness: stale ? "Stale" : "Current",
      })),
    }));
  }
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
