import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:https";
import { type AddressInfo, createServer as createSocketServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { issueClientCertificate } from "../apiserver/pki/certificate-authority.ts";
import type { KubeObject } from "../machinery/object.ts";
import { hasReason, StatusError } from "../machinery/status-error.ts";
import { ManualClock, systemClock } from "../runtime/clock.ts";
import { until } from "../runtime/testing.ts";
import { createMemoryEngine } from "../storage/memory/engine.ts";
import { startTestServer, type TestServer } from "../testing.ts";
import type { WatchEvent } from "./client.ts";
import { type Credentials, TokenFileCredentials } from "./credentials.ts";
import { ConnectionError } from "./errors.ts";
import { httpsClient } from "./https.ts";
import { Informer } from "./informer.ts";
import { clientFromKubeconfig, inClusterClient } from "./kubeconfig.ts";

const configMaps = { group: "", version: "v1", kind: "ConfigMap", plural: "configmaps", namespaced: true };
const reviews = {
  group: "authentication.k8s.io",
  version: "v1",
  kind: "SelfSubjectReview",
  plural: "selfsubjectreviews",
  namespaced: false,
};

const selfSubjectReview = { apiVersion: "authentication.k8s.io/v1", kind: "SelfSubjectReview", metadata: {} };

const configMap = (name: string, data: Record<string, string> = {}): KubeObject => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name, namespace: "default" },
  data,
});

const tokens = "first,ann,1,team\nsecond,ben,2,team\n";

