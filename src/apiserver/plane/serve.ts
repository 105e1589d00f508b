// The way of a request over HTTP: who → may they → what → answer. Never throws: whatever goes wrong becomes a Status.

import type { X509Certificate } from "node:crypto";
import { parseFieldSelector, parseLabelSelector } from "../../machinery/selectors.ts";
import { internalError, StatusError, unauthorized } from "../../machinery/status-error.ts";
import { impersonate } from "../authentication/impersonation.ts";
import { forbiddenRequest } from "../authorization/forbidden.ts";
import type { Exchange } from "../http/exchange.ts";
import { requestInfo } from "../http/request-info.ts";
import type { Attributes, Credentials, UserInfo } from "../identity.ts";
import type { Answer } from "../registry/answer.ts";
import { BytesBody, type RequestBody } from "../registry/body.ts";
import { stateOf } from "../registry/change.ts";
import { RequestContext } from "../registry/context.ts";
import { respondWith } from "../respond/compress.ts";
import { JsonFrameMaker } from "../respond/frames.ts";
import { negotiate, type OutputFormat, prefersPretty } from "../respond/negotiation.ts";
import {
  baseHeaders,
  includeObjectOf,
  sendEntry,
  sendList,
  sendObject,
  sendShaped,
  sendStatus,
} from "../respond/render.ts";
import { ResponseSink } from "../respond/response-sink.ts";
import type { ControlPlane } from "./control-plane.ts";
import { timeAllowed, within } from "./deadline.ts";
import { dispatch } from "./dispatch.ts";

/** Serves one request. `url` is the path and query within the plane. */
export async function serve(plane: ControlPlane, exchange: Exchange, url: string): Promise<void> {
  const started = performance.now();
  let context: RequestContext | undefined;
  let format: OutputFormat | undefined;
  let release: (() => void) | undefined;
  try {
    const { path, query } = splitUrl(url);
    const info = requestInfo(exchange.method, path, isWatch(query));
    const allowed = info.verb === "watch" ? undefined : timeAllowed(query);
    const { user, requester } = await identify(plane, exchange, path);
    const userAgent = exchange.header("user-agent") ?? "";
    const { state } = plane.registry;
    context = new RequestContext({ user, requester, info, query, userAgent, now: plane.now(), state, plane });
    release = plane.limits.enter(context);
    await authorize(plane, attributesOf(context));
    const backend = plane.aggregator.backendFor(path);
    if (backend !== undefined) {
      await backend.proxy(exchange, context);
      return;
    }
    format = negotiateFor(exchange, context);
    await answer(plane, exchange, context, format, allowed);
  } catch (error) {
    await sendStatus(exchange, context, statusOf(plane, error).status, format);
  } finally {
    release?.();
    plane.observe({ exchange, url, context, milliseconds: performance.now() - started });
  }
}

/** What a client is told of an error; one that nobody foresaw is logged whole and shown without its inside. */
export function statusOf(plane: ControlPlane, error: unknown): StatusError {
  if (error instanceof StatusError) return error;
  plane.onUnexpectedError(error);
  return internalError(error instanceof Error ? error.message : String(error));
}

function splitUrl(url: string): { path: string; query: URLSearchParams } {
  const mark = url.indexOf("?");
  return mark < 0
    ? { path: url, query: new URLSearchParams() }
    : { path: url.slice(0, mark), query: new URLSearchParams(url.slice(mark + 1)) };
}

function isWatch(query: URLSearchParams): boolean {
  const watch = query.get("watch");
  return watch !== null && watch !== "false" && watch !== "0";
}

/** Who the request is served as, and who sent it: the same but for impersonation. */
async function identify(
  plane: ControlPlane,
  exchange: Exchange,
  path: string,
): Promise<{ user: UserInfo; requester: UserInfo }> {
  const credentials = new ExchangeCredentials(exchange, path);
  const result = plane.authenticator.authenticate(credentials);
  const authentication = result instanceof Promise ? await result : result;
  if (authentication.outcome !== "authenticated") throw unauthorized();
  const requester = authentication.user;
  const user = impersonate(requester, credentials, plane.authorizer);
  return { user: user instanceof Promise ? await user : user, requester };
}

class ExchangeCredentials implements Credentials {
  readonly path: string;
  readonly #exchange: Exchange;

  constructor(exchange: Exchange, path: string) {
    this.#exchange = exchange;
    this.path = path;
  }

