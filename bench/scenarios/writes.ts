// Durable creates through the whole API over HTTPS, beside raw puts of etcd: same driver, same concurrency, same disk, same run.
//
// That the writes are durable is checked, not assumed: after the load the process is killed with SIGKILL and started again, and
// what was acknowledged has to be there; and the flushes of the disk are counted.

import { join } from "node:path";
import { EtcdProcess, putBody } from "../support/etcd-process.ts";
import { runLoad } from "../support/h2load.ts";
import { MusterProcess } from "../support/muster-process.ts";
import { configMap } from "../support/objects.ts";
import { ensureProgram } from "../support/packages.ts";
import { diskFlushes, processorSeconds } from "../support/process-figures.ts";
import type { BenchOptions, Row, Scenario } from "../support/report.ts";

interface Server {
  name: string;
  pid: number;
  url: string;
  headers: Record<string, string>;
  body: Uint8Array | string;
}

/** Connections and requests under way on each. */
const concurrency = [
  { clients: 1, streams: 1, requests: 6_000 },
  { clients: 8, streams: 1, requests: 30_000 },
  { clients: 64, streams: 1, requests: 60_000 },
  { clients: 4, streams: 16, requests: 60_000 },
];

export const writes: Scenario = {
  name: "writes",
  title: "Durable creates (ConfigMaps of 1 KB through the API over HTTPS) and raw puts of etcd (1 KB, plain gRPC)",
  async run(options) {
    if (!ensureProgram("h2load", "nghttp2-client")) return [];
    const rows = await musterRows(options);
    if (ensureProgram("etcd", "etcd-server")) rows.push(...(await etcdRows(options)));
    return rows;
  },
};

async function musterRows(options: BenchOptions): Promise<Row[]> {
  const dataDir = join(options.directory, "muster-writes");
  const path = "/api/v1/namespaces/default/configmaps";
  let muster = await MusterProcess.start(dataDir);
  try {
    const { pid, url, headers } = muster;
    const count = async () => {
      const list = (await muster.get(`${path}?limit=1`)) as {
        items: unknown[];
        metadata: { remainingItemCount?: number };
      };
      return list.items.length + (list.metadata.remainingItemCount ?? 0);
    };
    const before = await count();
    const server = { name: "muster", pid, url: `${url}${path}`, headers, body: configMap };
    const { rows, acknowledged } = await measure(server, options);
    await muster.stop("SIGKILL");
    muster = await MusterProcess.start(dataDir);
    const kept = (await count()) - before;
    // Controllers may have made some of their own.
    if (kept < acknowledged) throw new Error(`muster kept ${kept} of ${acknowledged} acknowledged creates`);
    return rows;
  } finally {
    await muster.stop();
  }
}

async function etcdRows(options: BenchOptions): Promise<Row[]> {
  const dataDir = join(options.directory, "etcd-writes");
  let etcd = await EtcdProcess.start(dataDir);
  try {
    const { pid, url, headers } = etcd;
    const before = await etcd.revision();
    const body = putBody("/registry/configmaps/default/bench-xxxxx", "x".repeat(1000));
    const server = { name: "etcd", pid, url: `${url}/etcdserverpb.KV/Put`, headers, body };
    const { rows, acknowledged } = await measure(server, options);
    await etcd.stop("SIGKILL");
    etcd = await EtcdProcess.start(dataDir);
    const kept = (await etcd.revision()) - before;
    if (kept < acknowledged) throw new Error(`etcd kept ${kept} of ${acknowledged} acknowledged puts`);
    return rows;
  } finally {
    await etcd.stop();
  }
}

async function measure(server: Server, options: BenchOptions): Promise<{ rows: Row[]; acknowledged: number }> {
  const { url, headers, body } = server;
  const rows: Row[] = [];
  const warmUp = options.quick ? 2_000 : 20_000;
  await runLoad({ url, headers, body, directory: options.directory, clients: 4, streams: 16, requests: warmUp });
  let acknowledged = warmUp;
  for (const { clients, streams, requests: all } of concurrency) {
    const requests = options.quick ? Math.ceil(all / 20) : all;
    const processor = processorSeconds(server.pid);
    const flushes = diskFlushes();
    const load = await runLoad({ url, headers, body, directory: options.directory, clients, streams, requests });
    acknowledged += requests;
    rows.push({
      server: server.name,
      connections: clients,
      "at a time": clients * streams,
      "writes/s": load.perSecond,
      "p50 ms": load.p50,
      "p99 ms": load.p99,
      "max ms": load.max,
      "CPU µs/write": Math.round(((processorSeconds(server.pid) - processor) * 1e6) / requests),
      "writes/flush": requests / (diskFlushes() - flushes),
    });
  }
  return { rows, acknowledged };
}
