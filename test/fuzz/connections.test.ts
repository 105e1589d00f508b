// Clients that break the protocol, stall, flood or vanish. Each is answered or cut off, and leaves nothing behind.

import assert from "node:assert/strict";
import { once } from "node:events";
import { type ClientHttp2Session, connect as connectHttp2, constants } from "node:http2";
import { connect as connectTcp, type Socket } from "node:net";
import { after, test } from "node:test";
import { createCertificateAuthority, issueClientCertificate } from "../../src/apiserver/pki/certificate-authority.ts";
import { ServerProcess } from "./support/server.ts";
import { AnswerReader, openSocket, type RawAnswer, RawClient, requestBytes } from "./support/wire.ts";

const deadline = 10_000;
const server = await ServerProcess.start();
const { clientCertificate: cert, clientKey: key } = server.access;
after(() => server.stop());

const configMaps = "/api/v1/namespaces/default/configmaps";
const get = "GET /api/v1/namespaces/default HTTP/1.1\r\nhost: a\r\n\r\n";

async function opened() {
  const socket = await openSocket(server.port, { cert, key });
  return { socket, reader: new AnswerReader(socket) };
}

/** Sends bytes on a new connection and reads one answer. */
async function exchange(bytes: string | Buffer): Promise<RawAnswer | undefined> {
  const { socket, reader } = await opened();
  socket.write(bytes);
  const answer = await reader.next(deadline);
  socket.destroy();
  return answer;
}

