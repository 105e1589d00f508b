// Which form of answer a client wants: JSON or YAML; the object itself, a Table, or its metadata alone.
// Source: the Accept grammar of apiserver/pkg/endpoints/handlers/negotiation.

import { notAcceptable } from "../../machinery/status-error.ts";

export interface OutputFormat {
  encoding: "json" | "yaml";
  pretty: boolean;
  shape: "object" | "table" | "partial";
  /** `v1` or `v1beta1` of meta.k8s.io, for the other shapes. */
  metaVersion: "v1" | "v1beta1";
}

export const jsonFormat: OutputFormat = { encoding: "json", pretty: false, shape: "object", metaVersion: "v1" };
const prettyJson: OutputFormat = { ...jsonFormat, pretty: true };

const accepted = ["application/json", "application/yaml"];

/** The first acceptable form of an Accept header; 406 when there is none. */
export function negotiate(accept: string | undefined, pretty: boolean): OutputFormat {
  if (accept === undefined || accept === "" || accept === "*/*" || accept === "application/json") {
    return pretty ? prettyJson : jsonFormat;
  }
  const clauses = accept.split(",").map(parseClause);
  clauses.sort((a, b) => b.quality - a.quality);
  for (const clause of clauses) {
    const format = formatOf(clause, pretty);
    if (format !== undefined) return format;
  }
  throw notAcceptable(accepted);
}

interface Clause {
  mediaType: string;
  parameters: Map<string, string>;
  quality: number;
}

function parseClause(text: string): Clause {
  const [mediaType = "", ...rest] = text.split(";").map((part) => part.trim());
  const parameters = new Map<string, string>();
  for (const part of rest) {
    const equals = part.indexOf("=");
    if (equals > 0) parameters.set(part.slice(0, equals).toLowerCase(), part.slice(equals + 1));
  }
  const quality = parameters.has("q") ? Number(parameters.get("q")) : 1;
  return { mediaType: mediaType.toLowerCase(), parameters, quality: Number.isFinite(quality) ? quality : 0 };
}

function formatOf({ mediaType, parameters, quality }: Clause, pretty: boolean): OutputFormat | undefined {
  if (quality <= 0) return undefined;
  let encoding: OutputFormat["encoding"];
  if (mediaType === "application/json" || mediaType === "*/*" || mediaType === "application/*") encoding = "json";
  else if (mediaType === "application/yaml") encoding = "yaml";
  else return undefined;
  const as = parameters.get("as");
  if (as === undefined)
    return { encoding, pretty: pretty || parameters.get("pretty") === "1", shape: "object", metaVersion: "v1" };
  if (parameters.get("g") !== "meta.k8s.io") return undefined;
  const metaVersion = parameters.get("v");
  if (metaVersion !== "v1" && metaVersion !== "v1beta1") return undefined;
  if (as === "Table") return { encoding, pretty, shape: "table", metaVersion };
  if (as === "PartialObjectMetadata" || as === "PartialObjectMetadataList") {
    return { encoding, pretty, shape: "partial", metaVersion };
  }
  return undefined;
}

/** Tools that show the answer to a person get it indented when they do not say otherwise. */
export function prefersPretty(query: string | null, userAgent: string): boolean {
  if (query !== null) return query !== "false" && query !== "0";
  return userAgent.startsWith("curl") || userAgent.startsWith("Wget") || userAgent.startsWith("Mozilla/5.0");
}
