// The kind ServiceAccount.

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
    prepareForCreate(account) {
      // Of the references to secrets only the names are kept.
      if (account.secrets) account.secrets = listOf(account.secrets).map(({ name }) => (name ? { name } : {}));
    },
    prepareForUpdate(account) {
      if (account.secrets) account.secrets = listOf(account.secrets).map(({ name }) => (name ? { name } : {}));
    },
    subresources: { token: tokenSubresource },
  },
});
