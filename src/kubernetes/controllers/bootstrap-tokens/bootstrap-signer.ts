// Keeps the signatures of `kube-public/cluster-info` in step with the bootstrap tokens, and makes the config map again when it was
// deleted.

import type { Controller } from "../../../runtime/controller.ts";
import type { ControllerEnvironment } from "../../../runtime/module.ts";
import { clusterInfoMap } from "../../bootstrap-objects.ts";
import { configMaps, namespaces, secrets } from "../../kinds.ts";
import { ignoreNotFound } from "../ignore.ts";
import { ignoreNeedless, isActive } from "../namespaces/active.ts";
import { clusterInfo, signClusterInfo } from "./cluster-info.ts";
import { isTokenSecret, tokenNamespace } from "./token-cleaner.ts";

/** There is one thing to do per plane. */
const key = "cluster-info";

export function bootstrapSigner(environment: ControllerEnvironment): Controller {
  return {
    name: "bootstrap-signer",
    sources: [
      { kind: secrets, keys: (secret, old) => (isTokenSecret(secret ?? old) ? [key] : []) },
      {
        kind: configMaps,
        keys(map, old) {
          const { name, namespace } = (map ?? old)!.metadata;
          return name === clusterInfo.name && namespace === clusterInfo.namespace ? [key] : [];
        },
      },
    ],
    async reconcile({ plane, client, reader, clock }) {
      const maps = client.resource(configMaps);
      const current = reader.get(configMaps, clusterInfo.name, clusterInfo.namespace);
      const served = environment.plane(plane);
      if (current === undefined && (served === undefined || !isActive(reader.get(namespaces, clusterInfo.namespace)))) {
        return undefined;
      }
      const map = current ?? clusterInfoMap(served!);
      const tokens = [...reader.list(secrets, tokenNamespace)].filter(isTokenSecret);
      const signed = signClusterInfo(map, tokens, clock.now());
      if (current === undefined) await maps.create(signed).catch(ignoreNeedless);
      else if (signed !== current) await maps.update(signed).catch(ignoreNotFound);
      return undefined;
    },
  };
}
