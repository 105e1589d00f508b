// The steps that creates, updates and deletes share: admission requests, ownership of fields, validation, the commit.

import type { FieldError } from "../../machinery/field-error.ts";
import * as field from "../../machinery/field-error.ts";
import { storedResource } from "../../machinery/kind.ts";
import { validateFinalizerDomains, validateObjectMeta, validateObjectMetaUpdate } from "../../machinery/metadata.ts";
import type { JsonObject, KubeObject } from "../../machinery/object.ts";
import { badRequest, invalidObject } from "../../machinery/status-error.ts";
import type { AdmissionRequest, Operation } from "../admission.ts";
import type { ResourceState } from "../store/resource-state.ts";
import type { RequestContext } from "./context.ts";
import type { ServedResource } from "./kind-registry.ts";
import type { RegistryServices } from "./services.ts";

/** The stored state behind a served resource. */
export function stateOf(services: RegistryServices, served: ServedResource): ResourceState {
  const { group, resource } = storedResource(served.kind);
  return services.store.resource(group, resource);
}

/** A private copy down to metadata: what the registry itself changes. */
export function withOwnMetadata(object: KubeObject): KubeObject {
  return { ...object, metadata: { ...object.metadata } };
}

export interface AdmissionSubject {
  operation: Operation;
  name: string;
  namespace: string;
  object?: KubeObject;
  oldObject?: KubeObject;
  options: JsonObject;
}

export function admissionRequest(
  services: RegistryServices,
  context: RequestContext,
  served: ServedResource,
  subject: AdmissionSubject,
  subresource = context.subresource,
): AdmissionRequest {
  const { group, version } = served.groupVersionKind;
  return {
    get uid() {
      return context.uid;
    },
    operation: subject.operation,
    kind: served.groupVersionKind,
    resource: { group, version, resource: served.kind.plural },
    subresource,
    namespace: subject.namespace,
    name: subject.name,
    user: context.user,
    dryRun: context.dryRun,
    options: subject.options,
    reinvocation: "none",
    object: subject.object,
    oldObject: subject.oldObject,
    state: services.state,
    context,
    warn: (text) => context.warn(text),
    annotate: (key, value) => {
      context.auditAnnotations.set(key, value);
    },
  };
}

/** The options that all writes have in common; sets `context.dryRun`. Texts: apimachinery/pkg/apis/meta/v1/validation. */
export function readWriteOptions(context: RequestContext, kind: string): JsonObject {
  const { query } = context;
  const options: JsonObject = { kind, apiVersion: "meta.k8s.io/v1" };
  const errors: FieldError[] = [];
  const dryRun = query.getAll("dryRun").filter((value) => value !== "");
  if (dryRun.length > 0) {
    options.dryRun = dryRun;
    context.dryRun = true;
    if (dryRun.some((value) => value !== "All")) errors.push(field.notSupported("dryRun", dryRun, ["All"]));
  }
  const manager = query.get("fieldManager") ?? "";
  if (manager !== "") {
    options.fieldManager = manager;
    if (manager.length > 128) errors.push(field.tooLong("fieldManager", 128));
    for (const character of manager) {
      if (/[^\P{C}\p{Co}]|\p{Zl}|\p{Zp}/u.test(character)) {
        errors.push(field.invalid("fieldManager", manager, "should only contain printable characters"));
        break;
      }
    }
  }
  const validation = query.get("fieldValidation");
  if (validation) options.fieldValidation = validation;
  if (errors.length > 0) throw invalidObject({ group: "meta.k8s.io", kind }, "", errors);
  return options;
}

/** 422 unless metadata and the kind's own rules hold for a new object. */
export function validateNew(context: RequestContext, served: ServedResource, object: KubeObject): void {
  const { strategy } = served;
  const errors = validateMetadata(served, object);
  errors.push(...(strategy.validate?.(object, context) ?? []));
  refuse(served, object, errors);
  for (const warning of strategy.warnings?.(object, undefined) ?? []) context.warn(warning);
}

/** 422 unless the change from `old` to `object` is valid. */
export function validateChange(
  context: RequestContext,
  served: ServedResource,
  object: KubeObject,
  old: KubeObject,
): void {
  const { strategy } = served;
  const errors = validateObjectMetaUpdate(object.metadata, old.metadata, "metadata");
  if (context.subresource === "status") {
    errors.push(...(strategy.validateStatusUpdate?.(object, old, context) ?? []));
  } else {
    errors.push(...validateMetadata(served, object));
    const part = strategy.subresources?.[context.subresource];
    if (part?.type === "part") errors.push(...(part.validate?.(object, old, context) ?? []));
    else {
      errors.push(...(strategy.validate?.(object, context) ?? []));
      errors.push(...(strategy.validateUpdate?.(object, old, context) ?? []));
    }
  }
  refuse(served, object, distinct(errors));
  for (const warning of strategy.warnings?.(object, old) ?? []) context.warn(warning);
}

/** Groups that extend the API, which take finalizers without a domain: they have such of their own. */
const extensionGroups: ReadonlySet<string> = new Set(["apiextensions.k8s.io", "apiregistration.k8s.io"]);

function validateMetadata({ kind, strategy }: ServedResource, { metadata }: KubeObject): FieldError[] {
  const { namespaced } = kind;
  const errors = validateObjectMeta(metadata, { namespaced, validateName: strategy.validateName }, "metadata");
  if (kind.custom !== true && !extensionGroups.has(kind.group)) {
    errors.push(...validateFinalizerDomains(metadata.finalizers, "metadata.finalizers"));
  }
  return errors;
}

function refuse(served: ServedResource, object: KubeObject, errors: FieldError[]): void {
  if (errors.length > 0) {
    throw invalidObject(served.groupVersionKind, object.metadata.name ?? object.metadata.generateName ?? "", errors);
  }
}

function distinct(errors: FieldError[]): FieldError[] {
  const seen = new Set<string>();
  return errors.filter(({ field: path, message }) => {
    const key = `${path}\n${message}`;
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

/** The namespace of an object and of its path have to be the same; an absent one is taken from the path. */
export function settleNamespace(served: ServedResource, object: KubeObject, namespace: string): void {
  const { metadata } = object;
  if (!served.kind.namespaced) {
    // A namespace on a cluster-scoped object is refused by validation, except the empty one.
    if (metadata.namespace === "") delete metadata.namespace;
    return;
  }
  if (metadata.namespace === undefined || metadata.namespace === "") metadata.namespace = namespace;
  else if (metadata.namespace !== namespace) {
    throw badRequest("the namespace of the provided object does not match the namespace sent on the request");
  }
}
