// Says in the status of a ValidatingAdmissionPolicy what the types of its resources tell of its expressions, once per generation.
// Source: kubernetes pkg/controller/validatingadmissionpolicystatus.

import { checkPolicyTypes, type TypeResolver } from "../../../apiserver/policies/type-checking.ts";
import type { KindRegistry, ServedResource } from "../../../apiserver/registry/kind-registry.ts";
import type { Controller } from "../../../runtime/controller.ts";
import type { ControllerEnvironment } from "../../../runtime/module.ts";
import { validatingAdmissionPolicies } from "../../kinds.ts";
import { ignoreNotFound } from "../ignore.ts";

const fieldManager = "validatingadmissionpolicy-status-controller";

export function policyStatusController(environment: ControllerEnvironment): Controller {
  return {
    name: fieldManager,
    sources: [{ kind: validatingAdmissionPolicies }],
    async reconcile({ plane, client, reader }, name) {
      const policy = reader.get(validatingAdmissionPolicies, name);
      const kinds = environment.plane(plane)?.kinds;
      // A foreign hub checks the types of its policies itself.
      if (policy === undefined || kinds === undefined) return undefined;
      const { generation } = policy.metadata;
      if (policy.status?.observedGeneration === generation) return undefined;
      const expressionWarnings = checkPolicyTypes(policy, resolverOf(kinds));
      const typeChecking = expressionWarnings.length === 0 ? {} : { expressionWarnings };
      const { apiVersion, kind } = policy;
      await client
        .resource(validatingAdmissionPolicies)
        .apply(
          { apiVersion, kind, metadata: { name }, status: { observedGeneration: generation, typeChecking } },
          { fieldManager, force: true, subresource: "status" },
        )
        .catch(ignoreNotFound);
      return undefined;
    },
  };
}

function resolverOf(kinds: KindRegistry): TypeResolver {
  const typed = (served: ServedResource | undefined) =>
    served && { kind: served.groupVersionKind, schema: served.version.schema };
  return {
    resource: (group, version, resource) => typed(kinds.resource(group, version, resource)),
    kind: (kind) => typed(kinds.forKind(kind)),
  };
}
