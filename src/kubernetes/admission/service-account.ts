// Every pod runs as a service account that exists, gets its pull secrets, and its token where it wants one.
// Source of rules and words: kubernetes plugin/pkg/admission/serviceaccount.

import type { AdmissionPlugin, AdmissionRequest } from "../../apiserver/admission.ts";
import { refusal } from "../../apiserver/refusal.ts";
import { deepCopy, type JsonObject, type KubeObject } from "../../machinery/object.ts";
import { notFoundError } from "../../machinery/status-error.ts";
import { isEmpty, isSet, listOf } from "../validation/fields.ts";
import { podSecretNames } from "./pod-secrets.ts";
import { isWriteOf, mirrorPodAnnotation, resources } from "./requests.ts";
import { checkSecretReferences, enforcesMountableSecrets } from "./service-account-secrets.ts";

const defaultName = "default";
const volumePrefix = "kube-api-access-";
const mountPath = "/var/run/secrets/kubernetes.io/serviceaccount";
/** An hour and a little, by which kubelets know that the duration was not chosen by a user. */
const tokenSeconds = 3607;
const fileMode = 0o644;

export class ServiceAccountAdmission implements AdmissionPlugin {
  readonly name = "ServiceAccount";
  readonly #appeared: (namespace: string, name: string) => Promise<void>;

  /** `appeared` waits a moment for a service account: a new namespace's default one is made by a controller. */
  constructor(appeared: (namespace: string, name: string) => Promise<void> = () => Promise.resolve()) {
    this.#appeared = appeared;
  }

  handles(request: AdmissionRequest): boolean {
    return isWriteOf(request, resources.pods, "CREATE");
  }

  mutate(request: AdmissionRequest): void | Promise<void> {
    const pod = request.object!;
    if (isMirror(pod)) return;
    pod.spec.serviceAccountName ||= defaultName;
    const name: string = pod.spec.serviceAccountName;
    if (name === defaultName && find(request, name) === undefined) {
      return this.#appeared(request.namespace, name).then(() => complete(request, pod, lookUp(request, name)));
    }
    complete(request, pod, lookUp(request, name));
  }

  validate(request: AdmissionRequest): void {
    const pod = request.object!;
    if (isMirror(pod)) {
      checkMirrorPod(request, pod);
      return;
    }
    const name: string = pod.spec.serviceAccountName ?? "";
    if (name === "") {
      throw refusal(request, `no service account specified for pod ${request.namespace}/${pod.metadata.name ?? ""}`);
    }
    const account = lookUp(request, name);
    if (!enforcesMountableSecrets(account)) return;
    const problem = checkSecretReferences(account, pod.spec);
    if (problem !== undefined) throw refusal(request, problem);
  }
}

function isMirror(pod: KubeObject): boolean {
  return Object.hasOwn(pod.metadata.annotations ?? {}, mirrorPodAnnotation);
}

function find({ state, namespace }: AdmissionRequest, name: string): KubeObject | undefined {
  return state.get(resources.serviceAccounts, namespace, name);
}

function lookUp(request: AdmissionRequest, name: string): KubeObject {
  const account = find(request, name);
  if (account !== undefined) return account;
  const { message } = notFoundError({ group: "", resource: "serviceaccount" }, name);
  throw refusal(request, `error looking up service account ${request.namespace}/${name}: ${message}`);
}

function complete(request: AdmissionRequest, pod: KubeObject, account: KubeObject): void {
  const { spec } = pod;
  spec.serviceAccount = spec.serviceAccountName;
  if (wantsToken(account, spec)) mountToken(spec, volumePrefix + request.context.randomSuffix(5));
  if (isEmpty(spec.imagePullSecrets) && !isEmpty(account.imagePullSecrets)) {
    spec.imagePullSecrets = deepCopy(account.imagePullSecrets);
  }
}

function wantsToken(account: KubeObject, spec: JsonObject): boolean {
  const { automountServiceAccountToken: own } = spec;
  if (isSet(own)) return own;
  return account.automountServiceAccountToken !== false;
}

/** Mounts the token in every container that has nothing at its path. */
function mountToken(spec: JsonObject, newName: string): void {
  const known = listOf(spec.volumes).find((volume) => String(volume.name ?? "").startsWith(volumePrefix));
  const name: string = known?.name ?? newName;
  let mounted = false;
  for (const container of [...listOf(spec.initContainers), ...listOf(spec.containers)]) {
    const mounts: JsonObject[] = listOf(container.volumeMounts);
    if (mounts.some((mount) => mount.mountPath === mountPath)) continue;
    container.volumeMounts = [...mounts, { name, readOnly: true, mountPath }];
    mounted = true;
  }
  if (known === undefined && mounted) spec.volumes = [...listOf(spec.volumes), tokenVolume(name)];
}

function tokenVolume(name: string): JsonObject {
  return {
    name,
    projected: {
      sources: [
        { serviceAccountToken: { expirationSeconds: tokenSeconds, path: "token" } },
        { configMap: { name: "kube-root-ca.crt", items: [{ key: "ca.crt", path: "ca.crt" }] } },
        {
          downwardAPI: {
            items: [{ path: "namespace", fieldRef: { apiVersion: "v1", fieldPath: "metadata.namespace" } }],
          },
        },
      ],
      defaultMode: fileMode,
    },
  };
}

function checkMirrorPod(request: AdmissionRequest, { spec }: KubeObject): void {
  if (!isEmpty(spec.serviceAccountName)) throw refusal(request, "a mirror pod may not reference service accounts");
  if (podSecretNames(spec).size > 0) throw refusal(request, "a mirror pod may not reference secrets");
  const projections = listOf(spec.volumes).flatMap((volume) => listOf(volume.projected?.sources));
  if (projections.some((source) => isSet(source.serviceAccountToken))) {
    throw refusal(request, "a mirror pod may not use ServiceAccountToken volume projections");
  }
}
