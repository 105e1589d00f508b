// What an operation answers, before it is turned into bytes: the HTTP side renders it, the in-process client takes it as it is.

import type { JsonObject, KubeObject } from "../../machinery/object.ts";
import type { Entry } from "../store/entry.ts";
import type { ServedResource } from "./kind-registry.ts";
import type { ListAnswer } from "./list.ts";
import type { WatchRequest } from "./watch.ts";

export type Answer =
  /** A stored object, shown in the version of `served`. */
  | { type: "entry"; code: number; served: ServedResource; entry: Entry }
  /** An object that is not stored as it is shown: a dry run, a review, a scale, a Status. */
  | { type: "object"; code: number; object: KubeObject; served?: ServedResource }
  | ListAnswer
  | { type: "watch"; served: ServedResource; watch: WatchRequest }
  /** A document that is no API object: discovery, OpenAPI, key sets. */
  | { type: "document"; code: number; document: JsonObject }
  | { type: "bytes"; code: number; headers: Record<string, string>; body: Uint8Array | string };
