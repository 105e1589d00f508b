// The kind IngressClass. Source of the rules and words: kubernetes pkg/apis/networking/validation.

import { type FieldError, forbidden, required, tooLong } from "../../machinery/field-error.ts";
import { dns1123LabelErrors } from "../../machinery/names.ts";
import type { JsonObject, KubeObject } from "../../machinery/object.ts";
import { ageColumn, none, textColumn } from "../columns.ts";
import { builtin } from "../define.ts";
import { checkEnum, checkImmutable, isEmpty, isSet } from "../validation/fields.ts";
import { checkDomainPrefixedPath, checkName } from "../validation/names.ts";
import { checkTypedReference } from "./references.ts";

const maxController = 250;
const scopes = ["Cluster", "Namespace"];

export const ingressClassKind = builtin({
  group: "networking.k8s.io",
  kind: "IngressClass",
  versions: ["v1"],
  columns: [
    textColumn("Controller", "Which controller serves the class", (object) => object.spec?.controller ?? ""),
    textColumn("Parameters", "An object with more settings", parametersCell),
    ageColumn,
  ],
  strategy: {
    defaults(object) {
      const parameters = object.spec?.parameters;
      if (isSet(parameters)) parameters.scope ??= "Cluster";
    },
    validate(object) {
      const errors: FieldError[] = [];
      checkController(object.spec?.controller, errors);
      if (isSet(object.spec?.parameters)) checkParameters(object.spec.parameters, errors);
      return errors;
    },
    validateUpdate(object, old) {
      const errors: FieldError[] = [];
      checkImmutable(object.spec?.controller, old.spec?.controller, "spec.controller", errors);
      return errors;
    },
  },
});

function parametersCell(object: KubeObject): string {
  const parameters = object.spec?.parameters;
  if (!isSet(parameters)) return none;
  const group = isSet(parameters.apiGroup) ? `.${parameters.apiGroup}` : "";
  return `${parameters.kind}${group}/${parameters.name}`;
}

function checkController(value: unknown, errors: FieldError[]): void {
  const path = "spec.controller";
  const controller = String(value ?? "");
  if (Buffer.byteLength(controller) > maxController) errors.push(tooLong(path, maxController));
  checkDomainPrefixedPath(controller, path, errors);
}

function checkParameters(parameters: JsonObject, errors: FieldError[]): void {
  const path = "spec.parameters";
  checkTypedReference(parameters, path, errors);
  checkEnum(parameters.scope, scopes, `${path}.scope`, errors);
  if (parameters.scope === "Namespace") {
    if (!isSet(parameters.namespace)) {
      errors.push(required(`${path}.namespace`, "`parameters.scope` is set to 'Namespace'"));
    } else checkName(dns1123LabelErrors, parameters.namespace, `${path}.namespace`, errors);
  }
  if (parameters.scope === "Cluster" && !isEmpty(parameters.namespace)) {
    errors.push(forbidden(`${path}.namespace`, "`parameters.scope` is set to 'Cluster'"));
  }
}
