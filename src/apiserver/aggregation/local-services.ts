// The APIService objects of the groups that this server answers for itself: those of built-in kinds are made when the plane starts,
// those of custom resources come and go with them. Objects that somebody made by hand are left alone.
// Source: kube-aggregator pkg/controllers/autoregister.

import { apiVersionOf, type KubeObject } from "../../machinery/object.ts";
import { hasReason } from "../../machinery/status-error.ts";
import type { ControlPlane } from "../plane/control-plane.ts";
import type { KindRegistration } from "../strategy.ts";
import { apiServiceGroup, apiServiceResource } from "./api-service.ts";
import { ownPriority } from "./priorities.ts";

export const automanagedLabel = "kube-aggregator.kubernetes.io/automanaged";
/** Values of the label: the object is looked after at the start, or always. */
type Automanaged = "onstart" | "true";

const path = `/apis/${apiServiceGroup}/v1/apiservices`;

export interface LocalServiceChanges {
  create: KubeObject[];
  update: KubeObject[];
  remove: string[];
}

/** The objects that belong to group versions of our own. */
function wantedLocalServices(
  builtin: readonly KindRegistration[],
  custom: readonly KindRegistration[],
): Map<string, KubeObject> {
  const wanted = new Map<string, KubeObject>();
  const add = (registrations: readonly KindRegistration[], automanaged: Automanaged) => {
    for (const { kind } of registrations) {
      if (kind.group === apiServiceGroup) continue;
      for (const { name: version, served } of kind.versions) {
        const object = localService(kind.group, version, automanaged);
        const name = object.metadata.name!;
        if (served && !wanted.has(name)) wanted.set(name, object);
      }
    }
  };
  add(builtin, "onstart");
  add(custom, "true");
  return wanted;
}

function localService(group: string, version: string, automanaged: Automanaged): KubeObject {
  const priority = ownPriority(group, version);
  return {
    apiVersion: apiVersionOf(apiServiceGroup, "v1"),
    kind: "APIService",
    metadata: { name: `${version}.${group}`, labels: { [automanagedLabel]: automanaged } },
    spec: {
      ...(group === "" ? {} : { group }),
      version,
      groupPriorityMinimum: priority.group,
      versionPriority: priority.version,
    },
  };
}

/** What to write. After the start, only the objects that are looked after always count. */
export function localServiceChanges(
  wanted: ReadonlyMap<string, KubeObject>,
  current: ReadonlyMap<string, KubeObject>,
  moment: "start" | "later",
): LocalServiceChanges {
  const changes: LocalServiceChanges = { create: [], update: [], remove: [] };
  const counts = (object: KubeObject) => {
    const label = object.metadata.labels?.[automanagedLabel];
    return label === "true" || (label === "onstart" && moment === "start");
  };
  for (const [name, object] of wanted) {
    const known = current.get(name);
    if (known === undefined) {
      if (counts(object)) changes.create.push(object);
    } else if (counts(known) && !sameSpec(known, object)) {
      changes.update.push({ ...known, spec: object.spec });
    }
  }
  for (const [name, object] of current) if (counts(object) && !wanted.has(name)) changes.remove.push(name);
  return changes;
}

function sameSpec({ spec: a }: KubeObject, { spec: b }: KubeObject): boolean {
  return a.groupPriorityMinimum === b.groupPriorityMinimum && a.versionPriority === b.versionPriority && !a.service;
}

/** Writes the changes of a plane; one run at a time. */
export class LocalServices {
  readonly #plane: ControlPlane;
  #running: Promise<void> | undefined;
  #again = false;
  #closed = false;

  constructor(plane: ControlPlane) {
    this.#plane = plane;
  }

  /** The first pass; a plane without the kind APIService has nothing to do. */
  async start(): Promise<void> {
    if (this.#plane.kinds.resource(apiServiceGroup, "v1", apiServiceResource.resource) === undefined) return;
    await this.#reconcile("start");
    this.#plane.kinds.onChange(() => this.settle());
  }

  /** Brings the objects of custom resources up to date. */
  settle(): void {
    if (this.#closed) return;
    if (this.#running !== undefined) {
      this.#again = true;
      return;
    }
    this.#running = this.#reconcile("later")
      .catch((error: unknown) => {
        if (!this.#closed) this.#plane.onUnexpectedError(error);
      })
      .finally(() => {
        this.#running = undefined;
        if (!this.#again) return;
        this.#again = false;
        this.settle();
      });
  }

  close(): void {
    this.#closed = true;
  }

  async #reconcile(moment: "start" | "later"): Promise<void> {
    const { kinds, committed } = this.#plane;
    const wanted = wantedLocalServices(kinds.builtin.registrations, kinds.custom.registrations);
    const current = new Map<string, KubeObject>();
    for (const object of committed.list(apiServiceResource)) current.set(object.metadata.name!, object);
    const { create, update, remove } = localServiceChanges(wanted, current, moment);
    // Together, so that they become durable together.
    await Promise.all([
      ...create.map((object) => this.#call("POST", "", object)),
      ...update.map((object) => this.#call("PUT", object.metadata.name!, object)),
      ...remove.map((name) => this.#call("DELETE", name)),
    ]);
  }

  async #call(method: "POST" | "PUT" | "DELETE", name: string, body?: KubeObject): Promise<void> {
    const { user } = this.#plane.systemContext();
    try {
      await this.#plane.callObject({ user, method, path: name === "" ? path : `${path}/${name}`, body });
    } catch (error) {
      // Somebody was faster; what they did comes back as an event.
      if (!["AlreadyExists", "NotFound", "Conflict"].some((reason) => hasReason(error, reason))) throw error;
    }
  }
}
