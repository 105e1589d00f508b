// Serves what the CRDs of a plane declare, and keeps it so. Their kinds change in the turn in which a CRD is committed, so that who
// was answered can use what was answered; statuses that follow from others' names, and the clean-up of a deleted CRD's objects, are
// written after that. Watches of a kind that is declared otherwise, or no more, end: their clients ask anew.
//
// Invariant: the kinds that are served follow from the committed CRDs alone.

import { setCondition } from "../../machinery/conditions.ts";
import { deepCopy, type KubeObject } from "../../machinery/object.ts";
import { hasReason } from "../../machinery/status-error.ts";
import { formatTime } from "../../machinery/time.ts";
import type { ControlPlane } from "../plane/control-plane.ts";
import type { Entry } from "../store/entry.ts";
import type { StoreEvent, Subscriber } from "../store/plane-store.ts";
import type { ResourceState } from "../store/resource-state.ts";
import type { StrategyContext } from "../strategy.ts";
import type { WebhookPost } from "./conversion.ts";
import { type Crd, crdGroup, crdResource, isConditionTrue } from "./crd.ts";
import { cleanupFinalizer } from "./crd-kind.ts";
import { crdStatus, terminatingCondition } from "./crd-status.ts";
import { CustomKinds } from "./custom-kinds.ts";
import type { SharedSchemas } from "./custom-schema.ts";

/** Objects of a deleted CRD that are deleted at a time. */
const deletesAtOnce = 64;
/** Milliseconds after which what failed is tried again. */
const retryAfter = 2000;

export class CrdRegistrar implements Subscriber {
  readonly #plane: ControlPlane;
  readonly #state: ResourceState;
  readonly #kinds: CustomKinds;
  /** Names of CRDs whose objects are being deleted. */
  readonly #cleaning = new Set<string>();
  #settling: Promise<void> | undefined;
  #again = false;
  #retry: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(plane: ControlPlane, schemas: SharedSchemas, post: WebhookPost) {
    this.#plane = plane;
    this.#kinds = new CustomKinds({ schemas, post, onError: (error) => plane.onUnexpectedError(error) });
    this.#state = plane.store.resource(crdGroup, crdResource.resource);
    plane.store.follow(this.#state, this);
    if (this.#state.entries.size > 0) this.#register();
  }

  /** Looks after CRDs that an earlier process left half done. */
  resume(): void {
    if (this.#state.entries.size > 0) this.#settle();
  }

  deliver(_event: StoreEvent): void {
    this.#register();
    this.#settle();
  }

  reset(reason: "closed" | "expired"): void {
    if (reason === "closed") {
      this.#closed = true;
      clearTimeout(this.#retry);
      return;
    }
    this.#plane.store.follow(this.#state, this);
    this.#register();
    this.#settle();
  }

  #crds(): Crd[] {
    return [...this.#state.entries.values()].map((entry) => entry.object as Crd);
  }

  #register(): void {
    const established = this.#crds().filter((crd) => isConditionTrue(crd, "Established"));
    const { registrations, changed } = this.#kinds.declare(established);
    const { kinds, store, fanOut } = this.#plane;
    kinds.setCustom(registrations);
    for (const { group, resource } of changed) fanOut.endOf(store.resource(group, resource));
  }

  /** Brings statuses up to date and cleans up after deleted CRDs; one run at a time. */
  #settle(): void {
    if (this.#settling !== undefined) {
      this.#again = true;
      return;
    }
    this.#settling = this.#settleOnce()
      .catch((error: unknown) => this.#tryAgain(error))
      .finally(() => {
        this.#settling = undefined;
        if (this.#again) {
          this.#again = false;
          this.#settle();
        }
      });
  }

  /** Storage may be full or away for a while; a CRD must not stay half done for that. */
  #tryAgain(error: unknown): void {
    if (this.#closed) return;
    this.#plane.onUnexpectedError(error);
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => this.#settle(), retryAfter);
    this.#retry.unref();
  }

  async #settleOnce(): Promise<void> {
    const crds = this.#crds();
    const now = formatTime(this.#plane.now());
    for (const crd of crds) {
      let status = crdStatus(crd, crds, now);
      if (crd.metadata.deletionTimestamp !== undefined && !isConditionTrue(crd, "Terminating")) {
        status = { ...status, conditions: setCondition(status.conditions, terminatingCondition, now) };
      }
      if (status !== crd.status) await this.#update(crd, (current) => ({ ...current, status: { ...status } }));
      if (crd.metadata.deletionTimestamp !== undefined) this.#clean(crd);
    }
  }

  async #update(crd: Crd, change: (current: KubeObject) => KubeObject): Promise<void> {
    const name = crd.metadata.name!;
    try {
      await this.#plane.services.update(crdResource, "", name, change, this.#context());
    } catch (error) {
      if (!hasReason(error, "NotFound")) throw error;
    }
  }

  #context(): StrategyContext {
    return this.#plane.systemContext();
  }

