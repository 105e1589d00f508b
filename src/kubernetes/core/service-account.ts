// The kind ServiceAccount.

import type { KubeObject } from "../../machinery/object.ts";
import { ageColumn, countColumn } from "../columns.ts";
import { builtin } from "../define.ts";
import { listOf } from "../validation/fields.ts";
import { tokenSubresource } from "./service-account-token.ts";

export const serviceAccountKind = builtin({
  group: "",
  kind: "ServiceAccount",
  versions: ["v1"],
  shortNames: ["sa"],
  columns: [
    countColumn("Secrets", "Number of secrets", (account) => listOf(account.secrets).length, "string"),
    ageColumn,
  ],
  strategy: {
    generation: "none",
    prepareForCreate: keepSecretNames,
    prepareForUpdate: keepSecretNames,
    subresources: { token: tokenSubresource },
  },
});

/** Of the references to secrets only the names are kept. */
function keepSecretNames(account: KubeObject): void {
  if (account.secrets) account.secrets = listOf(account.secrets).map(({ name }) => (name ? { name } : {}));
}
