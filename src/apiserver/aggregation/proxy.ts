// Passes a request on to an aggregated server and its answer back, both as they arrive, so that watches flow and large bodies stay
// out of memory. Upgraded connections (exec, attach, port-forward) become a pair of pipes.
//
// Invariants: the server learns the user from us alone; headers of one connection stay on it; whoever goes away ends the other side.
// Source of sentences and headers: kube-aggregator pkg/apiserver/handler_proxy.go, apimachinery/pkg/util/proxy.

import type { ClientRequest, IncomingMessage, OutgoingHttpHeaders } from "node:http";
import { request } from "node:https";
import type { Duplex } from "node:stream";
import { timeoutError } from "../../machinery/status-error.ts";
import type { Exchange } from "../http/exchange.ts";
import type { RequestContext } from "../registry/context.ts";
import { answerHeaders, connectionHeaders, type ServerConnection } from "./server-connection.ts";
import { speaksForUser, userHeaders } from "./user-headers.ts";

/** A server has this long (milliseconds) to begin its answer, but for watches and upgrades. */
const answerTimeout = 60_000;
const redirectRefused = "the backend attempted to redirect this request, which is not permitted";

/** Answers the exchange in every case. False when the server could not be reached. @throws StatusError when it took too long */
export async function proxyRequest(
  connection: ServerConnection,
  exchange: Exchange,
  context: RequestContext,
): Promise<boolean> {
  const upgrade = exchange.upgrade === undefined ? undefined : exchange.header("upgrade");
  let answer: ServerAnswer;
  try {
    answer = await ask(connection, exchange, context, upgrade, true);
  } catch (error) {
    if (exchange.signal.aborted) return true;
    if (error instanceof AnswerTimeout) {
      throw timeoutError("request did not complete within the allotted timeout", 0);
    }
    refuse(exchange, 503, `error trying to reach service: ${connection.unreachable(error).message}`);
    return false;
  }
  if (answer.type === "upgraded") join(exchange, answer);
  else await relay(exchange, answer);
  return true;
}

/** An error as Go's `http.Error` sends it. */
export function refuse(exchange: Exchange, code: number, text: string): void {
  const headers = { "content-type": "text/plain; charset=utf-8", "x-content-type-options": "nosniff" };
  exchange.respond(code, headers, `${text}\n`);
}

type ServerAnswer =
  | { type: "response"; request: ClientRequest; response: IncomingMessage }
  | { type: "upgraded"; response: IncomingMessage; socket: Duplex; head: Buffer };

class AnswerTimeout extends Error {}

function ask(
  connection: ServerConnection,
  exchange: Exchange,
  context: RequestContext,
  upgrade: string | undefined,
  mayRepeat: boolean,
): Promise<ServerAnswer> {
  const hasBody = upgrade === undefined && bodyFollows(exchange);
  return new Promise((resolve, reject) => {
    const call = request({
      ...connection.next(),
      method: exchange.method,
      path: context.info.path + queryOf(exchange.url),
      headers: { ...requestHeaders(connection, exchange, context, upgrade), ...framing(exchange, hasBody) },
    });
    const slow = context.info.verb === "watch" || upgrade !== undefined;
    const timer = slow ? undefined : setTimeout(() => call.destroy(new AnswerTimeout()), answerTimeout);
    const leave = () => call.destroy();
    exchange.signal.addEventListener("abort", leave, { once: true });
    call.on("error", (error: NodeJS.ErrnoException) => {
      clearTimeout(timer);
      // A kept connection that the server had closed meanwhile: nothing was done, so it is safe to ask again.
      if (mayRepeat && call.reusedSocket && !hasBody && error.code === "ECONNRESET" && !exchange.signal.aborted) {
        ask(connection, exchange, context, upgrade, false).then(resolve, reject);
      } else reject(error);
    });
    call.on("response", (response) => {
      clearTimeout(timer);
      resolve({ type: "response", request: call, response });
    });
    call.on("upgrade", (response, socket, head) => {
      exchange.signal.removeEventListener("abort", leave);
      resolve({ type: "upgraded", response, socket, head });
    });
    if (hasBody && exchange.bodyStream !== undefined) exchange.bodyStream().pipe(call);
    else call.end();
  });
}

