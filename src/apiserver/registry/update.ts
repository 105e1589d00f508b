// Changes one object: PUT, every kind of PATCH, status and other parts. The caller says how the next object follows from the
// current one; here it is isolated, prepared, admitted, validated and committed, again from the start when somebody was faster.
//
// Invariant: a change that changes nothing is not written and takes no revision.

import { equalFields, equalJson } from "../../machinery/equal.ts";
import * as field from "../../machinery/field-error.ts";
import { deepCopy, type JsonObject, type KubeObject } from "../../machinery/object.ts";
import { badRequest, conflict, invalidObject, notFoundError, objectModified } from "../../machinery/status-error.ts";
import type { AdmissionRequest } from "../admission.ts";
import type { Entry } from "../store/entry.ts";
import { objectKey } from "../store/plane-store.ts";
import type { Answer } from "./answer.ts";
import { admissionRequest, settleNamespace, stateOf, validateChange } from "./change.ts";
import type { RequestContext } from "./context.ts";
import { createObject, settleName } from "./create.ts";
import { checkMayCreate } from "./create-permission.ts";
import { mayVanish } from "./deletion.ts";
import type { ServedResource } from "./kind-registry.ts";
import { dropDuplicateOwners } from "./owner-duplicates.ts";
import { trackManagedFields } from "./ownership.ts";
import { presentObject, toStored } from "./present.ts";
import type { RegistryServices } from "./services.ts";

export interface Update {
  namespace: string;
  name: string;
  options: JsonObject;
  /**
   * The next object in the version of the request, private to the caller, from the current one (frozen; undefined when there is
   * none and the update may create). May be called again.
   */
  next(current: KubeObject | undefined): KubeObject | Promise<KubeObject>;
  /** Whether an absent object is created. */
  mayCreate: boolean;
  /** `next` already settled `managedFields` (server-side apply). */
  managed?: boolean;
  /** An action of the server itself, which may write every field: neither isolation nor validation nor admission stand in its way. */
  trusted?: boolean;
  /** The client cannot know the newest revision: a conflict is settled by doing it again. */
  retry: boolean;
}

const attempts = 20;
const notOfGeneration: ReadonlySet<string> = new Set(["metadata", "status"]);
const onlyMetadata: ReadonlySet<string> = new Set(["metadata"]);

export async function update(
  services: RegistryServices,
  context: RequestContext,
  served: ServedResource,
  change: Update,
): Promise<Answer> {
  const state = stateOf(services, served);
  const key = objectKey(change.namespace, change.name);
  for (let attempt = 1; ; attempt++) {
    const entry = services.store.newest(state, key);
    if (entry === undefined) {
      if (!change.mayCreate) throw notFoundError(served.groupResource, change.name);
      const object = await change.next(undefined);
      settleName(served, object, change.name);
      if (object.metadata.uid) throw preconditionFailed(served, change.name, object.metadata.uid, "");
      await checkMayCreate(services, context);
      delete object.metadata.resourceVersion;
      return createObject(services, context, served, change.namespace, object, change.options, change.managed);
    }
    const outcome = await updateOnce(services, context, served, change, entry);
    if (outcome !== "overtaken") return outcome;
    if (attempt === attempts) throw conflict(served.groupResource, change.name, objectModified);
  }
}

