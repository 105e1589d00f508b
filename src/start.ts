// Puts a server together: engine, control planes, modules, controllers, one TLS port. `muster up` and the test server begin here.

import { SharedSchemas } from "./apiserver/crd/custom-schema.ts";
import { versionDocument } from "./apiserver/endpoints/version.ts";
import type { ServedRequest } from "./apiserver/observe/served-request.ts";
import { OpenApiDocuments } from "./apiserver/openapi/documents.ts";
import { issueClientCertificate } from "./apiserver/pki/certificate-authority.ts";
import {
  certificateCovers,
  createPlaneKeys,
  type PlaneKeys,
  renewServingCertificate,
} from "./apiserver/pki/plane-keys.ts";
import { ControlPlane } from "./apiserver/plane/control-plane.ts";
import { decodePlaneMeta, encodePlaneMeta } from "./apiserver/plane/plane-meta.ts";
import { defaultSettings, type PlaneSettings, type Profile } from "./apiserver/plane/settings.ts";
import { KindCatalog } from "./apiserver/registry/kind-registry.ts";
import { Server } from "./apiserver/server.ts";
import { ParsedObjectBudget } from "./apiserver/store/entry.ts";
import { inProcessClient } from "./client/in-process.ts";
import { builtinDefinitions, builtinSchema } from "./kubernetes/definitions.ts";
import { bootstrapPolicyRules } from "./kubernetes/rbac/bootstrap-policy.ts";
import { buildKubeconfig } from "./machinery/kubeconfig.ts";
import { modules } from "./modules.ts";
import type { Clock, Timer } from "./runtime/clock.ts";
import { ControllerManager } from "./runtime/controller-manager.ts";
import type { Logger } from "./runtime/log.ts";
import type { Engine } from "./storage/engine.ts";

/** The control plane that every server has. */
const hubPlane = "hub";
/** History that is kept for watches and pages, in milliseconds. */
const historyAge = 5 * 60_000;
const housekeepingInterval = 10_000;
/** A serving certificate that ends sooner than this (seconds) is renewed at the start. */
const renewBefore = 30 * 86_400;

export interface StartOptions {
  engine: Engine;
  host: string;
  /** 0 takes a free one. */
  port: number;
  profile?: Profile;
  /** More names and addresses of the serving certificate. */
  tlsNames?: string[];
  settings?: Partial<PlaneSettings>;
  observers?: ((request: ServedRequest) => void)[];
  /** Whether controllers run; default true. */
  controllers?: boolean;
  clock: Clock;
  log: Logger;
}

export interface Muster {
  readonly hub: ControlPlane;
  readonly port: number;
  /** `https://host:port`. */
  readonly url: string;
  /** A kubeconfig for a new administrator's certificate of a year. */
  adminKubeconfig(): Promise<string>;
  close(): Promise<void>;
}

let catalog: KindCatalog | undefined;

/** The built-in kinds of all modules, made once for the process: they are the same for all. */
function builtinCatalog(): KindCatalog {
  catalog ??= new KindCatalog(
    modules.flatMap((module) => module.kinds ?? []),
    new OpenApiDocuments(builtinDefinitions, versionDocument.gitVersion),
  );
  return catalog;
}

/** Schemas of custom kinds by content, shared by all planes of the process. */
const schemas = new SharedSchemas(builtinSchema("io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"));

