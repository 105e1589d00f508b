// Keeps the status of ResourceQuotas in step with what their namespaces hold. Admission does not wait for it: it reckons for itself.

import type { KindReference } from "../../../client/client.ts";
import type { GroupResource, KubeObject } from "../../../machinery/object.ts";
import type { Change, Controller, Reader } from "../../../runtime/controller.ts";
import type { ControllerEnvironment } from "../../../runtime/module.ts";
import { resourceQuotas } from "../../kinds.ts";
import { evaluatorFor } from "../../quota/evaluator.ts";
import { hardOf } from "../../quota/usage.ts";
import { ignoreNotFound } from "../ignore.ts";
import { servedKinds } from "../served-kinds.ts";
import { measuredResources, withUsage } from "./quota-status.ts";

/** Kinds whose objects may come to use more or less during their lives. */
const changing = ["pods", "services", "persistentvolumeclaims"];

export function quotaController(environment: ControllerEnvironment): Controller {
  return {
    name: "resourcequota-controller",
    sources: [{ kind: resourceQuotas }],
    every: { having: "changes", keys: quotasAbout },
    async reconcile(context, key) {
      const [namespace = "", name = ""] = key.split("/");
      const quota = context.reader.get(resourceQuotas, name, namespace);
      if (quota === undefined || quota.metadata.deletionTimestamp !== undefined) return undefined;
      const { kinds } = await servedKinds(environment, context);
      const objects = new Map<GroupResource, KubeObject[]>();
      for (const resource of measuredResources(quota)) {
        const kind = kinds.find(({ group, plural }) => group === resource.group && plural === resource.resource);
        if (kind === undefined || !kind.verbs.includes("list")) continue;
        objects.set(resource, (await context.client.resource(kind).list({ namespace })).items);
      }
      const next = withUsage(quota, objects);
      if (next !== quota) await context.client.resource(resourceQuotas).updateStatus(next).catch(ignoreNotFound);
      return undefined;
    },
  };
}

/** Keys of the quotas that a change may matter to. */
function* quotasAbout({ kind, object, old }: Change, reader: Reader): Iterable<string> {
  const namespace = (object ?? old)!.metadata.namespace;
  if (namespace === undefined || (object !== undefined && old !== undefined && !isChanging(kind))) return;
  const evaluator = evaluatorFor({ group: kind.group, resource: kind.plural });
  for (const quota of reader.list(resourceQuotas, namespace)) {
    if ([...hardOf(quota).keys()].some((name) => evaluator.measures(name))) yield `${namespace}/${quota.metadata.name}`;
  }
}

function isChanging({ group, plural }: KindReference): boolean {
  return group === "" && changing.includes(plural);
}
