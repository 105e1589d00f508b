// Fills token secrets, deletes them with their account, and takes the names of deleted ones off the account.

import type { Controller, ReconcileContext } from "../../../runtime/controller.ts";
import type { ControllerEnvironment } from "../../../runtime/module.ts";
import { secrets, serviceAccounts } from "../../kinds.ts";
import { ignoreNotFound, ignoring } from "../ignore.ts";
import { accountNameOf, planTokenSecret } from "./token-secret-reconcile.ts";

export function tokenSecretController(environment: ControllerEnvironment): Controller {
  return {
    name: "legacy-service-account-token-controller",
    sources: [
      {
        kind: secrets,
        keys(secret, old) {
          const token = [secret, old].find((object) => object !== undefined && accountNameOf(object) !== undefined);
          return token === undefined ? [] : [`${token.metadata.namespace}/${token.metadata.name}`];
        },
      },
      {
        kind: serviceAccounts,
        *keys(account, old, reader) {
          // Other changes of an account mean nothing to its tokens.
          if (account !== undefined && old !== undefined) return;
          const { namespace, name } = (account ?? old)!.metadata;
          for (const secret of reader.list(secrets, namespace)) {
            if (accountNameOf(secret) === name) yield `${namespace}/${secret.metadata.name}`;
          }
        },
      },
    ],
    async reconcile(context, key) {
      const plane = environment.plane(context.plane);
      if (plane === undefined) return undefined;
      const [namespace = "", name = ""] = key.split("/");
      const secret = context.reader.get(secrets, name, namespace);
      if (secret === undefined) {
        await forgetSecret(context, namespace, name);
        return undefined;
      }
      const accountName = accountNameOf(secret);
      if (accountName === undefined) return undefined;
      const account = await context.client.resource(serviceAccounts).find(accountName, namespace);
      const plan = planTokenSecret(secret, account, plane.keys.authority.certificate, (found) =>
        plane.tokenIssuer.issueLegacy(found, name),
      );
      const resource = context.client.resource(secrets);
      const { uid, resourceVersion } = secret.metadata;
      if (plan.action === "update") await resource.update(plan.secret).catch(ignoreNotFound);
      else if (plan.action === "delete") {
        await resource
          .delete(name, namespace, { preconditions: { uid, resourceVersion } })
          .catch(ignoring("NotFound", "Conflict"));
      }
      return undefined;
    },
  };
}

async function forgetSecret({ client, reader }: ReconcileContext, namespace: string, name: string): Promise<void> {
  const isReference = (reference: { name?: string }) => reference.name === name;
  for (const account of reader.list(serviceAccounts, namespace)) {
    if (account.secrets?.some(isReference) !== true) continue;
    const kept = account.secrets.filter((reference) => !isReference(reference));
    await client
      .resource(serviceAccounts)
      .update({ ...account, secrets: kept })
      .catch(ignoreNotFound);
  }
}
