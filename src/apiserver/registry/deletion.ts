// Deletes: at once, after a grace, or when the last finalizer is gone.
// Source of the order: apiserver/pkg/registry/generic/registry/store.go.

import * as field from "../../machinery/field-error.ts";
import { isObject, type JsonObject, type KubeObject } from "../../machinery/object.ts";
import { conflict, invalidObject, notFoundError } from "../../machinery/status-error.ts";
import { formatTime } from "../../machinery/time.ts";
import type { Entry } from "../store/entry.ts";
import { objectKey } from "../store/plane-store.ts";
import type { Answer } from "./answer.ts";
import { admissionRequest, stateOf, withOwnMetadata } from "./change.ts";
import type { RequestContext } from "./context.ts";
import type { ServedResource } from "./kind-registry.ts";
import { integerParameter } from "./parameters.ts";
import { presentObject, presentStored } from "./present.ts";
import type { RegistryServices } from "./services.ts";

const orphanFinalizer = "orphan";
const foregroundFinalizer = "foregroundDeletion";

/** Whether an object that is marked as being deleted has nothing left that holds it. */
export function mayVanish(served: ServedResource, object: KubeObject): boolean {
  return (
    (object.metadata.finalizers ?? []).length === 0 &&
    (object.metadata.deletionGracePeriodSeconds ?? 0) === 0 &&
    served.strategy.holdsDeletion?.(object) !== true
  );
}

/** Reads DeleteOptions from a body (or {}) and the query, which wins where it speaks. */
export function readDeleteOptions(context: RequestContext, body: JsonObject): JsonObject {
  const { query } = context;
  // What is null was not given.
  const given = Object.fromEntries(Object.entries(body).filter(([, value]) => value !== null));
  const options: JsonObject = { ...given, kind: "DeleteOptions", apiVersion: "meta.k8s.io/v1" };
  const grace = integerParameter(query, "gracePeriodSeconds");
  if (grace !== undefined) options.gracePeriodSeconds = grace;
  const policy = query.get("propagationPolicy");
  if (policy) options.propagationPolicy = policy;
  const orphan = context.optionalFlag("orphanDependents");
  if (orphan !== undefined) options.orphanDependents = orphan;
  const dryRun = query.getAll("dryRun").filter((value) => value !== "");
  if (dryRun.length > 0) options.dryRun = dryRun;
  validateDeleteOptions(options);
  if (options.dryRun?.length > 0) context.dryRun = true;
  return options;
}

function validateDeleteOptions(options: JsonObject): void {
  const errors: field.FieldError[] = [];
  const { gracePeriodSeconds, propagationPolicy, orphanDependents, dryRun, preconditions } = options;
  if (gracePeriodSeconds !== undefined && !Number.isSafeInteger(gracePeriodSeconds)) {
    errors.push(field.typeInvalid("gracePeriodSeconds", String(gracePeriodSeconds), "must be an integer"));
  }
  if (orphanDependents !== undefined && propagationPolicy !== undefined) {
    errors.push(
      field.invalid(
        "propagationPolicy",
        propagationPolicy,
        "orphanDependents and deletionPropagation cannot be both set",
      ),
    );
  }
  if (propagationPolicy !== undefined && !["Foreground", "Background", "Orphan"].includes(propagationPolicy)) {
    errors.push(
      field.notSupported("propagationPolicy", propagationPolicy, ["Foreground", "Background", "Orphan", "nil"]),
    );
  }
  if (dryRun !== undefined && !(Array.isArray(dryRun) && dryRun.every((value) => value === "All"))) {
    errors.push(field.notSupported("dryRun", dryRun, ["All"]));
  }
  if (preconditions !== undefined && !isObject(preconditions)) {
    errors.push(field.typeInvalid("preconditions", preconditions, "must be an object"));
  } else if (preconditions !== undefined) {
    // One that cannot be understood must not let the delete pass.
    for (const name of ["uid", "resourceVersion"]) {
      const value: unknown = preconditions[name];
      if (value === undefined || value === null || typeof value === "string") continue;
      errors.push(field.typeInvalid(`preconditions.${name}`, String(value), "must be a string"));
    }
  }
  if (errors.length > 0) throw invalidObject({ group: "meta.k8s.io", kind: "DeleteOptions" }, "", errors);
}

