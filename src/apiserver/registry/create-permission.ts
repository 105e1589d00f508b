// Whether somebody who may update or patch an object may also bring it into being, where an update or apply of an absent object
// creates it. Source: apiserver/pkg/endpoints/handlers/create.go, withAuthorization.

import { forbiddenRequest } from "../authorization/forbidden.ts";
import type { Attributes } from "../identity.ts";
import type { RequestContext } from "./context.ts";
import type { RegistryServices } from "./services.ts";

/** 403 unless the user of the request may `create` what the request is about. */
export async function checkMayCreate(services: RegistryServices, { user, info }: RequestContext): Promise<void> {
  const { path, resource } = info;
  if (resource === undefined) return;
  const attributes: Attributes = { user, verb: "create", path, resource: { ...resource } };
  // A namespace's own requests are about that namespace.
  if (resource.group === "" && resource.resource === "namespaces") attributes.resource!.namespace = resource.name;
  const decision = await services.authorizer.authorize(attributes);
  if (decision.decision !== "allow") throw forbiddenRequest(attributes, decision.reason);
}
