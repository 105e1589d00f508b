// StatefulSets.

import type { Strategy } from "../../apiserver/strategy.ts";
import { type FieldError, forbidden, invalid } from "../../machinery/field-error.ts";
import { labelName } from "../../machinery/names.ts";
import type { JsonObject, KubeObject } from "../../machinery/object.ts";
import { ageColumn, templateColumns, textColumn } from "../columns.ts";
import { defaultTemplateOf } from "../core/pod-defaults.ts";
import { templateWarnings } from "../core/pod-warnings.ts";
import { checkRunningTemplate } from "../core/validation/pod-template.ts";
import { checkClaimSpec } from "../core/volume/persistent-volume-claim.ts";
import { builtin } from "../define.ts";
import { semanticEqual } from "../validation/equality.ts";
import {
  checkEnum,
  checkNonNegativeFields,
  checkRequired,
  isEmpty,
  isNew,
  isSet,
  listOf,
} from "../validation/fields.ts";
import { checkAtMost100Percent, checkIntOrPercent, isZeroOrPercent } from "../validation/int-or-percent.ts";
import { checkWorkloadSelector } from "../validation/label-selectors.ts";
import { checkDnsLabel } from "../validation/names.ts";
import { checkCollisionCount } from "./deployment.ts";
import { checkNoMoreThanReplicas } from "./replicas.ts";

/** What an update may change, as the message that refuses all else lists it. */
const mutableFields = [
  "replicas",
  "ordinals",
  "template",
  "updateStrategy",
  "revisionHistoryLimit",
  "persistentVolumeClaimRetentionPolicy",
  "minReadySeconds",
];

const statefulSetStrategy: Strategy = {
  // Names of its pods are names of hosts.
  validateName: labelName,

  defaults(object) {
    object.spec ??= {};
    const spec: JsonObject = object.spec;
    spec.podManagementPolicy ||= "OrderedReady";
    spec.updateStrategy ??= {};
    const strategy: JsonObject = spec.updateStrategy;
    if (isEmpty(strategy.type)) {
      strategy.type = "RollingUpdate";
      strategy.rollingUpdate ??= {};
    }
    if (strategy.type === "RollingUpdate" && isSet(strategy.rollingUpdate)) strategy.rollingUpdate.partition ??= 0;
    spec.persistentVolumeClaimRetentionPolicy ??= {};
    spec.persistentVolumeClaimRetentionPolicy.whenDeleted ||= "Retain";
    spec.persistentVolumeClaimRetentionPolicy.whenScaled ||= "Retain";
    spec.replicas ??= 1;
    spec.revisionHistoryLimit ??= 10;
    defaultTemplateOf(spec);
    for (const claim of listOf(spec.volumeClaimTemplates)) defaultClaim(claim);
  },

  prepareForCreate(object) {
    object.status = { replicas: 0, availableReplicas: 0 };
  },

  validate(object) {
    const errors: FieldError[] = [];
    checkSpec(object.spec ?? {}, isNew(object), errors);
    return errors;
  },

  validateUpdate(object, old) {
    const same = semanticEqual(withoutMutable(object.spec), withoutMutable(old.spec));
    if (same) return [];
    const [last, ...others] = mutableFields.toReversed().map((field) => `'${field}'`);
    const fields = `${others.toReversed().join(", ")} and ${last}`;
    return [forbidden("spec", `updates to statefulset spec for fields other than ${fields} are forbidden`)];
  },

  validateStatusUpdate: statusErrors,

  warnings: (object, old) => templateWarnings(object.spec?.template, "spec.template", object, old),
};

function defaultClaim(claim: JsonObject): void {
  claim.apiVersion ||= "v1";
  claim.kind ||= "PersistentVolumeClaim";
  if (isSet(claim.spec)) claim.spec.volumeMode ??= "Filesystem";
  claim.status ??= {};
  claim.status.phase ||= "Pending";
}

function withoutMutable(spec: JsonObject | undefined): JsonObject {
  const rest: JsonObject = { ...spec };
  for (const field of mutableFields) delete rest[field];
  return rest;
}