describe("a client over HTTPS", () => {
  let server: TestServer;
  const folder = mkdtempSync(join(tmpdir(), "muster-client-"));
  before(async () => {
    server = await startTestServer({
      controllers: false,
      settings: { staticTokens: { text: tokens, fileName: "tokens.csv" } },
    });
  });
  after(async () => {
    await server.stop();
    rmSync(folder, { recursive: true });
  });

  /** Who the server takes a client for. */
  async function whoAmI(client: ReturnType<typeof httpsClient>): Promise<{ username: string; groups: string[] }> {
    const review = await client.resource(reviews).create(selfSubjectReview);
    await client.close();
    return review.status.userInfo;
  }

  function connect(options: Partial<Parameters<typeof httpsClient>[0]>) {
    return httpsClient({ server: server.url, certificateAuthority: server.certificateAuthority, ...options });
  }

  /** A client certificate of a user who may do everything. */
  async function certificate(name: string): Promise<Credentials> {
    const options = { commonName: name, organizations: ["system:masters"], now: new Date() };
    const pair = await issueClientCertificate(server.plane.keys.authority, options);
    return { clientCertificate: pair.certificate, clientKey: pair.privateKey };
  }

  it("reads and writes, and gets the server's Status as an error", async () => {
    const maps = clientFromKubeconfig(server.kubeconfig).resource(configMaps);
    const created = await maps.create(configMap("rw", { n: "1" }));
    await assert.rejects(maps.create(configMap("rw")), (error) => hasReason(error, "AlreadyExists"));
    const updated = await maps.update({ ...created, data: { n: "2" } });
    await assert.rejects(maps.update(created), (error) => hasReason(error, "Conflict"));
    const patched = await maps.patch("rw", "default", { type: "merge", body: { data: { m: "3" } } });
    assert.deepEqual(patched.data, { ...updated.data, m: "3" });
    const applied = await maps.apply({ ...configMap("rw", { a: "4" }) }, { fieldManager: "test" });
    assert.deepEqual(applied.data, { n: "2", m: "3", a: "4" });
    assert.equal((await maps.list({ fieldSelector: "metadata.name=rw" })).items.length, 1);
    await maps.delete("rw", "default");
    assert.equal(await maps.find("rw", "default"), undefined);
  });

  it("pages through long lists", async () => {
    const maps = (await server.httpsClient()).resource(configMaps);
    for (let index = 0; index < 5; index++) await maps.create(configMap(`page-${index}`));
    const names: (string | undefined)[] = [];
    for await (const { metadata } of maps.listAll({ namespace: "default", pageSize: 2 })) names.push(metadata.name);
    assert.deepEqual(names.filter((name) => name?.startsWith("page-")).length, 5);
  });

  it("watches, until it is told to stop", async () => {
    const client = await server.httpsClient();
    const maps = client.resource(configMaps);
    const { metadata } = await maps.list();
    const stop = new AbortController();
    const seen: string[] = [];
    const watching = (async () => {
      for await (const { type, object } of maps.watch({
        resourceVersion: metadata.resourceVersion,
        signal: stop.signal,
      })) {
        seen.push(`${type} ${object.metadata.name}`);
      }
    })();
    await maps.create(configMap("seen"));
    await maps.delete("seen", "default");
    await until(() => seen.length === 2);
    stop.abort();
    await watching;
    assert.deepEqual(seen, ["ADDED seen", "DELETED seen"]);
  });

  it("hears that a revision is too old", async () => {
    const own = await startTestServer({ controllers: false });
    const maps = (await own.httpsClient()).resource(configMaps);
    await maps.create(configMap("x"));
    await own.plane.store.compact(Number.POSITIVE_INFINITY);
    await assert.rejects(
      async () => {
        for await (const _ of maps.watch({ resourceVersion: "1" }));
      },
      (error) => error instanceof StatusError && error.code === 410,
    );
    await own.stop();
  });

  it("authenticates with a token", async () => {
    assert.deepEqual(await whoAmI(connect({ credentials: { token: "first" } })), {
      username: "ann",
      uid: "1",
      groups: ["team", "system:authenticated"],
    });
    await assert.rejects(whoAmI(connect({ credentials: { token: "wrong" } })), (error) =>
      hasReason(error, "Unauthorized"),
    );
  });

  it("reads a token file anew after a while, and at once when the token is refused", async () => {
    const path = join(folder, "token");
    const clock = new ManualClock();
    writeFileSync(path, "first\n");
    const credentials = new TokenFileCredentials(path, {}, clock);
    const client = connect({ credentials });
    const name = async () => (await client.resource(reviews).create(selfSubjectReview)).status.userInfo.username;
    assert.equal(await name(), "ann");
    writeFileSync(path, "second\n");
    assert.equal(await name(), "ann");
    clock.advance(60_000);
    assert.equal(await name(), "ben");
    writeFileSync(path, "wrong\n");
    clock.advance(60_000);
    await assert.rejects(name(), (error) => hasReason(error, "Unauthorized"));
    writeFileSync(path, "first\n");
    assert.equal(await name(), "ann");
    await client.close();
  });

  it("impersonates", async () => {
    const admin = await server.httpsClient();
    const kubeconfig = clientFromKubeconfig(
      server.kubeconfig.replace(/user:\n/, "user:\n      as: cat\n      as-groups: [pets]\n"),
    );
    assert.deepEqual(await whoAmI(kubeconfig), { username: "cat", groups: ["pets", "system:authenticated"] });
    assert.equal((await whoAmI(admin)).username, "admin");
  });

  it("asks a program for credentials, and again when they are refused", async () => {
    const program = join(folder, "login.mjs");
    writeFileSync(join(folder, "count"), "");
    writeFileSync(
      program,
      `import { appendFileSync, readFileSync } from "node:fs";
       const info = JSON.parse(process.env.KUBERNETES_EXEC_INFO);
       appendFileSync(process.argv[2], ".");
       const calls = readFileSync(process.argv[2], "utf8").length;
       const token = calls === 1 ? "wrong" : info.spec.cluster.server === process.env.EXPECTED ? "first" : "second";
       console.log(JSON.stringify({ kind: "ExecCredential", apiVersion: info.apiVersion, status: { token } }));`,
    );
    const config = {
      "current-context": "c",
      contexts: [{ name: "c", context: { cluster: "c", user: "u" } }],
      clusters: [
        {
          name: "c",
          cluster: {
            server: server.url,
            "certificate-authority-data": Buffer.from(server.certificateAuthority).toString("base64"),
          },
        },
      ],
      users: [
        {
          name: "u",
          user: {
            exec: {
              apiVersion: "client.authentication.k8s.io/v1",
              command: process.execPath,
              args: [program, join(folder, "count")],
              env: [{ name: "EXPECTED", value: server.url }],
              interactiveMode: "Never",
              provideClusterInfo: true,
            },
          },
        },
      ],
    };
    assert.equal((await whoAmI(clientFromKubeconfig(JSON.stringify(config)))).username, "ann");
    config.users[0]!.user.exec.command = "/no/such/program";
    await assert.rejects(whoAmI(clientFromKubeconfig(JSON.stringify(config))), /could not be run/);
  });

  it("uses the service account of a pod", async () => {
    writeFileSync(join(folder, "ca.crt"), server.certificateAuthority);
    writeFileSync(join(folder, "token"), "second");
    const environment = { KUBERNETES_SERVICE_HOST: "127.0.0.1", KUBERNETES_SERVICE_PORT: String(server.port) };
    assert.equal((await whoAmI(inClusterClient({ environment, folder }))).username, "ben");
    assert.throws(() => inClusterClient({ environment: {}, folder }), /no pod/);
  });

  it("takes other credentials while it runs, and breaks off the watches of the former ones", async () => {
    const client = connect({ credentials: await certificate("ann") });
    const name = async () => (await client.resource(reviews).create(selfSubjectReview)).status.userInfo.username;
    assert.equal(await name(), "ann");
    let began = false;
    const watching = (async () => {
      for await (const _ of client.resource(configMaps).watch({ sendInitialEvents: true, allowWatchBookmarks: true }))
        began = true;
    })();
    await until(() => began);
    client.setCredentials(await certificate("ben"));
    await assert.rejects(watching, ConnectionError);
    assert.equal(await name(), "ben");
    await client.close();
  });

  it("does not trust a server of another authority, or of another name", async () => {
    const maps = (options: object) => connect(options).resource(configMaps).list();
    await assert.rejects(maps({ certificateAuthority: undefined }), ConnectionError);
    await assert.rejects(maps({ tlsServerName: "elsewhere.example" }), /elsewhere\.example/);
    await assert.rejects(maps({ tlsServerName: "kubernetes" }), (error) => hasReason(error, "Unauthorized"));
  });

  it("says so when no server is there", async () => {
    const client = connect({ server: "https://127.0.0.1:1" });
    await assert.rejects(client.resource(configMaps).list(), (error) => {
      return error instanceof ConnectionError && error.message.includes("https://127.0.0.1:1");
    });
  });
});

