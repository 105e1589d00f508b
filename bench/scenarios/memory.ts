// Resident memory of the server: empty, with 10,000 and with 100,000 objects, as it grew and after a restart on the same data.

import { join } from "node:path";
import { runLoad } from "../support/h2load.ts";
import { MusterProcess } from "../support/muster-process.ts";
import { configMap } from "../support/objects.ts";
import { ensureProgram } from "../support/packages.ts";
import { residentMemory } from "../support/process-figures.ts";
import type { Row, Scenario } from "../support/report.ts";

export const memory: Scenario = {
  name: "memory",
  title: "Memory of the server (ConfigMaps of 1 KB)",
  async run({ directory, quick }) {
    if (!ensureProgram("h2load", "nghttp2-client")) return [];
    const rows: Row[] = [];
    const dataDir = join(directory, "muster-memory");
    let muster = await MusterProcess.start(dataDir);
    try {
      let stored = 0;
      const take = async (state: string) => {
        await new Promise((resolve) => setTimeout(resolve, 2_000));
        rows.push({
          state,
          "objects made": stored,
          "stored MiB": (await muster.metric("apiserver_storage_size_bytes")) / 2 ** 20,
          "RSS MiB": residentMemory(muster.pid).now,
          "start ms": muster.startMilliseconds,
        });
      };
      await take("empty");
      for (const count of quick ? [1_000, 5_000] : [10_000, 100_000]) {
        const url = `${muster.url}/api/v1/namespaces/default/configmaps`;
        const { headers } = muster;
        await runLoad({ url, headers, directory, body: configMap, clients: 4, streams: 16, requests: count - stored });
        stored = count;
        await take("after the creates");
        await muster.stop();
        muster = await MusterProcess.start(dataDir);
        await take("after a restart");
      }
      return rows;
    } finally {
      await muster.stop();
    }
  },
};
