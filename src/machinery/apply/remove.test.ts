import assert from "node:assert/strict";
import { test } from "node:test";
import { rootTypeOf } from "./field-type.ts";
import { extractItems, removeItems } from "./remove.ts";
import { emptySet, setOf } from "./set.ts";
import { podSchema } from "./testing-schemas.ts";

const type = rootTypeOf(podSchema);
const pod = {
  metadata: { labels: { a: "1", b: "2" }, finalizers: ["x", "y"] },
  spec: { containers: [{ name: "c", image: "i", args: ["1"] }, { name: "d" }], nodeSelector: { zone: "z" } },
};
const some = setOf(
  ["f:metadata", "f:labels", "f:a"],
  ["f:metadata", "f:finalizers", 'v:"x"'],
  ["f:spec", "f:containers", 'k:{"name":"c"}', "f:name"],
  ["f:spec", "f:containers", 'k:{"name":"c"}', "f:args"],
  ["f:spec", "f:nodeSelector"],
);

test("removing takes the paths of a set out of a value", () => {
  assert.deepEqual(removeItems(type, pod, some, undefined), {
    metadata: { labels: { b: "2" }, finalizers: ["y"] },
    spec: { containers: [{ image: "i" }, { name: "d" }] },
  });
  assert.deepEqual(removeItems(type, pod, emptySet, undefined), pod);
});

test("a container that loses all its parts is null or left out", () => {
  const labels = setOf(["f:metadata", "f:labels", "f:a"], ["f:metadata", "f:labels", "f:b"]);
  const without = removeItems(type, pod, labels, undefined) as typeof pod;
  assert.deepEqual(without.metadata, { finalizers: ["x", "y"] });
  const nulled = removeItems(type, pod, labels, null) as typeof pod;
  assert.deepEqual(nulled.metadata, { labels: null, finalizers: ["x", "y"] });
});

test("extracting keeps only the paths of a set", () => {
  assert.deepEqual(extractItems(type, pod, some), {
    metadata: { labels: { a: "1" }, finalizers: ["x"] },
    spec: { containers: [{ name: "c", args: ["1"] }], nodeSelector: { zone: "z" } },
  });
  assert.equal(extractItems(type, pod, setOf(["f:status"])), undefined);
});
