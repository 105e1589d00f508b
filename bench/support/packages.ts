// Programs of Debian that the benchmarks use: installed when they are missing and we may.

import { spawnSync } from "node:child_process";

/** Whether `program` can be run; installs `debianPackage` first when it is missing and the user is root. */
export function ensureProgram(program: string, debianPackage: string): boolean {
  if (found(program)) return true;
  if (process.getuid?.() === 0) {
    const environment = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
    spawnSync("apt-get", ["install", "--yes", "--no-install-recommends", debianPackage], {
      stdio: "ignore",
      env: environment,
    });
  }
  if (found(program)) return true;
  process.stdout.write(`\nSKIPPED: ${program} is missing; as root, run: apt-get install ${debianPackage}\n`);
  return false;
}

function found(program: string): boolean {
  return spawnSync("sh", ["-c", `command -v ${program}`], { stdio: "ignore" }).status === 0;
}
