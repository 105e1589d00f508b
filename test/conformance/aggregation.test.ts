// Groups that another server answers for.

import assert from "node:assert/strict";
import type { IncomingMessage, ServerResponse } from "node:http";
import { describe, type TestContext, test } from "node:test";
import type { JsonObject } from "../../src/machinery/object.ts";
import { api, eventually, expectObject, expectStatus, namespace, ownServerOnly, removeAfter } from "./support/api.ts";
import { conditionOf, uniqueGroup } from "./support/definitions.ts";
import { callsBack, listen } from "./support/https-listener.ts";

const services = "/apis/apiregistration.k8s.io/v1/apiservices";

/** Registers a group whose server is a listener on this machine, reached through an ExternalName service. */
async function aggregate(
  t: TestContext,
  group: string,
  port: number,
  more: JsonObject = { insecureSkipTLSVerify: true },
): Promise<string> {
  const ns = await namespace(t);
  await api.make(`/api/v1/namespaces/${ns}/services`, {
    metadata: { name: "backend" },
    spec: { type: "ExternalName", externalName: "localhost" },
  });
  const name = `v1.${group}`;
  removeAfter(t, `${services}/${name}`);
  await api.make(services, {
    apiVersion: "apiregistration.k8s.io/v1",
    kind: "APIService",
    metadata: { name },
    spec: {
      group,
      version: "v1",
      groupPriorityMinimum: 100,
      versionPriority: 10,
      service: { namespace: ns, name: "backend", port },
      ...more,
    },
  });
  return name;
}

const available = (name: string, status: "True" | "False") =>
  eventually(async () => {
    const condition = conditionOf(await api.read(`${services}/${name}`), "Available");
    assert.equal(condition?.status, status, JSON.stringify(condition));
    return condition!;
  });

/** A server of one group with one resource, which answers with what it was asked. */
function backend(group: string, requests: IncomingMessage[] = []) {
  return (request: IncomingMessage, body: Buffer, response: ServerResponse) => {
    requests.push(request);
    const path = request.url!.split("?")[0];
    const send = (code: number, value: unknown) => {
      response.writeHead(code, { "content-type": "application/json", "x-from": "backend" });
      response.end(JSON.stringify(value));
    };
    if (path === `/apis/${group}/v1`) {
      const resources = [
        { name: "flavors", singularName: "flavor", namespaced: true, kind: "Flavor", verbs: ["get", "list"] },
      ];
      return send(200, { kind: "APIResourceList", apiVersion: "v1", groupVersion: `${group}/v1`, resources });
    }
    if (path === `/apis/${group}`) {
      const version = { groupVersion: `${group}/v1`, version: "v1" };
      return send(200, {
        kind: "APIGroup",
        apiVersion: "v1",
        name: group,
        versions: [version],
        preferredVersion: version,
      });
    }
    if (path?.startsWith(`/apis/${group}/v1/`))
      return send(request.method === "POST" ? 201 : 200, {
        kind: "Flavor",
        path: request.url,
        body: body.toString("utf8"),
      });
    return send(404, { kind: "Status", apiVersion: "v1", status: "Failure", reason: "NotFound", code: 404 });
  };
}

