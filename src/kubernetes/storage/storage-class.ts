// The kind StorageClass. Source of the rules and words: kubernetes pkg/apis/storage/validation, pkg/apis/storage/v1/defaults.go.

import { duplicate, type FieldError, forbidden, required } from "../../machinery/field-error.ts";
import type { JsonObject, KubeObject } from "../../machinery/object.ts";
import { ageColumn, textColumn } from "../columns.ts";
import { builtin } from "../define.ts";
import { semanticEqual } from "../validation/equality.ts";
import { checkEnum, checkImmutable, listOf } from "../validation/fields.ts";
import { checkQualifiedName } from "../validation/names.ts";
import { nameColumnWithDefault } from "./default-class.ts";
import { checkParameters, checkProvisioner } from "./parameters.ts";

const reclaimPolicies = ["Delete", "Retain"];
const bindingModes = ["Immediate", "WaitForFirstConsumer"];

export const storageClassKind = builtin({
  group: "storage.k8s.io",
  kind: "StorageClass",
  versions: ["v1"],
  shortNames: ["sc"],
  columns: [
    nameColumnWithDefault([
      "storageclass.kubernetes.io/is-default-class",
      "storageclass.beta.kubernetes.io/is-default-class",
    ]),
    textColumn("Provisioner", "What makes the volumes", (object) => object.provisioner ?? ""),
    textColumn(
      "ReclaimPolicy",
      "What happens to volumes that are released",
      (object) => object.reclaimPolicy ?? "Delete",
    ),
    textColumn("VolumeBindingMode", "When volumes are made", (object) => object.volumeBindingMode ?? "Immediate"),
    {
      name: "AllowVolumeExpansion",
      type: "string",
      description: "Whether volumes can grow",
      cell: (object) => object.allowVolumeExpansion ?? false,
    },
    ageColumn,
  ],
  strategy: {
    generation: "none",
    defaults(object) {
      object.reclaimPolicy ??= "Delete";
      object.volumeBindingMode ??= "Immediate";
    },
    validate: validateClass,
    validateUpdate: validateClassUpdate,
  },
});

function validateClass(object: KubeObject): FieldError[] {
  const errors: FieldError[] = [];
  checkProvisioner(object.provisioner, "provisioner", errors);
  checkParameters(object.parameters, "parameters", errors);
  checkEnum(object.reclaimPolicy, reclaimPolicies, "reclaimPolicy", errors);
  checkEnum(object.volumeBindingMode, bindingModes, "volumeBindingMode", errors);
  checkTopologies(listOf(object.allowedTopologies), errors);
  return errors;
}

function checkTopologies(terms: readonly JsonObject[], errors: FieldError[]): void {
  terms.forEach((term, index) => {
    const path = `allowedTopologies[${index}].matchLabelExpressions`;
    const expressions: JsonObject[] = listOf(term.matchLabelExpressions);
    if (expressions.length === 0) errors.push(required(path));
    const keys = new Set<string>();
    expressions.forEach((expression, at) => {
      checkExpression(expression, `${path}[${at}]`, errors);
      if (keys.has(expression.key)) errors.push(duplicate(`${path}[${at}].key`, expression.key));
      keys.add(expression.key);
    });
    if (terms.slice(0, index).some((earlier) => semanticEqual(earlier, term))) errors.push(duplicate(path, ""));
  });
}

function checkExpression(expression: JsonObject, path: string, errors: FieldError[]): void {
  const values: string[] = listOf(expression.values);
  if (values.length === 0) errors.push(required(`${path}.values`));
  values.forEach((value, index) => {
    if (values.indexOf(value) < index) errors.push(duplicate(`${path}.values[${index}]`, value));
  });
  checkQualifiedName(expression.key, `${path}.key`, errors);
}

function validateClassUpdate(object: KubeObject, old: KubeObject): FieldError[] {
  const errors: FieldError[] = [];
  for (const field of ["parameters", "provisioner", "reclaimPolicy"]) {
    if (!semanticEqual(object[field], old[field])) {
      errors.push(forbidden(field, `updates to ${field} are forbidden.`));
    }
  }
  checkImmutable(object.volumeBindingMode, old.volumeBindingMode, "volumeBindingMode", errors);
  return errors;
}
