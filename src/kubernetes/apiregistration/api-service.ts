// The kind APIService: which server answers for a group version. Without a service it is this one.
// Source of the rules and words: kube-aggregator pkg/apis/apiregistration/validation, pkg/registry/apiservice.

import { type FieldError, invalid, notSupported, required } from "../../machinery/field-error.ts";
import { dns1035LabelErrors, pathSegmentNameErrors } from "../../machinery/names.ts";
import type { JsonObject, KubeObject } from "../../machinery/object.ts";
import { formatTime } from "../../machinery/time.ts";
import { ageColumn, textColumn } from "../columns.ts";
import { builtin } from "../define.ts";
import { checkPortNumber, isEmpty, isSet, listOf, numberOf } from "../validation/fields.ts";
import { checkDnsSubdomain, checkName } from "../validation/names.ts";

const defaultPort = 443;
const maxGroupPriority = 20000;
const maxVersionPriority = 1000;
const statuses = ["True", "False", "Unknown"];

export const apiServiceKind = builtin({
  group: "apiregistration.k8s.io",
  kind: "APIService",
  versions: ["v1"],
  categories: ["api-extensions"],
  columns: [
    textColumn("Service", "The service whose server answers, or Local", serviceCell),
    textColumn("Available", "Whether the server answers", availableCell),
    ageColumn,
  ],
  strategy: {
    generation: "none",
    unconditionalUpdate: false,
    validateName: pathSegmentNameErrors,
    defaults(object) {
      if (isSet(object.spec?.service)) object.spec.service.port ??= defaultPort;
    },
    prepareForCreate(object, { now }) {
      object.status = isSet(object.spec?.service) ? {} : { conditions: [localAvailability(now)] };
    },
    validate: validateApiService,
    validateStatusUpdate(object) {
      const errors: FieldError[] = [];
      (listOf(object.status?.conditions) as JsonObject[]).forEach(({ status }, index) => {
        if (statuses.includes(status)) return;
        errors.push(notSupported(`status.conditions[${index}].status`, status ?? "", statuses));
      });
      return errors;
    },
  },
});

/** The condition of an APIService that this server answers for itself. */
function localAvailability(now: Date): JsonObject {
  return {
    type: "Available",
    status: "True",
    lastTransitionTime: formatTime(now),
    reason: "Local",
    message: "Local APIServices are always available",
  };
}

function validateApiService(object: KubeObject): FieldError[] {
  const errors: FieldError[] = [];
  const spec: JsonObject = object.spec ?? {};
  const { group = "", version = "" } = spec;
  const name = `${version}.${group}`;
  if (object.metadata.name !== name) {
    const text = `must be \`spec.version+"."+spec.group\`: ${JSON.stringify(name)}`;
    errors.push(invalid("metadata.name", object.metadata.name ?? "", text));
  }
  if (group !== "") checkDnsSubdomain(group, "spec.group", errors);
  else if (version !== "v1") {
    errors.push(required("spec.group", "only v1 may have an empty group and it better be legacy kube"));
  }
  checkName(dns1035LabelErrors, version, "spec.version", errors);
  checkPriority(spec, "groupPriorityMinimum", maxGroupPriority, errors);
  checkPriority(spec, "versionPriority", maxVersionPriority, errors);
  if (isSet(spec.service)) checkRemote(spec, errors);
  else checkLocal(spec, errors);
  return errors;
}

function checkPriority(spec: JsonObject, field: string, maximum: number, errors: FieldError[]): void {
  const value = numberOf(spec[field]) ?? 0;
  if (value > 0 && value <= maximum) return;
  errors.push(invalid(`spec.${field}`, spec[field] ?? 0, `must be positive and less than ${maximum}`));
}

function checkLocal({ caBundle, insecureSkipTLSVerify }: JsonObject, errors: FieldError[]): void {
  if (!isEmpty(caBundle)) {
    const size = `${Buffer.byteLength(caBundle, "base64")} bytes`;
    errors.push(invalid("spec.caBundle", size, "local APIServices may not have a caBundle"));
  }
  if (insecureSkipTLSVerify === true) {
    errors.push(invalid("spec.insecureSkipTLSVerify", true, "local APIServices may not have insecureSkipTLSVerify"));
  }
}

function checkRemote({ service, caBundle, insecureSkipTLSVerify }: JsonObject, errors: FieldError[]): void {
  if (isEmpty(service.namespace)) errors.push(required("spec.service.namespace"));
  if (isEmpty(service.name)) errors.push(required("spec.service.name"));
  const ports: FieldError[] = [];
  checkPortNumber(service.port, "spec.service.port", ports);
  for (const error of ports) {
    errors.push({ ...error, message: error.message.replace(": must", ": port is not valid: must") });
  }
  if (insecureSkipTLSVerify === true && !isEmpty(caBundle)) {
    errors.push(invalid("spec.insecureSkipTLSVerify", true, "may not be true if caBundle is present"));
  }
}

function serviceCell({ spec }: KubeObject): string {
  return isSet(spec?.service) ? `${spec.service.namespace}/${spec.service.name}` : "Local";
}

function availableCell({ status }: KubeObject): string {
  const condition = (listOf(status?.conditions) as JsonObject[]).find(({ type }) => type === "Available");
  if (condition === undefined) return "Unknown";
  return condition.status === "True" ? "True" : `${condition.status} (${condition.reason ?? ""})`;
}