export interface Deletion {
  namespace: string;
  name: string;
  options: JsonObject;
}

const attempts = 20;

/** DELETE of one object. */
export async function deleteObject(
  services: RegistryServices,
  context: RequestContext,
  served: ServedResource,
  deletion: Deletion,
): Promise<Answer> {
  const state = stateOf(services, served);
  const key = objectKey(deletion.namespace, deletion.name);
  for (let attempt = 1; ; attempt++) {
    const entry = services.store.newest(state, key);
    if (entry === undefined) throw notFoundError(served.groupResource, deletion.name);
    checkPreconditions(served, deletion, entry);
    const shown = presentObject(served, entry);
    const oldObject = shown instanceof Promise ? await shown : shown;
    const { namespace, name, options } = deletion;
    const request = admissionRequest(services, context, served, {
      operation: "DELETE",
      namespace,
      name,
      oldObject,
      options,
    });
    await services.admission.mutate(request);
    await services.admission.validate(request);
    const outcome = await deleteOnce(services, context, served, deletion, entry);
    if (outcome !== "overtaken") return outcome;
    if (attempt === attempts) throw conflict(served.groupResource, name, "the object is being changed all the time");
  }
}

async function deleteOnce(
  services: RegistryServices,
  context: RequestContext,
  served: ServedResource,
  deletion: Deletion,
  entry: Entry,
): Promise<Answer | "overtaken"> {
  const plan = planDeletion(context, served, entry.object, deletion.options);
  if (context.dryRun) {
    if (plan.action === "remove" && !answersWithObject(served)) return deletedStatus(served, deletion.name, entry);
    const left = plan.action === "mark" ? plan.object : entry.object;
    return { type: "object", code: 200, served, object: await presentStored(served, left) };
  }
  let overtaken = false;
  const result = await services.store.write(stateOf(services, served), entry.key, (current) => {
    overtaken = current !== entry;
    if (overtaken || plan.action === "keep") return { action: "keep" };
    if (plan.action === "mark") return { action: "put", object: plan.object };
    served.strategy.beforeCommit?.({ old: entry.object }, context);
    return { action: "delete" };
  });
  if (overtaken || result.entry === undefined) return "overtaken";
  if (result.action === "delete") {
    return answersWithObject(served)
      ? { type: "entry", code: 200, served, entry: result.entry }
      : deletedStatus(served, deletion.name, result.entry);
  }
  const code = deletion.options.orphanDependents === false ? 202 : 200;
  return { type: "entry", code, served, entry: result.entry };
}

/** Core kinds whose last state a delete answers with. */
const returnsDeleted: ReadonlySet<string> = new Set([
  "pods",
  "services",
  "persistentvolumes",
  "persistentvolumeclaims",
  "serviceaccounts",
  "podtemplates",
  "resourcequotas",
]);

function answersWithObject({ kind }: ServedResource): boolean {
  return kind.group === "" && returnsDeleted.has(kind.plural);
}

type Plan = { action: "remove" } | { action: "mark"; object: KubeObject } | { action: "keep" };

