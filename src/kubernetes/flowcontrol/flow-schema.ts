// The kind FlowSchema: which requests share a priority level.
// Source of the rules and words: kubernetes pkg/apis/flowcontrol/{v1/defaults.go,validation}, pkg/printers/internalversion.

import { type FieldError, invalid, notSupported, required } from "../../machinery/field-error.ts";
import type { JsonObject, KubeObject } from "../../machinery/object.ts";
import { ageColumn, none, textColumn } from "../columns.ts";
import { builtin } from "../define.ts";
import { semanticEqual } from "../validation/equality.ts";
import { isEmpty, isSet, listOf, numberOf } from "../validation/fields.ts";
import { checkDnsSubdomain } from "../validation/names.ts";
import { mandatoryFlowControl } from "./bootstrap.ts";
import { checkConditions } from "./conditions.ts";
import { checkPolicyRules } from "./policy-rules.ts";

const defaultPrecedence = 1000;
const maxPrecedence = 10000;
const distinguishers = ["ByNamespace", "ByUser"];

export const flowSchemaKind = builtin({
  group: "flowcontrol.apiserver.k8s.io",
  kind: "FlowSchema",
  versions: ["v1"],
  columns: [
    textColumn("PriorityLevel", "The priority level of the requests", ({ spec }) =>
      String(spec?.priorityLevelConfiguration?.name ?? ""),
    ),
    textColumn("MatchingPrecedence", "Lower numbers are matched first", ({ spec }) =>
      String(spec?.matchingPrecedence ?? 0),
    ),
    textColumn(
      "DistinguisherMethod",
      "How flows are told apart",
      ({ spec }) => spec?.distinguisherMethod?.type ?? none,
    ),
    ageColumn,
    textColumn("MissingPL", "Whether the priority level is missing", missingCell),
  ],
  strategy: {
    defaults(object) {
      if (isSet(object.spec)) object.spec.matchingPrecedence ||= defaultPrecedence;
    },
    validate: validateFlowSchema,
    validateStatusUpdate(object) {
      const errors: FieldError[] = [];
      checkConditions(object, errors);
      return errors;
    },
  },
});

function missingCell({ status }: KubeObject): string {
  const dangling = (listOf(status?.conditions) as JsonObject[]).find(({ type }) => type === "Dangling");
  return dangling?.status ?? "?";
}

function validateFlowSchema(object: KubeObject): FieldError[] {
  const errors: FieldError[] = [];
  const name = object.metadata.name ?? "";
  const spec: JsonObject = object.spec ?? {};
  checkPrecedence(name, spec.matchingPrecedence ?? 0, errors);
  const method = spec.distinguisherMethod;
  if (isSet(method) && !distinguishers.includes(method.type)) {
    errors.push(notSupported("spec.distinguisherMethod.type", method, distinguishers));
  }
  const level = spec.priorityLevelConfiguration?.name;
  const levelPath = "spec.priorityLevelConfiguration.name";
  if (isEmpty(level)) errors.push(required(levelPath, "must reference a priority level"));
  else checkDnsSubdomain(level, levelPath, errors);
  (listOf(spec.rules) as JsonObject[]).forEach((rule, index) => {
    checkPolicyRules(rule, `spec.rules[${index}]`, errors);
  });
  const fixed = mandatoryFlowControl.flowSchemas.find(({ metadata }) => metadata.name === name);
  if (fixed !== undefined && !semanticEqual(spec, fixed.spec)) {
    errors.push(invalid("spec", spec, `spec of '${name}' must equal the fixed value`));
  }
  checkConditions(object, errors);
  return errors;
}

function checkPrecedence(name: string, value: unknown, errors: FieldError[]): void {
  const path = "spec.matchingPrecedence";
  const precedence = numberOf(value) ?? 0;
  if (precedence <= 0) errors.push(invalid(path, value, "must be a positive value"));
  if (precedence > maxPrecedence) errors.push(invalid(path, value, `must not be greater than ${maxPrecedence}`));
  if (precedence === 1 && name !== "exempt") {
    errors.push(invalid(path, value, "only the schema named 'exempt' may have matchingPrecedence 1"));
  }
}
