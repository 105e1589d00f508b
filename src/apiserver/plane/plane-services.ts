// What a control plane offers to actions and reviews of its kinds (PlaneServices).

import { deepCopy, type GroupResource } from "../../machinery/object.ts";
import { internalError } from "../../machinery/status-error.ts";
import { RequestContext } from "../registry/context.ts";
import { deleteObject } from "../registry/deletion.ts";
import type { ServedResource } from "../registry/kind-registry.ts";
import { presentObject } from "../registry/present.ts";
import { update } from "../registry/update.ts";
import type { PlaneServices, StrategyContext } from "../strategy.ts";
import type { ControlPlane } from "./control-plane.ts";

export function createPlaneServices(plane: ControlPlane): PlaneServices {
  return {
    async update(resource, namespace, name, change, strategyContext) {
      const served = preferred(plane, resource);
      const context = contextFor(plane, served, namespace, name, "update", strategyContext);
      const answer = await update(plane.registry, context, served, {
        namespace,
        name,
        options: { kind: "UpdateOptions", apiVersion: "meta.k8s.io/v1" },
        next: (current) => deepCopy(change(current!)),
        mayCreate: false,
        retry: true,
        trusted: true,
      });
      if (answer.type === "entry") return presentObject(served, answer.entry);
      if (answer.type === "object") return answer.object;
      throw internalError("an update answers with an object");
    },
    async delete(resource, namespace, name, options, strategyContext) {
      const served = preferred(plane, resource);
      const context = contextFor(plane, served, namespace, name, "delete", strategyContext);
      await deleteObject(plane.registry, context, served, { namespace, name, options });
    },
    authenticateToken: (token, audiences) => plane.bearerTokens.review(token, audiences),
    authorize: async (attributes) => plane.authorizer.authorize(attributes),
    rulesFor: (user, namespace) => plane.authorizer.rulesFor?.(user, namespace) ?? [],
    issueServiceAccountToken: (claims) => plane.tokenIssuer.issue(claims),
    apiAudiences: [plane.settings.externalUrl],
  };
}

function preferred(plane: ControlPlane, resource: GroupResource): ServedResource {
  const served = plane.kinds.preferred(resource);
  if (served === undefined) throw internalError(`${resource.resource} is not served here`);
  return served;
}

/** The action's request, as one on the object that it changes. */
function contextFor(
  plane: ControlPlane,
  served: ServedResource,
  namespace: string,
  name: string,
  verb: string,
  from: StrategyContext,
): RequestContext {
  const { group, version } = served.groupVersionKind;
  const context = new RequestContext({
    user: from.user,
    info: {
      verb,
      path: "",
      resource: {
        group,
        version,
        namespace,
        resource: served.kind.plural,
        subresource: from.subresource,
        name,
        rest: "",
      },
    },
    query: new URLSearchParams(),
    userAgent: "muster",
    now: from.now,
    state: from.state,
    plane,
  });
  context.dryRun = from.dryRun;
  return context;
}