describe("aggregation", { concurrency: 4, ...ownServerOnly(callsBack) }, () => {
  test("requests for the group go to its server, with the user in headers", async (t) => {
    const group = uniqueGroup();
    const requests: IncomingMessage[] = [];
    const { port } = await listen(t, backend(group, requests));
    await available(await aggregate(t, group, port), "True");
    const answer = await api.as("jane", ["readers"]).get(`/apis/${group}/v1/namespaces/x/flavors/mint?pretty=false`);
    expectStatus(answer, 403, "Forbidden");
    const mine = expectObject(await api.get(`/apis/${group}/v1/namespaces/x/flavors/mint?limit=5`));
    assert.equal(mine.path, `/apis/${group}/v1/namespaces/x/flavors/mint?limit=5`);
    const seen = requests.findLast(({ url }) => url?.includes("/flavors/"))!;
    assert.ok(seen.headers["x-remote-user"]);
    assert.match(String(seen.headers["x-remote-group"]), /system:authenticated/);
    assert.equal(seen.headers.authorization, undefined);
    const made = expectObject(await api.post(`/apis/${group}/v1/namespaces/x/flavors`, { some: "body" }), 201);
    assert.deepEqual(JSON.parse(made.body), { some: "body" });
  });

  test("a client's own user headers do not reach the server", async (t) => {
    const group = uniqueGroup();
    const requests: IncomingMessage[] = [];
    const { port } = await listen(t, backend(group, requests));
    await available(await aggregate(t, group, port), "True");
    await api.get(`/apis/${group}/v1/flavors`, {
      headers: { "x-remote-user": "forged", "x-remote-group": "forged", "x-remote-extra-x": "forged" },
    });
    const { headers } = requests.findLast(({ url }) => url?.includes("/flavors"))!;
    assert.ok(!JSON.stringify(headers).includes("forged"));
  });

  test("its discovery is part of ours", async (t) => {
    const group = uniqueGroup();
    const { port } = await listen(t, backend(group));
    await available(await aggregate(t, group, port), "True");
    await eventually(async () => {
      const { groups } = await api.read("/apis");
      assert.ok(groups.some(({ name }: JsonObject) => name === group));
    });
    const list = await api.read(`/apis/${group}/v1`);
    assert.equal(list.resources[0].name, "flavors");
    await eventually(async () => {
      const { items } = expectObject(
        await api.get("/apis", { accept: "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList" }),
      );
      const found = items.find(({ metadata }: JsonObject) => metadata.name === group);
      assert.equal(found?.versions[0].resources[0].resource, "flavors");
    });
  });

  test("a server that cannot be reached is told in its condition and degrades nothing else", async (t) => {
    const group = uniqueGroup();
    const closed = await listen(t, () => undefined);
    const name = await aggregate(t, group, closed.port === 1 ? 2 : 1);
    const condition = await available(name, "False");
    assert.equal(condition.reason, "FailedDiscoveryCheck");
    assert.equal((await api.get(`/apis/${group}/v1/flavors`)).code, 503);
    expectObject(await api.get("/apis"));
    expectObject(await api.get("/api/v1/namespaces/default"));
    assert.equal((await api.get("/readyz")).code, 200);
  });

  test("a service that does not exist is told in the condition", async (t) => {
    const group = uniqueGroup();
    const name = `v1.${group}`;
    removeAfter(t, `${services}/${name}`);
    await api.make(services, {
      metadata: { name },
      spec: {
        group,
        version: "v1",
        groupPriorityMinimum: 100,
        versionPriority: 10,
        insecureSkipTLSVerify: true,
        service: { namespace: "default", name: "absent" },
      },
    });
    const condition = await available(name, "False");
    assert.equal(condition.reason, "ServiceNotFound");
    assert.equal(condition.message, 'service/absent in "default" is not present');
  });

  test("the bundle of the registration has to vouch for the server", async (t) => {
    const group = uniqueGroup();
    const [listener, other] = [await listen(t, backend(group)), await listen(t, () => undefined)];
    await available(await aggregate(t, group, listener.port, { caBundle: other.caBundle }), "False");
  });

  test("deleting the registration ends the group", async (t) => {
    const group = uniqueGroup();
    const { port } = await listen(t, backend(group));
    const name = await aggregate(t, group, port);
    await available(name, "True");
    expectObject(await api.delete(`${services}/${name}`));
    await eventually(async () => expectStatus(await api.get(`/apis/${group}/v1/flavors`), 404, "NotFound"));
  });
});

describe("API services", { concurrency: 4 }, () => {
  test("the groups of the server itself are registered as local", async () => {
    const service = await api.read(`${services}/v1.apps`);
    assert.equal(service.spec.service, undefined);
    const condition = conditionOf(service, "Available");
    assert.equal(condition?.status, "True");
    assert.equal(condition?.reason, "Local");
  });

  test("a registration says what is wrong with it", async () => {
    const group = uniqueGroup();
    const spec = {
      group,
      version: "v1",
      groupPriorityMinimum: 100,
      versionPriority: 10,
      service: { namespace: "default", name: "x" },
      insecureSkipTLSVerify: true,
    };
    const send = (name: string, change: JsonObject) =>
      api.post(`${services}?dryRun=All`, { metadata: { name }, spec: { ...spec, ...change } });
    expectStatus(
      await send("wrong", {}),
      422,
      "Invalid",
      new RegExp(
        `metadata\\.name: Invalid value: "wrong": must be \`spec\\.version\\+"\\."\\+spec\\.group\`: "v1\\.${group}"`,
      ),
    );
    expectStatus(
      await send(`v1.${group}`, { groupPriorityMinimum: 0 }),
      422,
      "Invalid",
      /spec\.groupPriorityMinimum: Invalid value: 0: must be positive and less than 20000/,
    );
    expectStatus(
      await send(`v1.${group}`, { insecureSkipTLSVerify: true, caBundle: "eA==" }),
      422,
      "Invalid",
      /spec\.insecureSkipTLSVerify: Invalid value: true: may not be true if caBundle is present/,
    );
  });
});
