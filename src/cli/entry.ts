// The program that bin/muster runs, which also says where compiled code is kept.

import { main } from "./main.ts";

await main(process.argv);