async function updateOnce(
  services: RegistryServices,
  context: RequestContext,
  served: ServedResource,
  change: Update,
  entry: Entry,
): Promise<Answer | "overtaken"> {
  const shown = presentObject(served, entry);
  const old = shown instanceof Promise ? await shown : shown;
  const submitted = await change.next(old);
  settleName(served, submitted, change.name);
  settleNamespace(served, submitted, change.namespace);
  const unconditional = checkPreconditions(served, change, submitted, old);
  const request = admissionRequest(services, context, served, {
    operation: "UPDATE",
    name: change.name,
    namespace: change.namespace,
    object: change.trusted ? withSystemMetadata(submitted, old) : isolate(context, served, submitted, old),
    oldObject: old,
    options: change.options,
  });
  const settleOwners = async (object: KubeObject) => {
    if (change.managed) object.metadata.managedFields ??= old.metadata.managedFields;
    else await trackManagedFields(context, served, old, object);
  };
  if (change.trusted) await settleOwners(request.object!);
  else await admitChange(services, context, served, request, old, settleOwners);
  const next = request.object!;
  setGeneration(served, next, old);
  next.metadata.resourceVersion = old.metadata.resourceVersion;
  const commit = () => commitChange(services, context, served, { entry, old, next });
  const outcome = change.trusted ? await commit() : await validateAndCommit(services, context, served, request, commit);
  if (outcome === "overtaken" && !change.retry && !unconditional) {
    throw conflict(served.groupResource, change.name, objectModified);
  }
  return outcome;
}

async function validateAndCommit<T>(
  services: RegistryServices,
  context: RequestContext,
  served: ServedResource,
  request: AdmissionRequest,
  commit: () => Promise<T>,
): Promise<T> {
  validateChange(context, served, request.object!, request.oldObject!);
  try {
    await services.admission.validate(request);
    return await commit();
  } finally {
    services.admission.release(request);
  }
}

/** Writes `next` in place of `old`, unless the entry is no longer the newest. */
async function commitChange(
  services: RegistryServices,
  context: RequestContext,
  served: ServedResource,
  { entry, old, next }: { entry: Entry; old: KubeObject; next: KubeObject },
): Promise<Answer | "overtaken"> {
  const state = stateOf(services, served);
  const vanish = next.metadata.deletionTimestamp !== undefined && mayVanish(served, next);
  const unchanged = !vanish && sameObject(next, old);
  if (context.dryRun) {
    if (services.store.newest(state, entry.key) !== entry) return "overtaken";
    return { type: "object", code: 200, object: next, served };
  }
  const stored = unchanged ? undefined : await toStored(served, next);
  let overtaken = false;
  const result = await services.store.write(state, entry.key, (current) => {
    overtaken = current !== entry;
    if (overtaken || stored === undefined) return { action: "keep" };
    served.strategy.beforeCommit?.({ object: stored, old: entry.object }, context);
    return vanish ? { action: "delete" } : { action: "put", object: stored };
  });
  if (overtaken || result.entry === undefined) return "overtaken";
  return { type: "entry", code: 200, served, entry: result.entry };
}

/** Prepares, mutates and completes `request.object`. `settleOwners` writes its managedFields. */
async function admitChange(
  services: RegistryServices,
  context: RequestContext,
  served: ServedResource,
  request: AdmissionRequest,
  old: KubeObject,
  settleOwners: (object: KubeObject) => Promise<void>,
): Promise<void> {
  // Admission sees what absent fields mean, and may make more of them.
  if (context.subresource !== "status") served.strategy.defaults?.(request.object!, old);
  if (context.info.verb === "update") dropDuplicateOwners(context, request.object!, "as sent");
  // Who writes owns what was sent and what that means, not what the server adds.
  await settleOwners(request.object!);
  const { managedFields } = request.object!.metadata;
  await services.admission.mutate(request);
  // A plug-in may have replaced the object: what this request may not write is put right again, before the kind itself adds to it.
  request.object = isolate(context, served, request.object!, old);
  if (managedFields === undefined) delete request.object.metadata.managedFields;
  else request.object.metadata.managedFields = managedFields;
  dropDuplicateOwners(context, request.object, "after admission");
  served.strategy.prepareForUpdate?.(request.object, old, context);
  // Of a status update nothing else is new, and what is old is frozen.
  if (context.subresource !== "status") served.strategy.defaults?.(request.object, old);
}

