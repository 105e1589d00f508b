// Nobody grants what they do not have. It runs before validation and before the name is looked at: 403 comes before 422 and 409.

import type { AdmissionPlugin, AdmissionRequest } from "../../apiserver/admission.ts";
import type { EscalationCheck } from "../../apiserver/authorization/escalation.ts";

const guarded: ReadonlySet<string> = new Set(["roles", "clusterroles", "rolebindings", "clusterrolebindings"]);

export class RbacEscalation implements AdmissionPlugin {
  readonly name = "RbacEscalation";
  readonly #check: EscalationCheck;

  constructor(check: EscalationCheck) {
    this.#check = check;
  }

  handles({ resource, operation }: AdmissionRequest): boolean {
    return (
      resource.group === "rbac.authorization.k8s.io" &&
      guarded.has(resource.resource) &&
      (operation === "CREATE" || operation === "UPDATE")
    );
  }

  async mutate({ user, object, oldObject, namespace }: AdmissionRequest): Promise<void> {
    const written = object!;
    // What is granted is granted in the namespace of the request, whatever the body leaves out.
    const metadata = namespace === "" ? written.metadata : { ...written.metadata, namespace };
    await this.#check.check({
      user,
      object: { ...written, metadata },
      ...(oldObject !== undefined && { old: oldObject }),
    });
  }
}
