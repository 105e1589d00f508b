import assert from "node:assert/strict";
import { test } from "node:test";
import type { Kind } from "../../machinery/kind.ts";
import type { Exchange, ResponseStream } from "../http/exchange.ts";
import { requestInfo } from "../http/request-info.ts";
import { RequestContext } from "../registry/context.ts";
import { KindCatalog } from "../registry/kind-registry.ts";
import { Entry, ParsedObjectBudget } from "../store/entry.ts";
import { jsonFormat } from "./negotiation.ts";
import { sendList } from "./render.ts";

const version = (name: string) => ({ name, served: true, schema: { type: "object" as const } });
const kind: Kind = {
  group: "example.com",
  kind: "Widget",
  listKind: "WidgetList",
  plural: "widgets",
  singular: "widget",
  namespaced: true,
  storageVersion: "v1",
  versions: [version("v2"), version("v1")],
};

test("a list that cannot be finished is broken off, so that nobody takes it for the whole", async () => {
  const budget = new ParsedObjectBudget();
  const entries = Array.from({ length: 400 }, (_, index) => {
    const metadata = { name: String(index), namespace: "ns", resourceVersion: "1" };
    const object = { apiVersion: "example.com/v1", kind: "Widget", metadata, spec: "x".repeat(2000) };
    return new Entry(`ns/${index}`, 1, Buffer.from(JSON.stringify(object)), budget);
  });
  const strategy = {
    convert(object: (typeof entries)[0]["object"], apiVersion: string) {
      if (object.metadata.name === "300") throw new Error("cannot be converted");
      return { ...object, apiVersion };
    },
  };
  const served = new KindCatalog([{ kind, strategy }]).resource("example.com", "v2", "widgets")!;
  const context = new RequestContext({
    user: { name: "ann", groups: [] },
    info: requestInfo("GET", "/apis/example.com/v2/widgets", false),
    query: new URLSearchParams(),
    userAgent: "",
    now: new Date(0),
    state: { get: () => undefined, list: () => [] as never },
    plane: undefined as never,
  });
  const calls: string[] = [];
  const stream: Partial<ResponseStream> = {
    write: () => true,
    end: () => calls.push("end"),
    destroy: () => calls.push("destroy"),
  };
  const exchange: Partial<Exchange> = {
    header: () => undefined,
    signal: new AbortController().signal,
    stream: () => stream as ResponseStream,
  };
  const list = { type: "list" as const, served, revision: 1, entries };
  await assert.rejects(sendList(exchange as Exchange, context, list, jsonFormat), /cannot be converted/);
  assert.deepEqual(calls, ["destroy"]);
});
