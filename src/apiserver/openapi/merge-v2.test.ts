import assert from "node:assert/strict";
import { test } from "node:test";
import { mergeOpenApiV2 } from "./merge-v2.ts";

const ref = (name: string) => ({ $ref: `#/definitions/${name}` });

test("paths of the group version come with their definitions, and what is ours stays", () => {
  const own = { paths: { "/api": 1 }, definitions: { Same: { type: "string" }, Other: { type: "string" } } };
  const document = {
    paths: { "/apis/a/v1/x": { get: ref("X") }, "/apis/a/v10/x": {}, "/apis/b/v1/x": {}, "/api": 2 },
    definitions: {
      X: { properties: { same: ref("Same"), other: ref("Other"), self: ref("X") } },
      Same: { type: "string" },
      Other: { type: "integer" },
      Unused: {},
    },
  };
  const merged = mergeOpenApiV2(own, [{ prefix: "/apis/a/v1", hash: "", document }]);
  assert.deepEqual(merged, {
    paths: { "/api": 1, "/apis/a/v1/x": { get: ref("X") } },
    definitions: {
      Same: { type: "string" },
      Other: { type: "string" },
      Other_v2: { type: "integer" },
      X: { properties: { same: ref("Same"), other: ref("Other_v2"), self: ref("X") } },
    },
  });
});

test("nonsense and evil names do no harm", () => {
  const document = JSON.parse(
    '{"paths":{"/apis/a/v1/x":{"__proto__":{"polluted":1},"a":{"$ref":"#/definitions/__proto__"}}},"definitions":{"__proto__":{"b":1}}}',
  );
  const merged = mergeOpenApiV2({ paths: {}, definitions: {} }, [
    { prefix: "/apis/a/v1", hash: "", document },
    { prefix: "/apis/a/v1", hash: "", document: { paths: [], definitions: null } },
  ]);
  assert.deepEqual(Object.keys(merged.paths), ["/apis/a/v1/x"]);
  assert.deepEqual(Object.keys(merged.definitions), ["__proto__"]);
  assert.equal(({} as { polluted?: number }).polluted, undefined);
});
