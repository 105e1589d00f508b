import assert from "node:assert/strict";
import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import { connect as http2 } from "node:http2";
import { after, before, test } from "node:test";
import { connect } from "node:tls";
import {
  availability,
  caBundle,
  kindsWithout,
  make,
  open,
  register,
  send,
  startBackend,
  startPlane,
  type TestBackend,
  type TestPlane,
  until,
} from "./testing.ts";

const group = "metrics.example.com";
const root = `/apis/${group}/v1`;
const resources = {
  kind: "APIResourceList",
  apiVersion: "v1",
  groupVersion: `${group}/v1`,
  resources: [{ name: "nodes", singularName: "node", namespaced: false, kind: "NodeMetrics", verbs: ["get", "list"] }],
};
const openApi = {
  swagger: "2.0",
  info: { title: "x", version: "1" },
  paths: { [`${root}/nodes`]: { get: { responses: {} } }, "/other": {} },
  definitions: {},
};

let main: TestPlane;
let backend: TestBackend;
let ended = 0;

function answer(request: IncomingMessage, response: ServerResponse): void {
  const [path = ""] = (request.url ?? "").split("?");
  const json = (value: unknown) => response.setHeader("content-type", "application/json").end(JSON.stringify(value));
  response.on("close", () => ended++);
  switch (path) {
    case root:
      return void json(resources);
    case "/openapi/v2":
      return void json(openApi);
    case "/openapi/v3":
      return void json({ paths: { [root.slice(1)]: { serverRelativeURL: `/openapi/v3${root}?hash=ABC` } } });
    case `/openapi/v3${root}`:
      return void json({ openapi: "3.0.0", paths: {} });
    case `${root}/headers`:
      response.setHeader("access-control-allow-origin", "*");
      response.setHeader("x-backend", ["a", "b"]);
      return void json({ url: request.url, headers: request.headersDistinct });
    case `${root}/echo`:
      return void request.pipe(response);
    case `${root}/stream`:
      response.write("first\n");
      return;
    case `${root}/broken`:
      response.writeHead(200, { "content-length": 100 }).write("half");
      setTimeout(() => response.destroy(), 10);
      return;
    case `${root}/redirect`:
      return void response.writeHead(302, { location: "https://elsewhere" }).end();
    default:
      return void response.writeHead(404).end("nothing");
  }
}

function dial() {
  const { certificate: cert, privateKey: key } = main.admin;
  return connect({ host: "127.0.0.1", port: main.port, ca: main.keys.authority.certificate, cert, key });
}

before(async () => {
  main = await startPlane(kindsWithout("coordination.k8s.io"));
  backend = await startBackend(main.keys, answer, {
    upgrade(socket, request) {
      if (request.headers.upgrade === "refused") {
        socket.end("HTTP/1.1 404 Not Found\r\ncontent-length: 7\r\nconnection: close\r\n\r\nnothing");
        return;
      }
      socket.write("HTTP/1.1 101 Switching Protocols\r\nconnection: Upgrade\r\nupgrade: echo\r\n\r\n");
      socket.pipe(socket);
    },
  });
  await register(main.plane, group, backend.port, caBundle(main.keys));
  await until(() => availability(main.plane, `v1.${group}`).reason === "Passed", "the backend is available");
});

after(async () => {
  await main.close();
  await backend.close();
});

test("the backend learns the user, and nothing else of the client's connection", async () => {
  const headers = {
    authorization: "Basic x",
    "x-remote-group": "system:nodes",
    connection: "x-hop",
    "x-hop": "1",
    a: "b",
  };
  const reply = await send(main, "GET", `${root}/headers?x=%2F&y`, { headers });
  const seen = JSON.parse(reply.text);
  assert.equal(seen.url, `${root}/headers?x=%2F&y`);
  assert.deepEqual(seen.headers["x-remote-user"], ["ada"]);
  assert.deepEqual(seen.headers["x-remote-group"], ["system:masters", "system:authenticated"]);
  assert.deepEqual(seen.headers.host, [`backend.default.svc:${backend.port}`]);
  assert.deepEqual([seen.headers.authorization, seen.headers["x-hop"], seen.headers.a], [undefined, undefined, ["b"]]);
  assert.equal(reply.headers["access-control-allow-origin"], undefined);
  assert.equal(reply.headers["x-backend"], "a, b");
});

test("bodies of any size flow both ways", async () => {
  const body = Buffer.alloc(8 * 1024 * 1024, "muster ");
  const reply = await send(main, "POST", `${root}/echo`, { body });
  assert.equal(reply.code, 200);
  assert.ok(Buffer.from(reply.text).equals(body));
});

