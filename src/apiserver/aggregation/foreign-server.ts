// One aggregated server, as one APIService names it: passes requests on, and remembers what the server tells about itself.

import { parseJson } from "../../machinery/json.ts";
import type { JsonObject } from "../../machinery/object.ts";
import { isObject } from "../../machinery/object.ts";
import { internalError, StatusError, serviceUnavailable } from "../../machinery/status-error.ts";
import type { ForeignGroupVersion } from "../endpoints/discovery.ts";
import type { Exchange } from "../http/exchange.ts";
import type { KeyPair } from "../pki/certificate-authority.ts";
import type { Answer } from "../registry/answer.ts";
import type { RequestBody } from "../registry/body.ts";
import type { RequestContext } from "../registry/context.ts";
import type { StateReader } from "../strategy.ts";
import { groupVersionRoot, type RemoteApiService } from "./api-service.ts";
import { fetchDocument } from "./fetch-document.ts";
import { aggregatorUser, fetchResources } from "./foreign-discovery.ts";
import { ForeignOpenApiSource } from "./foreign-openapi.ts";
import { proxyRequest, refuse } from "./proxy.ts";
import { ServerConnection } from "./server-connection.ts";

const probeMilliseconds = 5000;
const callMilliseconds = 60_000;
const unavailable = "service unavailable";
const methods: Record<string, string> = {
  create: "POST",
  update: "PUT",
  patch: "PATCH",
  delete: "DELETE",
  deletecollection: "DELETE",
};

/** Another API server. */
export interface Backend {
  /** Passes the request on and its answer back, upgrades included; answers the exchange in every case. */
  proxy(exchange: Exchange, context: RequestContext): Promise<void>;
  /** The same for a call in this process: the answer is an object. Watches are not served this way. */
  call(context: RequestContext, body: RequestBody): Promise<Answer>;
}

export class ForeignServer implements Backend {
  readonly connection: ServerConnection;
  readonly openApi: ForeignOpenApiSource;
  #remote: RemoteApiService;
  #resources: JsonObject[] = [];
  #fresh = false;
  readonly #onUnreachable: () => void;

  constructor(state: StateReader, remote: RemoteApiService, client: KeyPair, onUnreachable: () => void) {
    this.#remote = remote;
    this.connection = new ServerConnection(state, remote, client);
    this.openApi = new ForeignOpenApiSource(this.connection, remote);
    this.#onUnreachable = onUnreachable;
  }

  get remote(): RemoteApiService {
    return this.#remote;
  }

  /** Takes a newer object of the same server; false when connections to the server would be others. */
  adopt(remote: RemoteApiService): boolean {
    if (connectionKey(remote) !== connectionKey(this.#remote)) return false;
    this.#remote = remote;
    if (!remote.available) this.#fresh = false;
    return true;
  }

  async proxy(exchange: Exchange, context: RequestContext): Promise<void> {
    if (!this.#remote.available) return refuse(exchange, 503, unavailable);
    try {
      this.connection.next();
    } catch {
      return refuse(exchange, 503, unavailable);
    }
    if (!(await proxyRequest(this.connection, exchange, context))) this.#onUnreachable();
  }

  async call(context: RequestContext, body: RequestBody): Promise<Answer> {
    const { verb, path } = context.info;
    if (!this.#remote.available || verb === "watch") throw serviceUnavailable(unavailable);
    const query = context.query.size === 0 ? "" : `?${context.query}`;
    const { code, body: bytes } = await this.#fetch(methods[verb] ?? "GET", path + query, context, body);
    const parsed = parseJson(bytes);
    if (!parsed.ok || !isObject(parsed.value))
      throw internalError(`${this.#remote.name} answered ${code} without JSON`);
    if (code >= 400) throw StatusError.from({ code, ...parsed.value });
    return { type: "document", code, document: parsed.value };
  }

  async #fetch(method: string, path: string, { user }: RequestContext, body: RequestBody) {
    const content = body.empty
      ? {}
      : {
          headers: { "content-type": body.contentType ?? "application/json" },
          body: Buffer.from(JSON.stringify(body.parse({ findDuplicates: false, protobuf: false }).value)),
        };
    try {
      return await fetchDocument(this.connection, { method, path, user, ...content, milliseconds: callMilliseconds });
    } catch (error) {
      this.#onUnreachable();
      throw serviceUnavailable(`error trying to reach service: ${this.connection.unreachable(error).message}`);
    }
  }

  /** Asks the server for what it must serve; the text is what is wrong, undefined when it answers. */
  async probe(): Promise<string | undefined> {
    const path = groupVersionRoot(this.#remote);
    const url = `https://${this.connection.host}${path}`;
    try {
      const request = { path, user: aggregatorUser, milliseconds: probeMilliseconds };
      const { code } = await fetchDocument(this.connection, request);
      if (code >= 200 && code < 300) return undefined;
      return `failing or missing response from ${url}: bad status from ${url}: ${code}`;
    } catch (error) {
      const reason = this.connection.unreachable(error).message;
      return `failing or missing response from ${url}: Get ${JSON.stringify(url)}: ${reason}`;
    }
  }

  /** Reads what the server serves. Never rejects: what cannot be read now is shown as it was, marked as stale. */
  async refreshDiscovery(): Promise<void> {
    const [resources] = await Promise.allSettled([fetchResources(this.connection, this.#remote)]);
    this.#fresh = resources.status === "fulfilled";
    if (resources.status === "fulfilled") this.#resources = resources.value;
  }

  get discovery(): ForeignGroupVersion {
    const { group, version, groupPriority, versionPriority } = this.#remote;
    return { group, version, resources: this.#resources, stale: !this.#fresh, groupPriority, versionPriority };
  }

  markStale(): void {
    this.#fresh = false;
  }

  close(): void {
    this.connection.close();
  }
}

function connectionKey({ group, version, service, caBundle, insecureSkipTLSVerify }: RemoteApiService): string {
  return JSON.stringify([group, version, service, caBundle, insecureSkipTLSVerify]);
}
