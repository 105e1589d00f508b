import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { JsonObject } from "../../machinery/object.ts";
import { formatYaml } from "../../machinery/yaml.ts";
import { readableList } from "./readable-list.ts";

const head = { kind: "PodList", apiVersion: "v1", metadata: { resourceVersion: "7" } };
const large = JSON.rawJSON("9007199254740993");
const items: JsonObject[] = [{ metadata: { name: "a" }, list: [1, { b: "c\nd" }] }, {}, { large, empty: [] }];

async function written(encoding: "json" | "yaml", batches: JsonObject[][]): Promise<string> {
  const parts: Uint8Array[] = [];
  async function* given() {
    yield* batches;
  }
  for await (const part of readableList({ head, field: "items" }, given(), encoding)) parts.push(part);
  return Buffer.concat(parts).toString("utf8");
}

describe("a list for people", () => {
  for (const [name, batches] of [
    ["of nothing", []],
    ["of empty batches", [[], []]],
    ["of one batch", [items]],
    ["of several batches", [items.slice(0, 1), [], items.slice(1)]],
  ] as [string, JsonObject[][]][]) {
    it(`${name} reads as if it were written at once`, async () => {
      const whole = { ...head, items: batches.flat() };
      assert.equal(await written("json", batches), `${JSON.stringify(whole, null, 2)}\n`);
      assert.equal(await written("yaml", batches), formatYaml(whole));
    });
  }
});
