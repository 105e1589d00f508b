import assert from "node:assert/strict";
import { test } from "node:test";
import { availability, kindsWithout, make, startPlane, until } from "./testing.ts";

const crds = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const resource = { group: "apiregistration.k8s.io", resource: "apiservices" };

test("own groups have APIServices, and those of custom resources come and go", async () => {
  const { plane, close } = await startPlane(kindsWithout());
  const named = (name: string) => plane.committed.get(resource, "", name);
  try {
    assert.equal(named("v1.")?.spec.groupPriorityMinimum, 18000);
    assert.equal(named("v2.autoscaling")?.spec.versionPriority, 30);
    assert.equal(availability(plane, "v1.apps").reason, "Local");
    assert.equal(named("v1.apiregistration.k8s.io"), undefined);
    const revision = plane.store.revision;
    await plane.aggregator.start();
    assert.equal(plane.store.revision, revision, "a second start writes nothing");

    await make(plane, crds, {
      apiVersion: "apiextensions.k8s.io/v1",
      kind: "CustomResourceDefinition",
      metadata: { name: "things.example.com" },
      spec: {
        group: "example.com",
        scope: "Namespaced",
        names: { plural: "things", singular: "thing", kind: "Thing", listKind: "ThingList" },
        versions: [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema: { type: "object" } } }],
      },
    });
    await until(() => named("v1.example.com") !== undefined, "the group has an APIService");
    assert.deepEqual(named("v1.example.com")?.metadata.labels, { "kube-aggregator.kubernetes.io/automanaged": "true" });
    const { user } = plane.systemContext();
    const path = "/apis/apiregistration.k8s.io/v1/apiservices/v1.example.com";
    const { uid } = named("v1.example.com")?.metadata ?? {};
    await plane.callObject({ user, method: "DELETE", path });
    await until(() => ![undefined, uid].includes(named("v1.example.com")?.metadata.uid), "it is made again");
    await plane.callObject({ user, method: "DELETE", path: `${crds}/things.example.com` });
    await until(() => named("v1.example.com") === undefined, "it goes with its resource");
  } finally {
    await close();
  }
});