export async function startMuster(options: StartOptions): Promise<Muster> {
  const { engine, clock, log } = options;
  const names = servingNames(options);
  const { profile, keys } = await openKeys(options, names);
  const active = modules.filter((module) => module.profiles.includes(profile));
  const settings: PlaneSettings = {
    ...defaultSettings,
    nodeRules: bootstrapPolicyRules("system:node"),
    admission: (plane) => modules.flatMap((module) => module.admission?.(plane) ?? []),
    ...options.settings,
    profile,
  };
  const hub = await ControlPlane.open({
    name: hubPlane,
    engine,
    keys,
    catalog: builtinCatalog(),
    budget: new ParsedObjectBudget(),
    schemas,
    settings,
    now: () => clock.now(),
    onStorageError: (error) =>
      log.error("storage refused a batch", { plane: hubPlane, code: error.code, error: error.message }),
    onUnexpectedError: (error) =>
      log.error("unexpected error", { error: error instanceof Error ? error.stack : String(error) }),
    observers: options.observers,
  });
  const client = inProcessClient(hub);
  for (const module of modules) await module.bootstrap?.(client, hub);
  await hub.aggregator.start();

  let manager: ControllerManager | undefined;
  if (options.controllers !== false) {
    const environment = { plane: (name: string) => (name === hubPlane ? hub : undefined) };
    const controllers = active.flatMap((module) => module.controllers?.(environment) ?? []);
    manager = new ControllerManager({ controllers, clock, log });
    manager.activate(hub);
  }
  const server = await Server.start({
    host: options.host,
    port: options.port,
    key: keys.serving.privateKey,
    cert: keys.serving.certificate,
    route: (exchange) => ({ plane: hub, url: exchange.url }),
  });
  const housekeeping = keepHouse(clock, hub, log);
  const url = `https://${urlHost(options.host)}:${server.port}`;
  return {
    hub,
    port: server.port,
    url,
    adminKubeconfig: () => adminKubeconfig(keys, url, clock.now()),
    async close() {
      housekeeping.cancel();
      await manager?.stop();
      hub.fanOut.close();
      await server.close(3000);
      await hub.close();
      await engine.close();
    },
  };
}

/** Sends due bookmarks and forgets old history, for the planes that are awake. */
function keepHouse(clock: Clock, plane: ControlPlane, log: Logger): Timer {
  let timer: Timer;
  const turn = () => {
    plane.fanOut.sendBookmarks();
    plane.store.compact(clock.now().getTime() - historyAge).catch((error: unknown) => {
      log.warn("compaction failed", { plane: plane.name, error: String(error) });
    });
    timer = clock.after(housekeepingInterval, turn);
  };
  timer = clock.after(housekeepingInterval, turn);
  return { cancel: () => timer.cancel() };
}

async function openKeys(options: StartOptions, names: string[]): Promise<{ profile: Profile; keys: PlaneKeys }> {
  const { engine, clock } = options;
  const now = clock.now();
  const record = (await engine.planes()).find(({ name }) => name === hubPlane);
  if (record === undefined) {
    const profile = options.profile ?? "hub";
    const keys = await createPlaneKeys({ servingNames: names, now });
    await engine.create(hubPlane, encodePlaneMeta({ profile, keys }));
    return { profile, keys };
  }
  const meta = decodePlaneMeta(record.meta);
  if (options.profile !== undefined && options.profile !== meta.profile) {
    throw new Error(`this data belongs to a control plane of profile ${meta.profile}, not ${options.profile}`);
  }
  if (certificateCovers(meta.keys.serving.certificate, names, now, renewBefore)) return meta;
  const keys = await renewServingCertificate(meta.keys, names, now);
  await engine.setMeta(hubPlane, encodePlaneMeta({ ...meta, keys }));
  return { ...meta, keys };
}

function servingNames({ host, tlsNames = [] }: StartOptions): string[] {
  const names = new Set([
    "localhost",
    "127.0.0.1",
    "::1",
    "kubernetes",
    "kubernetes.default",
    "kubernetes.default.svc",
    "kubernetes.default.svc.cluster.local",
    "10.96.0.1",
    ...tlsNames,
  ]);
  if (host !== "0.0.0.0" && host !== "::" && host !== "") names.add(host);
  return [...names];
}

/** How a client on this machine names the host that the server listens on. */
function urlHost(host: string): string {
  if (host === "0.0.0.0" || host === "::" || host === "") return "127.0.0.1";
  return host.includes(":") ? `[${host}]` : host;
}

async function adminKubeconfig(keys: PlaneKeys, url: string, now: Date): Promise<string> {
  const certificate = await issueClientCertificate(keys.authority, {
    commonName: "muster-admin",
    organizations: ["system:masters"],
    now,
  });
  return buildKubeconfig(
    {
      server: url,
      certificateAuthority: keys.authority.certificate,
      clientCertificate: certificate.certificate,
      clientKey: certificate.privateKey,
    },
    { cluster: "muster", user: "admin" },
  );
}
