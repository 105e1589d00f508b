// What the tests of aggregation share: control planes behind real servers, another API server on loopback, and requests to them.

import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from "node:http";
import { createServer, type Server as HttpsServer, request } from "node:https";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { controlKinds } from "../../kubernetes/control-kinds.ts";
import { coreKinds } from "../../kubernetes/core-kinds.ts";
import { builtinDefinitions, builtinSchema } from "../../kubernetes/definitions.ts";
import { workloadKinds } from "../../kubernetes/workload-kinds.ts";
import type { JsonObject, KubeObject } from "../../machinery/object.ts";
import { createMemoryEngine } from "../../storage/memory/engine.ts";
import { crdRegistration } from "../crd/crd-kind.ts";
import { SharedSchemas } from "../crd/custom-schema.ts";
import { OpenApiDocuments } from "../openapi/documents.ts";
import { issueClientCertificate, issueServingCertificate, type KeyPair } from "../pki/certificate-authority.ts";
import { createPlaneKeys, type PlaneKeys } from "../pki/plane-keys.ts";
import { ControlPlane } from "../plane/control-plane.ts";
import { encodePlaneMeta } from "../plane/plane-meta.ts";
import { defaultSettings } from "../plane/settings.ts";
import { KindCatalog } from "../registry/kind-registry.ts";
import { Server } from "../server.ts";
import { ParsedObjectBudget } from "../store/entry.ts";
import type { KindRegistration } from "../strategy.ts";

const crds = crdRegistration(
  builtinSchema("io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceDefinition"),
);
const now = () => new Date();

/** All kinds that there are, in declarations of their own, but for some groups. */
export function kindsWithout(...groups: string[]): KindRegistration[] {
  return [...coreKinds, ...workloadKinds, ...controlKinds, crds].filter(({ kind }) => !groups.includes(kind.group));
}

export interface TestPlane {
  plane: ControlPlane;
  port: number;
  keys: PlaneKeys;
  /** Of a member of system:masters. */
  admin: KeyPair;
  close(): Promise<void>;
}

/** A control plane behind a server on loopback. `frontProxy` are the keys of the plane whose users it believes. */
export async function startPlane(kinds: KindRegistration[], frontProxy?: PlaneKeys): Promise<TestPlane> {
  const own = await createPlaneKeys({ servingNames: ["localhost", "127.0.0.1", "backend.default.svc"], now: now() });
  const keys = frontProxy === undefined ? own : { ...own, frontProxyAuthority: frontProxy.frontProxyAuthority };
  const engine = createMemoryEngine();
  await engine.create("test", encodePlaneMeta({ profile: "bare", keys }));
  const plane = await ControlPlane.open({
    name: "test",
    engine,
    keys,
    catalog: new KindCatalog(kinds, new OpenApiDocuments(builtinDefinitions, "v1")),
    budget: new ParsedObjectBudget(),
    schemas: new SharedSchemas(builtinSchema("io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta")),
    settings: { ...defaultSettings, profile: "bare" },
    now,
    onUnexpectedError: (error) => {
      throw error;
    },
  });
  await plane.aggregator.start();
  const { privateKey: key, certificate: cert } = keys.serving;
  const server = await Server.start({
    host: "127.0.0.1",
    port: 0,
    key,
    cert,
    route: ({ url }) => ({ plane, url }),
  });
  const admin = await issueClientCertificate(keys.authority, {
    commonName: "ada",
    organizations: ["system:masters"],
    now: now(),
  });
  return {
    plane,
    port: server.port,
    keys,
    admin,
    async close() {
      plane.fanOut.close();
      await server.close(0);
      await plane.close();
      await engine.close();
    },
  };
}

/** Makes an object through the plane itself. */
export async function make(plane: ControlPlane, path: string, object: JsonObject): Promise<KubeObject> {
  const { user } = plane.systemContext();
  return (await plane.callObject({ user, method: "POST", path, body: object })) as KubeObject;
}

