// `/openapi/v2` and `/openapi/v3`: which document is asked for, in which form, and whether the client has it already.
// The documents of our own kinds are made and kept by the catalog; those of aggregated servers come from the aggregator.
// Source of headers and codes: kube-openapi pkg/{handler,handler3}.

import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { encodeJson } from "../../machinery/json.ts";
import { apiVersionOf } from "../../machinery/object.ts";
import { pathNotFound } from "../../machinery/status-error.ts";
import type { Exchange } from "../http/exchange.ts";
import { type OpenApiDocument, openApiDocument } from "../openapi/documents.ts";
import { type ForeignOpenApi, mergeOpenApiV2 } from "../openapi/merge-v2.ts";
import { groupVersionPath } from "../openapi/routes.ts";
import { encodeOpenApiV2, openApiV2ProtobufType } from "../openapi/v2-protobuf.ts";
import type { ControlPlane } from "../plane/control-plane.ts";
import type { Answer } from "../registry/answer.ts";
import type { RequestContext } from "../registry/context.ts";
import type { KindRegistration } from "../strategy.ts";

const compress = promisify(gzip);
const json = "application/json";
/** What Kubernetes calls the protobuf form in answers; as a request it may be written either way. */
const protobufAnswer = openApiV2ProtobufType.replace("@", ".");

interface Merged {
  /** The hashes of what was merged. */
  key: string;
  json: OpenApiDocument;
  protobuf: OpenApiDocument;
}

export class OpenApiEndpoints {
  readonly #plane: ControlPlane;
  /** Our own document with those of aggregated servers, for the latest combination. */
  #merged: Merged | undefined;
  #generation = -1;
  #registrations: readonly KindRegistration[] = [];

  constructor(plane: ControlPlane) {
    this.#plane = plane;
  }

  /** `/openapi/v2`, in JSON or protobuf. */
  async v2(exchange: Exchange | undefined): Promise<Answer> {
    const type = preferredType(exchange?.header("accept"), [json, openApiV2ProtobufType, protobufAnswer]);
    if (type === undefined) return notAcceptable();
    const protobuf = type !== json;
    const document = this.#v2Document(protobuf);
    const headers = { "content-type": protobuf ? protobufAnswer : json, vary: "Accept, Accept-Encoding" };
    return send(exchange, document, headers);
  }

  /** `/openapi/v3`: the paths of all documents, each with its hash. */
  async v3Index(exchange: Exchange | undefined): Promise<Answer> {
    if (preferredType(exchange?.header("accept"), [json]) === undefined) return notAcceptable();
    const prefix = prefixOf(exchange, "/openapi/v3");
    const { aggregator } = this.#plane;
    const paths: { [path: string]: { serverRelativeURL: string } } = {};
    for (const [path, hash] of aggregator.openApiV3Paths())
      paths[path] = { serverRelativeURL: link(prefix, path, hash) };
    for (const { group, version } of this.#groupVersions()) {
      const path = groupVersionPath(group, version).slice(1);
      const document = this.#documents.v3(this.#kinds(), group, version);
      if (document !== undefined) paths[path] = { serverRelativeURL: link(prefix, path, document.hash) };
      // The first index makes every document; others get their turn in between.
      await new Promise(setImmediate);
    }
    const sorted = Object.fromEntries(Object.entries(paths).sort(([a], [b]) => (a < b ? -1 : 1)));
    return send(exchange, openApiDocument(encodeJson({ paths: sorted })), { "content-type": json });
  }

  /** `/openapi/v3/PATH`, where PATH is as in the index: `api/v1`, `apis/apps/v1`. */
  async v3(path: string, exchange: Exchange | undefined, context: RequestContext): Promise<Answer> {
    const document = this.#ownV3(path) ?? (await this.#plane.aggregator.fetchOpenApiV3(path));
    if (document === undefined) throw pathNotFound();
    if (preferredType(exchange?.header("accept"), [json]) === undefined) return notAcceptable();
    const headers: Record<string, string> = { "content-type": json, vary: "Accept, Accept-Encoding" };
    const hash = context.query.get("hash");
    if (hash !== null && hash !== "") {
      if (hash !== document.hash) {
        const location = link(prefixOf(exchange, `/openapi/v3/${path}`), path, document.hash);
        return {
          type: "bytes",
          code: 301,
          headers: { location, "content-type": "text/html; charset=utf-8" },
          body: "",
        };
      }
      const expires = new Date(context.now);
      expires.setUTCFullYear(expires.getUTCFullYear() + 1);
      headers["cache-control"] = "public, immutable";
      headers.expires = expires.toUTCString();
    }
    return send(exchange, document, headers);
  }

