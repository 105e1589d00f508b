import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { hasReason } from "../../machinery/status-error.ts";
import { negotiate, prefersPretty } from "./negotiation.ts";

const tableAccept =
  "application/json;as=Table;v=v1;g=meta.k8s.io,application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json";

describe("the form of an answer", () => {
  const cases: [accept: string | undefined, encoding: string, shape: string, metaVersion: string][] = [
    [undefined, "json", "object", "v1"],
    ["*/*", "json", "object", "v1"],
    ["application/yaml", "yaml", "object", "v1"],
    [tableAccept, "json", "table", "v1"],
    ["application/json;as=Table;v=v1beta1;g=meta.k8s.io", "json", "table", "v1beta1"],
    ["application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1", "json", "partial", "v1"],
    ["application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json", "json", "partial", "v1"],
    ["application/vnd.kubernetes.protobuf,application/json", "json", "object", "v1"],
    ["application/vnd.kubernetes.protobuf;as=Table;v=v1;g=meta.k8s.io,application/json", "json", "object", "v1"],
    ["application/json;q=0.1,application/yaml;q=0.9", "yaml", "object", "v1"],
    ["application/json;as=Table;v=v9;g=meta.k8s.io,application/yaml", "yaml", "object", "v1"],
  ];
  for (const [accept, encoding, shape, metaVersion] of cases) {
    test(`${accept} → ${encoding} ${shape} ${metaVersion}`, () => {
      const format = negotiate(accept, false);
      assert.deepEqual([format.encoding, format.shape, format.metaVersion], [encoding, shape, metaVersion]);
    });
  }

  test("nothing acceptable is 406, which names what is served", () => {
    assert.throws(
      () => negotiate("application/vnd.kubernetes.protobuf", false),
      (error) => hasReason(error, "NotAcceptable") && error.message.includes("application/json, application/yaml"),
    );
  });

  test("people get it indented, unless they say otherwise", () => {
    assert.equal(prefersPretty(null, "curl/8.0"), true);
    assert.equal(prefersPretty("false", "curl/8.0"), false);
    assert.equal(prefersPretty(null, "kubectl/v1.33"), false);
    assert.equal(prefersPretty("1", "kubectl/v1.33"), true);
  });
});