function bodyFollows(exchange: Exchange): boolean {
  const { method } = exchange;
  if (exchange.header("transfer-encoding") !== undefined) return true;
  const length = exchange.header("content-length");
  if (length !== undefined) return length !== "0";
  return method === "POST" || method === "PUT" || method === "PATCH" || method === "DELETE";
}

/** A body of unknown length goes in chunks, whatever the method: unframed bytes would pass for another request. */
function framing(exchange: Exchange, hasBody: boolean): OutgoingHttpHeaders {
  return hasBody && exchange.header("content-length") === undefined ? { "transfer-encoding": "chunked" } : {};
}

function queryOf(url: string): string {
  const mark = url.indexOf("?");
  return mark < 0 ? "" : url.slice(mark);
}

/** Headers that are answered or written here. */
const ownHeaders: ReadonlySet<string> = new Set(["host", "expect"]);

function requestHeaders(
  connection: ServerConnection,
  exchange: Exchange,
  context: RequestContext,
  upgrade: string | undefined,
): OutgoingHttpHeaders {
  const headers: Record<string, string | string[]> = {};
  const named = new Set((exchange.header("connection") ?? "").split(",").map((name) => name.trim().toLowerCase()));
  for (const [name, value] of exchange.headers()) {
    if (connectionHeaders.has(name) || named.has(name) || ownHeaders.has(name) || speaksForUser(name)) continue;
    const known = headers[name];
    if (known === undefined) headers[name] = value;
    else headers[name] = Array.isArray(known) ? [...known, value] : [known, value];
  }
  const forwarded = exchange.header("x-forwarded-for");
  const from = exchange.remoteAddress;
  return {
    ...headers,
    host: connection.host,
    "x-forwarded-for": forwarded === undefined ? from : `${forwarded}, ${from}`,
    "x-forwarded-host": exchange.authority,
    "x-forwarded-proto": "https",
    "x-forwarded-uri": context.info.path,
    ...(upgrade !== undefined && { connection: "Upgrade", upgrade }),
    ...userHeaders(context.user),
  };
}

async function relay(exchange: Exchange, { request: call, response }: ServerAnswer & { type: "response" }) {
  const code = response.statusCode ?? 502;
  if (code >= 300 && code < 400 && response.headers.location !== undefined) {
    response.resume();
    refuse(exchange, 502, redirectRefused);
    return;
  }
  const out = exchange.stream(code, relayedHeaders(response));
  out.onClose(() => call.destroy());
  try {
    for await (const chunk of response) {
      if (!out.write(chunk)) await out.drained();
      if (out.closed) return;
    }
    out.end();
  } catch {
    // The server broke off: so that the client does not take what it has for the whole.
    out.destroy();
  }
}

/** What crosses origins is decided by this server, not by those behind it. */
function relayedHeaders(response: IncomingMessage): Record<string, string | string[]> {
  const headers = answerHeaders(response);
  for (const name of Object.keys(headers)) if (name.startsWith("access-control-")) delete headers[name];
  return headers;
}

function join(exchange: Exchange, { response, socket, head }: ServerAnswer & { type: "upgraded" }): void {
  const client = exchange.upgrade?.();
  if (client === undefined) {
    socket.destroy();
    return;
  }
  const { rawHeaders } = response;
  let answer = `HTTP/1.1 ${response.statusCode} ${response.statusMessage}\r\n`;
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    answer += `${rawHeaders[index]}: ${rawHeaders[index + 1]}\r\n`;
  }
  client.socket.write(Buffer.from(`${answer}\r\n`, "latin1"));
  if (head.length > 0) client.socket.write(head);
  if (client.head.length > 0) socket.write(client.head);
  for (const [from, to] of [
    [socket, client.socket],
    [client.socket, socket],
  ] as const) {
    from.pipe(to);
    from.on("error", () => to.destroy());
    from.on("close", () => to.destroy());
  }
}