describe("a client of a server that comes back", () => {
  it("goes on with requests, and informers with their watches, missing nothing", async () => {
    const engine = createMemoryEngine();
    // The engine outlives the server, as a file would.
    const closeEngine = engine.close.bind(engine);
    engine.close = async () => undefined;
    const first = await startTestServer({ controllers: false, engine });
    const client = clientFromKubeconfig(first.kubeconfig);
    const maps = client.resource(configMaps);
    const informer = new Informer({
      client,
      kind: configMaps,
      namespace: "default",
      clock: systemClock,
      backoff: { first: 5, longest: 20 },
    }).start();
    const events: string[] = [];
    informer.onEvent(({ type, object, old }) => events.push(`${type} ${(object ?? old)!.metadata.name}`));
    await informer.synced;
    await maps.create(configMap("a"));
    await until(() => events.length === 1);
    await first.stop();
    await assert.rejects(maps.list(), ConnectionError);
    const second = await startTestServer({ controllers: false, engine, port: first.port });
    await second.client.resource(configMaps).create(configMap("b"));
    assert.equal((await maps.get("a", "default")).metadata.name, "a");
    await until(() => events.length === 2);
    await maps.delete("a", "default");
    await until(() => events.length === 3);
    assert.deepEqual(events, ["ADDED a", "ADDED b", "DELETED a"]);
    assert.deepEqual(
      [...informer.list()].map(({ metadata }) => metadata.name),
      ["b"],
    );
    await informer.stop();
    await client.close();
    await second.stop();
    await closeEngine();
  });

  it("lists anew without a storm of events when its revision is gone", async () => {
    const server = await startTestServer({ controllers: false });
    const client = await server.httpsClient();
    const maps = server.client.resource(configMaps);
    for (const name of ["same", "changed", "gone"]) await maps.create(configMap(name));
    const errors: unknown[] = [];
    const informer = new Informer({
      client,
      kind: configMaps,
      namespace: "default",
      clock: systemClock,
      backoff: { first: 1, longest: 5 },
      onError: (error) => errors.push(error),
    }).start();
    await informer.synced;
    const events: string[] = [];
    informer.onEvent(({ type, object, old }) => events.push(`${type} ${(object ?? old)!.metadata.name}`));
    assert.equal(events.splice(0).length, 3);
    // The watch is cut, and what happens until it is back is compacted: a restore does both.
    const jump = server.plane.store.jump(server.plane.store.revision + 1000);
    const changed = maps.patch("changed", "default", { type: "merge", body: { data: { a: "b" } } });
    const deleted = maps.delete("gone", "default");
    await Promise.all([jump, changed, deleted]);
    await until(() => events.length === 2);
    assert.deepEqual(events.sort(), ["DELETED gone", "MODIFIED changed"]);
    assert.ok(errors.some((error) => hasReason(error, "Expired")));
    await informer.stop();
    await server.stop();
  });
});

