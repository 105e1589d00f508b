// A user as the reviews of authentication.k8s.io show it.

import type { UserInfo } from "../../apiserver/identity.ts";
import type { JsonObject } from "../../machinery/object.ts";
import { isEmpty } from "../validation/fields.ts";

export function showUser({ name, uid, groups, extra }: UserInfo): JsonObject {
  return {
    username: name,
    ...(uid ? { uid } : {}),
    ...(groups.length > 0 ? { groups: [...groups] } : {}),
    ...(isEmpty(extra) ? {} : { extra }),
  };
}
