// The kind CSINode. Source of the rules and words: kubernetes pkg/apis/storage/validation.

import { duplicate, type FieldError, invalid, required } from "../../machinery/field-error.ts";
import { qualifiedNameErrors } from "../../machinery/names.ts";
import type { JsonObject, KubeObject } from "../../machinery/object.ts";
import { ageColumn, countColumn } from "../columns.ts";
import { checkDriverName } from "../core/volume/sources.ts";
import { builtin } from "../define.ts";
import { semanticEqual } from "../validation/equality.ts";
import { checkNonNegative, immutableText, isEmpty, listOf } from "../validation/fields.ts";

const maxNodeID = 256;

export const csiNodeKind = builtin({
  group: "storage.k8s.io",
  kind: "CSINode",
  versions: ["v1"],
  columns: [
    countColumn("Drivers", "Number of drivers on the node", (node) => listOf(node.spec?.drivers).length),
    ageColumn,
  ],
  strategy: {
    generation: "none",
    unconditionalUpdate: false,
    validate(node) {
      const errors: FieldError[] = [];
      const names = new Set<string>();
      (listOf(node.spec?.drivers) as JsonObject[]).forEach((driver, index) => {
        checkDriver(driver, names, `spec.drivers[${index}]`, errors);
      });
      return errors;
    },
    validateUpdate: validateNodeUpdate,
  },
});

/** A driver may come and go; while it is there it does not change, except for what can be allocated. */
function validateNodeUpdate(node: KubeObject, old: KubeObject): FieldError[] {
  const before = new Map((listOf(old.spec?.drivers) as JsonObject[]).map((driver) => [driver.name, driver]));
  return (listOf(node.spec?.drivers) as JsonObject[]).flatMap((driver) => {
    const oldDriver = before.get(driver.name);
    if (oldDriver === undefined) return [];
    const { allocatable: _, ...fixed } = driver;
    const { allocatable: __, ...oldFixed } = oldDriver;
    return semanticEqual(fixed, oldFixed) ? [] : [invalid("spec.drivers", fixed, immutableText)];
  });
}

function checkDriver(driver: JsonObject, names: Set<string>, path: string, errors: FieldError[]): void {
  checkDriverName(driver.name, `${path}.name`, errors);
  const nodeID = String(driver.nodeID ?? "");
  if (nodeID === "") errors.push(required(`${path}.nodeID`));
  if (nodeID.length > maxNodeID) {
    errors.push(invalid(`${path}.nodeID`, nodeID, `must be ${maxNodeID} characters or less`));
  }
  checkNonNegative(driver.allocatable?.count, `${path}.allocatable.count`, errors);
  if (names.has(driver.name)) errors.push(duplicate(`${path}.name`, driver.name));
  names.add(driver.name);
  const keys = new Set<string>();
  for (const key of listOf(driver.topologyKeys)) {
    if (isEmpty(key)) errors.push(required(path));
    if (keys.has(key)) errors.push(duplicate(path, key));
    keys.add(key);
    for (const problem of qualifiedNameErrors(key)) errors.push(invalid(path, driver.topologyKeys, problem));
  }
}
