// Groups that other servers answer for (APIService). The plane asks here for every path before it looks at its own kinds.
//
// Invariants:
//   which servers there are follows from the committed APIService objects alone;
//   a server that fails or hangs concerns only requests to its own group version;
//   a plane without aggregated servers pays for a look into an empty map, and has no timer.

import type { KubeObject } from "../../machinery/object.ts";
import type { ForeignGroupVersion } from "../endpoints/discovery.ts";
import type { OpenApiDocument } from "../openapi/documents.ts";
import type { ForeignOpenApi } from "../openapi/merge-v2.ts";
import type { ControlPlane } from "../plane/control-plane.ts";
import type { StoreEvent, Subscriber } from "../store/plane-store.ts";
import type { ResourceState } from "../store/resource-state.ts";
import { apiServiceResource, groupVersionRoot, readRemoteApiService, rootOfPath } from "./api-service.ts";
import { AvailabilityChecker } from "./availability-checker.ts";
import { type Backend, ForeignServer } from "./foreign-server.ts";
import { automanagedLabel, LocalServices } from "./local-services.ts";

export class Aggregator implements Subscriber {
  readonly #plane: ControlPlane;
  readonly #state: ResourceState;
  /** By the root of their group version. */
  readonly #servers = new Map<string, ForeignServer>();
  readonly #checker: AvailabilityChecker;
  readonly #local: LocalServices;

  constructor(plane: ControlPlane) {
    this.#plane = plane;
    this.#checker = new AvailabilityChecker(plane);
    this.#local = new LocalServices(plane);
    this.#state = plane.store.resource(apiServiceResource.group, apiServiceResource.resource);
    plane.store.follow(this.#state, this);
    this.#rebuild();
  }

  /** Makes the APIService objects of the plane's own groups. Called once, when the plane can be written to. */
  start(): Promise<void> {
    return this.#local.start();
  }

  /** The server that answers for a path; undefined when no APIService claims it. */
  backendFor(path: string): Backend | undefined {
    if (this.#servers.size === 0) return undefined;
    const root = rootOfPath(path);
    return root === undefined ? undefined : this.#servers.get(root);
  }

  /** What the others serve, for discovery. */
  groupVersions(): readonly ForeignGroupVersion[] {
    return this.#servers.size === 0 ? none : [...this.#servers.values()].map((server) => server.discovery);
  }

  /** The paths of the others' OpenAPI v3 documents with their hashes ("" for unknown ones), as in the index. */
  *openApiV3Paths(): IterableIterator<[path: string, hash: string]> {
    for (const { openApi } of this.#servers.values()) {
      if (openApi.hash !== undefined) yield [openApi.path, openApi.hash];
    }
  }

  /** One of these documents; undefined when no server has it. */
  async fetchOpenApiV3(path: string): Promise<OpenApiDocument | undefined> {
    return this.#servers.get(`/${path}`)?.openApi.v3();
  }

  /** The OpenAPI v2 documents of the others, as last seen. */
  openApiV2Documents(): readonly ForeignOpenApi[] {
    return [...this.#servers.values()].flatMap(({ openApi }) => openApi.v2 ?? []);
  }

  close(): void {
    this.#checker.close();
    this.#local.close();
    for (const server of this.#servers.values()) server.close();
    this.#servers.clear();
  }

  deliver({ type, entry, previous }: StoreEvent): void {
    const { object } = entry;
    if (type === "DELETED") {
      this.#remove(rootOf(object));
      // An object that we keep comes back.
      if (previous?.labels[automanagedLabel] === "true") this.#local.settle();
      return;
    }
    const remote = readRemoteApiService(object);
    const root = rootOf(object);
    if (remote === undefined) this.#remove(root);
    else if (this.#servers.get(root)?.adopt(remote) !== true) this.#add(root, remote);
  }

  reset(reason: "closed" | "expired"): void {
    if (reason === "closed") return;
    this.#plane.store.follow(this.#state, this);
    this.#rebuild();
  }

  #rebuild(): void {
    for (const root of [...this.#servers.keys()]) this.#remove(root);
    for (const { object } of this.#state.entries.values()) {
      const remote = readRemoteApiService(object);
      if (remote !== undefined) this.#add(groupVersionRoot(remote), remote);
    }
  }

  #add(root: string, remote: ForeignServer["remote"]): void {
    this.#remove(root);
    const { committed, keys } = this.#plane;
    const server = new ForeignServer(committed, remote, keys.frontProxyClient, () => this.#checker.check(server));
    this.#servers.set(root, server);
    this.#checker.check(server);
  }

  #remove(root: string): void {
    const server = this.#servers.get(root);
    if (server === undefined) return;
    this.#servers.delete(root);
    this.#checker.forget(server);
    server.close();
  }
}

function rootOf({ spec }: KubeObject): string {
  return groupVersionRoot({ group: spec?.group ?? "", version: spec?.version ?? "" });
}

const none: readonly ForeignGroupVersion[] = [];
