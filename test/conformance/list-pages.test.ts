// Lists: of which revision, in which order, and in pages over one consistent state.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { JsonObject } from "../../src/machinery/object.ts";
import { api, expectObject, expectStatus, namespace } from "./support/api.ts";
import { configMap } from "./support/objects.ts";

const names = (list: JsonObject): string[] => list.items.map(({ metadata }: JsonObject) => metadata.name);

/** Makes config maps with these names, each labelled with its name, and returns the path of their collection. */
async function collection(ns: string, members: string[]): Promise<string> {
  const path = `/api/v1/namespaces/${ns}/configmaps`;
  for (const name of members) await api.make(path, configMap(name, { of: name }, { labels: { set: "members", name } }));
  return `${path}?labelSelector=set%3Dmembers`;
}

describe("lists and pages", { concurrency: 8 }, () => {
  test("a list names its kind and the revision it shows, and its items come in the order of their names", async (t) => {
    const ns = await namespace(t);
    const list = await api.read(await collection(ns, ["b", "c", "a"]));
    assert.equal(list.kind, "ConfigMapList");
    assert.equal(list.apiVersion, "v1");
    assert.match(list.metadata.resourceVersion, /^[1-9][0-9]*$/);
    assert.equal(list.metadata.continue, undefined);
    assert.deepEqual(names(list), ["a", "b", "c"]);
  });

  test("an empty list has an empty array of items", async (t) => {
    const ns = await namespace(t);
    const list = await api.read(`/apis/apps/v1/namespaces/${ns}/deployments`);
    assert.equal(list.kind, "DeploymentList");
    assert.equal(list.apiVersion, "apps/v1");
    assert.deepEqual(list.items, []);
  });

  test("a list over all namespaces holds those of each", async (t) => {
    const [one, two] = [await namespace(t), await namespace(t)];
    await collection(one, ["a"]);
    await collection(two, ["b"]);
    const { items } = await api.read("/api/v1/configmaps?labelSelector=set%3Dmembers");
    const found = items.map(({ metadata }: JsonObject) => `${metadata.namespace}/${metadata.name}`);
    assert.ok(found.includes(`${one}/a`) && found.includes(`${two}/b`));
  });

  test("limit and continue walk through all items, each exactly once", async (t) => {
    const ns = await namespace(t);
    const members = Array.from({ length: 13 }, (_, index) => `m${String(index).padStart(2, "0")}`);
    const path = await collection(ns, members);
    const seen: string[] = [];
    const revisions = new Set<string>();
    let token = "";
    const sizes: number[] = [];
    do {
      const page = await api.read(`${path}&limit=5${token && `&continue=${encodeURIComponent(token)}`}`);
      seen.push(...names(page));
      sizes.push(page.items.length);
      revisions.add(page.metadata.resourceVersion);
      token = page.metadata.continue ?? "";
    } while (token !== "");
    assert.deepEqual(seen, members);
    assert.deepEqual(sizes, [5, 5, 3]);
    assert.equal(revisions.size, 1, "all pages show one revision");
  });

  test("without selectors a page tells how many items follow", async (t) => {
    const ns = await namespace(t);
    const path = `/api/v1/namespaces/${ns}/secrets`;
    for (const name of ["a", "b", "c", "d", "e"]) await api.make(path, { metadata: { name } });
    const first = await api.read(`${path}?limit=2`);
    assert.equal(first.metadata.remainingItemCount, 3);
    const second = await api.read(`${path}?limit=2&continue=${encodeURIComponent(first.metadata.continue)}`);
    assert.equal(second.metadata.remainingItemCount, 1);
    const third = await api.read(`${path}?limit=2&continue=${encodeURIComponent(second.metadata.continue)}`);
    assert.equal(third.metadata.remainingItemCount, undefined);
    assert.equal(third.metadata.continue, undefined);
  });

  test("with a selector a page does not tell how many items follow", async (t) => {
    const ns = await namespace(t);
    const page = await api.read(`${await collection(ns, ["a", "b", "c"])}&limit=1`);
    assert.ok(page.metadata.continue);
    assert.equal(page.metadata.remainingItemCount, undefined);
  });

  test("pages that follow show the state of the first one, whatever was written since", async (t) => {
    const ns = await namespace(t);
    const path = await collection(ns, ["a", "c", "e"]);
    const first = await api.read(`${path}&limit=1`);
    const base = `/api/v1/namespaces/${ns}/configmaps`;
    await api.make(base, configMap("b", {}, { labels: { set: "members" } }));
    expectObject(await api.delete(`${base}/c`));
    expectObject(await api.patch(`${base}/e`, "merge", { data: { of: "changed" } }));
    const rest = await api.read(`${path}&continue=${encodeURIComponent(first.metadata.continue)}`);
    assert.deepEqual(names(rest), ["c", "e"]);
    assert.equal(rest.items[1].data.of, "e");
    assert.equal(rest.metadata.resourceVersion, first.metadata.resourceVersion);
  });

  test("a limit that all items fit in gives no continue token", async (t) => {
    const ns = await namespace(t);
    const page = await api.read(`${await collection(ns, ["a", "b"])}&limit=2`);
    assert.equal(page.items.length, 2);
    assert.equal(page.metadata.continue, undefined);
  });

  test("continue cannot be joined with a resourceVersion", async (t) => {
    const ns = await namespace(t);
    const path = await collection(ns, ["a", "b"]);
    const page = await api.read(`${path}&limit=1`);
    const token = encodeURIComponent(page.metadata.continue);
    expectStatus(
      await api.get(`${path}&limit=1&continue=${token}&resourceVersion=${page.metadata.resourceVersion}`),
      400,
      "BadRequest",
      "specifying resource version is not allowed when using continue",
    );
  });

  test("a continue token that nobody gave out is refused", async () => {
    expectStatus(
      await api.get("/api/v1/namespaces?limit=1&continue=rubbish"),
      400,
      "BadRequest",
      /continue key is not valid/,
    );
  });

  test("a limit that is no number is refused", async () => {
    expectStatus(await api.get("/api/v1/namespaces?limit=many"), 400, "BadRequest");
  });

  test("an exact list shows the state of that revision", async (t) => {
    const ns = await namespace(t);
    const path = await collection(ns, ["a"]);
    const before = await api.read(path);
    await api.make(`/api/v1/namespaces/${ns}/configmaps`, configMap("b", {}, { labels: { set: "members" } }));
    const { resourceVersion } = before.metadata;
    const exact = await api.read(`${path}&resourceVersion=${resourceVersion}&resourceVersionMatch=Exact`);
    assert.deepEqual(names(exact), ["a"]);
    assert.equal(exact.metadata.resourceVersion, resourceVersion);
    const newer = await api.read(`${path}&resourceVersion=${resourceVersion}&resourceVersionMatch=NotOlderThan`);
    assert.ok(BigInt(newer.metadata.resourceVersion) >= BigInt(resourceVersion));
  });

  test("a list from resourceVersion 0 is served from what the server has", async (t) => {
    const ns = await namespace(t);
    const list = await api.read(`${await collection(ns, ["a", "b"])}&resourceVersion=0`);
    assert.equal(list.kind, "ConfigMapList");
  });

  test("a revision that is yet to come is answered with a timeout that invites to try again", async () => {
    const status = expectStatus(
      await api.get("/api/v1/namespaces?resourceVersion=9000000000000000000"),
      504,
      "Timeout",
      /^Timeout: Too large resource version: 9000000000000000000, current: [0-9]+$/,
    );
    assert.deepEqual(status.details.causes, [
      { reason: "ResourceVersionTooLarge", message: "Too large resource version" },
    ]);
    assert.equal(status.details.retryAfterSeconds, 1);
  });

  test("a resourceVersion that is no number is refused", async () => {
    expectStatus(await api.get("/api/v1/namespaces?resourceVersion=abc"), 400, "BadRequest", /Invalid value: "abc"/);
    expectStatus(
      await api.get("/api/v1/namespaces/default?resourceVersion=-5"),
      400,
      "BadRequest",
      /Invalid value: "-5"/,
    );
  });

  test("resourceVersionMatch needs a resourceVersion", async () => {
    const status = expectStatus(await api.get("/api/v1/namespaces?resourceVersionMatch=Exact"), 422, "Invalid");
    assert.deepEqual(status.details.causes, [
      {
        reason: "FieldValueForbidden",
        message: "Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided",
        field: "resourceVersionMatch",
      },
    ]);
  });

  test("resourceVersionMatch knows Exact and NotOlderThan only, and Exact needs more than 0", async () => {
    expectStatus(
      await api.get("/api/v1/namespaces?resourceVersion=1&resourceVersionMatch=Newest"),
      422,
      "Invalid",
      /resourceVersionMatch: Unsupported value: "Newest": supported values: "", "Exact", "NotOlderThan"/,
    );
    expectStatus(
      await api.get("/api/v1/namespaces?resourceVersion=0&resourceVersionMatch=Exact"),
      422,
      "Invalid",
      /resourceVersionMatch "exact" is forbidden for resourceVersion "0"/,
    );
  });

  test("sendInitialEvents is for watches alone", async () => {
    expectStatus(
      await api.get("/api/v1/namespaces?sendInitialEvents=true"),
      422,
      "Invalid",
      /sendInitialEvents: Forbidden: sendInitialEvents is forbidden for list/,
    );
  });

  test("get takes a resourceVersion that the server has reached", async (t) => {
    const ns = await namespace(t);
    const { metadata } = await api.make(`/api/v1/namespaces/${ns}/configmaps`, configMap("a"));
    const path = `/api/v1/namespaces/${ns}/configmaps/a`;
    assert.equal((await api.get(`${path}?resourceVersion=0`)).code, 200);
    assert.equal((await api.get(`${path}?resourceVersion=${metadata.resourceVersion}`)).code, 200);
    expectStatus(await api.get(`${path}?resourceVersion=9000000000000000000`), 504, "Timeout");
  });

  test("a large list is compressed for those who accept it", async (t) => {
    const ns = await namespace(t);
    const path = `/api/v1/namespaces/${ns}/configmaps`;
    for (let index = 0; index < 4; index++)
      await api.make(path, configMap(`big${index}`, { text: "x".repeat(64 * 1024) }));
    const plain = await api.get(path);
    assert.equal(plain.headers["content-encoding"], undefined);
    const packed = await api.get(path, { headers: { "accept-encoding": "gzip" } });
    assert.equal(packed.headers["content-encoding"], "gzip");
    assert.ok(packed.bytes.length < plain.bytes.length / 10);
    const { gunzipSync } = await import("node:zlib");
    const list = JSON.parse(gunzipSync(packed.bytes).toString("utf8"));
    assert.equal(list.items.filter(({ metadata }: JsonObject) => metadata.name.startsWith("big")).length, 4);
  });
});
