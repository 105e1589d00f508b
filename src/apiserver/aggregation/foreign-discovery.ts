// What an aggregated server serves of a group version: asked for in the aggregated form, or in the old one from servers that have
// no other. Source: kube-aggregator pkg/apiserver/handler_discovery.go.

import { parseJson } from "../../machinery/json.ts";
import { isObject, type JsonObject } from "../../machinery/object.ts";
import type { UserInfo } from "../identity.ts";
import { groupVersionRoot } from "./api-service.ts";
import { fetchDocument } from "./fetch-document.ts";
import type { ServerConnection } from "./server-connection.ts";

/** Whom aggregated servers see when we look at them for ourselves. */
export const aggregatorUser: UserInfo = { name: "system:kube-aggregator", groups: ["system:masters"] };

const milliseconds = 5000;
const aggregatedTypes = ["v2", "v2beta1"]
  .map((version) => `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`)
  .join(",");

/** `APIResourceDiscovery` entries of the group version. @throws Error when the server does not tell */
export async function fetchResources(
  connection: ServerConnection,
  groupVersion: { group: string; version: string },
): Promise<JsonObject[]> {
  const root = groupVersion.group === "" ? "/api" : "/apis";
  const headers = { accept: aggregatedTypes };
  const answer = await fetchDocument(connection, { path: root, user: aggregatorUser, headers, milliseconds });
  if (answer.code === 200 && (answer.headers["content-type"] ?? "").includes("as=APIGroupDiscoveryList")) {
    const found = aggregatedResources(jsonOf(answer.body), groupVersion);
    if (found !== undefined) return found;
  }
  const path = groupVersionRoot(groupVersion);
  const old = await fetchDocument(connection, { path, user: aggregatorUser, milliseconds });
  if (old.code !== 200) throw new Error(`bad status from https://${connection.host}${path}: ${old.code}`);
  return legacyResources(jsonOf(old.body), groupVersion);
}

function jsonOf(body: Buffer): unknown {
  const parsed = parseJson(body);
  if (!parsed.ok) throw new Error(parsed.error);
  return parsed.value;
}

/** The entries of a group version in an APIGroupDiscoveryList; undefined when it is not there. */
export function aggregatedResources(
  list: unknown,
  { group, version }: { group: string; version: string },
): JsonObject[] | undefined {
  const found = objectsOf(isObject(list) ? list.items : undefined)
    .filter(({ metadata }) => (metadata?.name ?? "") === group)
    .flatMap(({ versions }) => objectsOf(versions))
    .find((candidate) => candidate.version === version);
  return found === undefined ? undefined : objectsOf(found.resources);
}

/** The entries that an APIResourceList stands for. */
export function legacyResources(list: unknown, { group, version }: { group: string; version: string }): JsonObject[] {
  const entries = new Map<string, JsonObject>();
  for (const resource of objectsOf(isObject(list) ? list.resources : undefined)) {
    const [name = "", subresource] = String(resource.name ?? "").split("/");
    const responseKind = {
      group: resource.group || group,
      version: resource.version || version,
      kind: String(resource.kind ?? ""),
    };
    const scope = resource.namespaced === true ? "Namespaced" : "Cluster";
    const verbs = Array.isArray(resource.verbs) ? resource.verbs : [];
    let entry = entries.get(name);
    if (entry === undefined) {
      entry = { resource: name, responseKind, scope, singularResource: "", verbs: [] };
      entries.set(name, entry);
    }
    if (subresource !== undefined) {
      entry.subresources = [...(entry.subresources ?? []), { subresource, responseKind, verbs }];
      continue;
    }
    Object.assign(entry, { responseKind, scope, verbs, singularResource: resource.singularName ?? "" });
    if (Array.isArray(resource.shortNames)) entry.shortNames = resource.shortNames;
    if (Array.isArray(resource.categories)) entry.categories = resource.categories;
  }
  return [...entries.values()];
}

/** The objects of what should be a list of objects. */
function objectsOf(value: unknown): JsonObject[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}
