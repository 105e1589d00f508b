// Creates an object. Order as in Kubernetes: decode, defaults, mutating admission, preparation, defaults, validation, validating
// admission, commit. With `generateName` a taken name is tried again with another suffix.

import * as field from "../../machinery/field-error.ts";
import { deepCopy, type JsonObject, type KubeObject } from "../../machinery/object.ts";
import { alreadyExists, badRequest, invalidObject, pathNotFound } from "../../machinery/status-error.ts";
import type { Entry } from "../store/entry.ts";
import { objectKey } from "../store/plane-store.ts";
import type { Answer } from "./answer.ts";
import { admissionRequest, readWriteOptions, settleNamespace, stateOf, validateNew } from "./change.ts";
import type { RequestContext } from "./context.ts";
import type { ServedResource } from "./kind-registry.ts";
import { dropDuplicateOwners } from "./owner-duplicates.ts";
import { trackManagedFields } from "./ownership.ts";
import { toStored } from "./present.ts";
import type { RegistryServices } from "./services.ts";

/** Generated names are at most 63 characters: the prefix is cut to leave room for the suffix. */
const generatedPrefix = 58;
const suffixLength = 5;
const generateAttempts = 8;

/** POST of a private, decoded object. */
export async function create(
  services: RegistryServices,
  context: RequestContext,
  served: ServedResource,
  namespace: string,
  object: KubeObject,
): Promise<Answer> {
  const options = readWriteOptions(context, "CreateOptions");
  return createObject(services, context, served, namespace, object, options);
}

/** The same for objects that an update or apply brings into being: `managedFields` were then settled by the caller. */
export async function createObject(
  services: RegistryServices,
  context: RequestContext,
  served: ServedResource,
  namespace: string,
  object: KubeObject,
  options: JsonObject,
  managed = false,
): Promise<Answer> {
  settleNamespace(served, object, namespace);
  const { metadata } = object;
  if (metadata.resourceVersion) throw badRequest("resourceVersion should not be set on objects to be created");
  const generate = (metadata.name ?? "") === "" && (metadata.generateName ?? "") !== "";
  const request = admissionRequest(services, context, served, {
    operation: "CREATE",
    name: metadata.name ?? "",
    namespace: served.kind.namespaced ? namespace : "",
    object,
    options,
  });
  // Admission sees what absent fields mean, and may make more of them.
  served.strategy.defaults?.(object);
  if (context.info.verb !== "patch") dropDuplicateOwners(context, object, "as sent");
  // Who creates owns what was sent and what that means, not what the server adds.
  if (!managed) await trackManagedFields(context, served, undefined, object);
  await services.admission.mutate(request);
  const template = request.object!;
  dropDuplicateOwners(context, template, "after admission");
  for (let attempt = 1; ; attempt++) {
    // What is prepared may carry the name, as the labels of a job do: another name means to begin anew.
    const next = generate ? deepCopy(template) : template;
    request.object = next;
    prepareNew(services, context, served, next);
    if (generate) next.metadata.name = generatedName(context, next);
    served.strategy.prepareForCreate?.(next, context);
    served.strategy.defaults?.(next);
    validateNew(context, served, next);
    try {
      await services.admission.validate(request);
      const answer = await commitNew(services, context, served, next);
      if (answer !== undefined) return answer;
    } finally {
      services.admission.release(request);
    }
    if (!generate || attempt === generateAttempts) throw alreadyExists(served.groupResource, next.metadata.name!);
  }
}

function prepareNew(
  services: RegistryServices,
  context: RequestContext,
  served: ServedResource,
  object: KubeObject,
): void {
  const { metadata } = object;
  metadata.uid = services.uuid();
  metadata.creationTimestamp = context.timestamp;
  delete metadata.deletionTimestamp;
  delete metadata.deletionGracePeriodSeconds;
  delete metadata.selfLink;
  delete metadata.resourceVersion;
  if (served.strategy.generation === "none") delete metadata.generation;
  else metadata.generation = 1;
  if (served.version.status && served.strategy.keepsStatusOnCreate !== true) {
    if (served.kind.custom === true) delete object.status;
    else object.status = {};
  }
}

function generatedName(context: RequestContext, object: KubeObject): string {
  return object.metadata.generateName!.slice(0, generatedPrefix) + context.randomSuffix(suffixLength);
}

/** Commits the object; undefined when its name is taken. */
async function commitNew(
  services: RegistryServices,
  context: RequestContext,
  served: ServedResource,
  object: KubeObject,
): Promise<Answer | undefined> {
  const state = stateOf(services, served);
  const key = objectKey(object.metadata.namespace ?? "", object.metadata.name!);
  const stored = await toStored(served, object);
  let taken = false;
  const decide = (current: Entry | undefined): boolean => {
    taken = current !== undefined;
    if (taken) return false;
    checkStillServed(services, served);
    served.strategy.beforeCommit?.({ object: stored }, context);
    return true;
  };
  if (context.dryRun) {
    if (!decide(services.store.newest(state, key))) return undefined;
    return { type: "object", code: 201, object, served };
  }
  const result = await services.store.write(state, key, (current) =>
    decide(current) ? { action: "put", object: stored } : { action: "keep" },
  );
  if (taken || result.action !== "put") return undefined;
  return { type: "entry", code: 201, served, entry: result.entry };
}

/** Admission may take long enough for the definition of a custom kind to go: nobody would look after an object that came then. */
function checkStillServed({ kinds }: RegistryServices, { kind, groupVersionKind: { group, version } }: ServedResource) {
  if (kind.custom !== true) return;
  const now = kinds.resource(group, version, kind.plural);
  if (now === undefined || now.kind.verbs?.includes("create") === false) throw pathNotFound();
}

/** A PUT has to name its object as the path does, and that is looked at before the object is. */
export function checkName(object: KubeObject, name: string): void {
  if (object.metadata.name) expectName(object.metadata.name, name);
  else throw badRequest(`the name of the object (${name} based on URL) was undeterminable: name must be provided`);
}

function expectName(given: string, name: string): void {
  if (given === name) return;
  throw badRequest(`the name of the object (${given}) does not match the name on the URL (${name})`);
}

/** PUT and PATCH name their object in the path: a body that names another is refused. */
export function settleName(served: ServedResource, object: KubeObject, name: string): void {
  const { metadata } = object;
  if (metadata.name === undefined || metadata.name === "") {
    if (metadata.generateName) {
      throw invalidObject(served.groupVersionKind, "", [field.required("metadata.name", "name must be provided")]);
    }
    metadata.name = name;
  } else {
    expectName(metadata.name, name);
  }
}
