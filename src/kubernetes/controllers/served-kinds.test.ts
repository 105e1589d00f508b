import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { ReconcileContext } from "../../runtime/controller.ts";
import { findKind, type ServedKinds, servedKinds } from "./served-kinds.ts";
import { openPlane, type TestPlane } from "./testing.ts";

describe("the kinds that a plane serves", () => {
  let test: TestPlane;
  before(async () => {
    test = await openPlane();
  });
  after(() => test.close());

  const context = () => ({ plane: "test", client: test.client }) as ReconcileContext;
  const show = ({ kinds }: ServedKinds) =>
    kinds
      .map(({ group, version, plural, kind, namespaced, verbs }) =>
        [group, version, plural, kind, namespaced, [...verbs].sort().join("+")].join(" "),
      )
      .sort();

  it("are the same in discovery as in the registry", async () => {
    const near = await servedKinds({ plane: () => test.plane }, context());
    const far = await servedKinds({ plane: () => undefined }, context());
    assert.deepEqual(far.failures, []);
    // Discovery also has the second name of events.
    const found = show(far).filter((line) => !line.startsWith("events.k8s.io "));
    assert.deepEqual(found, show(near));
  });

  it("are found by group and kind", async () => {
    const served = await servedKinds({ plane: () => test.plane }, context());
    assert.equal(findKind(served, { group: "apps", kind: "Deployment" })?.plural, "deployments");
    assert.equal(findKind(served, { group: "", kind: "Deployment" }), undefined);
  });
});
