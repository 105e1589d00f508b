// Publishes the authority of the plane as the config map `kube-root-ca.crt` in every namespace, and again when it was changed or
// deleted. Source: kubernetes pkg/controller/certificates/rootcacertpublisher.

import type { Controller } from "../../../runtime/controller.ts";
import type { ControllerEnvironment } from "../../../runtime/module.ts";
import { configMaps, namespaces } from "../../kinds.ts";
import type { ConfigMap } from "../../types.generated.ts";
import { ignoreNotFound } from "../ignore.ts";
import { ignoreNeedless, isActive } from "../namespaces/active.ts";

const name = "kube-root-ca.crt";
const descriptionAnnotation = "kubernetes.io/description";
/** The text of Kubernetes: people and tools find it in every cluster. */
const description =
  "Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the internal service " +
  "IP or kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes clusters.";

export function rootCaController(environment: ControllerEnvironment): Controller {
  return {
    name: "root-ca-certificate-publisher",
    sources: [
      { kind: namespaces },
      {
        kind: configMaps,
        keys(map, old) {
          const { metadata } = (map ?? old)!;
          return metadata.name === name ? [metadata.namespace ?? ""] : [];
        },
      },
    ],
    async reconcile({ plane, client, reader }, namespace) {
      const authority = environment.plane(plane)?.keys.authority.certificate;
      if (authority === undefined || !isActive(reader.get(namespaces, namespace))) return undefined;
      const current = reader.get(configMaps, name, namespace);
      const wanted = rootCaMap(namespace, authority, current);
      const maps = client.resource(configMaps);
      if (current === undefined) await maps.create(wanted).catch(ignoreNeedless);
      else if (wanted !== current) await maps.update(wanted).catch(ignoreNotFound);
      return undefined;
    },
  };
}

/** The config map as it should be: the current one when there is nothing to change. */
export function rootCaMap(namespace: string, authority: string, current: ConfigMap | undefined): ConfigMap {
  const data = { "ca.crt": authority };
  const annotations = { [descriptionAnnotation]: description };
  if (current === undefined) {
    return { apiVersion: "v1", kind: "ConfigMap", metadata: { name, namespace, annotations }, data };
  }
  const keys = Object.keys(current.data ?? {});
  const isRight = keys.length === 1 && current.data?.["ca.crt"] === authority;
  if (isRight && current.metadata.annotations?.[descriptionAnnotation] === description) return current;
  const metadata = { ...current.metadata, annotations: { ...current.metadata.annotations, ...annotations } };
  return { ...current, metadata, data };
}
