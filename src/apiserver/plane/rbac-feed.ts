// Keeps the RBAC index of a plane in step with what is committed.

import { type RbacIndex, rbacGroup } from "../authorization/rbac-index.ts";
import type { PlaneStore, StoreEvent, Subscriber } from "../store/plane-store.ts";

const resources = ["roles", "rolebindings", "clusterroles", "clusterrolebindings"];

export function feedRbac(store: PlaneStore, index: RbacIndex): void {
  for (const resource of resources) {
    const state = store.resource(rbacGroup, resource);
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
