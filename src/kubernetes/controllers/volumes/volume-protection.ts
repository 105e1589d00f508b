// Lets go of deleted claims that no pod uses any more, and of deleted volumes that are bound to no claim.
// Source: kubernetes pkg/controller/volume/{pvcprotection,pvprotection}.

import type { KindReference } from "../../../client/client.ts";
import type { KubeObject } from "../../../machinery/object.ts";
import type { Controller, Reader } from "../../../runtime/controller.ts";
import { persistentVolumeClaims, persistentVolumes, pods } from "../../kinds.ts";
import type { PersistentVolume, PersistentVolumeClaim, Pod } from "../../types.generated.ts";
import { ignoreNotFound } from "../ignore.ts";

const claimFinalizer = "kubernetes.io/pvc-protection";
const volumeFinalizer = "kubernetes.io/pv-protection";

export function claimProtection(): Controller {
  return protection("persistentvolumeclaim-protection-controller", persistentVolumeClaims, claimFinalizer, isUsed, [
    {
      kind: pods,
      // A pod that ended or went may have been the last one.
      *keys(pod, old) {
        if (pod !== undefined && !hasEnded(pod)) return;
        const { namespace } = (pod ?? old)!.metadata;
        for (const claim of claimsOf((pod ?? old)!)) yield `${namespace}/${claim}`;
      },
    },
  ]);
}

export function volumeProtection(): Controller {
  const isBound = (volume: PersistentVolume) => volume.status?.phase === "Bound";
  return protection("persistentvolume-protection-controller", persistentVolumes, volumeFinalizer, isBound, []);
}

function protection<T extends KubeObject>(
  name: string,
  kind: KindReference<T>,
  finalizer: string,
  isInUse: (object: T, reader: Reader) => boolean,
  sources: Controller["sources"],
): Controller {
  const isWaiting = ({ metadata }: KubeObject) =>
    metadata.deletionTimestamp !== undefined && metadata.finalizers?.includes(finalizer) === true;
  return {
    name,
    sources: [
      { kind, keys: (object) => (object !== undefined && isWaiting(object) ? [keyOf(object)] : []) },
      ...sources,
    ],
    async reconcile({ client, reader }, key) {
      const [objectName = "", namespace] = key.split("/").reverse();
      const object = reader.get(kind, objectName, namespace);
      if (object === undefined || !isWaiting(object) || isInUse(object, reader)) return undefined;
      const finalizers = object.metadata.finalizers?.filter((one) => one !== finalizer);
      await client
        .resource(kind)
        .update({ ...object, metadata: { ...object.metadata, finalizers } })
        .catch(ignoreNotFound);
      return undefined;
    },
  };
}

function keyOf({ metadata: { namespace, name } }: KubeObject): string {
  return namespace === undefined ? name! : `${namespace}/${name}`;
}

/** Whether a pod that may still run uses the claim. */
function isUsed(claim: PersistentVolumeClaim, reader: Reader): boolean {
  for (const pod of reader.list(pods, claim.metadata.namespace)) {
    if (!hasEnded(pod) && claimsOf(pod).includes(claim.metadata.name!)) return true;
  }
  return false;
}

function hasEnded({ status }: Pod): boolean {
  return status?.phase === "Succeeded" || status?.phase === "Failed";
}

/** Names of the claims that a pod's volumes are, or will be made from. */
function claimsOf({ metadata, spec }: Pod): string[] {
  const names: string[] = [];
  for (const volume of spec?.volumes ?? []) {
    if (volume.persistentVolumeClaim) names.push(volume.persistentVolumeClaim.claimName);
    else if (volume.ephemeral) names.push(`${metadata.name}-${volume.name}`);
  }
  return names;
}
