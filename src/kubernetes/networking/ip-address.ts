// The kind IPAddress: an address of the cluster and the object that holds it.
// Source of the rules and words: kubernetes pkg/apis/networking/validation.

import { type FieldError, required } from "../../machinery/field-error.ts";
import { ipErrors } from "../../machinery/ip.ts";
import type { JsonObject, KubeObject } from "../../machinery/object.ts";
import { textColumn } from "../columns.ts";
import { builtin } from "../define.ts";
import { checkImmutable, isSet } from "../validation/fields.ts";
import { checkDnsSubdomain } from "../validation/names.ts";
import { checkPathSegment, checkSegment } from "./references.ts";

export const ipAddressKind = builtin({
  group: "networking.k8s.io",
  kind: "IPAddress",
  versions: ["v1"],
  shortNames: ["ip"],
  columns: [textColumn("ParentRef", "The object that holds the address", parentCell)],
  strategy: {
    generation: "none",
    validateName: nameErrors,
    validate(object) {
      const errors: FieldError[] = [];
      checkParent(object.spec?.parentRef, errors);
      return errors;
    },
    validateUpdate(object, old) {
      const errors: FieldError[] = [];
      checkImmutable(object.spec?.parentRef, old.spec?.parentRef, "spec.parentRef", errors);
      return errors;
    },
  },
});

/** The name is the address in its canonical form. */
function nameErrors(name: string): string[] {
  return ipErrors(name, { canonical: true });
}

function parentCell(object: KubeObject): string {
  const parent = object.spec?.parentRef ?? {};
  return [[parent.resource, parent.group].filter(Boolean).join("."), parent.namespace, parent.name]
    .filter(Boolean)
    .join("/");
}

function checkParent(parent: JsonObject | undefined, errors: FieldError[]): void {
  const path = "spec.parentRef";
  if (parent === undefined || !isSet(parent)) {
    errors.push(required(path));
    return;
  }
  if (parent.group) checkDnsSubdomain(parent.group, `${path}.group`, errors);
  checkSegment(parent.resource, `${path}.resource`, errors);
  checkSegment(parent.name, `${path}.name`, errors);
  if (parent.namespace) checkPathSegment(parent.namespace, `${path}.namespace`, errors);
}
