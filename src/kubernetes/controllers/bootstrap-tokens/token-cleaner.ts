// Deletes bootstrap tokens that have expired. Source: kubernetes pkg/controller/bootstrap/tokencleaner.go.

import {
  bootstrapField,
  bootstrapTokenExpired,
  bootstrapTokenType,
} from "../../../apiserver/authentication/bootstrap-tokens.ts";
import type { Controller } from "../../../runtime/controller.ts";
import { secrets } from "../../kinds.ts";
import type { Secret } from "../../types.generated.ts";
import { ignoring } from "../ignore.ts";

export const tokenNamespace = "kube-system";

export function isTokenSecret(secret: Secret | undefined): secret is Secret {
  return secret?.type === bootstrapTokenType && secret.metadata.namespace === tokenNamespace;
}

export function tokenCleaner(): Controller {
  return {
    name: "token-cleaner",
    sources: [{ kind: secrets, keys: (secret) => (isTokenSecret(secret) ? [secret.metadata.name!] : []) }],
    async reconcile({ client, reader, clock }, name) {
      const secret = reader.get(secrets, name, tokenNamespace);
      if (!isTokenSecret(secret) || bootstrapField(secret, "expiration") === "") return undefined;
      const now = clock.now();
      if (!bootstrapTokenExpired(secret, now)) {
        return { requeueAfter: Date.parse(bootstrapField(secret, "expiration")) - now.getTime() };
      }
      const { uid, resourceVersion } = secret.metadata;
      await client
        .resource(secrets)
        .delete(name, tokenNamespace, { preconditions: { uid, resourceVersion } })
        // Conflict: the token was changed, which another event tells.
        .catch(ignoring("NotFound", "Conflict"));
      return undefined;
    },
  };
}
