import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { gunzipSync } from "node:zlib";
import { kindsWithout, open, send, startPlane, type TestPlane } from "../aggregation/testing.ts";

let main: TestPlane;
before(async () => {
  main = await startPlane(kindsWithout());
});
after(() => main.close());

async function linkOf(path: string): Promise<string> {
  return JSON.parse((await send(main, "GET", "/openapi/v3")).text).paths[path].serverRelativeURL;
}

test("the index names every group version, and its links are good for a year", async () => {
  const link = await linkOf("apis/apps/v1");
  const document = await send(main, "GET", link);
  assert.equal(document.code, 200);
  assert.ok(JSON.parse(document.text).paths["/apis/apps/v1/deployments"]);
  assert.equal(document.headers["cache-control"], "public, immutable");
  assert.ok(Date.parse(document.headers.expires ?? "") > Date.now() + 364 * 86_400_000);
  assert.equal(document.headers.etag, `"${new URL(link, "https://x").searchParams.get("hash")}"`);
});

test("a stale link leads to the new one", async () => {
  const reply = await send(main, "GET", "/openapi/v3/api/v1?hash=OLD");
  assert.equal(reply.code, 301);
  assert.equal(reply.headers.location, await linkOf("api/v1"));
});

test("who has a document is not sent it again", async () => {
  for (const path of ["/openapi/v2", "/openapi/v3", "/openapi/v3/apis/batch/v1"]) {
    const { etag = "" } = (await send(main, "GET", path)).headers;
    const again = await send(main, "GET", path, { headers: { "if-none-match": etag } });
    assert.deepEqual([again.code, again.text], [304, ""], path);
  }
});

test("documents are compressed for those who like it", async () => {
  const headers = { "accept-encoding": "gzip" };
  const response = await open(main, "GET", "/openapi/v2", { headers }).response;
  assert.equal(response.headers["content-encoding"], "gzip");
  const text = gunzipSync(Buffer.concat(await response.toArray())).toString();
  assert.equal(JSON.parse(text).swagger, "2.0");
});

test("forms: JSON unless protobuf is asked for; nothing for those who want something else", async () => {
  const type = async (accept: string, path = "/openapi/v2") => {
    const { code, headers } = await send(main, "GET", path, { headers: { accept } });
    return code === 200 ? headers["content-type"] : code;
  };
  const protobuf = "application/com.github.proto-openapi.spec.v2@v1.0+protobuf";
  assert.equal(await type("*/*"), "application/json");
  assert.equal(await type(`application/json;q=0.5, ${protobuf}`), protobuf.replace("@", "."));
  assert.equal(await type("text/html"), 406);
  assert.equal(await type(protobuf.replace("v2", "v3"), "/openapi/v3/api/v1"), 406);
  assert.equal((await send(main, "GET", "/openapi/v3/apis/none/v1")).code, 404);
});
