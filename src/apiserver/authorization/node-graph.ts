// Which objects belong to which node: through the pods bound to it, the volumes of their claims, and objects that name the node.
// Kept up to date by change events; nothing is loaded before the first node asks.
// Source of the relations: k8s.io/kubernetes plugin/pkg/auth/authorizer/node/graph.go.

import type { KubeObject } from "../../machinery/object.ts";
import type { StateReader } from "../strategy.ts";
import { podReferences } from "./pod-references.ts";

/** Mirror pods are made by nodes, so they give no access to anything. */
export const mirrorPodAnnotation = "kubernetes.io/config.mirror";

export type NodeRelated =
  | "configmap"
  | "persistentvolume"
  | "persistentvolumeclaim"
  | "pod"
  | "podcertificaterequest"
  | "resourceclaim"
  | "resourceslice"
  | "secret"
  | "serviceaccount"
  | "volumeattachment";

/** Where the kinds are read that the graph is made of. */
export const nodeGraphSources = [
  { group: "", resource: "pods" },
  { group: "", resource: "persistentvolumes" },
  { group: "storage.k8s.io", resource: "volumeattachments" },
  { group: "resource.k8s.io", resource: "resourceslices" },
  { group: "certificates.k8s.io", resource: "podcertificaterequests" },
];

export class NodeGraph {
  readonly #state: StateReader;
  #loaded = false;
  /** For each object, how many ways lead to each node. */
  readonly #nodesOf = new Map<string, Map<string, number>>();
  /** What each source object contributed, so that it can be taken back: keys of objects and the node they lead to. */
  readonly #contributions = new Map<string, { node: string; objects: string[] }>();
  /** Bound volumes: the claim of each, and the volumes that each secret serves. */
  readonly #volumes = new Map<string, { claim: string; secrets: string[] }>();
  readonly #volumesOfSecret = new Map<string, Set<string>>();

  /** The state must be the one that the events tell of: committed objects, without pending writes. */
  constructor(state: StateReader) {
    this.#state = state;
  }

  /** Takes in a change of an object; kinds that play no part are passed over. */
  apply({ type, object }: { type: "set" | "delete"; object: KubeObject }): void {
    if (this.#loaded) this.#apply(type, object);
  }

  /** Forgets everything: the state was replaced and is read again at the next question. */
  reset(): void {
    this.#loaded = false;
    this.#nodesOf.clear();
    this.#contributions.clear();
    this.#volumes.clear();
    this.#volumesOfSecret.clear();
  }

  /** Whether the object is related to the node. */
  relates(node: string, kind: NodeRelated, namespace: string, name: string): boolean {
    this.#load();
    const key = keyOf(kind, namespace, name);
    if (kind === "persistentvolume") return this.#volumeRelates(node, name);
    if (this.#leadsTo(key, node)) return true;
    if (kind !== "secret") return false;
    for (const volume of this.#volumesOfSecret.get(key) ?? []) if (this.#volumeRelates(node, volume)) return true;
    return false;
  }

  #volumeRelates(node: string, volume: string): boolean {
    const claim = this.#volumes.get(volume)?.claim;
    return claim !== undefined && this.#leadsTo(claim, node);
  }

  #leadsTo(key: string, node: string): boolean {
    return this.#nodesOf.get(key)?.has(node) ?? false;
  }

  #load(): void {
    if (this.#loaded) return;
    this.#loaded = true;
    for (const source of nodeGraphSources) for (const object of this.#state.list(source)) this.#apply("set", object);
  }

  #apply(type: "set" | "delete", object: KubeObject): void {
    const { namespace = "", name = "" } = object.metadata;
    switch (object.kind) {
      case "Pod":
        this.#contribute(type, keyOf("pod", namespace, name), object.spec?.nodeName, () => podObjects(object));
        break;
      case "VolumeAttachment":
        this.#contribute(type, keyOf("volumeattachment", "", name), object.spec?.nodeName);
        break;
      case "ResourceSlice":
        this.#contribute(type, keyOf("resourceslice", "", name), object.spec?.nodeName);
        break;
      case "PodCertificateRequest":
        this.#contribute(type, keyOf("podcertificaterequest", namespace, name), object.spec?.nodeName);
        break;
      case "PersistentVolume":
        this.#removeVolume(name);
        if (type === "set") this.#addVolume(name, object);
        break;
    }
  }

  /** Replaces what an object contributed: itself, and others that it leads to the same node. */
  #contribute(type: "set" | "delete", key: string, node: unknown, others: () => string[] = () => []): void {
    const former = this.#contributions.get(key);
    if (former !== undefined) {
      this.#contributions.delete(key);
      for (const object of former.objects) this.#count(object, former.node, -1);
    }
    if (type === "delete" || typeof node !== "string" || node === "") return;
    const objects = [key, ...others()];
    this.#contributions.set(key, { node, objects });
    for (const object of objects) this.#count(object, node, 1);
  }

