import assert from "node:assert/strict";
import { mkdir, mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { Exchange } from "../http/exchange.ts";
import { AuditLog } from "./audit-log.ts";

/** What the log reads of an exchange. */
const exchange = {
  method: "GET",
  sentCode: 401,
  remoteAddress: "192.0.2.1",
  header: () => "a client",
} as unknown as Exchange;

const request = (url: string) => ({ exchange, url, context: undefined, milliseconds: 1 });

test("a log that could not be written is written again when it can be", async (t) => {
  const root = await mkdtemp(join(tmpdir(), "audit-"));
  t.after(() => rm(root, { recursive: true }));
  const directory = join(root, "later");
  const file = join(directory, "audit.log");
  const failed = Promise.withResolvers<Error>();
  const log = new AuditLog(file, failed.resolve);
  log.observe(request("/lost"));
  assert.equal(((await failed.promise) as NodeJS.ErrnoException).code, "ENOENT");
  await mkdir(directory);
  log.observe(request("/api/v1/pods"));
  await log.close();
  const [line, ...rest] = (await readFile(file, "utf8")).trim().split("\n");
  assert.equal(JSON.parse(line!).requestURI, "/api/v1/pods");
  assert.equal(rest.length, 0);
  assert.equal((await stat(file)).mode & 0o777, 0o600);
});
