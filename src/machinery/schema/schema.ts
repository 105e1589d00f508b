// The schema of a kind: OpenAPI v3 with the Kubernetes extensions, linked (no `$ref`; shared types are shared objects, so the
// graph may have cycles and a walker must follow the data, never the schema alone).
// Pruning, defaulting, validation, strategic merge, server-side apply, CEL types and OpenAPI all read this one form.

import type { Json } from "../object.ts";

export interface Schema {
  /** Name of the shared type, such as `io.k8s.api.core.v1.PodSpec`; absent in schemas of CRDs. */
  definition?: string;

  type?: "object" | "array" | "string" | "integer" | "number" | "boolean";
  /** Among the usual ones: `int-or-string`, `quantity`, `date-time`, `micro-time`, `byte`, `int32`, `int64`, `double`. */
  format?: string;
  title?: string;
  description?: string;
  default?: Json;
  nullable?: boolean;
  enum?: Json[];
  example?: Json;

  properties?: { [name: string]: Schema };
  additionalProperties?: boolean | Schema;
  required?: string[];
  items?: Schema;

  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: boolean;
  exclusiveMaximum?: boolean;
  multipleOf?: number;
  minLength?: number;
  maxLength?: number;
  pattern?: string;
  minItems?: number;
  maxItems?: number;
  uniqueItems?: boolean;
  minProperties?: number;
  maxProperties?: number;
  allOf?: Schema[];
  anyOf?: Schema[];
  oneOf?: Schema[];
  not?: Schema;

  "x-kubernetes-preserve-unknown-fields"?: boolean;
  "x-kubernetes-embedded-resource"?: boolean;
  "x-kubernetes-int-or-string"?: boolean;
  "x-kubernetes-list-type"?: "atomic" | "set" | "map";
  "x-kubernetes-list-map-keys"?: string[];
  "x-kubernetes-map-type"?: "atomic" | "granular";
  "x-kubernetes-patch-merge-key"?: string;
  "x-kubernetes-patch-strategy"?: string;
  "x-kubernetes-unions"?: Json;
  "x-kubernetes-validations"?: ValidationRule[];
  "x-kubernetes-group-version-kind"?: { group: string; version: string; kind: string }[];
}

/** One CEL rule, `x-kubernetes-validations[i]`. */
export interface ValidationRule {
  rule: string;
  message?: string;
  messageExpression?: string;
  reason?: "FieldValueInvalid" | "FieldValueForbidden" | "FieldValueRequired" | "FieldValueDuplicate";
  fieldPath?: string;
  optionalOldSelf?: boolean;
}