  #count(object: string, node: string, change: 1 | -1): void {
    let nodes = this.#nodesOf.get(object);
    if (nodes === undefined) {
      nodes = new Map();
      this.#nodesOf.set(object, nodes);
    }
    const count = (nodes.get(node) ?? 0) + change;
    if (count > 0) nodes.set(node, count);
    else nodes.delete(node);
    if (nodes.size === 0) this.#nodesOf.delete(object);
  }

  #addVolume(name: string, object: KubeObject): void {
    const reference = object.spec?.claimRef;
    if (reference === undefined) return;
    const secrets = volumeSecrets(object).map(([namespace, secret]) => keyOf("secret", namespace, secret));
    this.#volumes.set(name, {
      claim: keyOf("persistentvolumeclaim", reference.namespace ?? "", reference.name),
      secrets,
    });
    for (const secret of secrets) {
      const volumes = this.#volumesOfSecret.get(secret);
      if (volumes === undefined) this.#volumesOfSecret.set(secret, new Set([name]));
      else volumes.add(name);
    }
  }

  #removeVolume(name: string): void {
    const volume = this.#volumes.get(name);
    if (volume === undefined) return;
    this.#volumes.delete(name);
    for (const secret of volume.secrets) {
      const volumes = this.#volumesOfSecret.get(secret);
      volumes?.delete(name);
      if (volumes?.size === 0) this.#volumesOfSecret.delete(secret);
    }
  }
}

function keyOf(kind: NodeRelated, namespace: string, name: string): string {
  return `${kind}/${namespace}/${name}`;
}

function podObjects(pod: KubeObject): string[] {
  if (pod.metadata.annotations?.[mirrorPodAnnotation] !== undefined) return [];
  const namespace = pod.metadata.namespace ?? "";
  const { secrets, configMaps, claims, resourceClaims } = podReferences(pod);
  const keys = (kind: NodeRelated, names: Iterable<string>) => [...names].map((name) => keyOf(kind, namespace, name));
  const account: unknown = pod.spec?.serviceAccountName;
  return [
    ...keys("serviceaccount", typeof account === "string" && account !== "" ? [account] : []),
    ...keys("secret", secrets),
    ...keys("configmap", configMaps),
    ...keys("persistentvolumeclaim", claims),
    ...keys("resourceclaim", resourceClaims),
  ];
}

/** Secrets of a volume that its node reads, with their namespaces. Source: k8s.io/kubernetes pkg/api/v1/persistentvolume. */
function volumeSecrets({ spec }: KubeObject): [namespace: string, name: string][] {
  const claimNamespace: string = spec.claimRef?.namespace ?? "";
  const found: [string, string][] = [];
  const add = (name: unknown, namespace: unknown = claimNamespace) => {
    if (typeof name === "string" && name !== "") found.push([String(namespace), name]);
  };
  add(spec.azureFile?.secretName, spec.azureFile?.secretNamespace);
  for (const kind of ["cephfs", "cinder", "flexVolume", "rbd", "scaleIO", "iscsi", "storageos"]) {
    add(spec[kind]?.secretRef?.name, spec[kind]?.secretRef?.namespace);
  }
  for (const reference of ["nodePublishSecretRef", "nodeStageSecretRef", "nodeExpandSecretRef"]) {
    add(spec.csi?.[reference]?.name, spec.csi?.[reference]?.namespace);
  }
  return found;
}
