// The program that bin/muster runs. Keeps the compiled code of earlier runs, which halves the start.

import { enableCompileCache } from "node:module";

enableCompileCache();
const { main } = await import("./main.ts");
await main(process.argv);
