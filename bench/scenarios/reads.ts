// Reads over HTTPS: single objects, lists of 10,000 pods, and single objects while others list.

import { join } from "node:path";
import { type LoadResult, runLoad } from "../support/h2load.ts";
import { MusterProcess } from "../support/muster-process.ts";
import { pod } from "../support/objects.ts";
import { ensureProgram } from "../support/packages.ts";
import { forgetPeak, processorSeconds, residentMemory } from "../support/process-figures.ts";
import type { BenchOptions, Row, Scenario } from "../support/report.ts";

export const reads: Scenario = {
  name: "reads",
  title: "Reads over HTTPS, among 10,000 pods",
  async run(options) {
    if (!ensureProgram("h2load", "nghttp2-client")) return [];
    const muster = await MusterProcess.start(join(options.directory, "muster-reads"));
    try {
      return await measure(muster, options);
    } finally {
      await muster.stop();
    }
  },
};

async function measure(muster: MusterProcess, { directory, quick }: BenchOptions): Promise<Row[]> {
  const pods = `${muster.url}/api/v1/namespaces/default/pods`;
  const { headers } = muster;
  const base = { directory, headers };
  const count = quick ? 1_000 : 10_000;
  await runLoad({ ...base, url: pods, body: pod, clients: 4, streams: 16, requests: count });
  const { items } = (await muster.get("/api/v1/namespaces/default/pods?limit=1")) as {
    items: [{ metadata: { name: string } }];
  };
  const one = `${pods}/${items[0].metadata.name}`;
  const rows: Row[] = [];
  const take = async (name: string, work: () => Promise<LoadResult>) => {
    forgetPeak(muster.pid);
    const memory = residentMemory(muster.pid).now;
    const processor = processorSeconds(muster.pid);
    const load = await work();
    rows.push({
      request: name,
      "requests/s": load.perSecond,
      "p50 ms": load.p50,
      "p99 ms": load.p99,
      "max ms": load.max,
      "CPU s": processorSeconds(muster.pid) - processor,
      "RSS before MiB": memory,
      "RSS peak MiB": residentMemory(muster.pid).peak,
    });
  };
  const gets = quick ? 4_000 : 60_000;
  const lists = quick ? 5 : 40;
  const list = { ...base, url: `${muster.url}/api/v1/pods`, clients: 1 };
  const gzip = { ...headers, "accept-encoding": "gzip" };
  await runLoad({ ...base, url: one, clients: 8, requests: gets / 4 });
  await take("get a pod, 1 client", () => runLoad({ ...base, url: one, clients: 1, requests: gets / 4 }));
  await take("get a pod, 64 clients", () => runLoad({ ...base, url: one, clients: 64, requests: gets }));
  await take("list 10,000 pods, 1 client", () => runLoad({ ...list, requests: lists }));
  await take("the same, gzip", () => runLoad({ ...list, headers: gzip, requests: lists }));
  await take("the same, 4 clients", () => runLoad({ ...list, clients: 4, requests: lists }));
  await take("list by label, none match", () =>
    runLoad({ ...list, url: `${list.url}?labelSelector=app%3Dother`, requests: lists }),
  );
  await take("get a pod while 2 clients list all", async () => {
    const ended = { now: false };
    const listing = (async () => {
      while (!ended.now) await runLoad({ ...list, clients: 2, requests: 10 });
    })();
    const result = await runLoad({ ...base, url: one, clients: 1, requests: quick ? 300 : 3_000 });
    ended.now = true;
    await listing;
    return result;
  });
  return rows;
}
