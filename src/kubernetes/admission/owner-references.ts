// Owner references decide what garbage collection deletes: who changes those of an object has to be allowed to delete it, and who blocks
// an owner's deletion to set finalizers on the owner. Source of rules and words: kubernetes plugin/pkg/admission/gc.

import type { AdmissionPlugin, AdmissionRequest } from "../../apiserver/admission.ts";
import type { Authorizer, Decision } from "../../apiserver/identity.ts";
import { refusal } from "../../apiserver/refusal.ts";
import type { KindRegistry } from "../../apiserver/registry/kind-registry.ts";
import { equalJson } from "../../machinery/equal.ts";
import { type OwnerReference, parseApiVersion } from "../../machinery/object.ts";

export class OwnerReferencesPermissionEnforcement implements AdmissionPlugin {
  readonly name = "OwnerReferencesPermissionEnforcement";
  readonly #authorizer: Authorizer;
  readonly #kinds: KindRegistry;

  constructor(authorizer: Authorizer, kinds: KindRegistry) {
    this.#authorizer = authorizer;
    this.#kinds = kinds;
  }

  handles({ operation, subresource, object, oldObject }: AdmissionRequest): boolean {
    if ((operation !== "CREATE" && operation !== "UPDATE") || subresource === "status") return false;
    const owners = object?.metadata?.ownerReferences ?? [];
    const before = oldObject?.metadata?.ownerReferences ?? [];
    return (owners.length > 0 || before.length > 0) && !equalJson(owners, before);
  }

  async validate(request: AdmissionRequest): Promise<void> {
    if (request.operation === "UPDATE") {
      const decision = await this.#ask(request, "delete", { ...request.resource, name: request.name });
      if (decision.decision !== "allow") {
        throw refusal(request, `cannot set an ownerRef on a resource you can't delete: ${decision.reason}, <nil>`);
      }
    }
    for (const owner of newlyBlocking(request)) await this.#checkBlocking(request, owner);
  }

  async #checkBlocking(request: AdmissionRequest, { apiVersion, kind, name }: OwnerReference): Promise<void> {
    const { group, version } = parseApiVersion(apiVersion);
    const served = this.#kinds.forKind({ group, version, kind });
    if (served === undefined) {
      throw refusal(
        request,
        `cannot set blockOwnerDeletion in this case because cannot find RESTMapping for APIVersion ${apiVersion} Kind ${kind}: no matches for kind ${JSON.stringify(kind)} in version ${JSON.stringify(apiVersion)}`,
      );
    }
    const resource = served.kind.plural;
    const namespace = served.kind.namespaced ? request.namespace : "";
    const owner = { group, version, resource, subresource: "finalizers", namespace, name };
    const decision = await this.#ask(request, "update", owner);
    if (decision.decision === "allow") return;
    const why = "cannot set blockOwnerDeletion if an ownerReference refers to a resource you can't set finalizers on";
    throw refusal(request, `${why}: ${decision.reason}, <nil>`);
  }

  #ask(
    { user, namespace, subresource }: AdmissionRequest,
    verb: string,
    resource: {
      group: string;
      version: string;
      resource: string;
      name: string;
      subresource?: string;
      namespace?: string;
    },
  ): Decision | Promise<Decision> {
    return this.#authorizer.authorize({ user, verb, path: "", resource: { subresource, namespace, ...resource } });
  }
}

/** References that block their owner's deletion and did not before. */
function newlyBlocking({ object, oldObject }: AdmissionRequest): OwnerReference[] {
  const before = new Set(
    (oldObject?.metadata.ownerReferences ?? [])
      .filter((reference) => reference.blockOwnerDeletion === true)
      .map((reference) => reference.uid),
  );
  return (object!.metadata.ownerReferences ?? []).filter(
    (reference) => reference.blockOwnerDeletion === true && !before.has(reference.uid),
  );
}