test("an answer arrives as it is written, and a client that leaves ends the request", async () => {
  const { call, response } = open(main, "GET", `${root}/stream?watch=true`);
  const stream = await response;
  const [first] = (await stream.take(1).toArray()) as [Buffer];
  assert.equal(first.toString(), "first\n");
  const before = ended;
  call.destroy();
  await until(() => ended > before, "the backend sees the client leave");
});

test("a broken answer is broken for the client, too", async () => {
  await assert.rejects(send(main, "GET", `${root}/broken`), { code: "ECONNRESET" });
});

test("the same over HTTP/2", async () => {
  const { privateKey: key, certificate: cert } = main.admin;
  const session = http2(`https://127.0.0.1:${main.port}`, { ca: main.keys.authority.certificate, key, cert });
  try {
    const body = Buffer.alloc(1024 * 1024, "muster ");
    // Without a length, and with a method that usually has no body.
    for (const method of ["POST", "DELETE"]) {
      const echo = session.request({ ":method": method, ":path": `${root}/echo` }, { endStream: false });
      echo.end(body);
      assert.ok(Buffer.concat(await echo.toArray()).equals(body), method);
    }
    const before = ended;
    const stream = session.request({ ":path": `${root}/stream?watch=1` });
    const [first] = await once(stream, "data");
    assert.equal(first.toString(), "first\n");
    stream.close();
    await until(() => ended > before, "the backend sees the client leave");
    const head = session.request({ ":method": "HEAD", ":path": `${root}/headers` });
    const [headers] = await once(head, "response");
    assert.equal(headers[":status"], 200);
    head.close();
  } finally {
    session.close();
  }
});

test("redirects are refused", async () => {
  const reply = await send(main, "GET", `${root}/redirect`);
  assert.equal(reply.code, 502);
  assert.equal(reply.text, "the backend attempted to redirect this request, which is not permitted\n");
});

test("an upgrade that the backend does not want is answered, and the connection ends", async () => {
  for (const [path, expected] of [
    [`${root}/exec`, /^HTTP\/1.1 404 Not Found\r\n.*nothing/s],
    ["/apis/none/v1/exec", /^HTTP\/1.1 404 Not Found\r\n.*could not find/s],
  ] as const) {
    const socket = dial();
    socket.write(`GET ${path} HTTP/1.1\r\nhost: x\r\nconnection: Upgrade\r\nupgrade: refused\r\n\r\n`);
    assert.match(Buffer.concat(await socket.toArray()).toString(), expected);
  }
});

test("upgraded connections are joined", async () => {
  const socket = dial();
  socket.write(`GET ${root}/exec HTTP/1.1\r\nhost: x\r\nconnection: Upgrade\r\nupgrade: echo\r\n\r\nhello`);
  let received = "";
  socket.setEncoding("utf8").on("data", (text: string) => {
    received += text;
  });
  await until(() => received.endsWith("hello"), "the echo arrives");
  assert.match(received, /^HTTP\/1.1 101 Switching Protocols\r\n/);
  socket.write(" again");
  await until(() => received.endsWith("hello again"), "the rest arrives");
  socket.destroy();
});

test("discovery shows the backend's group behind our own", async () => {
  const groups = JSON.parse((await send(main, "GET", "/apis")).text).groups.map(({ name }: { name: string }) => name);
  assert.equal(groups[0], "apiregistration.k8s.io");
  assert.equal(groups.at(-1), group);
  const accept = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";
  const { items } = JSON.parse((await send(main, "GET", "/apis", { headers: { accept } })).text);
  const responseKind = { group, version: "v1", kind: "NodeMetrics" };
  assert.deepEqual(items.at(-1), {
    metadata: { name: group, creationTimestamp: null },
    versions: [
      {
        version: "v1",
        resources: [
          { resource: "nodes", responseKind, scope: "Cluster", singularResource: "node", verbs: ["get", "list"] },
        ],
        freshness: "Current",
      },
    ],
  });
  assert.deepEqual(JSON.parse((await send(main, "GET", root)).text), resources);
});

test("its OpenAPI is in our documents", async () => {
  await until(() => [...main.plane.aggregator.openApiV3Paths()].length > 0, "the backend has described itself");
  const v2 = JSON.parse((await send(main, "GET", "/openapi/v2")).text);
  assert.deepEqual(v2.paths[`${root}/nodes`], { get: { responses: {} } });
  assert.equal(v2.paths["/other"], undefined);
  assert.ok(v2.paths["/api/v1/namespaces"]);
  const index = JSON.parse((await send(main, "GET", "/openapi/v3")).text);
  assert.deepEqual(index.paths[root.slice(1)], { serverRelativeURL: `/openapi/v3${root}?hash=ABC` });
  const v3 = await send(main, "GET", `/openapi/v3${root}?hash=ABC`);
  assert.equal(v3.headers.etag, '"ABC"');
  assert.deepEqual(JSON.parse(v3.text), { openapi: "3.0.0", paths: {} });
});

