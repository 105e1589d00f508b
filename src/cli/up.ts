// `muster up`: serves until SIGTERM or SIGINT, then ends watches, finishes writes and exits with 0.

import { readFile } from "node:fs/promises";
import { isIP } from "node:net";
import { parse as parseYaml } from "yaml";
import { parseAuthenticationConfiguration } from "../apiserver/authentication/oidc-config.ts";
import { AuditLog } from "../apiserver/observe/audit-log.ts";
import type { PlaneSettings, Profile } from "../apiserver/plane/settings.ts";
import { systemClock } from "../runtime/clock.ts";
import { createLogger, type LogFormat, type LogLevel } from "../runtime/log.ts";
import { type Muster, StartError, startMuster } from "../start.ts";
import { type Engine, EngineError } from "../storage/engine.ts";
import { adminKubeconfigPath, ensureDataDir, writeSecretFile } from "./data-dir.ts";
import { UserError } from "./user-error.ts";

interface UpOptions {
  dataDir: string;
  listen: string;
  storage: "sqlite" | "memory";
  tlsSan: string[];
  profile?: Profile;
  auditLog?: string;
  tokenAuthFile?: string;
  authenticationConfig?: string;
  logLevel: LogLevel;
  logFormat: LogFormat;
}

export async function up(options: UpOptions): Promise<void> {
  const { host, port } = parseListen(options.listen);
  const settings = await readSettings(options);
  await ensureDataDir(options.dataDir);
  const log = await createLogger(options.logLevel, options.logFormat);
  const audit = options.auditLog
    ? new AuditLog(options.auditLog, (error) => log.error("the audit log cannot be written", { error: error.message }))
    : undefined;
  const engine = await openEngine(options);
  // A signal that comes while the server starts must not end it half-way.
  const stopped = untilStopped();
  let muster: Muster;
  try {
    muster = await startMuster({
      engine,
      host,
      port,
      profile: options.profile,
      tlsNames: options.tlsSan,
      settings,
      observers: audit && [(request) => audit.observe(request)],
      clock: systemClock,
      log,
    });
  } catch (error) {
    await engine.close();
    throw explain(error, options);
  }
  const kubeconfig = adminKubeconfigPath(options.dataDir);
  await writeSecretFile(kubeconfig, await muster.adminKubeconfig());
  process.stdout.write(`muster is ready at ${muster.url}; try: kubectl --kubeconfig ${kubeconfig} get namespaces\n`);

  await stopped;
  log.info("stopping");
  await muster.close();
  await audit?.close();
}

/** Resolves at the first SIGTERM or SIGINT; a second one ends the process at once. */
function untilStopped(): Promise<void> {
  return new Promise((resolve) => {
    const stop = () => {
      process.once("SIGTERM", () => process.exit(143));
      process.once("SIGINT", () => process.exit(130));
      resolve();
    };
    process.once("SIGTERM", stop);
    process.once("SIGINT", stop);
  });
}

/** `127.0.0.1:6443`, `[::1]:6443`, `:6443` (all addresses), `localhost:0`. */
export function parseListen(listen: string): { host: string; port: number } {
  const match = /^(?:\[([^\]]*)\]|([^:]*)):([0-9]{1,5})$/.exec(listen);
  const port = Number(match?.[3]);
  if (match === null || port > 65_535) {
    throw new UserError(`--listen ${listen}: an address such as 127.0.0.1:6443 is expected`);
  }
  const host = match[1] ?? match[2] ?? "";
  if (match[1] !== undefined && isIP(match[1]) !== 6) {
    throw new UserError(`--listen ${listen}: ${match[1]} is not an IPv6 address`);
  }
  return { host: host === "" ? "0.0.0.0" : host, port };
}

async function readSettings(options: UpOptions): Promise<Partial<PlaneSettings>> {
  const settings: Partial<PlaneSettings> = {};
  const { tokenAuthFile, authenticationConfig } = options;
  if (tokenAuthFile !== undefined) {
    settings.staticTokens = { text: await readGiven("--token-auth-file", tokenAuthFile), fileName: tokenAuthFile };
  }
  if (authenticationConfig !== undefined) {
    const text = await readGiven("--authentication-config", authenticationConfig);
    try {
      settings.oidcIssuers = parseAuthenticationConfiguration(parseYaml(text));
    } catch (error) {
      throw new UserError(`--authentication-config ${authenticationConfig}: ${(error as Error).message}`);
    }
  }
  return settings;
}

async function readGiven(option: string, path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    throw new UserError(`${option} ${path}: ${(error as Error).message}`);
  }
}

async function openEngine({ storage, dataDir }: UpOptions): Promise<Engine> {
  if (storage === "memory") {
    const { createMemoryEngine } = await import("../storage/memory/engine.ts");
    return createMemoryEngine();
  }
  const { openSqliteEngine } = await import("../storage/sqlite/engine.ts");
  try {
    return await openSqliteEngine({ directory: dataDir });
  } catch (error) {
    if (error instanceof EngineError) throw new UserError(error.message);
    throw error;
  }
}

function explain(error: unknown, { listen }: UpOptions): unknown {
  const { code } = error as NodeJS.ErrnoException;
  if (code === "EADDRINUSE") return new UserError(`${listen} is in use by another process; choose another --listen`);
  if (code === "EACCES" || code === "EADDRNOTAVAIL" || code === "ENOTFOUND") {
    return new UserError(`cannot listen on ${listen}: ${(error as Error).message}`);
  }
  return error instanceof EngineError || error instanceof StartError ? new UserError(error.message) : error;
}
