// Makes what every control plane begins with: namespaces, the default policy, priority classes, flow control, the service of the
// server, and what joining machines and aggregated servers read. Called at each start: what is there is only looked at, in memory.
// All writes of a step are under way together, so a new plane takes two batches of the store.

import type { ControlPlane } from "../apiserver/plane/control-plane.ts";
import type { Client, KindReference } from "../client/client.ts";
import type { KubeObject } from "../machinery/object.ts";
import { formatTime } from "../machinery/time.ts";
import {
  apiServerEndpointSlice,
  apiServerEndpoints,
  apiServerService,
  authenticationMap,
  clusterInfoMap,
  createOnly,
  priorityClassObjects,
  restoreFields,
  restoreMandatory,
  restoreSuggested,
  serviceCIDR,
  serviceCIDRCondition,
  systemNamespaces,
} from "./bootstrap-objects.ts";
import { mandatoryFlowControl, suggestedFlowControl } from "./flowcontrol/bootstrap.ts";
import * as kinds from "./kinds.ts";
import { bootstrapPolicy } from "./rbac/bootstrap-policy.ts";
import { type PolicyReconciliation, reconcilePolicyObject } from "./rbac/bootstrap-reconcile.ts";

type Reconcile = (stored: KubeObject | undefined, wanted: KubeObject) => PolicyReconciliation;
type Step = [kind: KindReference, objects: readonly KubeObject[], reconcile: Reconcile];

export async function bootstrapKubernetes(client: Client, plane: ControlPlane): Promise<void> {
  await run(client, plane, [[kinds.namespaces, systemNamespaces, createOnly]]);
  const { clusterRoles, clusterRoleBindings, roles, roleBindings } = bootstrapPolicy;
  await run(client, plane, [
    [kinds.clusterRoles, clusterRoles, reconcilePolicyObject],
    [kinds.clusterRoleBindings, clusterRoleBindings, reconcilePolicyObject],
    [kinds.roles, roles, reconcilePolicyObject],
    [kinds.roleBindings, roleBindings, reconcilePolicyObject],
    [kinds.priorityClasses, priorityClassObjects, createOnly],
    [kinds.priorityLevelConfigurations, mandatoryFlowControl.priorityLevels, restoreMandatory],
    [kinds.priorityLevelConfigurations, suggestedFlowControl.priorityLevels, restoreSuggested],
    [kinds.flowSchemas, mandatoryFlowControl.flowSchemas, restoreMandatory],
    [kinds.flowSchemas, suggestedFlowControl.flowSchemas, restoreSuggested],
    [kinds.services, [apiServerService(plane)], createOnly],
    [kinds.endpointSlices, [apiServerEndpointSlice(plane)], restoreFields],
    [kinds.endpoints, [apiServerEndpoints(plane)], restoreFields],
    [kinds.serviceCIDRs, [serviceCIDR(plane)], createOnly],
    [kinds.configMaps, [authenticationMap(plane), clusterInfoMap(plane)], restoreFields],
  ]);
  await markServiceCIDR(client, plane);
}

async function run(client: Client, plane: ControlPlane, steps: Step[]): Promise<void> {
  const writes: Promise<void>[] = [];
  for (const [kind, objects, reconcile] of steps) {
    for (const wanted of objects) {
      const stored = find(plane, kind, wanted);
      const plan = reconcile(stored, wanted);
      if (plan.action !== "none") writes.push(write(client, kind, plan));
    }
  }
  await Promise.all(writes);
}

function find(plane: ControlPlane, { group, plural }: KindReference, { metadata }: KubeObject): KubeObject | undefined {
  return plane.committed.get({ group, resource: plural }, metadata.namespace ?? "", metadata.name!);
}

async function write(
  client: Client,
  kind: KindReference,
  plan: Exclude<PolicyReconciliation, { action: "none" }>,
): Promise<void> {
  const resource = client.resource(kind);
  const { name = "", namespace } = plan.object.metadata;
  if (plan.action === "update") await resource.update(plan.object);
  else {
    if (plan.action === "recreate") await resource.delete(name, namespace);
    await resource.create(plan.object);
  }
}

/** A status is not taken from a create. */
async function markServiceCIDR(client: Client, plane: ControlPlane): Promise<void> {
  const stored = find(plane, kinds.serviceCIDRs, serviceCIDR(plane));
  if (stored === undefined || (stored.status?.conditions ?? []).length > 0) return;
  const conditions = [{ ...serviceCIDRCondition, lastTransitionTime: formatTime(plane.now()) }];
  await client.resource(kinds.serviceCIDRs).updateStatus({ ...stored, status: { conditions } });
}
