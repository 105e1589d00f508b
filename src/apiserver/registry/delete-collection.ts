// Deletes all objects that a list would give, one by one, as Kubernetes does: those that others deleted meanwhile are passed over.

import type { JsonObject } from "../../machinery/object.ts";
import { hasReason } from "../../machinery/status-error.ts";
import type { Answer } from "./answer.ts";
import { stateOf } from "./change.ts";
import type { RequestContext } from "./context.ts";
import { deleteObject } from "./deletion.ts";
import { parseFilter } from "./filter.ts";
import type { ServedResource } from "./kind-registry.ts";
import { listEntries } from "./list.ts";
import type { RegistryServices } from "./services.ts";

/** Deletes that are under way at a time: enough to fill a batch of the store. */
const parallel = 64;

export async function deleteCollection(
  services: RegistryServices,
  context: RequestContext,
  served: ServedResource,
  namespace: string,
  options: JsonObject,
): Promise<Answer> {
  const filter = parseFilter(served, namespace, context.query);
  const list = await listEntries(services.store, stateOf(services, served), served, filter, context.query);
  const names = list.entries.map((entry) => ({ namespace: entry.namespace, name: entry.name }));
  for (let index = 0; index < names.length; index += parallel) {
    await Promise.all(
      names.slice(index, index + parallel).map(async (target) => {
        try {
          await deleteObject(services, context, served, { ...target, options });
        } catch (error) {
          if (!hasReason(error, "NotFound")) throw error;
        }
      }),
    );
  }
  return list;
}
