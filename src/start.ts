// Puts a server together: engine, control planes, modules, controllers, one TLS port. `muster up` and the test server begin here.

import { SharedSchemas } from "./apiserver/crd/custom-schema.ts";
import { versionDocument } from "./apiserver/endpoints/version.ts";
import type { ServedRequest } from "./apiserver/observe/served-request.ts";
import { OpenApiDocuments } from "./apiserver/openapi/documents.ts";
import { issueClientCertificate } from "./apiserver/pki/certificate-authority.ts";
import { createPlaneKeys, type PlaneKeys, renewCertificates } from "./apiserver/pki/plane-keys.ts";
import { ControlPlane } from "./apiserver/plane/control-plane.ts";
import { decodePlaneMeta, encodePlaneMeta, type PlaneMeta } from "./apiserver/plane/plane-meta.ts";
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

/** The name of the control plane that every server has. */
const hubName = "hub";
/** History that is kept for watches and pages, in milliseconds. */
const historyAge = 5 * 60_000;
const housekeepingInterval = 10_000;
/** Milliseconds that requests have to end when the server closes. */
const closingTime = 3000;
/** A certificate of the server that ends sooner than this (seconds) is renewed at the start. */
const renewBefore = 30 * 86_400;

/** What every serving certificate is good for: this machine, and the service of the API in a cluster. */
export const commonNames: readonly string[] = [
  "localhost",
  "127.0.0.1",
  "::1",
  "kubernetes",
  "kubernetes.default",
  "kubernetes.default.svc",
  "kubernetes.default.svc.cluster.local",
  "10.96.0.1",
];

/** What was asked for does not fit the data. */
export class StartError extends Error {}

export interface HubOptions {
  engine: Engine;
  /** Of the control plane; default `hub`. */
  name?: string;
  profile?: Profile;
  /** Names and addresses of the serving certificate. */
  servingNames: readonly string[];
  /** The keys of a hub that does not exist yet; new ones are made when absent. */
  keys?: PlaneKeys;
  settings?: Partial<PlaneSettings>;
  observers?: ((request: ServedRequest) => void)[];
  /** Whether controllers run; default true. */
  controllers?: boolean;
  clock: Clock;
  log: Logger;
}

/** The control plane that every server has, at work in this process. */
export interface Hub {
  readonly plane: ControlPlane;
  readonly keys: PlaneKeys;
  /** Ends the controllers and what else begins work by itself; calls are still served. */
  quiesce(): Promise<void>;
  /** Quiesces, ends watches, finishes writes. The engine stays open. */
  close(): Promise<void>;
}

export interface StartOptions extends Omit<HubOptions, "servingNames"> {
  host: string;
  /** 0 takes a free one. */
  port: number;
  /** More names and addresses of the serving certificate. */
  tlsNames?: string[];
}

