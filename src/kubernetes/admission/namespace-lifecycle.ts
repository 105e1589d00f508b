// Nothing is made in a namespace that does not exist or is being deleted, and some namespaces stay.
// Source of rules and words: apiserver/pkg/admission/plugin/namespace/lifecycle.

import type { AdmissionPlugin, AdmissionRequest } from "../../apiserver/admission.ts";
import { refusal } from "../../apiserver/refusal.ts";
import { forbiddenError, notFoundError } from "../../machinery/status-error.ts";
import { resources } from "./requests.ts";

const immortal: ReadonlySet<string> = new Set(["default", "kube-system", "kube-public"]);

export class NamespaceLifecycle implements AdmissionPlugin {
  readonly name = "NamespaceLifecycle";

  handles({ operation, namespace, resource }: AdmissionRequest): boolean {
    if (operation === "DELETE") return isNamespace(resource);
    if (isNamespace(resource)) return false;
    return namespace !== "" && operation !== "CONNECT" && !isAccessReview(resource);
  }

  mutate(request: AdmissionRequest): void {
    if (request.operation !== "DELETE") checkNamespace(request);
    else if (immortal.has(request.name) && request.subresource === "") {
      throw forbiddenError(request.resource, request.name, "this namespace may not be deleted");
    }
  }

  /** Again, as the plug-ins between may have taken their time. */
  validate(request: AdmissionRequest): void {
    if (request.operation === "CREATE") checkNamespace(request);
  }
}

function isNamespace({ group, resource }: AdmissionRequest["resource"]): boolean {
  return resource === "namespaces" && group === "";
}

function isAccessReview({ group, resource }: AdmissionRequest["resource"]): boolean {
  return resource === "localsubjectaccessreviews" && group === "authorization.k8s.io";
}

function checkNamespace(request: AdmissionRequest): void {
  const { namespace, operation } = request;
  const found = request.state.get(resources.namespaces, "", namespace);
  if (found === undefined) throw notFoundError(resources.namespaces, namespace);
  if (operation !== "CREATE" || found.status?.phase !== "Terminating") return;
  const why = `unable to create new content in namespace ${namespace} because it is being terminated`;
  const error = refusal(request, why);
  error.status.details!.causes = [
    {
      reason: "NamespaceTerminating",
      message: `namespace ${namespace} is being terminated`,
      field: "metadata.namespace",
    },
  ];
  throw error;
}
