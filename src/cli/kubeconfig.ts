// `muster kubeconfig`: where the administrator's access is.

import { readFile } from "node:fs/promises";
import { adminKubeconfigPath } from "./data-dir.ts";
import { UserError } from "./user-error.ts";

export async function printKubeconfig({ dataDir }: { dataDir: string }): Promise<void> {
  const path = adminKubeconfigPath(dataDir);
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    throw new UserError(`there is no server in ${dataDir} yet; start one with: muster up --data-dir ${dataDir}`);
  }
  process.stdout.write(text);
}
