// Keeps an index of authorization in step with what is committed.

import type { GroupResource, KubeObject } from "../../machinery/object.ts";
import type { PlaneStore, StoreEvent, Subscriber } from "../store/plane-store.ts";

export interface EventIndex {
  apply(event: { type: "set" | "delete"; object: KubeObject }): void;
  /** The state was replaced: what was read of it is void. */
  reset(): void;
}

export function feedIndex(store: PlaneStore, index: EventIndex, resources: readonly GroupResource[]): void {
  for (const { group, resource } of resources) {
    const state = store.resource(group, resource);
    const subscriber: Subscriber = {
      deliver: ({ type, entry }: StoreEvent) => {
        index.apply({ type: type === "DELETED" ? "delete" : "set", object: entry.object });
      },
      reset: (reason) => {
        index.reset();
        if (reason === "expired") store.follow(state, subscriber);
      },
    };
    store.follow(state, subscriber);
  }
}
