// Claims and ingresses get the default class; claims and volumes in use are protected; only what may grow grows.
// Sources: kubernetes plugin/pkg/admission/{storage/storageclass/setdefault,storage/storageobjectinuseprotection,
// storage/persistentvolume/resize,network/defaultingressclass}.

import type { AdmissionPlugin, AdmissionRequest } from "../../apiserver/admission.ts";
import { refusal } from "../../apiserver/refusal.ts";
import type { StateReader } from "../../apiserver/strategy.ts";
import type { KubeObject } from "../../machinery/object.ts";
import { compareQuantityTexts } from "../core/resource-names.ts";
import { isSet } from "../validation/fields.ts";
import { isWriteOf, type ResourceName, resources } from "./requests.ts";

const storageClassAnnotation = "volume.beta.kubernetes.io/storage-class";
const defaultStorageAnnotations = [
  "storageclass.kubernetes.io/is-default-class",
  "storageclass.beta.kubernetes.io/is-default-class",
];
const ingressClassAnnotation = "kubernetes.io/ingress.class";
const defaultIngressAnnotations = ["ingressclass.kubernetes.io/is-default-class"];

export class DefaultStorageClass implements AdmissionPlugin {
  readonly name = "DefaultStorageClass";

  handles(request: AdmissionRequest): boolean {
    return isWriteOf(request, resources.claims, "CREATE");
  }

  mutate({ object, state }: AdmissionRequest): void {
    const { spec = {}, metadata } = object!;
    if (isSet(spec.storageClassName) || Object.hasOwn(metadata.annotations ?? {}, storageClassAnnotation)) return;
    const name = defaultClass(state, resources.storageClasses, defaultStorageAnnotations);
    if (name !== undefined) object!.spec = { ...spec, storageClassName: name };
  }
}

export class DefaultIngressClass implements AdmissionPlugin {
  readonly name = "DefaultIngressClass";

  handles(request: AdmissionRequest): boolean {
    return isWriteOf(request, resources.ingresses, "CREATE");
  }

  mutate({ object, state }: AdmissionRequest): void {
    const { spec = {}, metadata } = object!;
    if (isSet(spec.ingressClassName) || Object.hasOwn(metadata.annotations ?? {}, ingressClassAnnotation)) return;
    const name = defaultClass(state, resources.ingressClasses, defaultIngressAnnotations);
    if (name !== undefined) object!.spec = { ...spec, ingressClassName: name };
  }
}

/** The name of the default class; of several the one that was made last, then the first by name. */
function defaultClass(state: StateReader, resource: ResourceName, annotations: readonly string[]): string | undefined {
  let chosen: KubeObject | undefined;
  for (const candidate of state.list(resource)) {
    if (!annotations.some((annotation) => candidate.metadata.annotations?.[annotation] === "true")) continue;
    if (chosen === undefined || comesBefore(candidate, chosen)) chosen = candidate;
  }
  return chosen?.metadata.name;
}

function comesBefore(a: KubeObject, b: KubeObject): boolean {
  const [made, other] = [a.metadata.creationTimestamp ?? "", b.metadata.creationTimestamp ?? ""];
  return made === other ? a.metadata.name! < b.metadata.name! : made > other;
}

/** The finalizers by which controllers keep what is in use. */
const protection = new Map([
  ["persistentvolumeclaims", "kubernetes.io/pvc-protection"],
  ["persistentvolumes", "kubernetes.io/pv-protection"],
]);

export class StorageObjectInUseProtection implements AdmissionPlugin {
  readonly name = "StorageObjectInUseProtection";

  handles(request: AdmissionRequest): boolean {
    return isWriteOf(request, resources.claims, "CREATE") || isWriteOf(request, resources.volumes, "CREATE");
  }

  mutate({ object, resource }: AdmissionRequest): void {
    const { metadata } = object!;
    const finalizer = protection.get(resource.resource)!;
    const finalizers = metadata.finalizers ?? [];
    if (!finalizers.includes(finalizer)) metadata.finalizers = [...finalizers, finalizer];
  }
}

export class PersistentVolumeClaimResize implements AdmissionPlugin {
  readonly name = "PersistentVolumeClaimResize";

  handles(request: AdmissionRequest): boolean {
    return isWriteOf(request, resources.claims, "UPDATE");
  }

  validate(request: AdmissionRequest): void {
    const [claim, old] = [request.object!, request.oldObject!];
    const size = claim.spec?.resources?.requests?.storage;
    const before = old.spec?.resources?.requests?.storage;
    if (!isSet(size) || !isSet(before) || compareQuantityTexts(size, before) <= 0) return;
    if (old.status?.phase !== "Bound") throw refusal(request, "only bound persistent volume claims can be expanded");
    const className = classOf(claim);
    const storageClass = className === "" ? undefined : request.state.get(resources.storageClasses, "", className);
    if (className === classOf(old) && storageClass?.allowVolumeExpansion === true) return;
    throw refusal(
      request,
      "only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize",
    );
  }
}

function classOf({ metadata, spec }: KubeObject): string {
  return metadata.annotations?.[storageClassAnnotation] ?? spec?.storageClassName ?? "";
}
