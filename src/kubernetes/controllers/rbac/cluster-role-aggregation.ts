// Fills cluster roles that have an aggregation rule with the rules of the roles that it selects.
// Source: kubernetes pkg/controller/clusterroleaggregation.

import { isDeepStrictEqual } from "node:util";
import type { PolicyRule } from "../../../apiserver/identity.ts";
import type { KubeObject } from "../../../machinery/object.ts";
import { type LabelSelector, labelSelectorToRequirements, matches } from "../../../machinery/selectors.ts";
import type { Controller } from "../../../runtime/controller.ts";
import { ignoreNotFound } from "../ignore.ts";
import { clusterRoles } from "../kinds.ts";

export function clusterRoleAggregation(): Controller {
  return {
    name: "clusterrole-aggregation-controller",
    sources: [
      {
        kind: clusterRoles,
        // Any role may be part of any aggregated one.
        *keys(_role, _old, reader) {
          for (const { metadata, aggregationRule } of reader.list(clusterRoles)) {
            if (aggregationRule !== undefined) yield metadata.name!;
          }
        },
      },
    ],
    async reconcile({ client, reader }, name) {
      const role = reader.get(clusterRoles, name);
      if (role === undefined || role.aggregationRule === undefined) return undefined;
      const rules = aggregatedRules(role, reader.list(clusterRoles));
      if (isDeepStrictEqual(rules, role.rules ?? [])) return undefined;
      const { apiVersion, kind } = role;
      await client
        .resource(clusterRoles)
        .apply(
          { apiVersion, kind, metadata: { name, uid: role.metadata.uid }, rules },
          { fieldManager: "clusterrole-aggregation-controller", force: true },
        )
        .catch(ignoreNotFound);
      return undefined;
    },
  };
}

/** The rules of all roles that an aggregated role selects, by their names, each rule once. */
export function aggregatedRules(role: KubeObject, roles: Iterable<KubeObject>): PolicyRule[] {
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
