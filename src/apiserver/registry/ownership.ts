// Who owns which fields of an object: what the registry tells server-side apply of a kind's versions.

import {
  type ApplyResult,
  applyServerSide,
  applyServerSideAsync,
  setOf,
  trackUpdate,
  trackUpdateAsync,
  type Versions,
} from "../../machinery/apply/index.ts";
import { versionOf } from "../../machinery/kind.ts";
import { type KubeObject, parseApiVersion } from "../../machinery/object.ts";
import type { RequestContext } from "./context.ts";
import type { ServedResource } from "./kind-registry.ts";

const statusFields = setOf(["f:status"]);
const specFields = setOf(["f:spec"]);

/** The manager that writes: named by the client, or the program's name in its user agent. */
export function fieldManagerOf(context: RequestContext): string {
  const named = context.query.get("fieldManager");
  if (named) return named;
  const program = context.userAgent.split("/")[0] ?? "";
  return program.replace(/[^\x20-\x7e]/g, "").slice(0, 128) || "unknown";
}

function versionsOf(context: RequestContext, { kind, version }: ServedResource): Versions {
  const isStatus = context.subresource === "status";
  return {
    schema: version.schema,
    schemaFor(apiVersion) {
      const parsed = parseApiVersion(apiVersion);
      return parsed.group === kind.group ? versionOf(kind, parsed.version)?.schema : undefined;
    },
    resetFields: () => (isStatus ? specFields : version.status ? statusFields : undefined),
  };
}

/** Writes `next.metadata.managedFields` after a write that is no apply. `live` is absent on create. */
export async function trackManagedFields(
  context: RequestContext,
  served: ServedResource,
  live: KubeObject | undefined,
  next: KubeObject,
): Promise<void> {
  const options = {
    ...versionsOf(context, served),
    live,
    next,
    manager: fieldManagerOf(context),
    subresource: context.subresource,
    now: context.timestamp,
  };
  const { convert, convertMany } = served.strategy;
  const managedFields =
    convertMany === undefined
      ? trackUpdate({ ...options, ...(convert && { convert }) })
      : await trackUpdateAsync({ ...options, convert: asyncConvert(convertMany) });
  if (managedFields === undefined) delete next.metadata.managedFields;
  else next.metadata.managedFields = managedFields;
}

/** Applies a configuration to the live object. */
export function applyConfiguration(
  context: RequestContext,
  served: ServedResource,
  live: KubeObject | undefined,
  applied: unknown,
): ApplyResult | Promise<ApplyResult> {
  const options = {
    ...versionsOf(context, served),
    live,
    applied,
    apiVersion: served.apiVersion,
    kind: served.groupVersionKind.kind,
    manager: context.query.get("fieldManager") ?? "",
    force: context.optionalFlag("force") ?? false,
    subresource: context.subresource,
    now: context.timestamp,
  };
  const { convert, convertMany } = served.strategy;
  return convertMany === undefined
    ? applyServerSide({ ...options, ...(convert && { convert }) })
    : applyServerSideAsync({ ...options, convert: asyncConvert(convertMany) });
}

function asyncConvert(convertMany: (objects: KubeObject[], apiVersion: string) => Promise<KubeObject[]>) {
  return async (object: KubeObject, apiVersion: string) => (await convertMany([object], apiVersion))[0];
}
