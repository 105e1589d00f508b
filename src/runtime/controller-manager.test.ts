import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import type { Client } from "../client/client.ts";
import type { KubeObject } from "../machinery/object.ts";
import { openTestPlane, startTestServer, type TestPlane } from "../testing.ts";
import { ManualClock, systemClock } from "./clock.ts";
import type { Controller, ReconcileContext } from "./controller.ts";
import { ControllerManager } from "./controller-manager.ts";
import { type Logger, silentLogger } from "./log.ts";
import { rest, until } from "./testing.ts";

const configMaps = { group: "", version: "v1", kind: "ConfigMap", plural: "configmaps", namespaced: true };
const crds = {
  group: "apiextensions.k8s.io",
  version: "v1",
  kind: "CustomResourceDefinition",
  plural: "customresourcedefinitions",
  namespaced: false,
};
const widgets = { group: "example.com", version: "v1", kind: "Widget", plural: "widgets", namespaced: true };

const widgetDefinition: KubeObject = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: "widgets.example.com" },
  spec: {
    group: "example.com",
    scope: "Namespaced",
    names: { plural: "widgets", singular: "widget", kind: "Widget", listKind: "WidgetList" },
    versions: [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema: { type: "object" } } }],
  },
};

const configMap = (name: string): KubeObject => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name, namespace: "default" },
});
const widget = (name: string): KubeObject => ({
  apiVersion: "example.com/v1",
  kind: "Widget",
  metadata: { name, namespace: "default" },
});

/** Writes down what is reconciled, as `plane key`. */
class Notebook implements Controller {
  readonly name = "notebook";
  readonly sources: Controller["sources"];
  readonly seen: string[] = [];
  readonly contexts: ReconcileContext[] = [];
  work: (context: ReconcileContext, key: string) => ReturnType<Controller["reconcile"]> = async () => undefined;

  constructor(sources: Controller["sources"]) {
    this.sources = sources;
  }

  reconcile(context: ReconcileContext, key: string) {
    this.contexts.push(context);
    // A plane has objects of its own.
    if (key.startsWith("kube-")) return Promise.resolve(undefined);
    this.seen.push(`${context.plane} ${key}`);
    return this.work(context, key);
  }
}

