// Waits for a service account that a controller is about to make: who creates a namespace and at once a pod in it is not refused.

import type { ControlPlane } from "../../apiserver/plane/control-plane.ts";
import type { Subscriber } from "../../apiserver/store/plane-store.ts";
import { resources } from "./requests.ts";

const patience = 1000;

/** Resolves when the service account is there, or after a second; at once in a plane without controllers. */
export function serviceAccountAppears(plane: ControlPlane, namespace: string, name: string): Promise<void> {
  if (plane.settings.profile === "bare") return Promise.resolve();
  const { group, resource } = resources.serviceAccounts;
  const state = plane.store.resource(group, resource);
  return new Promise((resolve) => {
    const finish = () => {
      clearTimeout(timer);
      plane.store.unsubscribe(state, subscriber);
      resolve();
    };
    const subscriber: Subscriber = {
      deliver: ({ entry }) => {
        if (entry.namespace === namespace && entry.name === name) finish();
      },
      reset: finish,
    };
    const timer = setTimeout(finish, patience);
    plane.store.follow(state, subscriber);
  });
}
