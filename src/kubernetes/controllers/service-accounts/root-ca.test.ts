import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { rootCaMap } from "./root-ca.ts";

describe("the config map of the root CA", () => {
  const right = rootCaMap("team", "CA", undefined);

  it("is made anew", () => {
    assert.equal(right.metadata.namespace, "team");
    assert.deepEqual(right.data, { "ca.crt": "CA" });
  });

  it("stays as it is when it is right, whatever else is said of it", () => {
    const labelled = { ...right, metadata: { ...right.metadata, labels: { a: "b" } } };
    assert.equal(rootCaMap("team", "CA", labelled), labelled);
  });

  it("is put right, and keeps labels and annotations", () => {
    const annotations = { ...right.metadata.annotations, mine: "1" };
    const changed = { ...right, metadata: { ...right.metadata, annotations }, data: { "ca.crt": "CA", more: "x" } };
    assert.deepEqual(rootCaMap("team", "new CA", changed), {
      ...changed,
      data: { "ca.crt": "new CA" },
    });
    const bare = { ...right, metadata: { name: "kube-root-ca.crt", namespace: "team" } };
    assert.deepEqual(rootCaMap("team", "CA", bare).metadata.annotations, right.metadata.annotations);
  });
});
