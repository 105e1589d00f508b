// What is where in a data directory.

import { mkdir, open, rename } from "node:fs/promises";
import { join } from "node:path";

/** The administrator's kubeconfig, readable by its owner alone. */
export function adminKubeconfigPath(dataDir: string): string {
  return join(dataDir, "admin.kubeconfig");
}

/** Makes the directory, closed to others, when it is missing. */
export async function ensureDataDir(dataDir: string): Promise<void> {
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
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
