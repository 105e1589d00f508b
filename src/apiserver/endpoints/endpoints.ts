// The paths of a control plane that are no resources: discovery, OpenAPI, health, version, metrics, the token issuer's documents.

import { createHash } from "node:crypto";
import { pathNotFound } from "../../machinery/status-error.ts";
import type { Exchange } from "../http/exchange.ts";
import type { ControlPlane } from "../plane/control-plane.ts";
import type { Answer } from "../registry/answer.ts";
import type { RequestContext } from "../registry/context.ts";
import { Discovery } from "./discovery.ts";
import { answerHealth, type HealthCheck } from "./health.ts";
import { OpenApiEndpoints } from "./openapi.ts";
import { versionDocument } from "./version.ts";

type Endpoint = (exchange: Exchange | undefined, context: RequestContext) => Answer | Promise<Answer>;

function document(value: object | undefined): Answer {
  if (value === undefined) throw pathNotFound();
  return { type: "document", code: 200, document: value };
}

export class Endpoints {
  readonly #plane: ControlPlane;
  readonly #discovery: Discovery;
  readonly #openApi: OpenApiEndpoints;
  readonly #fixed: ReadonlyMap<string, Endpoint>;
  readonly #checks: readonly HealthCheck[];

  constructor(plane: ControlPlane, checks: readonly HealthCheck[]) {
    this.#plane = plane;
    this.#discovery = new Discovery(plane.kinds, () => plane.aggregator.groupVersions());
    this.#openApi = new OpenApiEndpoints(plane);
    this.#checks = checks;
    const { serviceAccountKeys, settings } = plane;
    this.#fixed = new Map<string, Endpoint>([
      ["/", () => document({ paths: this.#paths() })],
      ["/version", () => document(versionDocument)],
      ["/api", (exchange) => this.#groups(exchange, true)],
      ["/apis", (exchange) => this.#groups(exchange, false)],
      ["/metrics", () => text(200, plane.metricsText(), "text/plain; version=0.0.4; charset=utf-8")],
      ["/openapi/v2", (exchange) => this.#openApi.v2(exchange)],
      ["/openapi/v3", (exchange) => this.#openApi.v3Index(exchange)],
      [
        "/.well-known/openid-configuration",
        () =>
          document(
            serviceAccountKeys.openIdConfiguration(settings.externalUrl, `${settings.externalUrl}/openid/v1/jwks`),
          ),
      ],
      ["/openid/v1/jwks", () => document(serviceAccountKeys.jsonWebKeySet())],
    ]);
  }

  find(path: string): Endpoint | undefined {
    const clean = path.length > 1 && path.endsWith("/") ? path.slice(0, -1) : path;
    const fixed = this.#fixed.get(clean);
    if (fixed !== undefined) return fixed;
    const [, first = "", second = "", third = "", ...rest] = clean.split("/");
    if (first === "livez" || first === "readyz" || first === "healthz") {
      return (_exchange, context) => this.#health(first, [second, third, ...rest].filter(Boolean).join("/"), context);
    }
    if (first === "api" && third === "" && rest.length === 0) {
      return () => document(this.#discovery.resourceList("", second));
    }
    if (first === "apis" && rest.length === 0) {
      if (third === "") return () => document(this.#discovery.group(second));
      return () => document(this.#discovery.resourceList(second, third));
    }
    if (first === "openapi" && second === "v3") {
      return (exchange, context) => this.#openApi.v3([third, ...rest].join("/"), exchange, context);
    }
    return undefined;
  }

  async #health(endpoint: string, name: string, context: RequestContext): Promise<Answer> {
    const answer = await answerHealth(endpoint, name, this.#checks, context.query);
    if (answer === undefined) throw pathNotFound();
    return text(answer.code, answer.text, "text/plain; charset=utf-8");
  }

  /** The aggregated form when the client asks for it, else the old one. */
  #groups(exchange: Exchange | undefined, core: boolean): Answer {
    const metaVersion = aggregatedVersion(exchange?.header("accept"));
    if (metaVersion !== undefined) {
      const type = `application/json;g=apidiscovery.k8s.io;v=${metaVersion};as=APIGroupDiscoveryList`;
      const body = JSON.stringify(this.#discovery.aggregated(core, metaVersion));
      const etag = `"${createHash("sha512").update(body).digest("hex").toUpperCase()}"`;
      const headers = { "content-type": type, vary: "Accept", etag, "cache-control": "public" };
      if (exchange?.header("if-none-match") === etag) return { type: "bytes", code: 304, headers, body: "" };
      return { type: "bytes", code: 200, headers, body };
    }
    return document(
      core ? this.#discovery.coreVersions(this.#plane.settings.externalUrl) : this.#discovery.groupList(),
    );
  }

  #paths(): string[] {
    const paths = [...this.#fixed.keys()].filter((path) => path !== "/");
    const { groups } = this.#discovery.groupList() as { groups: { name: string; versions: { version: string }[] }[] };
    paths.push("/api/v1", "/livez", "/readyz", "/healthz");
    for (const { name, versions } of groups) {
      paths.push(`/apis/${name}`, ...versions.map(({ version }) => `/apis/${name}/${version}`));
    }
    for (const { name } of this.#checks) paths.push(`/livez/${name}`, `/readyz/${name}`, `/healthz/${name}`);
    return paths.sort();
  }
}

function text(code: number, body: string, contentType: string): Answer {
  return { type: "bytes", code, headers: { "content-type": contentType }, body };
}

/** The newest aggregated form among those that the client puts before the plain one. */
function aggregatedVersion(accept: string | undefined): "v2" | "v2beta1" | undefined {
  if (accept === undefined) return undefined;
  for (const clause of accept.split(",")) {
    const parts = clause.split(";").map((part) => part.trim());
    if (!parts.includes("as=APIGroupDiscoveryList") || !parts.includes("g=apidiscovery.k8s.io")) {
      if (parts[0] === "application/json" || parts[0] === "*/*") return undefined;
      continue;
    }
    if (parts.includes("v=v2")) return "v2";
    if (parts.includes("v=v2beta1")) return "v2beta1";
  }
  return undefined;
}
