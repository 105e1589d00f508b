// Gives every namespace the service account `default`, and again when it was deleted.

import type { Controller } from "../../../runtime/controller.ts";
import { namespaces, serviceAccounts } from "../../kinds.ts";
import { ignoreNeedless, isActive } from "../namespaces/active.ts";

const name = "default";

export function defaultAccountController(): Controller {
  return {
    name: "serviceaccount",
    sources: [
      { kind: namespaces },
      {
        kind: serviceAccounts,
        // Only its absence needs anything done.
        keys: (account, old) =>
          account === undefined && old?.metadata.name === name ? [old.metadata.namespace ?? ""] : [],
      },
    ],
    async reconcile({ client, reader }, namespace) {
      if (!isActive(reader.get(namespaces, namespace))) return undefined;
      if (reader.get(serviceAccounts, name, namespace) !== undefined) return undefined;
      await client
        .resource(serviceAccounts)
        .create({ apiVersion: "v1", kind: "ServiceAccount", metadata: { name, namespace } })
        .catch(ignoreNeedless);
      return undefined;
    },
  };
}
