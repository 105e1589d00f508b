// Which kinds a plane serves, custom ones included: from its registry when it is in this process, from discovery otherwise.

import type { Client, KindReference } from "../../client/client.ts";
import { allVerbs } from "../../machinery/kind.ts";
import { apiVersionOf, type GroupKind, type JsonObject, parseApiVersion } from "../../machinery/object.ts";
import type { ReconcileContext } from "../../runtime/controller.ts";
import type { ControllerEnvironment } from "../../runtime/module.ts";

export interface ServedKind extends KindReference {
  verbs: readonly string[];
}

export interface ServedKinds {
  /** One entry per kind, in its preferred version. */
  kinds: ServedKind[];
  /** What could not be found out, such as `metrics.k8s.io/v1: the server is currently unable to handle the request`. */
  failures: string[];
}

export async function servedKinds(environment: ControllerEnvironment, context: ReconcileContext): Promise<ServedKinds> {
  const plane = environment.plane(context.plane);
  if (plane === undefined) return discover(context.client);
  const kinds: ServedKind[] = [];
  for (const { kind } of plane.kinds.registrations()) {
    const version = kind.versions.find(({ served }) => served);
    if (version === undefined || kind.storedAs !== undefined) continue;
    const { group, plural, namespaced, verbs = allVerbs } = kind;
    kinds.push({ group, kind: kind.kind, plural, namespaced, version: version.name, verbs });
  }
  return { kinds, failures: [] };
}

/** The kind of this name, in whatever version is served; undefined when there is none now. */
export function findKind({ kinds }: ServedKinds, { group, kind }: GroupKind): ServedKind | undefined {
  return kinds.find((candidate) => candidate.group === group && candidate.kind === kind);
}

async function discover(client: Client): Promise<ServedKinds> {
  const found: ServedKinds = { kinds: [], failures: [] };
  const groups = (await client.request({ method: "GET", path: "/apis" })) as JsonObject;
  const groupVersions: string[] = groups.groups.map((group: JsonObject) => group.preferredVersion.groupVersion);
  await Promise.all(["v1", ...groupVersions].map((groupVersion) => discoverVersion(client, groupVersion, found)));
  return found;
}

async function discoverVersion(client: Client, groupVersion: string, found: ServedKinds): Promise<void> {
  const { group, version } = parseApiVersion(groupVersion);
  const path = group === "" ? `/api/${version}` : `/apis/${apiVersionOf(group, version)}`;
  try {
    const { resources } = (await client.request({ method: "GET", path })) as JsonObject;
    for (const { name, kind, namespaced, verbs } of resources) {
      if (!name.includes("/")) found.kinds.push({ group, version, kind, plural: name, namespaced, verbs });
    }
  } catch (error) {
    found.failures.push(`${groupVersion}: ${(error as Error).message}`);
  }
}
