// Which user is a node. Source: k8s.io/kubernetes pkg/auth/nodeidentifier.

import type { UserInfo } from "../identity.ts";

const nodePrefix = "system:node:";

/** Whether the user has the name and group of a node. */
export function isNode({ name, groups }: UserInfo): boolean {
  return name.startsWith(nodePrefix) && groups.includes("system:nodes");
}

/** The name of the node that the user is; "" when it does not name one, undefined when it is no node. */
export function nodeNameOf(user: UserInfo): string | undefined {
  return isNode(user) ? user.name.slice(nodePrefix.length) : undefined;
}
