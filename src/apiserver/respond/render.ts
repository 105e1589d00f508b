// Turns an Answer into an HTTP response: shape, version, compression, pieces small enough that nobody else waits.

import { encodeJson } from "../../machinery/json.ts";
import type { Column } from "../../machinery/kind.ts";
import type { JsonObject, KubeObject } from "../../machinery/object.ts";
import { badRequest, type Status } from "../../machinery/status-error.ts";
import { formatYaml } from "../../machinery/yaml.ts";
import type { Exchange, ResponseHeaders } from "../http/exchange.ts";
import type { Answer } from "../registry/answer.ts";
import type { RequestContext } from "../registry/context.ts";
import type { ServedResource } from "../registry/kind-registry.ts";
import type { ListAnswer } from "../registry/list.ts";
import { presentBytes, presentManyBytes, presentObject, presentObjects, shownAsStored } from "../registry/present.ts";
import type { Entry } from "../store/entry.ts";
import { beginPieces, compressFrom, type PieceWriter, respondWith } from "./compress.ts";
import { jsonFormat, type OutputFormat } from "./negotiation.ts";
import { type ListFrame, readableList } from "./readable-list.ts";
import { columnsOf, type IncludeObject, partialMetadata, scaleColumns, table, tableRow } from "./shapes.ts";

/** Bytes of a list that are written before other requests get a turn. */
const pieceSize = 256 * 1024;
/** Entries that are converted or shaped before other requests get a turn. */
const pieceEntries = 200;
/** The same for entries that are written for people, which takes longer. */
const readableEntries = 20;

const contentTypes = { json: "application/json", yaml: "application/yaml" } as const;

/** Headers that every answer carries. */
export function baseHeaders(context: RequestContext | undefined, contentType: string): ResponseHeaders {
  const headers: ResponseHeaders = { "content-type": contentType, "cache-control": "no-cache, private" };
  if (context !== undefined) {
    headers["audit-id"] = context.uid;
    if (context.warnings.length > 0) headers.warning = context.warningHeaders();
  }
  return headers;
}

/** Sends an object that is given whole. */
export function sendObject(
  exchange: Exchange,
  context: RequestContext | undefined,
  code: number,
  object: unknown,
  format: OutputFormat = jsonFormat,
  extra: ResponseHeaders = {},
): void | Promise<void> {
  const headers = { ...baseHeaders(context, contentTypes[format.encoding]), ...extra };
  return respondWith(exchange, code, headers, encodeAs(object, format));
}

export function sendStatus(
  exchange: Exchange,
  context: RequestContext | undefined,
  status: Status,
  format: OutputFormat = jsonFormat,
): void | Promise<void> {
  const retry = status.details?.retryAfterSeconds;
  const extra: ResponseHeaders = {};
  if (retry !== undefined && (status.code === 429 || status.code >= 500)) extra["retry-after"] = String(retry);
  if (status.code === 401) extra["www-authenticate"] = 'Bearer realm="muster"';
  return sendObject(exchange, context, status.code, status, { ...format, shape: "object" }, extra);
}

function encodeAs(object: unknown, format: OutputFormat): Uint8Array | string {
  if (format.encoding === "yaml") return formatYaml(object);
  if (format.pretty) return `${JSON.stringify(object, null, 2)}\n`;
  return Buffer.concat([encodeJson(object), newline]);
}

const newline = Buffer.from("\n");

/** Which part of an object the rows of a table carry. */
export function includeObjectOf(query: URLSearchParams): IncludeObject {
  const value = query.get("includeObject") ?? "";
  if (value === "") return "Metadata";
  if (value === "None" || value === "Metadata" || value === "Object") return value;
  throw badRequest(`unrecognized includeObject value: ${JSON.stringify(value)}`);
}

/** Sends an answer of one object. */
export async function sendEntry(
  exchange: Exchange,
  context: RequestContext,
  answer: Extract<Answer, { type: "entry" }>,
  format: OutputFormat,
): Promise<void> {
  const { served, entry, code } = answer;
  if (format.shape === "object" && format.encoding === "json" && !format.pretty) {
    const bytes = presentBytes(served, entry);
    const headers = baseHeaders(context, contentTypes.json);
    return respondWith(exchange, code, headers, bytes instanceof Promise ? await bytes : bytes);
  }
  return sendShaped(exchange, context, code, served, await presentObject(served, entry), format);
}

/** Sends an object in the shape that was asked for; objects of no served kind (Status, reviews) are sent as they are. */
export function sendShaped(
  exchange: Exchange,
  context: RequestContext,
  code: number,
  served: ServedResource | undefined,
  object: KubeObject,
  format: OutputFormat,
): void | Promise<void> {
  let shaped: JsonObject = object;
  const columns = columnsFor(served, object);
  if (columns !== undefined) {
    if (format.shape === "partial") shaped = partialMetadata(object, format.metaVersion);
    else if (format.shape === "table") {
      const row = tableRow(columns, object, includeObjectOf(context.query), context.now, format.metaVersion);
      shaped = table(columns, [row], { resourceVersion: object.metadata.resourceVersion }, format.metaVersion);
    }
  }
  return sendObject(exchange, context, code, shaped, format);
}

function columnsFor(served: ServedResource | undefined, object: KubeObject): Column[] | undefined {
  if (served !== undefined && object.kind === served.kind.kind) return columnsOf(served.version);
  return object.kind === "Scale" && object.apiVersion === "autoscaling/v1" ? scaleColumns : undefined;
}

function listMetadata(answer: ListAnswer): JsonObject {
  const metadata: JsonObject = { resourceVersion: String(answer.revision) };
  if (answer.continue !== undefined) metadata.continue = answer.continue;
  if (answer.remainingItemCount !== undefined) metadata.remainingItemCount = answer.remainingItemCount;
  return metadata;
}

