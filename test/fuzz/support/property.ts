// Runs a property over requests: every one is answered within a deadline, as the oracle has it, and leaves the server well.

import assert from "node:assert/strict";
import fc from "fast-check";
import { assertAnswer } from "./oracle.ts";
import { blockLimit, type ServerProcess } from "./server.ts";
import { RawClient, type RawRequest } from "./wire.ts";

/** Milliseconds in which a request must be answered, on a machine that may be busy. */
const deadline = 15_000;

export interface FuzzOptions {
  runs: number;
  seed: number;
}

/** The administrator's connection to a server. */
export function adminClient(server: ServerProcess): RawClient {
  const { clientCertificate: cert, clientKey: key } = server.access;
  return new RawClient(server.port, { cert, key });
}

/** Sends one request and asserts what has to hold of every answer. */
export async function checkRequest(server: ServerProcess, client: RawClient, request: RawRequest): Promise<void> {
  const started = performance.now();
  const endless = /watch/i.test(decodeLoosely(request.target));
  const answer = await client.send(endless ? { ...request, headOnly: true } : request, deadline);
  if (endless) client.close();
  assert.ok(answer !== undefined, "the connection was closed without an answer");
  if (!endless) assertAnswer(answer, request.method);
  // A fault is blamed on the request after which it shows.
  if (answer.code >= 500 || performance.now() - started > blockLimit) await server.assertWell();
}

/** Asserts the property over `runs` requests; a failure names the seed and the smallest failing request. */
export async function fuzz(
  server: ServerProcess,
  requests: fc.Arbitrary<RawRequest>,
  { runs, seed }: FuzzOptions,
): Promise<void> {
  const client = adminClient(server);
  try {
    const property = fc.asyncProperty(requests, (request) => checkRequest(server, client, request));
    const result = await fc.check(property, { numRuns: runs, seed, interruptAfterTimeLimit: 300_000 });
    if (result.failed && result.counterexample !== null) {
      const error = result.errorInstance;
      const why = error instanceof Error ? error.message : String(error);
      throw new Error(
        `seed ${seed}, path ${result.counterexamplePath}, after ${result.numRuns} requests:\n` +
          `${showRequest(result.counterexample[0])}\n${why}`,
      );
    }
    await server.assertWell();
  } finally {
    client.close();
  }
}

/** A request for people to read and send again. */
export function showRequest({ method, target, headers, body }: RawRequest): string {
  const lines = [`${method} ${shorten(target)}`, ...headers.map(([name, value]) => `${name}: ${shorten(value)}`)];
  if (body === undefined) return lines.join("\n");
  const text = body.toString("utf8");
  const binary = Buffer.from(text, "utf8").compare(body) !== 0;
  return [...lines, "", binary ? `base64 ${shorten(body.toString("base64"))}` : shorten(text)].join("\n");
}

function shorten(text: string): string {
  return text.length <= 3000 ? text : `${text.slice(0, 1500)}… (${text.length} characters) …${text.slice(-200)}`;
}

function decodeLoosely(target: string): string {
  return target.replace(/%([0-9a-fA-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}
