// The thread of a YamlReader: a text comes in, its value goes out as JSON text, which keeps 64-bit integers.

import { parentPort } from "node:worker_threads";
import { parseYaml } from "../../machinery/yaml.ts";
import type { YamlMessage } from "./yaml-reader.ts";

parentPort!.on("message", (text: string) => {
  const result = parseYaml(text);
  const message: YamlMessage = result.ok
    ? { ok: true, json: JSON.stringify(result.value), duplicates: result.duplicates }
    : result;
  parentPort!.postMessage(message);
});
