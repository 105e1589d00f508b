// A service account may bind its pods to the secrets that it lists: `kubernetes.io/enforce-mountable-secrets`.
// Source of rules and words: kubernetes plugin/pkg/admission/serviceaccount (limitSecretReferences).

import type { JsonObject, KubeObject } from "../../machinery/object.ts";
import { listOf } from "../validation/fields.ts";

const annotation = "kubernetes.io/enforce-mountable-secrets";

export function enforcesMountableSecrets(account: KubeObject): boolean {
  return /^(1|t|true)$/i.test(account.metadata.annotations?.[annotation] ?? "");
}

/** Why a pod may not run as the account; undefined when it may. */
export function checkSecretReferences(account: KubeObject, spec: JsonObject): string | undefined {
  const name = account.metadata.name ?? "";
  const mountable = new Set<string>(listOf(account.secrets).map((secret) => secret.name));
  const because = `because service account ${name} does not reference that secret`;
  for (const { secret } of listOf(spec.volumes)) {
    if (secret?.secretName === undefined || mountable.has(secret.secretName)) continue;
    return `volume with secret.secretName="${secret.secretName}" is not allowed ${because}`;
  }
  const kinds = [
    ["init container", spec.initContainers],
    ["container", spec.containers],
    ["ephemeral container", spec.ephemeralContainers],
  ] as const;
  for (const [kind, containers] of kinds) {
    for (const container of listOf(containers)) {
      for (const variable of listOf(container.env)) {
        const secret = variable.valueFrom?.secretKeyRef?.name;
        if (secret === undefined || mountable.has(secret)) continue;
        return `${kind} ${container.name} with envVar ${variable.name} referencing secret.secretName="${secret}" is not allowed ${because}`;
      }
      for (const { secretRef } of listOf(container.envFrom)) {
        if (secretRef?.name === undefined || mountable.has(secretRef.name)) continue;
        return `${kind} ${container.name} with envFrom referencing secret.secretName="${secretRef.name}" is not allowed ${because}`;
      }
    }
  }
  const pullable = new Set<string>(listOf(account.imagePullSecrets).map((secret) => secret.name));
  for (const [index, secret] of listOf(spec.imagePullSecrets).entries()) {
    if (pullable.has(secret.name)) continue;
    return `imagePullSecrets[${index}].name="${secret.name}" is not allowed because service account ${name} does not reference that imagePullSecret`;
  }
  return undefined;
}
