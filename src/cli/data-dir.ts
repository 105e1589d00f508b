// What is where in a data directory.

import { mkdir, open, rename } from "node:fs/promises";
import { join } from "node:path";
import { UserError } from "./user-error.ts";

/** The administrator's kubeconfig, readable by its owner alone. */
export function adminKubeconfigPath(dataDir: string): string {
  return join(dataDir, "admin.kubeconfig");
}

/** Makes the directory, closed to others, when it is missing. Rejects with a UserError when it cannot be one. */
export async function ensureDataDir(dataDir: string): Promise<void> {
  try {
    await mkdir(dataDir, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new UserError(`${dataDir} cannot be the data directory: ${(error as Error).message}`);
  }
}

/** Writes a file that holds secrets: whole or not at all, and never readable by others. */
export async function writeSecretFile(path: string, text: string): Promise<void> {
  const draft = `${path}.${process.pid}`;
  const file = await open(draft, "w", 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(draft, path);
}
