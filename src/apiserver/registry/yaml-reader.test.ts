import assert from "node:assert/strict";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { test } from "node:test";
import { BytesBody } from "./body.ts";
import { YamlReader } from "./yaml-reader.ts";

test("large YAML is read without holding the event loop, and means the same", async (t) => {
  const reader = new YamlReader();
  t.after(() => reader.close());
  const text = `big: 9007199254740993\nitems:\n${"- a: yes\n  b: 014\n".repeat(4000)}items: twice\n`;
  const delay = monitorEventLoopDelay({ resolution: 5 });
  const body = new BytesBody(Buffer.from(text), "application/yaml; charset=utf-8");
  delay.enable();
  await body.prepare(reader);
  delay.disable();
  const { value, duplicates } = body.parse({ findDuplicates: true, protobuf: false });
  assert.equal(JSON.stringify(value), '{"big":9007199254740993,"items":"twice"}');
  assert.deepEqual(duplicates, ["items"]);
  assert.ok(delay.max < 200e6, `held for ${delay.max / 1e6} ms`);
});

test("large documents are read one after the other, and errors concern one alone", async (t) => {
  const reader = new YamlReader();
  t.after(() => reader.close());
  const results = await Promise.all(["a: [", "a: 1", "b: *c"].map((text) => reader.parse(text)));
  assert.deepEqual(
    results.map(({ ok }) => ok),
    [false, true, false],
  );
});

test("no more documents wait than the queue holds", async (t) => {
  const reader = new YamlReader();
  const waiting = Array.from({ length: 33 }, () => reader.parse("a: 1"));
  assert.throws(() => reader.parse("a: 1"), { code: 429 });
  reader.close();
  const results = await Promise.all(waiting);
  assert.ok(results.every(({ ok }) => !ok));
});