test("calls in this process reach the backend", async () => {
  const { user } = main.plane.systemContext();
  assert.deepEqual(await main.plane.callObject({ user, method: "GET", path: root }), resources);
  await assert.rejects(main.plane.callObject({ user, method: "GET", path: `${root}/nothing` }), { code: 500 });
});

test("a backend that dies takes nothing with it, and comes back", async () => {
  const { port } = backend;
  await backend.close();
  const first = await send(main, "GET", `${root}/nodes`);
  assert.equal(first.code, 503);
  assert.equal(first.text, `error trying to reach service: dial tcp 127.0.0.1:${port}: connect: connection refused\n`);
  await until(() => availability(main.plane, `v1.${group}`).status === "False", "the backend is found dead");
  assert.equal(availability(main.plane, `v1.${group}`).reason, "FailedDiscoveryCheck");
  assert.equal((await send(main, "GET", `${root}/nodes`)).text, "service unavailable\n");
  for (const path of ["/api/v1/services", "/apis", "/apis/apps/v1", "/openapi/v2", "/openapi/v3", "/readyz"]) {
    assert.equal((await send(main, "GET", path)).code, 200, path);
  }
  const accept = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";
  const { items } = JSON.parse((await send(main, "GET", "/apis", { headers: { accept } })).text);
  assert.equal(items.at(-1).versions[0].freshness, "Stale");
  backend = await startBackend(main.keys, answer, { port });
  await until(() => availability(main.plane, `v1.${group}`).status === "True", "the backend is found alive");
  assert.equal((await send(main, "GET", root)).code, 200);
});

test("another control plane serves a group of ours", async () => {
  const other = await startPlane(kindsWithout(), main.keys);
  const name = "v1.coordination.k8s.io";
  try {
    await register(main.plane, "coordination.k8s.io", other.port, caBundle(other.keys));
    await until(() => availability(main.plane, name).reason === "Passed", "the other plane is available");
    await make(other.plane, "/api/v1/namespaces", {
      apiVersion: "v1",
      kind: "Namespace",
      metadata: { name: "default" },
    });
    const leases = "/apis/coordination.k8s.io/v1/namespaces/default/leases";
    const watch = await open(main, "GET", `${leases}?watch=true`).response;
    const lease = { apiVersion: "coordination.k8s.io/v1", kind: "Lease", metadata: { name: "a" } };
    const made = await send(main, "POST", leases, { body: Buffer.from(JSON.stringify(lease)) });
    assert.equal(made.code, 201);
    const [event] = (await watch.take(1).toArray()) as [Buffer];
    assert.equal(JSON.parse(event.toString()).object.metadata.name, "a");
    const { items } = (await main.plane.callObject({
      user: main.plane.systemContext().user,
      method: "GET",
      path: leases,
    })) as { items: unknown[] };
    assert.equal(items.length, 1);
  } finally {
    await other.close();
  }
});

test("a backend that never answers holds nothing up", async () => {
  const hung = await startBackend(main.keys, () => undefined);
  const name = "hung.example.com";
  try {
    await register(main.plane, name, hung.port, caBundle(main.keys));
    await until(() => hung.requests.length > 0, "the backend was asked");
    const { groups } = JSON.parse((await send(main, "GET", "/apis")).text);
    assert.ok(groups.some((each: { name: string }) => each.name === name));
    assert.equal((await send(main, "GET", "/openapi/v2")).code, 200);
    assert.equal((await send(main, "GET", root)).code, 200);
    assert.equal((await send(main, "GET", `/apis/${name}/v1`)).text, "service unavailable\n");
  } finally {
    await hung.close();
  }
});

test("an APIService without a service, and one that nobody trusts, say so", async () => {
  await register(main.plane, "untrusted.example.com", backend.port, {});
  await until(() => availability(main.plane, "v1.untrusted.example.com").status === "False", "the check has failed");
  assert.match(availability(main.plane, "v1.untrusted.example.com").message, /x509: certificate signed by unknown/);
  const service = { namespace: "default", name: "absent" };
  await make(main.plane, "/apis/apiregistration.k8s.io/v1/apiservices", {
    apiVersion: "apiregistration.k8s.io/v1",
    kind: "APIService",
    metadata: { name: "v1.absent.example.com" },
    spec: { group: "absent.example.com", version: "v1", groupPriorityMinimum: 1, versionPriority: 1, service },
  });
  await until(() => availability(main.plane, "v1.absent.example.com").status === "False", "the check has failed");
  const { reason, message } = availability(main.plane, "v1.absent.example.com");
  assert.deepEqual([reason, message], ["ServiceNotFound", 'service/absent in "default" is not present']);
});