describe("a client of other servers", () => {
  let other: Server;
  let url: string;
  let ca: string;
  let answer: (path: string, count: number) => { code: number; headers?: Record<string, string>; body: string };
  let count = 0;

  before(async () => {
    const muster = await startTestServer({ controllers: false });
    const { keys } = muster.plane;
    ca = keys.authority.certificate;
    // Speaks HTTP/1.1 only.
    other = createServer({ key: keys.serving.privateKey, cert: keys.serving.certificate }, (request, response) => {
      const { code, headers = {}, body } = answer(request.url ?? "", ++count);
      response.writeHead(code, headers).end(body);
    });
    await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
    url = `https://127.0.0.1:${(other.address() as AddressInfo).port}`;
    await muster.stop();
  });
  after(() => other.close());

  const json = { "content-type": "application/json" };

  it("keeps integers that are larger than a double holds", async () => {
    answer = () => ({ code: 200, headers: json, body: '{"metadata":{"generation":9007199254740993}}' });
    const client = httpsClient({ server: url, certificateAuthority: ca });
    const object = await client.request({ method: "GET", path: "/" });
    assert.equal(JSON.stringify(object), '{"metadata":{"generation":9007199254740993}}');
    await client.close();
  });

  it("speaks HTTP/1.1, below a path", async () => {
    answer = (path) => ({ code: 200, headers: json, body: JSON.stringify({ path }) });
    const client = httpsClient({ server: `${url}/hubs/one/`, certificateAuthority: ca });
    const found = await client.request({ method: "GET", path: "/api", query: { a: "b c" } });
    assert.deepEqual(found, { path: "/hubs/one/api?a=b+c" });
    await client.close();
  });

  it("watches over HTTP/1.1; what follows the last line is no event", async () => {
    const event: WatchEvent = { type: "ADDED", object: configMap("x") };
    answer = () => ({ code: 200, headers: json, body: `${JSON.stringify(event)}\n\n{"type":"ADD` });
    const client = httpsClient({ server: url, certificateAuthority: ca });
    const seen: WatchEvent[] = [];
    for await (const one of client.resource(configMaps).watch()) seen.push(one);
    assert.deepEqual(seen, [event]);
    await client.close();
  });

  it("waits and asks again when it is told to", async () => {
    count = 0;
    answer = (_path, time) =>
      time < 3
        ? { code: 429, headers: { "retry-after": "1" }, body: "slow down" }
        : { code: 200, headers: json, body: "{}" };
    const clock = {
      now: () => new Date(),
      after: (ms: number, callback: () => void) => systemClock.after(ms / 100, callback),
    };
    const client = httpsClient({ server: url, certificateAuthority: ca, clock, timeout: 600_000 });
    await client.request({ method: "GET", path: "/" });
    assert.equal(count, 3);
    await client.close();
  });

  it("makes a Status of whatever else answers", async () => {
    const client = httpsClient({ server: url, certificateAuthority: ca });
    answer = () => ({ code: 502, body: "<html>bad gateway</html>" });
    await assert.rejects(client.request({ method: "GET", path: "/" }), (error) => {
      return error instanceof StatusError && error.code === 502 && error.message.includes("bad gateway");
    });
    answer = () => ({ code: 200, headers: json, body: "{" });
    await assert.rejects(client.request({ method: "GET", path: "/" }), /cannot be read/);
    await client.close();
  });

  it("gives up on a server that does not answer in time", async () => {
    // It takes connections, and says nothing on them.
    const silent = createSocketServer();
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
    const { port } = silent.address() as AddressInfo;
    const client = httpsClient({ server: `https://127.0.0.1:${port}`, insecureSkipTlsVerify: true, timeout: 50 });
    await assert.rejects(client.resource(configMaps).list(), (error) => hasReason(error, "Timeout"));
    await client.close();
    silent.close();
  });
});
