// What a user reads when a request was refused. Clients and scripts match on these sentences.
// Source: k8s.io/apiserver pkg/endpoints/handlers/responsewriters/errors.go.

import { forbiddenError, type StatusError } from "../../machinery/status-error.ts";
import type { Attributes } from "../identity.ts";

/** `User "ann" cannot list resource "pods" in API group "" in the namespace "team"`. */
export function forbiddenMessage({ user, verb, resource, path }: Attributes): string {
  const who = `User ${JSON.stringify(user.name)} cannot ${verb}`;
  if (resource === undefined) return escapeMarkup(`${who} path ${JSON.stringify(path)}`);
  const name = resource.subresource === "" ? resource.resource : `${resource.resource}/${resource.subresource}`;
  const what = `${who} resource ${JSON.stringify(name)} in API group ${JSON.stringify(resource.group)}`;
  return escapeMarkup(
    resource.namespace === ""
      ? `${what} at the cluster scope`
      : `${what} in the namespace ${JSON.stringify(resource.namespace)}`,
  );
}

/** The 403 for a request that no authorizer allowed; the authorizers' reason is added when there is one. */
export function forbiddenRequest(attributes: Attributes, reason: string): StatusError {
  const message = forbiddenMessage(attributes);
  const { group = "", resource = "", name = "" } = attributes.resource ?? {};
  return forbiddenError({ group, resource }, name, reason === "" ? message : `${message}: ${reason}`);
}

/** Messages may end up in a page. */
function escapeMarkup(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