  get bearerToken(): string | undefined {
    const header = this.#exchange.header("authorization");
    const match = header === undefined ? null : /^bearer +(\S+)\s*$/i.exec(header);
    return match?.[1];
  }

  get certificate(): X509Certificate | undefined {
    return this.#exchange.certificate;
  }

  header(name: string): string | undefined {
    return this.#exchange.header(name.toLowerCase());
  }

  headersWithPrefix(prefix: string): [string, string[]][] {
    if (!this.#exchange.hasHeaderWithPrefix(prefix)) return [];
    const found = new Map<string, string[]>();
    for (const [name, value] of this.#exchange.headers()) {
      if (!name.startsWith(prefix)) continue;
      found.set(name, [...(found.get(name) ?? []), value]);
    }
    return [...found];
  }
}

/** The question that authorization is asked about a request. */
export function attributesOf({ user, info, query }: RequestContext): Attributes {
  const { resource, verb, path } = info;
  if (resource === undefined) return { user, verb, path };
  let { name } = resource;
  const attributes: Attributes = { user, verb, path, resource: { ...resource } };
  if (name === "" && (verb === "list" || verb === "watch" || verb === "deletecollection")) {
    const fields = parseFieldSelector(query.get("fieldSelector") ?? "");
    const labels = parseLabelSelector(query.get("labelSelector") ?? "");
    if (fields.ok) {
      attributes.resource!.fieldSelector = fields.requirements;
      const wanted = fields.requirements.find(({ key, operator }) => key === "metadata.name" && operator === "In");
      if (wanted !== undefined) name = wanted.values[0] ?? "";
    }
    if (labels.ok) attributes.resource!.labelSelector = labels.requirements;
  }
  // A namespace's own requests are about that namespace.
  const { group, resource: plural, namespace } = resource;
  attributes.resource!.name = name;
  attributes.resource!.namespace = group === "" && plural === "namespaces" ? name : namespace;
  return attributes;
}

export async function authorize(plane: ControlPlane, attributes: Attributes): Promise<void> {
  const result = plane.authorizer.authorize(attributes);
  const decision = result instanceof Promise ? await result : result;
  if (decision.decision !== "allow") throw forbiddenRequest(attributes, decision.reason);
}

function negotiateFor(exchange: Exchange, context: RequestContext): OutputFormat {
  const accept = exchange.header("accept");
  const pretty = prefersPretty(context.query.get("pretty"), context.userAgent);
  if (context.info.resource === undefined) {
    // Other paths answer text or documents of one form; they are not refused for what a client would rather have.
    return { encoding: "json", pretty, shape: "object", metaVersion: "v1" };
  }
  return negotiate(accept, pretty);
}

async function answer(
  plane: ControlPlane,
  exchange: Exchange,
  context: RequestContext,
  format: OutputFormat,
  allowed: number | undefined,
): Promise<void> {
  const body = await readBody(plane, exchange);
  const work = dispatch(plane, exchange, context, body);
  const given = await (allowed === undefined ? work : within(allowed, work));
  await send(plane, exchange, context, given, format);
}

const noBody = new BytesBody(new Uint8Array(), undefined);

async function readBody(plane: ControlPlane, exchange: Exchange): Promise<RequestBody> {
  const { method } = exchange;
  if (method === "GET" || method === "HEAD") return noBody;
  const bytes = await exchange.body(plane.settings.maximumBody);
  const body = new BytesBody(bytes, exchange.header("content-type"));
  await body.prepare(plane.yamlReader);
  return body;
}

async function send(
  plane: ControlPlane,
  exchange: Exchange,
  context: RequestContext,
  given: Answer,
  format: OutputFormat,
): Promise<void> {
  switch (given.type) {
    case "entry":
      return sendEntry(exchange, context, given, format);
    case "object":
      return sendShaped(exchange, context, given.code, given.served, given.object, format);
    case "list":
      return sendList(exchange, context, given, format);
    case "watch": {
      const maker = new JsonFrameMaker(given.served, format, includeObjectOf(context.query), plane.now);
      const stream = exchange.stream(200, baseHeaders(context, "application/json"));
      plane.fanOut.start(stateOf(plane.registry, given.served), given.watch, maker, new ResponseSink(stream));
      return;
    }
    case "bytes":
      return respondWith(
        exchange,
        given.code,
        { ...baseHeaders(context, "text/plain; charset=utf-8"), ...given.headers },
        given.body,
      );
    case "document":
      return sendObject(exchange, context, given.code, given.document, format);
  }
}
