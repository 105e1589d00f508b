// What a case works with: a server, users of it, and places of its own.
//
// The server is the one of MUSTER_CONFORMANCE_KUBECONFIG, whose user has to be an administrator, or one that is started in this
// process and ends with it. One server serves all cases of a process; a case works in namespaces and under names of its own.

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { after, type TestContext } from "node:test";
import { type KubeconfigAccess, parseKubeconfig } from "../../../src/machinery/kubeconfig.ts";
import type { JsonObject } from "../../../src/machinery/object.ts";
import { startTestServer } from "../../../src/testing.ts";
import { type Answer, Connection, type RequestOptions } from "./http.ts";
import { patience, Watch } from "./watch.ts";

const foreignKubeconfig = process.env.MUSTER_CONFORMANCE_KUBECONFIG;

/** Options of a case that only a server of ours can pass, or that would disturb another. */
export function ownServerOnly(why: string): { skip?: string } {
  return foreignKubeconfig === undefined ? {} : { skip: `only on our own server: ${why}` };
}

/** Requests of one user. */
export class Api {
  readonly connection: Connection;
  readonly #headers: Record<string, string | string[]>;

  constructor(connection: Connection, headers: Record<string, string | string[]> = {}) {
    this.connection = connection;
    this.#headers = headers;
  }

  #options(options: RequestOptions): RequestOptions {
    return { ...options, headers: { ...this.#headers, ...options.headers } };
  }

  send(method: string, path: string, options: RequestOptions = {}): Promise<Answer> {
    return this.connection.send(method, path, this.#options(options));
  }

  get(path: string, options: RequestOptions = {}): Promise<Answer> {
    return this.send("GET", path, options);
  }

  post(path: string, body: unknown, options: RequestOptions = {}): Promise<Answer> {
    return this.send("POST", path, { ...options, body });
  }

  put(path: string, body: unknown, options: RequestOptions = {}): Promise<Answer> {
    return this.send("PUT", path, { ...options, body });
  }

  delete(path: string, body?: unknown, options: RequestOptions = {}): Promise<Answer> {
    return this.send("DELETE", path, { ...options, body });
  }

  patch(path: string, type: PatchType, body: unknown, options: RequestOptions = {}): Promise<Answer> {
    return this.send("PATCH", path, { ...options, body, contentType: patchTypes[type] });
  }

  /** Server-side apply as `manager`. */
  apply(path: string, manager: string, body: unknown, query = ""): Promise<Answer> {
    return this.patch(`${path}?fieldManager=${manager}${query && `&${query}`}`, "apply", body);
  }

  /** A request that has to succeed; returns the object of the answer. */
  async make(path: string, body: unknown): Promise<JsonObject> {
    const answer = await this.post(path, body);
    assert.equal(answer.code, 201, answer.text);
    return answer.json;
  }

  async read(path: string): Promise<JsonObject> {
    const answer = await this.get(path);
    assert.equal(answer.code, 200, answer.text);
    return answer.json;
  }

  /** A watch that ends with the case. */
  watch(t: TestContext, path: string, options: RequestOptions = {}): Watch {
    const joined = path.includes("watch=") ? path : `${path}${path.includes("?") ? "&" : "?"}watch=true`;
    const watch = new Watch(this.connection.open("GET", joined, this.#options(options)));
    t.after(() => watch.close());
    return watch;
  }

  /** The same server as another user, by impersonation. */
  as(user: string, groups: string[] = ["system:authenticated"], more: Record<string, string | string[]> = {}): Api {
    return new Api(this.connection, { "impersonate-user": user, "impersonate-group": groups, ...more });
  }

  /** The same server with other credentials than a certificate of its own. */
  with(credentials: Pick<KubeconfigAccess, "token" | "clientCertificate" | "clientKey">): Api {
    const { server, certificateAuthority, insecureSkipTlsVerify, tlsServerName } = this.connection.access;
    return opened(
      new Connection({ server, certificateAuthority, insecureSkipTlsVerify, tlsServerName, ...credentials }),
    );
  }
}

export const patchTypes = {
  json: "application/json-patch+json",
  merge: "application/merge-patch+json",
  strategic: "application/strategic-merge-patch+json",
  apply: "application/apply-patch+yaml",
} as const;

export type PatchType = keyof typeof patchTypes;

const connections: Connection[] = [];

function opened(connection: Connection): Api {
  connections.push(connection);
  return new Api(connection);
}

/** The administrator's requests. */
export const api: Api = opened(new Connection(await connectToServer()));

after(() => {
  for (const connection of connections) connection.close();
});

async function connectToServer(): Promise<KubeconfigAccess> {
  if (foreignKubeconfig !== undefined) {
    return parseKubeconfig(readFileSync(foreignKubeconfig, "utf8"), {
      readFile: (path) => readFileSync(resolve(dirname(foreignKubeconfig), path), "utf8"),
    });
  }
  const server = await startTestServer();
  after(() => server.stop());
  return parseKubeconfig(server.kubeconfig, {
    readFile(path) {
      throw new Error(`the server's kubeconfig names the file ${path}`);
    },
  });
}

/** A name that no other case has. */
export function uniqueName(prefix: string): string {
  return `${prefix}-${randomBytes(5).toString("hex")}`;
}

/** A new namespace that is deleted after the case. */
export async function namespace(t: TestContext): Promise<string> {
  const name = uniqueName("conformance");
  await api.make("/api/v1/namespaces", { apiVersion: "v1", kind: "Namespace", metadata: { name } });
  t.after(() => api.delete(`/api/v1/namespaces/${name}`));
  return name;
}

/** The same, once pods can be made in it: they need the service account that a controller makes. */
export async function namespaceForPods(t: TestContext): Promise<string> {
  const name = await namespace(t);
  await eventually(async () => {
    assert.equal((await api.get(`/api/v1/namespaces/${name}/serviceaccounts/default`)).code, 200);
  });
  return name;
}

/** Deletes an object after the case, whether or not it still exists. */
export function removeAfter(t: TestContext, path: string): void {
  t.after(() => api.delete(path));
}

/** Runs `check` until it no longer throws; fails with its last error when `deadline` milliseconds are over. */
export async function eventually<T>(check: () => Promise<T>, deadline = patience): Promise<T> {
  const until = Date.now() + deadline;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (Date.now() >= until) throw error;
    }
    await new Promise((next) => setTimeout(next, 20));
  }
}

/** Asserts that an answer is a failure Status, and returns it. `message` is the whole sentence, or a pattern of it. */
export function expectStatus(answer: Answer, code: number, reason: string, message?: string | RegExp): JsonObject {
  assert.equal(answer.code, code, answer.text);
  const status = answer.json;
  assert.equal(status.kind, "Status");
  assert.equal(status.apiVersion, "v1");
  assert.equal(status.status, "Failure");
  assert.equal(status.code, code);
  assert.equal(status.reason, reason);
  if (typeof message === "string") assert.equal(status.message, message);
  else if (message !== undefined) assert.match(status.message, message);
  return status;
}

/** Asserts success and returns the object of the answer. */
export function expectObject(answer: Answer, code = 200): JsonObject {
  assert.equal(answer.code, code, answer.text);
  return answer.json;
}