/** Checks uid and resourceVersion of what the client sent; returns whether it named no revision. */
function checkPreconditions(
  served: ServedResource,
  { name, retry }: Update,
  { metadata }: KubeObject,
  old: KubeObject,
): boolean {
  if (metadata.uid && metadata.uid !== old.metadata.uid) {
    throw preconditionFailed(served, name, metadata.uid, old.metadata.uid ?? "");
  }
  const wanted = metadata.resourceVersion ?? "";
  if (wanted === "" || wanted === "0") {
    if (served.strategy.unconditionalUpdate === false && !retry) {
      throw invalidObject(served.groupVersionKind, name, [
        field.invalid("metadata.resourceVersion", 0, "must be specified for an update"),
      ]);
    }
    return true;
  }
  if (!/^[0-9]+$/.test(wanted)) {
    throw badRequest(
      `metadata.resourceVersion: Invalid value: ${JSON.stringify(wanted)}: strconv.ParseUint: parsing ${JSON.stringify(wanted)}: invalid syntax`,
    );
  }
  if (wanted !== old.metadata.resourceVersion) throw conflict(served.groupResource, name, objectModified);
  return false;
}

function preconditionFailed(served: ServedResource, name: string, wanted: string, found: string) {
  return conflict(
    served.groupResource,
    name,
    `Precondition failed: UID in precondition: ${wanted}, UID in object meta: ${found}`,
  );
}

/** What this request may write of the submitted object, everything else as it was. */
function isolate(context: RequestContext, served: ServedResource, submitted: KubeObject, old: KubeObject): KubeObject {
  const { subresource } = context;
  const part = served.strategy.subresources?.[subresource];
  // What the part leaves alone is frozen; defaults may have to be written beside it.
  if (part?.type === "part") return withSystemMetadata(deepCopy(part.merge(old, submitted, context)), old);
  if (subresource === "status") return withSystemMetadata(isolateStatus(served, submitted, old), old);
  const next: KubeObject = { ...submitted };
  if (served.version.status) {
    for (const name of statusFieldsOf(served)) {
      if (old[name] === undefined) delete next[name];
      else next[name] = old[name];
    }
  }
  return withSystemMetadata(next, old);
}

function statusFieldsOf(served: ServedResource): readonly string[] {
  return served.strategy.statusFields ?? ["status"];
}

function isolateStatus(served: ServedResource, submitted: KubeObject, old: KubeObject): KubeObject {
  const writesMetadata =
    served.strategy.statusUpdatesMetadata ?? (served.kind.group === "" && served.kind.custom !== true);
  const next: KubeObject = { ...old };
  for (const name of statusFieldsOf(served)) {
    if (submitted[name] === undefined) delete next[name];
    else next[name] = submitted[name];
  }
  next.metadata = writesMetadata
    ? submitted.metadata
    : { ...old.metadata, managedFields: submitted.metadata.managedFields };
  return next;
}

/** Metadata that no client writes stays as it was. */
function withSystemMetadata(next: KubeObject, old: KubeObject): KubeObject {
  const { uid, creationTimestamp, deletionTimestamp, deletionGracePeriodSeconds, generation } = old.metadata;
  const metadata = { ...next.metadata, uid, creationTimestamp };
  delete metadata.selfLink;
  if (deletionTimestamp === undefined) delete metadata.deletionTimestamp;
  else metadata.deletionTimestamp = deletionTimestamp;
  if (deletionGracePeriodSeconds === undefined) delete metadata.deletionGracePeriodSeconds;
  else metadata.deletionGracePeriodSeconds = deletionGracePeriodSeconds;
  if (generation === undefined) delete metadata.generation;
  else metadata.generation = generation;
  return { ...next, metadata };
}

function setGeneration(served: ServedResource, next: KubeObject, old: KubeObject): void {
  if (served.strategy.generation === "none" || old.metadata.generation === undefined) return;
  const except = served.version.status ? notOfGeneration : onlyMetadata;
  if (!equalFields(next, old, except)) next.metadata.generation = old.metadata.generation + 1;
}

function sameObject(next: KubeObject, old: KubeObject): boolean {
  return equalFields(next, old, onlyMetadata) && equalJson(next.metadata, old.metadata);
}
