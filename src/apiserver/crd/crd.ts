// CustomResourceDefinition (apiextensions.k8s.io/v1) as our code reads it. Objects of this shape were decoded against the schema of
// the kind, so types can be trusted; whether they make sense is for crd-validation.ts.

import type { JsonObject, KubeObject, ObjectMeta } from "../../machinery/object.ts";

export interface CrdNames {
  plural: string;
  kind: string;
  singular?: string;
  listKind?: string;
  shortNames?: string[];
  categories?: string[];
}

export interface CrdColumn {
  name: string;
  type: string;
  jsonPath: string;
  format?: string;
  description?: string;
  priority?: number;
}

export interface CrdSubresources {
  status?: JsonObject;
  scale?: { specReplicasPath: string; statusReplicasPath: string; labelSelectorPath?: string };
}

export interface CrdVersion {
  name: string;
  served: boolean;
  storage: boolean;
  deprecated?: boolean;
  deprecationWarning?: string;
  /** The schema as its author wrote it. */
  schema?: { openAPIV3Schema?: JsonObject };
  subresources?: CrdSubresources;
  additionalPrinterColumns?: CrdColumn[];
  selectableFields?: { jsonPath: string }[];
}

export interface WebhookClientConfig {
  url?: string;
  service?: { namespace: string; name: string; path?: string; port?: number };
  /** Base64 of PEM. */
  caBundle?: string;
}

export interface CrdConversion {
  strategy: string;
  webhook?: { clientConfig?: WebhookClientConfig; conversionReviewVersions?: string[] };
}

export interface CrdSpec {
  group: string;
  names: CrdNames;
  scope: string;
  versions: CrdVersion[];
  conversion?: CrdConversion;
  preserveUnknownFields?: boolean;
}

export interface CrdCondition {
  type: string;
  status: "True" | "False" | "Unknown";
  lastTransitionTime?: string;
  reason?: string;
  message?: string;
}

export interface CrdStatus {
  conditions?: CrdCondition[];
  acceptedNames?: Partial<CrdNames>;
  storedVersions?: string[];
}

export interface Crd extends KubeObject {
  metadata: ObjectMeta;
  spec: CrdSpec;
  status?: CrdStatus;
}

export const crdGroup = "apiextensions.k8s.io";
export const crdResource = { group: crdGroup, resource: "customresourcedefinitions" };

/** Whether a condition of the CRD is True. */
export function isConditionTrue(crd: Crd, type: string): boolean {
  return crd.status?.conditions?.some((condition) => condition.type === type && condition.status === "True") === true;
}

/** Whether the group belongs to the Kubernetes project, whose APIs need an approval. */
export function isProtectedGroup(group: string): boolean {
  return ["k8s.io", "kubernetes.io"].some((domain) => group === domain || group.endsWith(`.${domain}`));
}

export type ApiApproval =
  | { state: "approved" | "bypassed"; reason: string }
  | { state: "missing" | "invalid"; reason: string };

export const approvalAnnotation = "api-approved.kubernetes.io";

/** What the annotation of a protected group says. */
export function apiApproval(annotations: Record<string, string> | undefined): ApiApproval {
  const value = annotations?.[approvalAnnotation] ?? "";
  const rule = `protected groups must have approval annotation ${JSON.stringify(approvalAnnotation)}`;
  const link = "see https://github.com/kubernetes/enhancements/pull/1111";
  if (value === "") return { state: "missing", reason: `${rule}, ${link}` };
  if (value.startsWith("unapproved")) return { state: "bypassed", reason: `not approved: ${JSON.stringify(value)}` };
  if (URL.canParse(value)) return { state: "approved", reason: `approved in ${value}` };
  return { state: "invalid", reason: `${rule} with either a URL or a reason starting with "unapproved", ${link}` };
}