export interface Muster {
  readonly hub: ControlPlane;
  readonly keys: PlaneKeys;
  readonly port: number;
  /** `https://host:port`. */
  readonly url: string;
  /** A kubeconfig for a new administrator's certificate of a year. */
  adminKubeconfig(): Promise<string>;
  /** Ends all requests, finishes writes, and closes the engine. */
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

/** Opens the hub, or makes it, and sets its controllers to work. */
export async function openHub(options: HubOptions): Promise<Hub> {
  return openPlane(options, await openIdentity(options));
}

async function openPlane(options: HubOptions, { profile, keys }: PlaneMeta): Promise<Hub> {
  const { engine, name = hubName, clock, log } = options;
  const active = modules.filter((module) => module.profiles.includes(profile));
  const settings: PlaneSettings = {
    ...defaultSettings,
    nodeRules: bootstrapPolicyRules("system:node"),
    admission: (plane) => modules.flatMap((module) => module.admission?.(plane) ?? []),
    ...options.settings,
    profile,
  };
  const plane = await ControlPlane.open({
    name,
    engine,
    keys,
    catalog: builtinCatalog(),
    budget: new ParsedObjectBudget(),
    schemas,
    settings,
    now: () => clock.now(),
    onStorageError: (error) =>
      log.error("storage refused a batch", { plane: name, code: error.code, error: error.message }),
    onUnexpectedError: (error) =>
      log.error("unexpected error", { error: error instanceof Error ? error.stack : String(error) }),
    observers: options.observers,
  });
  const client = inProcessClient(plane);
  for (const module of modules) await module.bootstrap?.(client, plane);
  await plane.aggregator.start();

  const environment = { plane: (wanted: string) => (wanted === name ? plane : undefined) };
  const controllers = active.flatMap((module) => module.controllers?.(environment) ?? []);
  const manager = new ControllerManager({ controllers, clock, log });
  if (options.controllers !== false) manager.activate(plane);
  const housekeeping = keepHouse(clock, plane, log);
  const quiesce = async () => {
    housekeeping.cancel();
    await manager.stop();
  };
  return {
    plane,
    keys,
    quiesce,
    async close() {
      await quiesce();
      await plane.close();
    },
  };
}

/**
 * Starts a server. It listens before the hub is opened, because the hub makes its address known; requests that come earlier wait.
 */
export async function startMuster(options: StartOptions): Promise<Muster> {
  const hubOptions: HubOptions = { ...options, servingNames: servingNames(options) };
  const identity = await openIdentity(hubOptions);
  const { keys } = identity;
  const opened = Promise.withResolvers<ControlPlane>();
  let plane: ControlPlane | undefined;
  const server = await Server.start({
    host: options.host,
    port: options.port,
    key: keys.serving.privateKey,
    cert: keys.serving.certificate,
    route: (exchange) =>
      plane === undefined
        ? opened.promise.then((hub) => ({ plane: hub, url: exchange.url }))
        : { plane, url: exchange.url },
  });
  const url = `https://${urlHost(options.host)}:${server.port}`;
  const advertisedUrl = `https://${advertisedHost(options)}:${server.port}`;
  const settings = { advertisedUrl, ...options.settings };
  const hub = await openPlane({ ...hubOptions, settings }, identity).catch(async (error: unknown) => {
    // Nobody waits for the plane any more but the requests that are being cut off.
    opened.promise.catch(() => undefined);
    opened.reject(error);
    await server.close(0);
    throw error;
  });
  plane = hub.plane;
  opened.resolve(plane);
  return {
    hub: hub.plane,
    keys,
    port: server.port,
    url,
    adminKubeconfig: () => adminKubeconfig(keys, url, options.clock.now()),
    async close() {
      await hub.quiesce();
      hub.plane.fanOut.close();
      await server.close(closingTime);
      await hub.close();
      await options.engine.close();
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

/** What the plane is: read from the engine, or made. */
async function openIdentity(options: HubOptions): Promise<PlaneMeta> {
  const { engine, name: planeName = hubName, clock, servingNames: names } = options;
  const now = clock.now();
  const record = (await engine.planes()).find(({ name }) => name === planeName);
  if (record === undefined) {
    const profile = options.profile ?? "hub";
    const keys = options.keys ?? (await createPlaneKeys({ servingNames: names, now }));
    await engine.create(planeName, encodePlaneMeta({ profile, keys }));
    return { profile, keys };
  }
  const meta = decodePlaneMeta(record.meta);
  if (options.profile !== undefined && options.profile !== meta.profile) {
    throw new StartError(`this data belongs to a control plane of profile ${meta.profile}, not ${options.profile}`);
  }
  const keys = await renewCertificates(meta.keys, { servingNames: names, now, seconds: renewBefore });
  if (keys === meta.keys) return meta;
  await engine.setMeta(planeName, encodePlaneMeta({ ...meta, keys }));
  return { ...meta, keys };
}

function servingNames({ host, tlsNames = [] }: StartOptions): string[] {
  const names = new Set([...commonNames, ...tlsNames]);
  if (host !== "0.0.0.0" && host !== "::" && host !== "") names.add(host);
  return [...names];
}

/** How a client on this machine names the host that the server listens on. */
function urlHost(host: string): string {
  if (host === "0.0.0.0" || host === "::" || host === "") return "127.0.0.1";
  return host.includes(":") ? `[${host}]` : host;
}

/** The host by which others are told to find the server: one that listens everywhere is known by the first name it was given. */
function advertisedHost({ host, tlsNames = [] }: StartOptions): string {
  const everywhere = host === "0.0.0.0" || host === "::" || host === "";
  return everywhere && tlsNames[0] !== undefined ? urlHost(tlsNames[0]) : urlHost(host);
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
