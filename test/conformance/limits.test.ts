// Limits that protect the server from its clients.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { api, expectObject, expectStatus, namespace, ownServerOnly } from "./support/api.ts";
import { configMap, secret } from "./support/objects.ts";

describe("limits", { concurrency: 4 }, () => {
  test("a body larger than three megabytes is refused", async (t) => {
    const path = `/api/v1/namespaces/${await namespace(t)}/configmaps`;
    const body = JSON.stringify(configMap("a", { text: "x".repeat(3 * 1024 * 1024) }));
    expectStatus(
      await api.post(path, body),
      413,
      "RequestEntityTooLarge",
      "Request entity too large: limit is 3145728",
    );
    expectObject(await api.post(path, configMap("b")), 201);
  });

  test("a body that does not say how large it is, is cut off all the same", async (t) => {
    const path = `/api/v1/namespaces/${await namespace(t)}/configmaps`;
    const stream = api.connection.open("POST", path, {
      body: JSON.stringify(configMap("a", { text: "y".repeat(4_000_000) })),
    });
    const code = await new Promise((resolve, reject) => {
      stream.on("response", (headers) => resolve(headers[":status"]));
      stream.on("error", reject);
    });
    assert.equal(code, 413);
    stream.close();
  });

  test("the data of a config map or secret is at most a megabyte", async (t) => {
    const ns = await namespace(t);
    const text = "x".repeat(1024 * 1024 + 1);
    expectStatus(
      await api.post(`/api/v1/namespaces/${ns}/configmaps`, configMap("a", { text })),
      422,
      "Invalid",
      /Too long: may not be more than 1048576 bytes/,
    );
    expectStatus(
      await api.post(`/api/v1/namespaces/${ns}/secrets`, secret("a", { text })),
      422,
      "Invalid",
      /data: Too long: may not be more than 1048576 bytes/,
    );
  });

  test("a JSON patch has at most ten thousand operations", async (t) => {
    const path = `/api/v1/namespaces/${await namespace(t)}/configmaps`;
    await api.make(path, configMap("a", { one: "1" }));
    const patch = Array.from({ length: 10_001 }, () => ({ op: "test", path: "/data/one", value: "1" }));
    expectStatus(
      await api.patch(`${path}/a`, "json", patch),
      413,
      "RequestEntityTooLarge",
      /The allowed maximum operations in a JSON patch is 10000, got 10001/,
    );
  });

  test("a JSON patch that multiplies itself is stopped", async (t) => {
    const path = `/api/v1/namespaces/${await namespace(t)}/configmaps`;
    await api.make(path, configMap("a", { seed: "x".repeat(10_000) }));
    const patch = Array.from({ length: 40 }, (_, index) => ({ op: "copy", from: "/data", path: `/data/k${index}` }));
    const answer = await api.patch(`${path}/a`, "json", patch);
    assert.ok(answer.code >= 400 && answer.code < 500, `${answer.code}`);
  });

  test("a YAML body whose aliases multiply is refused", async (t) => {
    const path = `/api/v1/namespaces/${await namespace(t)}/configmaps`;
    const lines = ["a: &a [x,x,x,x,x,x,x,x,x]"];
    for (let index = 1; index < 12; index++) {
      const before = String.fromCharCode(96 + index);
      const name = String.fromCharCode(97 + index);
      lines.push(`${name}: &${name} [${Array(9).fill(`*${before}`).join(",")}]`);
    }
    expectStatus(await api.post(path, lines.join("\n"), { contentType: "application/yaml" }), 400, "BadRequest");
  });

  test(
    "a huge number of requests at a time are all answered, those over the limit with the advice to come again",
    ownServerOnly("it is a flood"),
    async () => {
      const answers = await Promise.all(
        Array.from({ length: 400 }, () => api.as("flood").get("/api/v1/namespaces/default")),
      );
      const codes = new Set(answers.map(({ code }) => code));
      for (const code of codes) assert.ok(code === 403 || code === 429, `${code}`);
      for (const answer of answers)
        if (answer.code === 429) assert.match(answer.headers["retry-after"] ?? "", /^[0-9]+$/);
      assert.equal((await api.get("/api/v1/namespaces/default")).code, 200);
    },
  );

  test("a client's large list does not hold up another's get", ownServerOnly("it fills the server"), async (t) => {
    const path = `/api/v1/namespaces/${await namespace(t)}/configmaps`;
    const text = "x".repeat(20_000);
    await Promise.all(Array.from({ length: 400 }, (_, index) => api.make(path, configMap(`c${index}`, { text }))));
    const lists = Promise.all(Array.from({ length: 5 }, () => api.get(path)));
    const order: string[] = [];
    const listed = lists.then(() => order.push("lists"));
    const got = api.get(`${path}/c0`).then(() => order.push("get"));
    await Promise.all([listed, got]);
    assert.equal(order[0], "get");
  });
});
