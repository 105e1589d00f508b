// The two views that a StateReader can have of a PlaneStore.

import type { GroupResource, KubeObject } from "../../machinery/object.ts";
import type { StateReader } from "../strategy.ts";
import { objectKey, type PlaneStore } from "./plane-store.ts";
import { entriesIn } from "./resource-state.ts";

/** What strategies and admission decide on: the newest state, writes that are not yet durable included. */
export function newestState(store: PlaneStore): StateReader {
  return {
    get({ group, resource }: GroupResource, namespace: string, name: string): KubeObject | undefined {
      return store.newest(store.resource(group, resource), objectKey(namespace, name))?.object;
    },
    *list({ group, resource }: GroupResource, namespace = ""): IterableIterator<KubeObject> {
      for (const entry of store.newestIn(store.resource(group, resource), namespace)) yield entry.object;
    },
  };
}

/** What everybody may see: the published state. */
export function committedState(store: PlaneStore): StateReader {
  return {
    get({ group, resource }: GroupResource, namespace: string, name: string): KubeObject | undefined {
      return store.resource(group, resource).get(namespace, name)?.object;
    },
    *list({ group, resource }: GroupResource, namespace = ""): IterableIterator<KubeObject> {
      for (const entry of entriesIn(store.resource(group, resource).entries, namespace)) yield entry.object;
    },
  };
}
