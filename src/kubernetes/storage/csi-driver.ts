// The kind CSIDriver. Source of the rules and words: kubernetes pkg/apis/storage/validation, pkg/apis/storage/v1/defaults.go.

import { duplicate, type FieldError, invalid, notSupported } from "../../machinery/field-error.ts";
import type { Column } from "../../machinery/kind.ts";
import type { JsonObject, KubeObject } from "../../machinery/object.ts";
import { ageColumn, none, textColumn } from "../columns.ts";
import { builtin } from "../define.ts";
import { checkImmutable, isSet, listOf, numberOf } from "../validation/fields.ts";

const groupPolicies = ["File", "None", "ReadWriteOnceWithFSType"];
const lifecycleModes = ["Persistent", "Ephemeral"];
const minTokenSeconds = 600;
const minUpdatePeriod = 10;

export const csiDriverKind = builtin({
  group: "storage.k8s.io",
  kind: "CSIDriver",
  versions: ["v1"],
  columns: [
    flagColumn("AttachRequired", "Whether volumes are attached before they are mounted", "attachRequired", true),
    flagColumn("PodInfoOnMount", "Whether the driver is told of the pod", "podInfoOnMount", false),
    flagColumn("StorageCapacity", "Whether the driver reports its capacity", "storageCapacity", false),
    textColumn("TokenRequests", "Audiences of the tokens that the driver gets", tokensCell),
    flagColumn("RequiresRepublish", "Whether volumes are published again and again", "requiresRepublish", false),
    textColumn("Modes", "Kinds of volumes", (driver) => listOf(driver.spec?.volumeLifecycleModes).join(",") || none),
    ageColumn,
  ],
  strategy: {
    unconditionalUpdate: false,
    defaults: defaultDriver,
    validate: validateDriver,
    validateUpdate(driver, old) {
      const errors: FieldError[] = [];
      // The first path is misspelt in Kubernetes too.
      checkImmutable(driver.spec?.attachRequired, old.spec?.attachRequired, "spec.attachedRequired", errors);
      const modes = "volumeLifecycleModes";
      checkImmutable(driver.spec?.[modes], old.spec?.[modes], `spec.${modes}`, errors);
      return errors;
    },
  },
});

function flagColumn(name: string, description: string, field: string, absent: boolean): Column {
  return { name, type: "boolean", description, cell: (driver) => driver.spec?.[field] ?? absent };
}

function tokensCell(driver: KubeObject): string {
  if (!isSet(driver.spec?.tokenRequests)) return "<unset>";
  return listOf(driver.spec.tokenRequests)
    .map((request) => request.audience ?? "")
    .join(",");
}

function defaultDriver(driver: KubeObject): void {
  driver.spec ??= {};
  const { spec } = driver;
  spec.attachRequired ??= true;
  spec.podInfoOnMount ??= false;
  spec.storageCapacity ??= false;
  spec.fsGroupPolicy ??= "ReadWriteOnceWithFSType";
  if (listOf(spec.volumeLifecycleModes).length === 0) spec.volumeLifecycleModes = ["Persistent"];
  spec.requiresRepublish ??= false;
  spec.seLinuxMount ??= false;
}

function validateDriver(driver: KubeObject): FieldError[] {
  const errors: FieldError[] = [];
  const spec: JsonObject = driver.spec ?? {};
  if (!groupPolicies.includes(spec.fsGroupPolicy)) {
    errors.push(notSupported("spec.fsGroupPolicy", spec.fsGroupPolicy, groupPolicies));
  }
  checkTokenRequests(listOf(spec.tokenRequests), errors);
  for (const mode of listOf(spec.volumeLifecycleModes)) {
    if (lifecycleModes.includes(mode)) continue;
    errors.push(notSupported("spec.volumeLifecycleModes", mode, lifecycleModes, "given"));
  }
  const period = numberOf(spec.nodeAllocatableUpdatePeriodSeconds);
  if (period !== undefined && period < minUpdatePeriod) {
    const text = `must be greater than or equal to ${minUpdatePeriod} seconds`;
    errors.push(invalid("spec.nodeAllocatableUpdatePeriodSeconds", period, text));
  }
  if (isSet(spec.serviceAccountTokenInSecrets) && listOf(spec.tokenRequests).length === 0) {
    const text = "serviceAccountTokenInSecrets is set but no tokenRequests are specified";
    errors.push(invalid("spec.serviceAccountTokenInSecrets", spec.serviceAccountTokenInSecrets, text));
  }
  return errors;
}

function checkTokenRequests(requests: readonly JsonObject[], errors: FieldError[]): void {
  const audiences = new Set<string>();
  requests.forEach((request, index) => {
    const path = `spec.tokenRequests[${index}]`;
    const audience: string = request.audience ?? "";
    if (audiences.has(audience)) {
      errors.push(duplicate(`${path}.audience`, audience));
      return;
    }
    audiences.add(audience);
    const seconds = numberOf(request.expirationSeconds);
    if (seconds === undefined) return;
    if (seconds < minTokenSeconds) {
      const text = "may not specify a duration less than 10 minutes";
      errors.push(invalid(`${path}.expirationSeconds`, seconds, text));
    }
    if (seconds > 2 ** 32) {
      const text = "may not specify a duration larger than 2^32 seconds";
      errors.push(invalid(`${path}.expirationSeconds`, seconds, text));
    }
  });
}
