// The `muster` command as a user meets it: starting, stopping, what is refused and how it says so, the files that it leaves.

import assert from "node:assert/strict";
import type { X509Certificate } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { connect } from "node:tls";
import { Connection } from "../conformance/support/http.ts";
import { Watch } from "../conformance/support/watch.ts";
import { atEnd } from "./support/at-end.ts";
import { MusterServer, remove, runMuster, temporaryDirectory } from "./support/muster.ts";

const configMaps = "/api/v1/namespaces/default/configmaps";

function configMap(name: string) {
  return { apiVersion: "v1", kind: "ConfigMap", metadata: { name } };
}

function directory(t: TestContext): string {
  const path = temporaryDirectory();
  atEnd(t, () => remove(path));
  return path;
}

/** A server that ends with the test. */
async function start(t: TestContext, dataDir: string, ...args: string[]): Promise<MusterServer> {
  const server = await MusterServer.start({ dataDir, args });
  atEnd(t, () => server.kill());
  return server;
}

function connection(t: TestContext, server: MusterServer): Connection {
  const opened = new Connection(server.access());
  atEnd(t, () => opened.close());
  return opened;
}

/** The certificate that a server shows. */
function servingCertificate(server: MusterServer): Promise<X509Certificate> {
  const { hostname, port } = new URL(server.url);
  return new Promise((resolve, reject) => {
    const socket = connect(
      { host: hostname, port: Number(port), ca: server.access().certificateAuthority, ALPNProtocols: ["h2"] },
      () => {
        resolve(socket.getPeerX509Certificate()!);
        socket.destroy();
      },
    );
    socket.on("error", reject);
  });
}

function mode(path: string): string {
  return (statSync(path).mode & 0o777).toString(8);
}

