// Runs before `npm start` and `npm test`, with whatever Node the machine has: installs the locked dependencies, and with them the
// Node that the project needs, when they are missing or older than the lock file.
//
// `npm install --no-save` and not `npm ci`: it keeps to the lock as well, and does not insist that the lock lists the binaries of other
// platforms, which not every registry has.

import { spawnSync } from "node:child_process";
import { existsSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const lock = join(root, "package-lock.json");
/** npm writes this file at the end of an install. */
const installed = join(root, "node_modules", ".package-lock.json");

if (!existsSync(installed) || statSync(installed).mtimeMs < statSync(lock).mtimeMs) {
  const result = spawnSync("npm", ["install", "--no-save", "--no-audit", "--no-fund", "--loglevel=error"], {
    cwd: root,
    stdio: "inherit",
  });
  if (result.status !== 0) {
    console.error("muster: the dependencies could not be installed; see what npm said above");
    process.exit(result.status ?? 1);
  }
}
