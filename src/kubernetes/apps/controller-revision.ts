// ControllerRevisions: immutable snapshots of a workload's state.

import type { Strategy } from "../../apiserver/strategy.ts";
import { type FieldError, required } from "../../machinery/field-error.ts";
import { isObject, type KubeObject, parseApiVersion, qualifiedKind } from "../../machinery/object.ts";
import { ageColumn, countColumn, none, textColumn } from "../columns.ts";
import { builtin } from "../define.ts";
import { checkImmutable, checkNonNegativeFields, isNew, isSet } from "../validation/fields.ts";

const controllerRevisionStrategy: Strategy = {
  generation: "none",

  defaults(object) {
    object.revision ??= 0;
  },

  validate(object) {
    const errors: FieldError[] = [];
    checkNonNegativeFields(object, ["revision"], "", errors);
    if (!isNew(object)) return errors;
    if (!isSet(object.data)) errors.push(required("data", "data is mandatory"));
    else if (!isObject(object.data)) errors.push(required("data", "data must be a valid JSON object"));
    return errors;
  },

  validateUpdate(object, old) {
    const errors: FieldError[] = [];
    checkImmutable(object.data, old.data, "data", errors);
    return errors;
  },
};

function controllerName(object: KubeObject): string {
  const owner = object.metadata.ownerReferences?.find((reference) => reference.controller === true);
  if (owner === undefined) return none;
  const kind = qualifiedKind({ group: parseApiVersion(owner.apiVersion).group, kind: owner.kind });
  return `${kind.toLowerCase()}/${owner.name}`;
}

export const controllerRevisions = builtin({
  group: "apps",
  kind: "ControllerRevision",
  versions: ["v1"],
  columns: [
    textColumn("Controller", "The workload that the revision belongs to", controllerName),
    countColumn("Revision", "The number of the revision", (object) => object.revision, "string"),
    ageColumn,
  ],
  strategy: controllerRevisionStrategy,
});
