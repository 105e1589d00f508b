// A real Kubernetes API server inside a test: in memory, started by one call, in milliseconds. Exported as `muster/testing`.
//
// @example
// const server = await startTestServer();
// await server.client.resource(configMaps).create({ … });
// await server.stop();

import type { UserInfo } from "./apiserver/identity.ts";
import { issueClientCertificate } from "./apiserver/pki/certificate-authority.ts";
import { createPlaneKeys, type PlaneKeys } from "./apiserver/pki/plane-keys.ts";
import type { ControlPlane } from "./apiserver/plane/control-plane.ts";
import type { PlaneSettings, Profile } from "./apiserver/plane/settings.ts";
import type { Client } from "./client/client.ts";
import { type HttpsClient, httpsClient } from "./client/https.ts";
import { inProcessClient } from "./client/in-process.ts";
import { type Clock, systemClock } from "./runtime/clock.ts";
import { type Logger, silentLogger } from "./runtime/log.ts";
import { commonNames, type Hub, openHub, startMuster } from "./start.ts";
import type { Engine } from "./storage/engine.ts";
import { createMemoryEngine } from "./storage/memory/engine.ts";

export interface TestPlaneOptions {
  /** Of the control plane; default `hub`. */
  name?: string;
  /** Default `hub`. */
  profile?: Profile;
  settings?: Partial<PlaneSettings>;
  /** Whether controllers run; default true. */
  controllers?: boolean;
  /** Default the time of the machine; a ManualClock lets the test turn it. */
  clock?: Clock;
  /** Default: nothing is logged. */
  log?: Logger;
  /** Default a new one in memory. */
  engine?: Engine;
}

export interface TestServerOptions extends TestPlaneOptions {
  /** A free one when absent. */
  port?: number;
}

/** A control plane without a network port. */
export interface TestPlane {
  readonly plane: ControlPlane;
  /** The administrator's client, in process. */
  readonly client: Client;
  /** A client in process as a user, who is authenticated and in these groups besides. */
  asUser(name: string, groups?: readonly string[]): Client;
  stop(): Promise<void>;
}

export interface TestServer extends TestPlane {
  /** `https://127.0.0.1:port`. */
  readonly url: string;
  readonly port: number;
  /** The administrator's, as text. */
  readonly kubeconfig: string;
  /** PEM of what signed the serving certificate. */
  readonly certificateAuthority: string;
  /** A client over HTTPS, with a client certificate: the administrator's, or that of a user. `stop` closes it. */
  httpsClient(user?: { name: string; groups?: readonly string[] }): Promise<HttpsClient>;
}

const administrators = "system:masters";

let sharedKeys: Promise<PlaneKeys> | undefined;

/** Keys take longer to make than all the rest, so those of tests are made once for the process. */
function testKeys(): Promise<PlaneKeys> {
  sharedKeys ??= createPlaneKeys({ servingNames: commonNames, now: systemClock.now() });
  return sharedKeys;
}

/** A control plane with everything but a network port: the fastest ground for tests. */
export async function openTestPlane(options: TestPlaneOptions = {}): Promise<TestPlane> {
  const { engine = createMemoryEngine(), clock = systemClock, log = silentLogger, ...rest } = options;
  const hub: Hub = await openHub({ ...rest, engine, clock, log, servingNames: commonNames, keys: await testKeys() });
  return {
    ...clientsOf(hub.plane),
    async stop() {
      await hub.close();
      await engine.close();
    },
  };
}

/** A server on a free port of this machine. */
export async function startTestServer(options: TestServerOptions = {}): Promise<TestServer> {
  const { engine = createMemoryEngine(), clock = systemClock, log = silentLogger, port = 0, ...rest } = options;
  const keys = await testKeys();
  const muster = await startMuster({ ...rest, engine, clock, log, keys, host: "127.0.0.1", port });
  const opened: HttpsClient[] = [];
  const certificateAuthority = muster.keys.authority.certificate;
  return {
    ...clientsOf(muster.hub),
    url: muster.url,
    port: muster.port,
    kubeconfig: await muster.adminKubeconfig(),
    certificateAuthority,
    async httpsClient({ name, groups = [] } = { name: "admin", groups: [administrators] }) {
      const { certificate: clientCertificate, privateKey: clientKey } = await issueClientCertificate(
        muster.keys.authority,
        { commonName: name, organizations: [...groups], now: clock.now() },
      );
      const credentials = { clientCertificate, clientKey };
      const client = httpsClient({ server: muster.url, certificateAuthority, credentials });
      opened.push(client);
      return client;
    },
    async stop() {
      for (const client of opened) await client.close();
      await muster.close();
    },
  };
}

function clientsOf(plane: ControlPlane): Omit<TestPlane, "stop"> {
  const as = (user: UserInfo) => inProcessClient(plane, { user });
  return {
    plane,
    client: as({ name: "admin", groups: [administrators, "system:authenticated"] }),
    asUser: (name, groups = []) => as({ name, groups: [...groups, "system:authenticated"] }),
  };
}
