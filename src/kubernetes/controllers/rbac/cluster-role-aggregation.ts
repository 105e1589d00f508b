// Fills cluster roles that have an aggregation rule with the rules of the roles that it selects.
// Source: kubernetes pkg/controller/clusterroleaggregation.

import { isDeepStrictEqual } from "node:util";
import type { PolicyRule } from "../../../apiserver/identity.ts";
import { type LabelSelector, labelSelectorToRequirements, matches } from "../../../machinery/selectors.ts";
import type { Controller } from "../../../runtime/controller.ts";
import { clusterRoles } from "../../kinds.ts";
import type { ClusterRole } from "../../types.generated.ts";
import { ignoreNotFound } from "../ignore.ts";

const fieldManager = "clusterrole-aggregation-controller";
/** All aggregated roles of a plane are looked at together: they are few, and any role may be part of each. */
const key = "aggregation";

export function clusterRoleAggregation(): Controller {
  return {
    name: "clusterrole-aggregation-controller",
    sources: [{ kind: clusterRoles, keys: () => [key] }],
    async reconcile({ client, reader }) {
      const roles = [...reader.list(clusterRoles)];
      for (const role of roles) {
        if (role.aggregationRule === undefined) continue;
        const rules = aggregatedRules(role, roles);
        if (isDeepStrictEqual(rules, role.rules ?? [])) continue;
        const { apiVersion, kind } = role;
        const { name, uid } = role.metadata;
        await client
          .resource(clusterRoles)
          .apply({ apiVersion, kind, metadata: { name, uid }, rules }, { fieldManager, force: true })
          .catch(ignoreNotFound);
      }
      return undefined;
    },
  };
}

/** The rules of all roles that an aggregated role selects, by their names, each rule once. */
export function aggregatedRules(role: ClusterRole, roles: Iterable<ClusterRole>): PolicyRule[] {
  const selectors: LabelSelector[] = role.aggregationRule?.clusterRoleSelectors ?? [];
  const wanted = selectors.flatMap((selector) => {
    const requirements = labelSelectorToRequirements(selector);
    return requirements === undefined ? [] : [requirements];
  });
  const parts = [...roles]
    .filter(({ metadata }) => metadata.name !== role.metadata.name)
    .filter(({ metadata }) => wanted.some((requirements) => matches(requirements, metadata.labels)))
    .sort((a, b) => (a.metadata.name! < b.metadata.name! ? -1 : 1));
  const rules: PolicyRule[] = [];
  for (const rule of parts.flatMap((part): PolicyRule[] => part.rules ?? [])) {
    if (!rules.some((known) => isDeepStrictEqual(known, rule))) rules.push(rule);
  }
  return rules;
}
