import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { systemClock } from "../../runtime/clock.ts";
import { ControllerManager } from "../../runtime/controller-manager.ts";
import { silentLogger } from "../../runtime/log.ts";
import { startTestServer, type TestServer } from "../../testing.ts";
import { configMaps, namespaces, serviceAccounts } from "../kinds.ts";
import { kubernetesControllers } from "./index.ts";
import { configMap, until } from "./testing.ts";

describe("the controllers over HTTPS", () => {
  let server: TestServer;
  let manager: ControllerManager;
  before(async () => {
    server = await startTestServer({ controllers: false });
    const controllers = kubernetesControllers({ plane: () => undefined });
    manager = new ControllerManager({ controllers, clock: systemClock, log: silentLogger });
    manager.activateRemote({ name: "foreign", client: await server.httpsClient() });
  });
  after(async () => {
    await manager.stop();
    await server.stop();
  });

  it("give namespaces their account, and empty them", async () => {
    const { client } = server;
    await client.resource(namespaces).create({ apiVersion: "v1", kind: "Namespace", metadata: { name: "far" } });
    await until(() => client.resource(serviceAccounts).find("default", "far"));
    await client.resource(configMaps).create(configMap("content", "far"));
    await client.resource(namespaces).delete("far");
    await until(async () => (await client.resource(namespaces).find("far")) === undefined);
    assert.equal((await client.resource(configMaps).list({ namespace: "far" })).items.length, 0);
  });
});