/** A service that stands for a port on loopback, and the APIService that hands a group version to it. */
export async function register(plane: ControlPlane, group: string, port: number, tls: JsonObject): Promise<void> {
  await make(plane, "/api/v1/namespaces", {
    apiVersion: "v1",
    kind: "Namespace",
    metadata: { name: "default" },
  }).catch(() => undefined);
  await make(plane, "/api/v1/namespaces/default/services", {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "backend" },
    spec: { type: "ExternalName", externalName: "127.0.0.1" },
  }).catch(() => undefined);
  await make(plane, "/apis/apiregistration.k8s.io/v1/apiservices", {
    apiVersion: "apiregistration.k8s.io/v1",
    kind: "APIService",
    metadata: { name: `v1.${group}` },
    spec: {
      group,
      version: "v1",
      groupPriorityMinimum: 100,
      versionPriority: 10,
      service: { namespace: "default", name: "backend", port },
      ...tls,
    },
  });
}

/** The Available condition of an APIService. */
export function availability(plane: ControlPlane, name: string): JsonObject {
  const resource = { group: "apiregistration.k8s.io", resource: "apiservices" };
  return plane.committed.get(resource, "", name)?.status?.conditions?.[0] ?? {};
}

/** Waits until something holds; fails loudly when it does not in time. */
export async function until(holds: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const deadline = performance.now() + 5000;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`waited in vain until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

export interface Reply {
  code: number;
  headers: IncomingMessage["headers"];
  text: string;
}

/** A request over HTTP/1.1 as the plane's administrator. */
export async function send(
  { port, keys, admin }: TestPlane,
  method: string,
  path: string,
  options: { headers?: OutgoingHttpHeaders; body?: Buffer } = {},
): Promise<Reply> {
  const response = await open({ port, keys, admin }, method, path, options).response;
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk);
  return { code: response.statusCode ?? 0, headers: response.headers, text: Buffer.concat(chunks).toString() };
}

/** The same, for those who look at the answer as it comes. */
export function open(
  { port, keys, admin }: Pick<TestPlane, "port" | "keys" | "admin">,
  method: string,
  path: string,
  { headers = {}, body }: { headers?: OutgoingHttpHeaders; body?: Buffer } = {},
) {
  const call = request({
    host: "127.0.0.1",
    port,
    method,
    path,
    headers,
    ca: keys.authority.certificate,
    cert: admin.certificate,
    key: admin.privateKey,
    agent: false,
  });
  const response = new Promise<IncomingMessage>((resolve, reject) => call.on("response", resolve).on("error", reject));
  call.end(body);
  return { call, response };
}

export interface TestBackend {
  port: number;
  requests: IncomingMessage[];
  close(): Promise<void>;
}

/** Another API server, which serves what `answer` does and demands a certificate of the plane's front proxy. */
export async function startBackend(
  keys: PlaneKeys,
  answer: (request: IncomingMessage, response: ServerResponse) => void,
  options: { port?: number; upgrade?: (socket: Duplex, request: IncomingMessage) => void } = {},
): Promise<TestBackend> {
  const { privateKey: key, certificate: cert } = await issueServingCertificate(keys.authority, {
    commonName: "backend",
    names: ["backend.default.svc"],
    now: now(),
  });
  const requests: IncomingMessage[] = [];
  const server: HttpsServer = createServer(
    { key, cert, requestCert: true, ca: keys.frontProxyAuthority.certificate, rejectUnauthorized: true },
    (request, response) => {
      requests.push(request);
      answer(request, response);
    },
  );
  const sockets = new Set<Duplex>();
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  server.on("upgrade", (request, socket) => options.upgrade?.(socket, request));
  await new Promise<void>((resolve) => server.listen(options.port ?? 0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

/** The CA of a plane as an APIService names it. */
export function caBundle(keys: PlaneKeys): JsonObject {
  return { caBundle: Buffer.from(keys.authority.certificate).toString("base64") };
}
