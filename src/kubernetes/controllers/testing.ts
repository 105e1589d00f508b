// A control plane in memory with the controllers of this module at work, for their tests.

import assert from "node:assert/strict";
import { crdRegistration } from "../../apiserver/crd/crd-kind.ts";
import { SharedSchemas } from "../../apiserver/crd/custom-schema.ts";
import { createPlaneKeys } from "../../apiserver/pki/plane-keys.ts";
import { ControlPlane } from "../../apiserver/plane/control-plane.ts";
import { defaultSettings, type PlaneSettings } from "../../apiserver/plane/settings.ts";
import { KindCatalog } from "../../apiserver/registry/kind-registry.ts";
import { ParsedObjectBudget } from "../../apiserver/store/entry.ts";
import type { Client } from "../../client/client.ts";
import { inProcessClient } from "../../client/in-process.ts";
import type { KubeObject, ObjectMeta } from "../../machinery/object.ts";
import { ManualClock } from "../../runtime/clock.ts";
import { ControllerManager } from "../../runtime/controller-manager.ts";
import { silentLogger } from "../../runtime/log.ts";
import { createMemoryEngine } from "../../storage/memory/engine.ts";
import { bootstrapKubernetes } from "../bootstrap.ts";
import { controlKinds } from "../control-kinds.ts";
import { coreKinds } from "../core-kinds.ts";
import { builtinSchema } from "../definitions.ts";
import { workloadKinds } from "../workload-kinds.ts";
import { kubernetesControllers } from "./index.ts";

const definitions = "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceDefinition";
let catalog: KindCatalog | undefined;

export interface TestPlane {
  plane: ControlPlane;
  client: Client;
  clock: ManualClock;
  close(): Promise<void>;
}

export async function openPlane(settings: Partial<PlaneSettings> = {}): Promise<TestPlane> {
  const crds = crdRegistration(builtinSchema(definitions));
  catalog ??= new KindCatalog([...coreKinds, ...workloadKinds, ...controlKinds, crds]);
  const clock = new ManualClock();
  const keys = await createPlaneKeys({ servingNames: ["localhost"], now: clock.now() });
  const engine = createMemoryEngine();
  await engine.create("test", "{}");
  const unexpected: unknown[] = [];
  const plane = await ControlPlane.open({
    name: "test",
    engine,
    keys,
    catalog,
    budget: new ParsedObjectBudget(),
    schemas: new SharedSchemas(builtinSchema("io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta")),
    settings: { ...defaultSettings, ...settings },
    now: () => clock.now(),
    onUnexpectedError: (error) => unexpected.push(error),
  });
  const client = inProcessClient(plane);
  await bootstrapKubernetes(client, plane);
  const environment = { plane: (name: string) => (name === "test" ? plane : undefined) };
  const manager = new ControllerManager({ controllers: kubernetesControllers(environment), clock, log: silentLogger });
  manager.activate(plane);
  return {
    plane,
    client,
    clock,
    async close() {
      await manager.stop();
      await plane.close();
      await engine.close();
      assert.deepEqual(unexpected, []);
    },
  };
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
