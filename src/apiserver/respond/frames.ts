// Frames of a watch over HTTP: one JSON text per event and line, in the shape that the client asked for.

import { encodeJson } from "../../machinery/json.ts";
import type { JsonObject, KubeObject, ObjectMeta } from "../../machinery/object.ts";
import type { Status } from "../../machinery/status-error.ts";
import type { ServedResource } from "../registry/kind-registry.ts";
import { presentBytes, presentObject } from "../registry/present.ts";
import type { FrameMaker, ShownEvent } from "../registry/watch-frames.ts";
import type { OutputFormat } from "./negotiation.ts";
import { columnsOf, type IncludeObject, partialMetadata, table, tableRow } from "./shapes.ts";

const objectStart = {
  ADDED: Buffer.from('{"type":"ADDED","object":'),
  MODIFIED: Buffer.from('{"type":"MODIFIED","object":'),
  DELETED: Buffer.from('{"type":"DELETED","object":'),
};
const objectEnd = Buffer.from("}\n");

/** Makes frames for one resource and shape; `now` gives the time that ages in tables are counted from. */
export class JsonFrameMaker implements FrameMaker<Uint8Array> {
  readonly id: string;
  readonly #served: ServedResource;
  readonly #format: OutputFormat;
  readonly #include: IncludeObject;
  readonly #now: () => Date;

  constructor(served: ServedResource, format: OutputFormat, include: IncludeObject, now: () => Date) {
    this.#served = served;
    this.#format = format;
    this.#include = include;
    this.#now = now;
    this.id = `${served.apiVersion} ${served.kind.kind} ${format.shape} ${format.metaVersion} ${include}`;
  }

  event(event: ShownEvent): Uint8Array | Promise<Uint8Array> {
    const form = `${this.id} ${event.type}`;
    let frame = event.frames.get(form) as Uint8Array | Promise<Uint8Array> | undefined;
    if (frame === undefined) {
      frame = this.#make(event);
      event.frames.set(form, frame);
    }
    return frame;
  }

  #make(event: ShownEvent): Uint8Array | Promise<Uint8Array> {
    const start = objectStart[event.type];
    const wrap = (bytes: Uint8Array) => Buffer.concat([start, bytes, objectEnd]);
    if (this.#format.shape === "object") {
      const bytes = presentBytes(this.#served, event.entry);
      return bytes instanceof Promise ? bytes.then(wrap) : wrap(bytes);
    }
    const object = presentObject(this.#served, event.entry);
    if (object instanceof Promise) return object.then((shown) => wrap(encodeJson(this.#shape(shown))));
    return wrap(encodeJson(this.#shape(object)));
  }

  #shape(object: KubeObject): JsonObject {
    const { shape, metaVersion } = this.#format;
    if (shape === "partial") return partialMetadata(object, metaVersion);
    const columns = columnsOf(this.#served.version);
    const row = tableRow(columns, object, this.#include, this.#now(), metaVersion);
    return table(columns, [row], { resourceVersion: object.metadata.resourceVersion }, metaVersion);
  }

  bookmark(revision: number, initialEventsEnd: boolean): Uint8Array {
    const { kind } = this.#served.groupVersionKind;
    const metadata: ObjectMeta = { resourceVersion: String(revision), creationTimestamp: null };
    if (initialEventsEnd) metadata.annotations = { "k8s.io/initial-events-end": "true" };
    const mark: KubeObject = { kind, apiVersion: this.#served.apiVersion, metadata };
    let object: JsonObject = mark;
    if (this.#format.shape === "partial") object = partialMetadata(mark, this.#format.metaVersion);
    else if (this.#format.shape === "table") {
      object = table(
        columnsOf(this.#served.version),
        [{ cells: [], object: partialMetadata(mark, this.#format.metaVersion) }],
        { resourceVersion: String(revision) },
        this.#format.metaVersion,
      );
    }
    return encodeLine({ type: "BOOKMARK", object });
  }

  error(status: Status): Uint8Array {
    return encodeLine({ type: "ERROR", object: status });
  }

  join(frames: Uint8Array[]): Uint8Array {
    return Buffer.concat(frames);
  }
}

function encodeLine(value: JsonObject): Uint8Array {
  return Buffer.concat([encodeJson(value), Buffer.from("\n")]);
}