describe("a controller manager", () => {
  let manager: ControllerManager;
  const planes: TestPlane[] = [];

  async function open(name: string, clock = systemClock): Promise<TestPlane> {
    const plane = await openTestPlane({ name, controllers: false, clock });
    planes.push(plane);
    return plane;
  }

  function manage(controller: Controller, clock: ManualClock | typeof systemClock = systemClock, log = silentLogger) {
    manager = new ControllerManager({ controllers: [controller], clock, log });
  }

  afterEach(async () => {
    await manager.stop();
    for (const plane of planes.splice(0)) await plane.stop();
  });

  it("reconciles what is there and what comes, in every plane, with that plane's client and reader", async () => {
    const [one, two] = [await open("one"), await open("two")];
    await one.client.resource(configMaps).create(configMap("old"));
    const notebook = new Notebook([{ kind: configMaps }]);
    notebook.work = async ({ reader, client }, key) => {
      const name = key.split("/")[1]!;
      const read = reader.get(configMaps, name, "default");
      assert.equal(read, await client.resource(configMaps).find(name, "default"));
      return undefined;
    };
    manage(notebook);
    manager.activate(one.plane);
    manager.activate(two.plane);
    await until(() => notebook.seen.length === 1);
    await two.client.resource(configMaps).create(configMap("new"));
    await until(() => notebook.seen.length === 2);
    await two.client.resource(configMaps).delete("new", "default");
    await until(() => notebook.seen.length === 3);
    assert.deepEqual(notebook.seen, ["one default/old", "two default/new", "two default/new"]);
  });

  it("gives sources the objects before and after, in the version that they name", async () => {
    const one = await open("one");
    const autoscalers = {
      group: "autoscaling",
      version: "v1",
      kind: "HorizontalPodAutoscaler",
      plural: "horizontalpodautoscalers",
      namespaced: true,
    };
    const shown: unknown[] = [];
    const keys = (object: KubeObject | undefined, old: KubeObject | undefined) => {
      shown.push([old, object].map((one) => one && `${one.apiVersion} ${one.spec.maxReplicas}`));
      return [];
    };
    manage(new Notebook([{ kind: autoscalers, keys }]));
    manager.activate(one.plane);
    const client = one.client.resource({ ...autoscalers, version: "v2" });
    const scaleTargetRef = { apiVersion: "apps/v1", kind: "Deployment", name: "d" };
    const created = await client.create({
      apiVersion: "autoscaling/v2",
      kind: "HorizontalPodAutoscaler",
      metadata: { name: "h", namespace: "default" },
      spec: { scaleTargetRef, maxReplicas: 3 },
    });
    await client.update({ ...created, spec: { ...created.spec, maxReplicas: 4 } });
    await client.delete("h", "default");
    assert.deepEqual(shown, [
      [undefined, "autoscaling/v1 3"],
      ["autoscaling/v1 3", "autoscaling/v1 4"],
      ["autoscaling/v1 4", undefined],
    ]);
  });

  it("begins with a kind when it is served", async () => {
    const one = await open("one");
    const notebook = new Notebook([{ kind: widgets }]);
    manage(notebook);
    manager.activate(one.plane);
    await rest();
    await one.client.resource(crds).create(widgetDefinition);
    await until(() => one.plane.kinds.resource("example.com", "v1", "widgets") !== undefined);
    await one.client.resource(widgets).create(widget("w"));
    await until(() => notebook.seen.length === 1);
    assert.deepEqual(notebook.seen, ["one default/w"]);
  });

  it("looks again only at what is different when the plane was loaded anew", async () => {
    const one = await open("one");
    await one.client.resource(configMaps).create(configMap("a"));
    const notebook = new Notebook([{ kind: configMaps }]);
    manage(notebook);
    manager.activate(one.plane);
    await until(() => notebook.seen.length === 1);
    await one.plane.store.jump(one.plane.store.revision + 100);
    await rest();
    assert.deepEqual(notebook.seen, ["one default/a"]);
    await one.client.resource(configMaps).create(configMap("b"));
    await until(() => notebook.seen.length === 2);
    assert.deepEqual(notebook.seen, ["one default/a", "one default/b"]);
  });

  it("tries again after failures, and says so once per failure", async () => {
    const clock = new ManualClock();
    const one = await open("one", clock);
    const lines: string[] = [];
    const note = (level: string) => (message: string, fields?: object) => {
      lines.push(`${level}: ${message} ${JSON.stringify({ ...fields, error: undefined })}`);
    };
    const log: Logger = {
      debug: note("debug"),
      info: note("info"),
      warn: note("warn"),
      error: note("error"),
      with: () => log,
    };
    const notebook = new Notebook([]);
    notebook.work = async ({ client }) => {
      if (notebook.seen.length === 1) throw new Error("out of luck");
      if (notebook.seen.length === 2) await client.resource(configMaps).get("absent", "default");
      return notebook.seen.length === 3 ? { requeueAfter: 60_000 } : undefined;
    };
    manage(notebook, clock, log);
    manager.activate(one.plane);
    manager.wake("one", "notebook", "k");
    await until(() => lines.length === 1);
    clock.advance(5);
    await until(() => lines.length === 2);
    clock.advance(10);
    await until(() => notebook.seen.length === 3);
    await rest();
    clock.advance(59_999);
    await rest();
    assert.equal(notebook.seen.length, 3);
    clock.advance(1);
    await until(() => notebook.seen.length === 4);
    assert.deepEqual(lines, [
      'warn: reconcile failed {"key":"k","retryAfter":5}',
      'debug: reconcile met a race {"key":"k","retryAfter":10}',
    ]);
  });

  it("forgets a plane that goes idle, after its work has ended", async () => {
    const [one, two] = [await open("one"), await open("two")];
    const told: string[] = [];
    const notebook = new Notebook([{ kind: configMaps }]);
    const controller: Controller = {
      name: "notebook",
      sources: notebook.sources,
      onActive: (plane) => {
        told.push(`active ${plane}`);
        return ["begin"];
      },
      onIdle: (plane) => told.push(`idle ${plane}`),
      async reconcile(context, key) {
        notebook.seen.push(`${context.plane} ${key}`);
        if (context.plane !== "one" || key !== "begin") return undefined;
        await new Promise((resolve) => context.signal.addEventListener("abort", resolve));
        told.push("work ended");
        return undefined;
      },
    };
    manage(controller);
    manager.activate(one.plane);
    manager.activate(two.plane);
    await until(() => notebook.seen.includes("one begin") && notebook.seen.includes("two begin"));
    await manager.deactivate("one");
    assert.deepEqual(told, ["active one", "active two", "work ended", "idle one"]);
    notebook.seen.length = 0;
    await one.client.resource(configMaps).create(configMap("a"));
    await two.client.resource(configMaps).create(configMap("b"));
    await until(() => notebook.seen.includes("two default/b"));
    await rest();
    assert.deepEqual(
      notebook.seen.filter((line) => line.includes("default/")),
      ["two default/b"],
    );
  });
});

describe("a controller manager of a server elsewhere", () => {
  let server: Awaited<ReturnType<typeof startTestServer>>;
  let client: Client;
  let manager: ControllerManager;
  beforeEach(async () => {
    server = await startTestServer({ controllers: false });
    client = await server.httpsClient();
  });
  afterEach(async () => {
    await manager.stop();
    await server.stop();
  });

  it("works on objects over the network, and waits for kinds that are not served yet", async () => {
    await server.client.resource(configMaps).create(configMap("a"));
    const notebook = new Notebook([
      { kind: configMaps },
      { kind: widgets, keys: (object) => [`widget ${object?.metadata.name}`] },
    ]);
    notebook.work = async ({ reader }, key) => {
      if (key === "default/a") assert.equal(reader.get(configMaps, "a", "default")?.metadata.name, "a");
      return undefined;
    };
    const clock = {
      now: () => systemClock.now(),
      after: (ms: number, callback: () => void) => systemClock.after(ms / 100, callback),
    };
    manager = new ControllerManager({ controllers: [notebook], clock, log: silentLogger });
    manager.activateRemote({ name: "far", client });
    await until(() => notebook.seen.length === 1);
    await server.client.resource(crds).create(widgetDefinition);
    await until(() => server.plane.kinds.resource("example.com", "v1", "widgets") !== undefined);
    await server.client.resource(widgets).create(widget("w"));
    await until(() => notebook.seen.length === 2);
    assert.deepEqual(notebook.seen, ["far default/a", "far widget w"]);
  });
});
