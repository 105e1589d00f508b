// Which resources a control plane serves: the built-in kinds, shared by all planes, and the plane's own custom resources on top.

import type { Kind, KindVersion } from "../../machinery/kind.ts";
import { versionOf } from "../../machinery/kind.ts";
import { apiVersionOf, type GroupKind, type GroupResource, type GroupVersionKind } from "../../machinery/object.ts";
import { OpenApiDocuments } from "../openapi/documents.ts";
import type { KindRegistration, Strategy } from "../strategy.ts";

/** What a path `/apis/GROUP/VERSION/…/RESOURCE` names. */
export interface ServedResource {
  readonly kind: Kind;
  readonly version: KindVersion;
  readonly strategy: Strategy;
  readonly groupResource: GroupResource;
  readonly groupVersionKind: GroupVersionKind;
  /** Of the version asked for. */
  readonly apiVersion: string;
  /** Of the version in which objects are stored. */
  readonly storedApiVersion: string;
}

const noStrategy: Strategy = {};

function servedResources({ kind, strategy = noStrategy }: KindRegistration): ServedResource[] {
  return kind.versions
    .filter((version) => version.served)
    .map((version) => ({
      kind,
      version,
      strategy,
      groupResource: { group: kind.group, resource: kind.plural },
      groupVersionKind: { group: kind.group, version: version.name, kind: kind.kind },
      apiVersion: apiVersionOf(kind.group, version.name),
      storedApiVersion: apiVersionOf(kind.group, kind.storageVersion),
    }));
}

/** An immutable set of registrations with its lookups; the built-in one is made once for all planes. */
export class KindCatalog {
  readonly registrations: readonly KindRegistration[];
  /** Describes these kinds, and those that planes have on top; shared like the catalog. */
  readonly openApi: OpenApiDocuments;
  readonly #byPath = new Map<string, ServedResource>();
  readonly #byKind = new Map<string, KindRegistration>();

  constructor(registrations: readonly KindRegistration[], openApi = new OpenApiDocuments({}, "unversioned")) {
    this.registrations = registrations;
    this.openApi = openApi;
    for (const registration of registrations) {
      const { kind } = registration;
      this.#byKind.set(`${kind.group}/${kind.kind}`, registration);
      for (const served of servedResources(registration)) {
        this.#byPath.set(`${kind.group}/${served.version.name}/${kind.plural}`, served);
      }
    }
  }

  resource(group: string, version: string, resource: string): ServedResource | undefined {
    return this.#byPath.get(`${group}/${version}/${resource}`);
  }

  kind({ group, kind }: GroupKind): KindRegistration | undefined {
    return this.#byKind.get(`${group}/${kind}`);
  }
}

const emptyCatalog = new KindCatalog([]);

export class KindRegistry {
  readonly #builtin: KindCatalog;
  #custom: KindCatalog = emptyCatalog;
  #generation = 0;
  readonly #listeners = new Set<() => void>();

  constructor(builtin: KindCatalog) {
    this.#builtin = builtin;
  }

  /** Grows with every change; caches of discovery and OpenAPI go by it. */
  get generation(): number {
    return this.#generation;
  }

  get builtin(): KindCatalog {
    return this.#builtin;
  }

  get custom(): KindCatalog {
    return this.#custom;
  }

  /** All registrations, built-in ones first. */
  *registrations(): IterableIterator<KindRegistration> {
    yield* this.#builtin.registrations;
    yield* this.#custom.registrations;
  }

  resource(group: string, version: string, resource: string): ServedResource | undefined {
    return this.#builtin.resource(group, version, resource) ?? this.#custom.resource(group, version, resource);
  }

  /** The resource in its preferred served version. */
  preferred({ group, resource }: GroupResource): ServedResource | undefined {
    for (const { kind } of this.registrations()) {
      if (kind.group !== group || kind.plural !== resource) continue;
      const version = kind.versions.find((candidate) => candidate.served);
      return version && this.resource(group, version.name, resource);
    }
    return undefined;
  }

  forKind({ group, version, kind }: GroupVersionKind): ServedResource | undefined {
    const registration = this.#builtin.kind({ group, kind }) ?? this.#custom.kind({ group, kind });
    if (registration === undefined || versionOf(registration.kind, version) === undefined) return undefined;
    return this.resource(group, version, registration.kind.plural);
  }

  /** Replaces the plane's own kinds. */
  setCustom(registrations: readonly KindRegistration[]): void {
    this.#custom = registrations.length === 0 ? emptyCatalog : new KindCatalog(registrations);
    this.#generation++;
    for (const listener of this.#listeners) listener();
  }

  /** Calls `listener` after every change; the returned function ends that. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