/** Sends a list, in pieces when it is large. */
export async function sendList(
  exchange: Exchange,
  context: RequestContext,
  answer: ListAnswer,
  format: OutputFormat,
): Promise<void> {
  const { served } = answer;
  if (format.encoding === "yaml" || format.pretty) {
    const { head, field, shape } = listFrame(context, answer, format);
    const text = readableList({ head, field }, shapedItems(answer, shape, readableEntries), format.encoding);
    await sendPieces(exchange, baseHeaders(context, contentTypes[format.encoding]), text);
    return;
  }
  const headers = baseHeaders(context, contentTypes.json);
  if (format.shape === "object" && shownAsStored(served)) {
    const size = answer.entries.reduce((sum, entry) => sum + entry.bytes.length + 1, 256);
    if (size <= pieceSize) {
      return respondWith(exchange, 200, headers, listBytes(answer));
    }
  }
  await sendPieces(exchange, headers, listPieces(context, answer, format));
}

/** A small list in one piece. */
function listBytes(answer: ListAnswer): Uint8Array {
  const parts: Uint8Array[] = [listHead(answer)];
  answer.entries.forEach((entry, index) => {
    if (index > 0) parts.push(comma);
    parts.push(entry.bytes);
  });
  parts.push(listTail);
  return Buffer.concat(parts);
}

const comma = Buffer.from(",");
const listTail = Buffer.from("]}\n");

function listHead({ served, ...answer }: ListAnswer): Buffer {
  const metadata = JSON.stringify(listMetadata({ served, ...answer }));
  return Buffer.from(
    `{"kind":${JSON.stringify(served.kind.listKind)},"apiVersion":${JSON.stringify(served.apiVersion)},"metadata":${metadata},"items":[`,
  );
}

async function* listPieces(
  context: RequestContext,
  answer: ListAnswer,
  format: OutputFormat,
): AsyncGenerator<Uint8Array> {
  if (format.shape === "object") {
    yield listHead(answer);
    yield* itemPieces(answer.served, answer.entries);
    yield listTail;
    return;
  }
  const { head, field, shape } = listFrame(context, answer, format);
  yield Buffer.from(`${JSON.stringify(head).slice(0, -1)},"${field}":[`);
  let first = true;
  for await (const items of shapedItems(answer, shape, pieceEntries)) {
    const text = items.map((item) => JSON.stringify(item)).join(",");
    yield Buffer.from(first ? text : `,${text}`);
    first = false;
  }
  yield listTail;
}

/** What stands around the items of a list, and how an object becomes one of them. */
function listFrame(
  context: RequestContext,
  answer: ListAnswer,
  { shape, metaVersion }: OutputFormat,
): ListFrame & { shape: (object: KubeObject) => JsonObject } {
  const { served } = answer;
  const metadata = listMetadata(answer);
  switch (shape) {
    case "object": {
      const head = { kind: served.kind.listKind, apiVersion: served.apiVersion, metadata };
      return { head, field: "items", shape: (object) => object };
    }
    case "partial": {
      const head = { kind: "PartialObjectMetadataList", apiVersion: `meta.k8s.io/${metaVersion}`, metadata };
      return { head, field: "items", shape: (object) => partialMetadata(object, metaVersion) };
    }
    case "table": {
      const columns = columnsOf(served.version);
      const include = includeObjectOf(context.query);
      const { rows: _, ...head } = table(columns, [], metadata, metaVersion);
      return { head, field: "rows", shape: (object) => tableRow(columns, object, include, context.now, metaVersion) };
    }
  }
}

async function* shapedItems(
  { served, entries }: ListAnswer,
  shape: (object: KubeObject) => JsonObject,
  count: number,
): AsyncGenerator<JsonObject[]> {
  for (let index = 0; index < entries.length; index += count) {
    yield (await presentObjects(served, entries.slice(index, index + count))).map(shape);
  }
}

async function* itemPieces(served: ServedResource, entries: Entry[]): AsyncGenerator<Uint8Array> {
  let parts: Uint8Array[] = [];
  let size = 0;
  const asStored = shownAsStored(served);
  let first = true;
  // Many at a time: where a webhook converts, each batch is one call.
  for (let start = 0; start < entries.length; start += pieceEntries) {
    const batch = entries.slice(start, start + pieceEntries);
    const items = asStored ? batch.map((entry) => entry.bytes) : await presentManyBytes(served, batch);
    for (const bytes of items) {
      if (!first) parts.push(comma);
      first = false;
      parts.push(bytes);
      size += bytes.length;
      if (size >= pieceSize) {
        yield Buffer.concat(parts);
        parts = [];
        size = 0;
      }
    }
  }
  if (parts.length > 0) yield Buffer.concat(parts);
}

/** Sends a body of unknown length: whole when it turns out small, else as its pieces are made. */
async function sendPieces(
  exchange: Exchange,
  headers: ResponseHeaders,
  pieces: AsyncIterable<Uint8Array>,
): Promise<void> {
  const held: Uint8Array[] = [];
  let size = 0;
  let writer: PieceWriter | undefined;
  try {
    for await (const piece of pieces) {
      if (writer === undefined) {
        held.push(piece);
        size += piece.length;
        if (size <= compressFrom) continue;
        writer = beginPieces(exchange, headers);
        for (const earlier of held) await writer.write(earlier);
      } else {
        await writer.write(piece);
      }
      if (exchange.signal.aborted) {
        writer.cut();
        return;
      }
    }
  } catch (error) {
    // What was begun cannot become a Status any more.
    writer?.cut();
    throw error;
  }
  if (writer === undefined) exchange.respond(200, headers, Buffer.concat(held));
  else await writer.end();
}
