// Watch fan-out: a paced writer, 1,000 watchers of what it writes in processes of their own, and how late the events come.

import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { type ClientHttp2Session, connect } from "node:http2";
import { join } from "node:path";
import { MusterProcess } from "../support/muster-process.ts";
import { processorSeconds, residentMemory } from "../support/process-figures.ts";
import { percentile, type Row, type Scenario } from "../support/report.ts";
import type { WatcherReport, WatcherSettings } from "../watcher.ts";

const path = "/api/v1/namespaces/default/configmaps";
const watchers = 1_000;

export const watch: Scenario = {
  name: "watch",
  title: "Watch fan-out: 1,000 watchers, events of 1 KB, for each pace of creates",
  async run({ directory, quick }) {
    const rows: Row[] = [];
    const muster = await MusterProcess.start(join(directory, "muster-watch"));
    try {
      for (const protocol of ["HTTP/2", "HTTP/1.1"] as const) {
        const clients = await startWatchers(muster, protocol);
        try {
          for (const pace of quick ? [50] : [100, 300, 600]) {
            rows.push({ protocol, ...(await measure(muster, clients, pace, quick ? 2 : 6)) });
          }
        } finally {
          for (const client of clients) client.disconnect();
          await Promise.all(clients.map((client) => once(client, "exit")));
        }
      }
      return rows;
    } finally {
      await muster.stop();
    }
  },
};

/** One watcher process: on a small machine more would only take turns. */
async function startWatchers(muster: MusterProcess, protocol: "HTTP/2" | "HTTP/1.1"): Promise<ChildProcess[]> {
  const { metadata } = (await muster.get(`${path}?limit=1`)) as { metadata: { resourceVersion: string } };
  const connections = protocol === "HTTP/2" ? 10 : watchers;
  const settings: WatcherSettings = {
    url: muster.url,
    path: `${path}?watch=true&resourceVersion=${metadata.resourceVersion}`,
    authorization: muster.headers.authorization,
    protocol,
    connections,
    watches: watchers / connections,
  };
  const client = fork(join(import.meta.dirname, "..", "watcher.ts"));
  client.send({ watch: settings });
  await once(client, "message");
  return [client];
}

async function measure(muster: MusterProcess, clients: ChildProcess[], pace: number, seconds: number): Promise<Row> {
  const session = connect(muster.url, { rejectUnauthorized: false });
  await ask(clients);
  const processor = processorSeconds(muster.pid);
  const began = performance.now();
  const created = await write(session, muster.headers, pace, seconds);
  let events = 0;
  let ended = 0;
  const lags: number[] = [];
  // The last events may still be on their way.
  const deadline = performance.now() + 30_000;
  while (events < created * watchers && ended === 0 && performance.now() < deadline) {
    for (const report of await ask(clients)) {
      events += report.events;
      ended += report.ended;
      lags.push(...report.lags);
    }
  }
  const elapsed = (performance.now() - began) / 1000;
  const spent = processorSeconds(muster.pid) - processor;
  session.close();
  return {
    "creates/s": Math.round(created / elapsed),
    "events/s": Math.round(events / elapsed),
    "lost watches": ended,
    "lag p50 ms": percentile(lags, 0.5),
    "lag p99 ms": percentile(lags, 0.99),
    "server cores": spent / elapsed,
    "events per core second": Math.round(events / spent),
    "RSS MiB": residentMemory(muster.pid).now,
  };
}

function ask(clients: ChildProcess[]): Promise<WatcherReport[]> {
  return Promise.all(
    clients.map(async (client) => {
      const answer = once(client, "message");
      client.send("report");
      return (await answer)[0] as WatcherReport;
    }),
  );
}

/** Creates under way at a time: a server that falls behind slows the writer down. */
const writerWindow = 256;

/** Creates `pace` objects a second, or fewer if the server is slower, and resolves with their number when all are answered. */
async function write(
  session: ClientHttp2Session,
  headers: Record<string, string>,
  pace: number,
  seconds: number,
): Promise<number> {
  const began = performance.now();
  let created = 0;
  const underWay = new Set<Promise<void>>();
  for (let elapsed = 0; elapsed < seconds; elapsed = (performance.now() - began) / 1000) {
    while (created < elapsed * pace && underWay.size < writerWindow) {
      created++;
      const one: Promise<void> = create(session, headers).finally(() => underWay.delete(one));
      underWay.add(one);
    }
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  await Promise.all(underWay);
  return created;
}

function create(session: ClientHttp2Session, headers: Record<string, string>): Promise<void> {
  const sentAt = (performance.timeOrigin + performance.now()).toFixed(3);
  const object = { metadata: { generateName: "bench-" }, data: { sentAt, key: "x".repeat(600) } };
  return new Promise((resolve, reject) => {
    const stream = session.request({ ":method": "POST", ":path": path, ...headers });
    stream.on("response", ({ ":status": status }) => {
      if (status !== 201) reject(new Error(`a create was answered with ${status}`));
    });
    stream.on("error", reject);
    stream.on("end", resolve);
    stream.resume();
    stream.end(JSON.stringify(object));
  });
}
