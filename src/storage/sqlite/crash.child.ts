// The process that crash.test.ts kills: it commits to several planes as fast as it can and tells of each commit that was acknowledged,
// one line `plane revision` each, written at once so that no acknowledgement waits in this process.

import { writeSync } from "node:fs";
import { openSqliteEngine } from "./engine.ts";

const directory = process.argv[2]!;
const engine = await openSqliteEngine({ directory, walBytes: 256 * 1024 });

async function load(name: string): Promise<void> {
  const handle = await engine.open(name);
  const record = (revision: number) => ({
    revision,
    key: `key-${revision % 10}`,
    previous: Math.max(0, revision - 10),
    value: Buffer.from(`${name}:${revision}:`.padEnd((revision * 37) % 3000, "x")),
  });
  let revision = handle.revision;
  async function commits(): Promise<void> {
    for (;;) {
      const first = revision + 1;
      const size = 1 + (first % 5);
      revision += size;
      await handle.commit(Array.from({ length: size }, (_, index) => record(first + index)));
      writeSync(1, `${name} ${first + size - 1}\n`);
      if (first % 50 === 0) await handle.compact(first - 30);
    }
  }
  await Promise.all([commits(), commits(), commits()]);
}

writeSync(1, "ready\n");
await Promise.all(["a", "b", "c"].map(load));
