// A control plane in memory with all controllers at work and a clock that tests turn.

import assert from "node:assert/strict";
import type { ControlPlane } from "../../apiserver/plane/control-plane.ts";
import type { PlaneSettings } from "../../apiserver/plane/settings.ts";
import type { Client } from "../../client/client.ts";
import type { KubeObject, ObjectMeta } from "../../machinery/object.ts";
import { ManualClock } from "../../runtime/clock.ts";
import { openTestPlane } from "../../testing.ts";

export interface TestPlane {
  plane: ControlPlane;
  client: Client;
  clock: ManualClock;
  close(): Promise<void>;
}

export async function openPlane(settings: Partial<PlaneSettings> = {}): Promise<TestPlane> {
  // The keys of test planes are of today; certificates have whole seconds.
  const clock = new ManualClock(new Date(Math.floor(Date.now() / 1000) * 1000));
  const { plane, client, stop } = await openTestPlane({ name: "test", settings, clock });
  return { plane, client, clock, close: stop };
}

/** Waits until `look` returns something, for five seconds at most. */
export async function until<T>(look: () => T | undefined | false | Promise<T | undefined | false>): Promise<T> {
  const deadline = performance.now() + 5000;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    assert.ok(performance.now() < deadline, `waited in vain: ${look}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Lets everything that is under way come to rest. */
export async function settled(plane: ControlPlane): Promise<void> {
  for (let quiet = 0, revision = -1; quiet < 30; ) {
    await new Promise((resolve) => setImmediate(resolve));
    quiet = plane.store.revision === revision ? quiet + 1 : 0;
    revision = plane.store.revision;
  }
}

export function configMap(name: string, namespace = "default", metadata: ObjectMeta = {}): KubeObject {
  return { apiVersion: "v1", kind: "ConfigMap", metadata: { name, namespace, ...metadata } };
}

export function ownedBy(owner: KubeObject, blockOwnerDeletion?: boolean): ObjectMeta {
  const { apiVersion, kind } = owner;
  const { name = "", uid = "" } = owner.metadata;
  const reference = { apiVersion, kind, name, uid, ...(blockOwnerDeletion !== undefined && { blockOwnerDeletion }) };
  return { ownerReferences: [reference] };
}