  /** Deletes the objects of a CRD; when the last is gone, takes the finalizer off. */
  #clean(crd: Crd): void {
    const name = crd.metadata.name!;
    if (this.#cleaning.has(name) || crd.metadata.finalizers?.includes(cleanupFinalizer) !== true) return;
    this.#cleaning.add(name);
    const objects = this.#plane.store.resource(crd.spec.group, crd.spec.names.plural);
    this.#empty(crd, objects)
      .then(() => this.#update(crd, withoutCleanup))
      .catch((error: unknown) => this.#tryAgain(error))
      .finally(() => this.#cleaning.delete(name));
  }

  /** Deletes until nothing is left: a create that was under way when the CRD was deleted may still come through. */
  async #empty(crd: Crd, objects: ResourceState): Promise<void> {
    while (objects.entries.size > 0) {
      const entries = objects.entries.valuesArray().filter((entry) => !isMarked(entry));
      if (entries.length > 0) {
        await this.#deleteAll(crd, entries);
        // What somebody else is deleting is gone for a delete, and here only when that is committed: let it be.
        await new Promise((resolve) => setImmediate(resolve));
      } else await this.#nextArrivalOrEnd(objects);
    }
  }

  async #deleteAll(crd: Crd, entries: readonly Entry[]): Promise<void> {
    const resource = { group: crd.spec.group, resource: crd.spec.names.plural };
    for (let index = 0; index < entries.length; index += deletesAtOnce) {
      await Promise.all(
        entries.slice(index, index + deletesAtOnce).map(async ({ namespace, name }) => {
          try {
            await this.#plane.services.delete(resource, namespace, name, {}, this.#context());
          } catch (error) {
            if (!hasReason(error, "NotFound")) throw error;
          }
        }),
      );
    }
  }

  /** Resolves when another object comes or the last one goes; finalizers of others may take their time. */
  #nextArrivalOrEnd(objects: ResourceState): Promise<void> {
    const { store } = this.#plane;
    return new Promise((resolve) => {
      const subscriber: Subscriber = {
        deliver: ({ type }) => {
          if (type !== "ADDED" && objects.entries.size > 0) return;
          store.unsubscribe(objects, subscriber);
          resolve();
        },
        reset: (reason) => {
          if (reason === "expired") resolve();
        },
      };
      store.follow(objects, subscriber);
    });
  }
}

function isMarked({ object }: Entry): boolean {
  return object.metadata.deletionTimestamp !== undefined;
}

function withoutCleanup(crd: KubeObject): KubeObject {
  const next = deepCopy(crd);
  next.metadata.finalizers = next.metadata.finalizers?.filter((finalizer) => finalizer !== cleanupFinalizer);
  if (next.metadata.finalizers?.length === 0) delete next.metadata.finalizers;
  return next;
}
