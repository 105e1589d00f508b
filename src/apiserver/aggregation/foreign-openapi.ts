// The OpenAPI of one aggregated server, as far as it is about its group version. The index and the v2 document are fetched again
// with the checks of the server and only when they changed; v3 documents are fetched when somebody asks for them.

import { createHash } from "node:crypto";
import { parseJson } from "../../machinery/json.ts";
import { isObject, type JsonObject } from "../../machinery/object.ts";
import type { UserInfo } from "../identity.ts";
import { type OpenApiDocument, openApiDocument } from "../openapi/documents.ts";
import type { ForeignOpenApi } from "../openapi/merge-v2.ts";
import { groupVersionRoot } from "./api-service.ts";
import { fetchDocument } from "./fetch-document.ts";
import type { ServerConnection } from "./server-connection.ts";

const openApiUser: UserInfo = { name: "system:aggregator", groups: ["system:masters", "system:authenticated"] };
const milliseconds = 10_000;

/** A JSON document and the ETag under which it was sent. */
interface Tagged {
  tag: string | undefined;
  hash: string;
  value: JsonObject;
}

export class ForeignOpenApiSource {
  readonly #connection: ServerConnection;
  readonly #root: string;
  #index: Tagged | undefined;
  #v2: Tagged | undefined;
  #v3: { hash: string; document: Promise<OpenApiDocument | undefined> } | undefined;

  constructor(connection: ServerConnection, groupVersion: { group: string; version: string }) {
    this.#connection = connection;
    this.#root = groupVersionRoot(groupVersion);
  }

  /** Never rejects: a server need not describe itself, and what is known of it stays. */
  async refresh(): Promise<void> {
    const [index, v2] = await Promise.allSettled([
      this.#fetch("/openapi/v3", this.#index),
      this.#fetch("/openapi/v2", this.#v2),
    ]);
    if (index.status === "fulfilled") this.#index = index.value;
    if (v2.status === "fulfilled") this.#v2 = v2.value;
  }

  /** The path of the v3 document, as in an index. */
  get path(): string {
    return this.#root.slice(1);
  }

  /** The hash of the v3 document as the server tells it; undefined when it has none. */
  get hash(): string | undefined {
    const entry: unknown = this.#index?.value.paths?.[this.path];
    const url = isObject(entry) ? entry.serverRelativeURL : undefined;
    return typeof url === "string" ? (URL.parse(url, "https://server")?.searchParams.get("hash") ?? "") : undefined;
  }

  get v2(): ForeignOpenApi | undefined {
    return this.#v2 && { prefix: this.#root, hash: this.#v2.hash, document: this.#v2.value };
  }

  /** The v3 document; undefined when the server has none or does not answer. */
  v3(): Promise<OpenApiDocument | undefined> {
    const { hash } = this;
    if (hash === undefined) return Promise.resolve(undefined);
    if (this.#v3?.hash === hash && hash !== "") return this.#v3.document;
    const document = this.#fetchV3(hash).catch(() => undefined);
    this.#v3 = { hash, document };
    void document.then((known) => {
      if (known === undefined && this.#v3?.document === document) this.#v3 = undefined;
    });
    return document;
  }

  async #fetchV3(hash: string): Promise<OpenApiDocument | undefined> {
    const path = `/openapi/v3/${this.path}${hash === "" ? "" : `?hash=${encodeURIComponent(hash)}`}`;
    const { code, body } = await fetchDocument(this.#connection, { path, user: openApiUser, milliseconds });
    if (code !== 200) return undefined;
    const document = openApiDocument(body);
    // Clients compare what they have with the hash of the index, so the document goes by that one.
    return hash === "" ? document : { ...document, hash };
  }

  async #fetch(path: string, known: Tagged | undefined): Promise<Tagged | undefined> {
    const headers = known?.tag === undefined ? {} : { "if-none-match": known.tag };
    const answer = await fetchDocument(this.#connection, { path, user: openApiUser, headers, milliseconds });
    if (answer.code === 304) return known;
    if (answer.code !== 200) return undefined;
    const parsed = parseJson(answer.body);
    if (!parsed.ok || !isObject(parsed.value)) return undefined;
    const hash = createHash("sha256").update(answer.body).digest("hex");
    return { tag: answer.headers.etag, hash, value: parsed.value };
  }
}