  get #documents() {
    return this.#plane.kinds.builtin.openApi;
  }

  #kinds(): readonly KindRegistration[] {
    const { kinds } = this.#plane;
    if (this.#generation !== kinds.generation) {
      this.#registrations = [...kinds.registrations()];
      this.#generation = kinds.generation;
    }
    return this.#registrations;
  }

  #groupVersions(): { group: string; version: string }[] {
    const found = new Map<string, { group: string; version: string }>();
    for (const { kind } of this.#kinds()) {
      for (const { name, served } of kind.versions) {
        if (served) found.set(apiVersionOf(kind.group, name), { group: kind.group, version: name });
      }
    }
    return [...found.values()];
  }

  #ownV3(path: string): OpenApiDocument | undefined {
    const [first, group = "", version = "", ...rest] = path.split("/");
    if (rest.length > 0) return undefined;
    if (first === "api" && version === "") return this.#documents.v3(this.#kinds(), "", group);
    return first === "apis" ? this.#documents.v3(this.#kinds(), group, version) : undefined;
  }

  #v2Document(protobuf: boolean): OpenApiDocument {
    const foreign = this.#plane.aggregator.openApiV2Documents();
    if (foreign.length === 0) {
      this.#merged = undefined;
      return protobuf ? this.#documents.v2Protobuf(this.#kinds()) : this.#documents.v2(this.#kinds());
    }
    const own = this.#documents.v2(this.#kinds());
    const key = [own.hash, ...foreign.map(({ hash }) => hash)].join();
    if (this.#merged?.key !== key) this.#merged = { key, ...this.#merge(own, foreign) };
    return protobuf ? this.#merged.protobuf : this.#merged.json;
  }

  /** What another server sends may be no OpenAPI at all; then ours goes without it. */
  #merge(own: OpenApiDocument, foreign: readonly ForeignOpenApi[]): Omit<Merged, "key"> {
    try {
      const merged = mergeOpenApiV2(JSON.parse(Buffer.from(own.bytes).toString("utf8")), foreign);
      return { json: openApiDocument(encodeJson(merged)), protobuf: openApiDocument(encodeOpenApiV2(merged)) };
    } catch (error) {
      this.#plane.onUnexpectedError(error);
      return { json: own, protobuf: this.#documents.v2Protobuf(this.#kinds()) };
    }
  }
}

function link(prefix: string, path: string, hash: string): string {
  return `${prefix}/openapi/v3/${path}${hash === "" ? "" : `?hash=${encodeURIComponent(hash)}`}`;
}

/** What stands before a plane's own paths in the URL of a request, as `/hubs/a`. */
function prefixOf(exchange: Exchange | undefined, path: string): string {
  const url = exchange?.url.split("?")[0] ?? path;
  const at = url.lastIndexOf(path);
  return at < 0 ? "" : url.slice(0, at);
}

async function send(
  exchange: Exchange | undefined,
  document: OpenApiDocument,
  headers: Record<string, string>,
): Promise<Answer> {
  const tagged = { ...headers, etag: `"${document.hash}"` };
  if (knows(exchange?.header("if-none-match"), document.hash)) {
    return { type: "bytes", code: 304, headers: tagged, body: "" };
  }
  if (!/\bgzip\b(?!\s*;\s*q=0(?:\.0+)?\s*(?:,|$))/i.test(exchange?.header("accept-encoding") ?? "")) {
    return { type: "bytes", code: 200, headers: tagged, body: document.bytes };
  }
  document.gzip ??= compress(document.bytes);
  return { type: "bytes", code: 200, headers: { ...tagged, "content-encoding": "gzip" }, body: await document.gzip };
}

function knows(header: string | undefined, hash: string): boolean {
  if (header === undefined) return false;
  return header.split(",").some((tag) => tag.trim() === "*" || tag.trim().replace(/^W\//, "") === `"${hash}"`);
}

function notAcceptable(): Answer {
  return { type: "bytes", code: 406, headers: {}, body: "" };
}

/** The type that the client likes best among those that there are; undefined when it takes none of them. */
function preferredType(accept: string | undefined, offered: readonly string[]): string | undefined {
  const clauses = (accept || "*/*").split(",").map((clause) => {
    const [type = "", ...parameters] = clause.split(";").map((part) => part.trim().toLowerCase());
    const quality = parameters.find((parameter) => parameter.startsWith("q="));
    return { type, quality: quality === undefined ? 1 : Number(quality.slice(2)) };
  });
  clauses.sort((a, b) => b.quality - a.quality);
  for (const { type, quality } of clauses) {
    if (!(quality > 0)) continue;
    const found = offered.find((offer) => type === offer || type === "*/*" || type === `${offer.split("/")[0]}/*`);
    if (found !== undefined) return found;
  }
  return undefined;
}
