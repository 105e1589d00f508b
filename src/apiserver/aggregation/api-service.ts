// What the aggregator needs of APIService objects, which their kind has already validated. Pure.

import type { GroupResource, JsonObject, KubeObject } from "../../machinery/object.ts";
import type { ServiceReference } from "../webhooks/service-address.ts";

export const apiServiceGroup = "apiregistration.k8s.io";
export const apiServiceResource: GroupResource = { group: apiServiceGroup, resource: "apiservices" };
const defaultPort = 443;

/** An APIService whose group version another server answers for. */
export interface RemoteApiService {
  name: string;
  group: string;
  version: string;
  service: Required<ServiceReference>;
  /** Base64 of PEM. */
  caBundle: string | undefined;
  insecureSkipTLSVerify: boolean;
  groupPriority: number;
  versionPriority: number;
  /** Whether its condition says so. */
  available: boolean;
}

/** Undefined when this server answers itself. */
export function readRemoteApiService({ metadata, spec, status }: KubeObject): RemoteApiService | undefined {
  const reference: JsonObject | undefined = spec?.service ?? undefined;
  if (reference === undefined) return undefined;
  return {
    name: metadata.name ?? "",
    group: spec.group ?? "",
    version: spec.version ?? "",
    service: {
      namespace: reference.namespace ?? "",
      name: reference.name ?? "",
      port: reference.port ?? defaultPort,
    },
    caBundle: spec.caBundle || undefined,
    insecureSkipTLSVerify: spec.insecureSkipTLSVerify === true,
    groupPriority: spec.groupPriorityMinimum ?? 0,
    versionPriority: spec.versionPriority ?? 0,
    available: availableCondition(status)?.status === "True",
  };
}

function availableCondition(status: JsonObject | undefined): JsonObject | undefined {
  const conditions: JsonObject[] = status?.conditions ?? [];
  return conditions.find(({ type }) => type === "Available");
}

/** The path that a group version is served under: `/apis/apps/v1`, `/api/v1`. */
export function groupVersionRoot({ group, version }: { group: string; version: string }): string {
  return group === "" ? `/api/${version}` : `/apis/${group}/${version}`;
}

/** The root of the group version that a path belongs to, if any. */
export function rootOfPath(path: string): string | undefined {
  const segments = path.startsWith("/apis/") ? 4 : path.startsWith("/api/") ? 3 : 0;
  if (segments === 0) return undefined;
  let end = 0;
  for (let slash = 1; slash < segments && end >= 0; slash++) end = path.indexOf("/", end + 1);
  return end < 0 ? path : path.slice(0, end);
}