/** Claims and the name of the service cannot change: what was stored of them is not asked about again. */
function checkSpec(spec: JsonObject, isNew: boolean, errors: FieldError[]): void {
  const policy = spec.podManagementPolicy;
  if (checkRequired(policy, "spec.podManagementPolicy", errors) && policy !== "OrderedReady" && policy !== "Parallel") {
    errors.push(invalid("spec.podManagementPolicy", policy, "must be 'OrderedReady' or 'Parallel'"));
  }
  checkUpdateStrategy(spec.updateStrategy ?? {}, "spec.updateStrategy", errors);
  for (const field of ["whenDeleted", "whenScaled"]) {
    const path = `spec.persistentVolumeClaimRetentionPolicy.${field}`;
    checkEnum(spec.persistentVolumeClaimRetentionPolicy?.[field], ["Retain", "Delete"], path, errors, "optional");
  }
  if (isNew) {
    listOf(spec.volumeClaimTemplates).forEach((claim, index) => {
      checkClaimSpec(claim.spec ?? {}, `spec.volumeClaimTemplates[${index}].spec`, errors);
    });
  }
  checkNonNegativeFields(spec, ["replicas", "minReadySeconds"], "spec", errors);
  checkNonNegativeFields(spec.ordinals, ["start"], "spec.ordinals", errors);
  if (isNew && !isEmpty(spec.serviceName)) checkDnsLabel(spec.serviceName, "spec.serviceName", errors);
  checkWorkloadSelector(spec.selector, "statefulset", "spec.selector", errors);
  checkRunningTemplate(podTemplateOf(spec), spec.selector, "StatefulSet", "spec.template", errors);
}

/**
 * The template as the pods will have it: with a volume for each claim template, which takes the place of one of the same name, and
 * without the host name and subdomain, which the controller sets.
 */
function podTemplateOf(spec: JsonObject): JsonObject | undefined {
  if (!isSet(spec.template?.spec)) return spec.template;
  const { hostname: _, subdomain: __, ...podSpec } = spec.template.spec;
  const claims = listOf(spec.volumeClaimTemplates);
  if (claims.length > 0) {
    const names = new Set<string>(claims.map((claim) => claim.metadata?.name ?? ""));
    const others = listOf(podSpec.volumes).filter((volume) => !names.has(volume.name));
    const claimed = [...names].map((name) => ({ name, persistentVolumeClaim: { claimName: name } }));
    podSpec.volumes = [...claimed, ...others];
  }
  return { ...spec.template, spec: podSpec };
}

function checkUpdateStrategy(strategy: JsonObject, path: string, errors: FieldError[]): void {
  const { type, rollingUpdate } = strategy;
  if (!checkRequired(type, path, errors)) return;
  if (type === "OnDelete") {
    if (isSet(rollingUpdate)) {
      errors.push(invalid(`${path}.rollingUpdate`, rollingUpdate, "only allowed for updateStrategy 'RollingUpdate'"));
    }
  } else if (type === "RollingUpdate") {
    checkNonNegativeFields(rollingUpdate, ["partition"], `${path}.rollingUpdate`, errors);
    const maxUnavailable = rollingUpdate?.maxUnavailable;
    if (!isSet(maxUnavailable)) return;
    const at = `${path}.rollingUpdate.maxUnavailable`;
    checkIntOrPercent(maxUnavailable, at, errors);
    if (isZeroOrPercent(maxUnavailable)) errors.push(invalid(at, maxUnavailable, "cannot be 0"));
    checkAtMost100Percent(maxUnavailable, at, errors);
  } else {
    const value = { Type: type, RollingUpdate: rollingUpdate ?? null };
    errors.push(invalid(path, value, "must be 'RollingUpdate' or 'OnDelete'"));
  }
}

const statusCounters = ["replicas", "readyReplicas", "currentReplicas", "updatedReplicas", "availableReplicas"];

function statusErrors(object: KubeObject, old: KubeObject): FieldError[] {
  const errors: FieldError[] = [];
  const status: JsonObject = object.status ?? {};
  checkNonNegativeFields(status, [...statusCounters, "observedGeneration", "collisionCount"], "status", errors);
  checkNoMoreThanReplicas(status, statusCounters.slice(1), errors, "status.readyReplicas");
  checkCollisionCount(status, old.status ?? {}, errors);
  return errors;
}

export const statefulSets = builtin({
  group: "apps",
  kind: "StatefulSet",
  versions: ["v1"],
  shortNames: ["sts"],
  categories: ["all"],
  columns: [
    textColumn("Ready", "How many of the wanted pods are ready", (object) => {
      return `${object.status?.readyReplicas ?? 0}/${object.spec?.replicas ?? 0}`;
    }),
    ageColumn,
    ...templateColumns((object) => object.spec?.template),
  ],
  strategy: statefulSetStrategy,
});