describe("muster up", () => {
  it("is ready in a moment, prints one line, and serves what the line says", async (t) => {
    const server = await start(t, directory(t));
    assert.ok(server.startTime < 30_000);
    assert.equal(server.stdout.trim().split("\n").length, 1);
    assert.match(server.url, /^https:\/\/127\.0\.0\.1:[1-9][0-9]*$/);
    const { code, text } = await connection(t, server).send("GET", "/readyz");
    assert.deepEqual([code, text], [200, "ok"]);
  });

  it("keeps its secrets to its user", async (t) => {
    const dataDir = join(directory(t), "made", "by", "muster");
    const server = await start(t, dataDir, "--audit-log", join(directory(t), "audit.log"));
    assert.equal(mode(dataDir), "700");
    assert.equal(server.kubeconfig, join(dataDir, "admin.kubeconfig"));
    for (const name of readdirSync(dataDir)) assert.equal(mode(join(dataDir, name)), "600", name);
  });

  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    it(`${signal} ends watches, finishes, exits with 0, and the data is there again`, async (t) => {
      const dataDir = directory(t);
      const first = await start(t, dataDir);
      const before = connection(t, first);
      const made = await before.send("POST", configMaps, { body: configMap("kept") });
      assert.equal(made.code, 201);
      const watch = new Watch(before.open("GET", `${configMaps}?watch=true`));
      assert.equal((await watch.opened).code, 200);
      const { code, signal: killedBy } = await first.stop(signal);
      assert.deepEqual([code, killedBy], [0, null]);
      await watch.ended();

      const second = await start(t, dataDir);
      const after = connection(t, second);
      const kept = await after.send("GET", `${configMaps}/kept`);
      assert.deepEqual(kept.json.metadata, made.json.metadata);
      const next = await after.send("POST", configMaps, { body: configMap("next") });
      assert.ok(BigInt(next.json.metadata.resourceVersion) > BigInt(made.json.metadata.resourceVersion));
    });
  }

  it("an old kubeconfig goes on to work after a restart on the same port", async (t) => {
    const dataDir = directory(t);
    const first = await start(t, dataDir);
    const access = first.access();
    const { host } = new URL(first.url);
    await first.stop();
    const second = await MusterServer.start({ dataDir, listen: host });
    atEnd(t, () => second.kill());
    const old = new Connection(access);
    atEnd(t, () => old.close());
    assert.equal((await old.send("GET", "/api/v1/namespaces/default")).code, 200);
  });

  it("in memory nothing is left behind but the kubeconfig", async (t) => {
    const dataDir = directory(t);
    const server = await MusterServer.start({ dataDir, storage: "memory" });
    assert.equal((await server.stop()).code, 0);
    assert.deepEqual(readdirSync(dataDir), ["admin.kubeconfig"]);
  });

  it("the names of --tls-san are in the certificate, also when they are asked for later", async (t) => {
    const dataDir = directory(t);
    const first = await start(t, dataDir);
    const authority = first.access().certificateAuthority;
    assert.equal((await servingCertificate(first)).checkHost("hub.example"), undefined);
    await first.stop();
    const second = await start(t, dataDir, "--tls-san", "hub.example", "--tls-san", "192.0.2.7");
    const certificate = await servingCertificate(second);
    assert.equal(certificate.checkHost("hub.example"), "hub.example");
    assert.equal(certificate.checkIP("192.0.2.7"), "192.0.2.7");
    assert.equal(certificate.checkHost("localhost"), "localhost");
    assert.equal(second.access().certificateAuthority, authority);
    await second.stop();
    const third = await start(t, dataDir, "--tls-san", "hub.example");
    assert.equal((await servingCertificate(third)).fingerprint256, certificate.fingerprint256);
  });

  it("--audit-log takes a line for each request: who, what, and how it ended", async (t) => {
    const file = join(directory(t), "audit.log");
    const server = await start(t, directory(t), "--audit-log", file);
    const client = connection(t, server);
    await client.send("POST", configMaps, { body: { ...configMap("audited"), data: { password: "secret" } } });
    await client.send("GET", `${configMaps}/absent`, { headers: { "impersonate-user": "jane" } });
    await server.stop();
    assert.equal(mode(file), "600");
    const text = readFileSync(file, "utf8");
    assert.ok(!text.includes("secret"));
    const events = text
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    const created = events.find(
      ({ verb, objectRef }) =>
        verb === "create" &&
        objectRef.resource === "configmaps" &&
        objectRef.namespace === "default" &&
        objectRef.name !== "kube-root-ca.crt",
    );
    assert.equal(created.apiVersion, "audit.k8s.io/v1");
    assert.equal(created.user.username, "muster-admin");
    assert.equal(created.responseStatus.code, 201);
    const refused = events.find(({ objectRef }) => objectRef?.name === "absent");
    assert.equal(refused.user.username, "muster-admin");
    assert.equal(refused.impersonatedUser.username, "jane");
    assert.equal(refused.responseStatus.code, 403);
  });

  it("--token-auth-file lets its users in", async (t) => {
    const file = join(directory(t), "tokens.csv");
    writeFileSync(file, 'let-me-in,ann,1001,"system:masters,dev"\nplain,bob,1002\n');
    const server = await start(t, directory(t), "--token-auth-file", file);
    const { server: url, certificateAuthority } = server.access();
    const as = async (token: string) => {
      const client = new Connection({ server: url, certificateAuthority, token });
      atEnd(t, () => client.close());
      const answer = await client.send("GET", configMaps);
      return [answer.code, answer.json.message];
    };
    assert.deepEqual(await as("let-me-in"), [200, undefined]);
    const [code, message] = await as("plain");
    assert.equal(code, 403);
    assert.match(message, /User "bob" cannot list resource "configmaps"/);
    assert.equal((await as("wrong"))[0], 401);
  });

  it("--log-format json logs JSON to the standard error alone", async (t) => {
    const server = await start(t, directory(t), "--log-format", "json", "--log-level", "debug");
    const { stdout, stderr } = await server.stop();
    const lines = stderr
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    assert.ok(lines.some((line) => JSON.stringify(line).includes("stopping")));
    assert.equal(stdout.trim().split("\n").length, 1);
  });
});

