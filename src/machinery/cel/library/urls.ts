// Kubernetes' URL library, on URLs as Go's url.ParseRequestURI reads them.

import * as t from "../types.ts";
import { ArrayList, EntryMap, fail, Opaque } from "../values.ts";
import { func, type Library, method, parsing } from "./overload.ts";

const urlType = t.opaque("kubernetes.URL");

class Url extends Opaque {
  readonly typeName = "kubernetes.URL";
  readonly scheme: string;
  /** With the port. */
  readonly host: string;
  readonly path: string;
  readonly query: string;
  readonly #text: string;
  constructor(text: string, { scheme = "", host = "", path = "", query = "" }: Record<string, string | undefined>) {
    super();
    this.#text = text;
    this.scheme = scheme.toLowerCase();
    this.host = host;
    this.path = path;
    this.query = query;
  }
  override equals(other: Url): boolean {
    return this.#text === other.#text;
  }
  get port(): string {
    return /:(\d*)$/.exec(this.host)?.[1] ?? "";
  }
  get hostname(): string {
    return this.host.replace(/:\d*$/, "").replace(/^\[(.*)\]$/, "$1");
  }
}

const absolute =
  /^(?<scheme>[A-Za-z][A-Za-z0-9+.-]*):(?:\/\/(?:[^/?@]*@)?(?<host>[^/?]*))?(?<path>\/[^?]*|(?![^?]))(?:\?(?<query>.*))?$/s;
const absolutePath = /^(?<path>\/[^?]*)(?:\?(?<query>.*))?$/s;
const hostText = /^(?:\[[0-9A-Fa-f:.]+(?:%25[^\]]*)?\]|(?:[^\s<>"\\^`{|}[\]:%]|%[0-9A-Fa-f]{2})*)(?::\d*)?$/;
const badEscape = /%(?![0-9A-Fa-f]{2})/;

/** The parts of a URL with a scheme, or of an absolute path; otherwise what is wrong with it. */
function parse(text: string): Url | string {
  if (text === "") return "empty url";
  if (/[\x00-\x1f\x7f]/.test(text)) return "net/url: invalid control character in URL";
  const groups = (absolutePath.exec(text) ?? absolute.exec(text))?.groups;
  if (groups === undefined) return "invalid URI for request";
  if (!hostText.test(groups.host ?? "")) return "invalid character in host name";
  if (badEscape.test(groups.path ?? "")) return "invalid URL escape";
  return new Url(text, groups);
}

/** Whether Go's url.ParseRequestURI takes a text; undefined when it does, else why not. */
export function urlProblem(text: string): string | undefined {
  const parsed = parse(text);
  return typeof parsed === "string" ? `parse ${JSON.stringify(text)}: ${parsed}` : undefined;
}

function toUrl(text: string): Url {
  const parsed = parse(text);
  if (typeof parsed !== "string") return parsed;
  return fail(`URL parse error during conversion from string: ${urlProblem(text)}`);
}

function queryOf(url: Url): EntryMap {
  const values = new Map<string, string[]>();
  for (const [name, value] of new URLSearchParams(url.query)) values.set(name, [...(values.get(name) ?? []), value]);
  const map = new EntryMap();
  for (const [name, list] of values) map.insert(name, new ArrayList(list));
  return map;
}

/** The path with everything escaped that Go escapes. */
function escapedPath(url: Url): string {
  return url.path.replace(/[^A-Za-z0-9\-._~$&+,/:;=@!'()*[\]%]/gu, (found) => encodeURIComponent(found.toWellFormed()));
}

function getter(get: (url: Url) => string) {
  return [method([urlType], t.string, get)];
}

export const urlFunctions: Library = {
  url: [func([t.string], urlType, toUrl, parsing)],
  isURL: [func([t.string], t.bool, (text: string) => typeof parse(text) !== "string", parsing)],
  getScheme: getter((url) => url.scheme),
  getHost: getter((url) => url.host),
  getHostname: getter((url) => url.hostname),
  getPort: getter((url) => url.port),
  getEscapedPath: getter(escapedPath),
  getQuery: [method([urlType], t.map(t.string, t.list(t.string)), queryOf, { work: 20 })],
};