async function eventually(check: () => Promise<boolean>, what: string): Promise<void> {
  const until = performance.now() + deadline;
  while (!(await check())) {
    assert.ok(performance.now() < until, what);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

function http2Session(): ClientHttp2Session {
  const session = connectHttp2(`https://127.0.0.1:${server.port}`, { cert, key, rejectUnauthorized: false });
  session.on("error", () => undefined);
  return session;
}

function plainSocket(): Promise<Socket> {
  const socket = connectTcp(server.port, "127.0.0.1");
  socket.on("error", () => undefined);
  return once(socket, "connect").then(() => socket);
}

async function textUntilEnd(socket: Socket): Promise<string> {
  let text = "";
  socket.on("data", (chunk: Buffer) => {
    text += chunk.toString("latin1");
  });
  await new Promise((resolve, reject) => {
    socket.on("close", resolve);
    AbortSignal.timeout(deadline).addEventListener("abort", reject);
  });
  return text;
}

test("HTTP without TLS is told to use TLS", async () => {
  const socket = await plainSocket();
  socket.write(get);
  assert.equal(
    await textUntilEnd(socket),
    "HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n",
  );
});

test("garbage instead of a TLS handshake ends the connection", async () => {
  const socket = await plainSocket();
  socket.write(Buffer.from("160301ffff0102030405060708", "hex"));
  socket.write(Buffer.alloc(70_000, 7));
  await textUntilEnd(socket);
});

test("what is no HTTP request gets 400 in words and the connection ends", async () => {
  for (const bytes of [
    "nonsense\r\n\r\n",
    "GET / HTTP/9.9\r\n\r\n",
    "GET / HTTP/1.1\r\nbad header\r\n\r\n",
    "GET / HTTP/1.1\r\nhost: a\r\ncontent-length: -1\r\n\r\n",
    "GET / HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab",
    "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 3\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
    "POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: gzip, chunked, chunked, x\r\n\r\n",
  ]) {
    const answer = await exchange(bytes);
    assert.equal(answer?.code, 400, bytes);
    assert.equal(answer.closed, true);
  }
});

test("headers beyond the limit get 431", async () => {
  const answer = await exchange(`GET / HTTP/1.1\r\nhost: a\r\nx: ${"y".repeat(100_000)}\r\n\r\n`);
  assert.equal(answer?.code, 431);
});

test("requests that are sent without waiting are answered in order", async () => {
  const { socket, reader } = await opened();
  socket.write(get + get.replace("/default", "/missing") + get);
  const codes = [];
  for (let count = 0; count < 3; count++) codes.push((await reader.next(deadline))?.code);
  assert.deepEqual(codes, [200, 404, 200]);
  socket.destroy();
});

test("a client that closes its half after the request gets its answer", async () => {
  const { socket, reader } = await opened();
  socket.end(get);
  assert.equal((await reader.next(deadline))?.code, 200);
});

test("an upgrade where none is offered is answered and ends the connection", async () => {
  const { socket, reader } = await opened();
  socket.write(get.replace("host: a", "host: a\r\nconnection: upgrade\r\nupgrade: websocket"));
  const answer = await reader.next(deadline);
  assert.equal(answer?.code, 200);
  if (!reader.ended) await once(socket, "end", { signal: AbortSignal.timeout(deadline) });
});

test("Expect: 100-continue is continued, other expectations are refused", async () => {
  const body = Buffer.from('{"metadata":{"name":"continued"}}');
  const request = (expect: string) =>
    requestBytes({ method: "POST", target: configMaps, headers: [["expect", expect]], body });
  assert.equal((await exchange(request("100-continue")))?.code, 201);
  assert.equal((await exchange(request("miracles")))?.code, 417);
});

test("a chunked body is read like any other", async () => {
  const answer = await exchange(
    `POST ${configMaps} HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n10\r\n{"metadata":{"na\r\n11\r\nme":"in-chunks"}}\r\n0\r\n\r\n`,
  );
  assert.equal(answer?.code, 201, answer?.body.toString());
});

test("a body over the limit gets 413, declared or not, and others go on", async () => {
  const large = Buffer.alloc(4 * 2 ** 20, 32);
  for (const headers of [[], [["transfer-encoding", "chunked"]]] as [string, string][][]) {
    const { socket, reader } = await opened();
    const body = headers.length === 0 ? large : Buffer.from(`400000\r\n${large.toString()}\r\n0\r\n\r\n`);
    socket.write(requestBytes({ method: "POST", target: configMaps, headers, body }));
    const answer = await reader.next(deadline);
    assert.equal(answer?.code, 413);
    assert.equal(JSON.parse(answer.body.toString()).reason, "RequestEntityTooLarge");
    socket.destroy();
  }
  const session = http2Session();
  const stream = session.request({ ":method": "POST", ":path": configMaps });
  stream.on("error", () => undefined);
  stream.end(large);
  const [headers] = (await once(stream, "response")) as [Record<string, unknown>];
  assert.equal(headers[":status"], 413);
  const next = session.request({ ":path": "/livez" });
  const [livez] = (await once(next, "response")) as [Record<string, unknown>];
  assert.equal(livez[":status"], 200);
  session.destroy();
});

test("clients that vanish in the middle of a body leave no request behind", async () => {
  for (let count = 0; count < 50; count++) {
    const { socket } = await opened();
    socket.write(`POST ${configMaps} HTTP/1.1\r\nhost: a\r\ncontent-length: 1000\r\n\r\n{"half`);
    if (count % 2 === 0) socket.destroy();
    else socket.end();
  }
  const session = http2Session();
  for (let count = 0; count < 50; count++) {
    const stream = session.request({ ":method": "POST", ":path": configMaps });
    stream.on("error", () => undefined);
    stream.write('{"half');
    setImmediate(() => stream.close(constants.NGHTTP2_CANCEL));
  }
  await new Promise((resolve) => setTimeout(resolve, 100));
  session.destroy();
  await eventually(async () => (await server.report()).underWay === 0, "requests are still under way");
});

test("streams that are opened and reset at once do not hold the server", async () => {
  const session = http2Session();
  await once(session, "connect");
  for (let round = 0; round < 50 && !session.destroyed; round++) {
    for (let count = 0; count < 100 && !session.destroyed; count++) {
      const stream = session.request({ ":path": "/api/v1/namespaces" });
      stream.on("error", () => undefined);
      stream.close(constants.NGHTTP2_CANCEL);
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
  session.destroy();
  await eventually(async () => (await server.report()).underWay === 0, "requests are still under way");
});

test("a flood of pings and settings is survived", async () => {
  const session = http2Session();
  await once(session, "connect");
  for (let count = 0; count < 5000 && !session.destroyed; count++) {
    session.ping(() => undefined);
    if (count % 10 === 0) session.settings({ initialWindowSize: 65_535 + count });
    if (count % 500 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  session.destroy();
  await server.assertWell();
});

test("a watch that nobody reads is cut off, and its memory comes back", async () => {
  const watching = http2Session();
  const watch = watching.request({ ":path": `${configMaps}?watch=true` });
  watch.on("error", () => undefined);
  await once(watch, "response");
  watch.pause();
  await eventually(async () => (await server.report()).watchers === 1, "the watch has not begun");
  const client = new RawClient(server.port, { cert, key });
  const body = (count: number) =>
    Buffer.from(JSON.stringify({ metadata: { name: "large" }, data: { a: `${count}${"x".repeat(900_000)}` } }));
  const send = (method: string, target: string, count: number) =>
    client.send({ method, target, headers: [], body: body(count) }, deadline);
  await send("POST", configMaps, 0);
  for (let count = 1; count <= 30; count++) {
    const answer = await send("PUT", `${configMaps}/large`, count);
    assert.equal(answer?.code, 200);
  }
  await eventually(async () => (await server.report()).watchers === 0, "the watch was not cut off");
  client.close();
  watching.destroy();
});

test("a thousand idle connections cost little and keep nobody out", async () => {
  const before = await server.report();
  const sockets = [];
  for (let batch = 0; batch < 20; batch++) {
    sockets.push(...(await Promise.all(Array.from({ length: 50 }, () => openSocket(server.port)))));
  }
  const { memory } = await server.report();
  assert.ok(memory - before.memory < 200 * 2 ** 20, `${((memory - before.memory) / 2 ** 20).toFixed(0)} MiB`);
  assert.equal((await exchange(get))?.code, 200);
  for (const socket of sockets) socket.destroy();
  await eventually(
    async () => (await server.report()).handles < before.handles + 20,
    "handles of closed connections remain",
  );
});

test("certificates of other authorities, expired and not yet valid, are nobody's", async () => {
  const now = Date.now();
  const day = 86_400_000;
  const stranger = await createCertificateAuthority({ commonName: "kubernetes", now: new Date() });
  const own = server.keys.authority;
  const subject = { commonName: "admin", organizations: ["system:masters"] };
  const certificates = [
    await issueClientCertificate(stranger, { ...subject, now: new Date() }),
    await issueClientCertificate(own, { ...subject, now: new Date(now - 10 * day), seconds: 86_400 }),
    await issueClientCertificate(own, { ...subject, now: new Date(now + 10 * day) }),
    stranger,
  ];
  for (const { certificate, privateKey } of certificates) {
    const client = new RawClient(server.port, { cert: certificate, key: privateKey });
    const answer = await client.send({ method: "GET", target: "/api/v1/namespaces", headers: [] }, deadline);
    client.close();
    assert.equal(answer?.code, 401, answer?.body.toString());
    assert.equal(JSON.parse(answer.body.toString()).reason, "Unauthorized");
  }
});

test("after all of it the server is well", async () => {
  await server.assertWell();
});