describe("muster up refuses", () => {
  /** Asserts that a start is refused with a sentence, not with a stack. */
  async function refused(args: string[], ...sentences: RegExp[]): Promise<void> {
    const { code, stdout, stderr } = await runMuster(["up", ...args]);
    assert.equal(code, 1, stderr);
    assert.equal(stdout, "");
    for (const sentence of sentences) assert.match(stderr, sentence);
    assert.doesNotMatch(stderr, /^\s+at .*:\d+:\d+/m);
  }

  it("a second process on the same data", async (t) => {
    const dataDir = directory(t);
    const server = await start(t, dataDir);
    const kubeconfig = readFileSync(server.kubeconfig, "utf8");
    await refused(["--data-dir", dataDir, "--listen", "127.0.0.1:0"], /^muster: .*in use by another process/);
    assert.equal(readFileSync(server.kubeconfig, "utf8"), kubeconfig);
    assert.equal((await connection(t, server).send("GET", "/readyz")).code, 200);
  });

  it("a port that is in use", async (t) => {
    const other = createServer();
    await new Promise<void>((done) => other.listen(0, "127.0.0.1", done));
    atEnd(t, () => other.close());
    const { port } = other.address() as { port: number };
    const listen = `127.0.0.1:${port}`;
    await refused(["--data-dir", directory(t), "--listen", listen], new RegExp(`^muster: ${listen} is in use`));
  });

  it("what is no address, no engine, no file", async (t) => {
    const dataDir = directory(t);
    await refused(["--data-dir", dataDir, "--listen", "nonsense"], /--listen nonsense: an address such as/);
    await refused(["--data-dir", dataDir, "--listen", "127.0.0.1:70000"], /--listen 127\.0\.0\.1:70000/);
    await refused(["--data-dir", dataDir, "--storage", "paper"], /--storage.*'paper' is invalid.*sqlite, memory/s);
    await refused(["--data-dir", dataDir, "--nonsense"], /unknown option '--nonsense'/);
    await refused(["--data-dir", dataDir, "--token-auth-file", join(dataDir, "absent")], /--token-auth-file .*absent/);
    assert.deepEqual(readdirSync(dataDir), []);
  });

  it("a data directory that is a file, or that it may not write", async (t) => {
    const place = directory(t);
    const file = join(place, "file");
    writeFileSync(file, "");
    await refused(["--data-dir", file, "--listen", "127.0.0.1:0"], /^muster: .*file cannot be the data directory/);
    const below = join(file, "below");
    await refused(["--data-dir", below, "--listen", "127.0.0.1:0"], /^muster: .*below cannot be the data directory/);
    if (process.getuid?.() === 0) return; // Root may write everywhere.
    const closed = join(place, "closed");
    mkdirSync(closed, { mode: 0o500 });
    await refused(["--data-dir", closed, "--listen", "127.0.0.1:0"], /^muster: .*closed/);
  });

  it("data of another profile", async (t) => {
    const dataDir = directory(t);
    await (await start(t, dataDir, "--profile", "bare")).stop();
    await refused(
      ["--data-dir", dataDir, "--listen", "127.0.0.1:0", "--profile", "hub"],
      /^muster: .*profile bare, not hub/,
    );
  });
});

describe("the other commands", () => {
  it("muster version", async () => {
    const { code, stdout } = await runMuster(["version"]);
    assert.equal(code, 0);
    assert.match(stdout, /^muster [0-9]+\.[0-9]+\.[0-9]+\n$/);
  });

  it("muster kubeconfig prints the administrator's access", async (t) => {
    const server = await start(t, directory(t));
    const { code, stdout } = await runMuster(["kubeconfig", "--data-dir", server.dataDir]);
    assert.equal(code, 0);
    assert.equal(stdout, readFileSync(server.kubeconfig, "utf8"));
  });

  it("muster kubeconfig says how to get one", async (t) => {
    const dataDir = join(directory(t), "none");
    const { code, stderr } = await runMuster(["kubeconfig", "--data-dir", dataDir]);
    assert.equal(code, 1);
    assert.equal(
      stderr,
      `muster: there is no server in ${dataDir} yet; start one with: muster up --data-dir ${dataDir}\n`,
    );
    assert.ok(!existsSync(dataDir));
  });

  it("the data directory is .muster where nothing else is said", async (t) => {
    const place = directory(t);
    mkdirSync(join(place, ".muster"));
    writeFileSync(join(place, ".muster", "admin.kubeconfig"), "here\n");
    assert.equal((await runMuster(["kubeconfig"], place)).stdout, "here\n");
  });

  it("muster alone, or with an unknown command, shows what there is", async () => {
    for (const args of [[], ["nonsense"]]) {
      const { code, stderr } = await runMuster(args);
      assert.equal(code, 1);
      assert.match(stderr, /Usage: muster|--help/);
    }
  });
});