/** What a delete does to an object as it stands. */
function planDeletion(context: RequestContext, served: ServedResource, object: KubeObject, options: JsonObject): Plan {
  const { metadata } = object;
  const finalizers = wantedFinalizers(served, metadata.finalizers ?? [], options);
  const requested = requestedGrace(options);
  const already = metadata.deletionTimestamp !== undefined;
  const left = metadata.deletionGracePeriodSeconds ?? 0;
  // A second delete can only shorten the grace, and while one runs it can do nothing else.
  if (already && left > 0 && (requested === undefined || requested >= left)) return { action: "keep" };
  const next = withOwnMetadata(object);
  next.metadata.finalizers = finalizers;
  if (finalizers.length === 0) delete next.metadata.finalizers;
  if (already) {
    // Counted from the first delete.
    if (left > 0) markDeletion(next, Date.parse(metadata.deletionTimestamp!) - left * 1000, requested!);
  } else {
    markDeletion(next, context.now.getTime(), served.strategy.graceOnDelete?.(object, requested) ?? 0);
    if (metadata.generation !== undefined) next.metadata.generation = metadata.generation + 1;
    // `status` may be changed by the hook; it gets a copy of its own.
    if (object.status !== undefined) next.status = { ...object.status };
    served.strategy.onDeletionMarked?.(next);
  }
  if (mayVanish(served, next)) return { action: "remove" };
  const changed =
    !already ||
    next.metadata.deletionGracePeriodSeconds !== metadata.deletionGracePeriodSeconds ||
    finalizers.join() !== (metadata.finalizers ?? []).join();
  return changed ? { action: "mark", object: next } : { action: "keep" };
}

/** Of a negative grace the server makes a second. */
function requestedGrace({ gracePeriodSeconds }: JsonObject): number | undefined {
  if (typeof gracePeriodSeconds !== "number") return undefined;
  return gracePeriodSeconds < 0 ? 1 : gracePeriodSeconds;
}

function markDeletion(object: KubeObject, from: number, grace: number): void {
  object.metadata.deletionTimestamp = formatTime(new Date(from + grace * 1000));
  object.metadata.deletionGracePeriodSeconds = grace;
}

function wantedFinalizers(served: ServedResource, current: string[], options: JsonObject): string[] {
  let orphan = false;
  let foreground = false;
  if (options.orphanDependents !== undefined) orphan = options.orphanDependents === true;
  else if (options.propagationPolicy !== undefined) {
    orphan = options.propagationPolicy === "Orphan";
    foreground = options.propagationPolicy === "Foreground";
  } else {
    orphan = current.includes(orphanFinalizer) || served.strategy.defaultPropagation === "orphan";
    foreground = !orphan && current.includes(foregroundFinalizer);
  }
  const others = current.filter((finalizer) => finalizer !== orphanFinalizer && finalizer !== foregroundFinalizer);
  if (orphan) others.push(orphanFinalizer);
  if (foreground) others.push(foregroundFinalizer);
  return others;
}

/** 409 unless the object is the one that the client means. It is named by its kind here, as Kubernetes does. */
function checkPreconditions(served: ServedResource, { name, options }: Deletion, entry: Entry): void {
  const { uid, resourceVersion } = (options.preconditions ?? {}) as { uid?: string; resourceVersion?: string };
  const { metadata } = entry.object;
  const { group, kind } = served.groupVersionKind;
  if (typeof uid === "string" && uid !== metadata.uid) {
    throw conflict(
      { group, resource: kind },
      name,
      `the UID in the precondition (${uid}) does not match the UID in record (${metadata.uid}). The object might have been deleted and then recreated`,
    );
  }
  if (typeof resourceVersion === "string" && resourceVersion !== metadata.resourceVersion) {
    throw conflict(
      { group, resource: kind },
      name,
      `the ResourceVersion in the precondition (${resourceVersion}) does not match the ResourceVersion in record (${metadata.resourceVersion}). The object might have been modified`,
    );
  }
}

function deletedStatus(served: ServedResource, name: string, entry: Entry): Answer {
  const { group } = served.groupResource;
  return {
    type: "object",
    code: 200,
    object: {
      kind: "Status",
      apiVersion: "v1",
      metadata: {},
      status: "Success",
      details: { name, ...(group !== "" && { group }), kind: served.kind.plural, uid: entry.object.metadata.uid },
    },
  };
}
