// What the registry does for custom resources beyond their declaration: defaults, validation by schema, rules and scale, and
// conversion between versions.
// Sources: apiextensions-apiserver pkg/registry/customresource/{strategy,validator}.go.

import { equalJson } from "../../machinery/equal.ts";
import { type FieldError, invalid } from "../../machinery/field-error.ts";
import { getSimplePath } from "../../machinery/jsonpath.ts";
import { type Kind, type ScalePaths, storedResource, versionOf } from "../../machinery/kind.ts";
import { deepCopy, type KubeObject } from "../../machinery/object.ts";
import { applyDefaults } from "../../machinery/schema/defaults.ts";
import { prune } from "../../machinery/schema/prune.ts";
import { hasRules, validateRules } from "../../machinery/schema/rules.ts";
import { rootPath, validateSchema } from "../../machinery/schema/validate.ts";
import type { Strategy, StrategyContext } from "../strategy.ts";
import { type ConversionServices, convertByWebhook, versionName, withApiVersion } from "./conversion.ts";
import type { Crd } from "./crd.ts";
import { goTypeName } from "./go-type.ts";

/** Errors that keep rules from being run: rules expect values of the right shape. */
const blocking: ReadonlySet<string> = new Set([
  "FieldValueRequired",
  "FieldValueTooLong",
  "FieldValueTooMany",
  "FieldValueTypeInvalid",
]);
const notChecked =
  "some validation rules were not checked because the object was invalid; correct the existing errors to complete validation";

/** The strategy of a CRD's objects; `kind` is what kindFromCrd made of it. */
export function strategyFromCrd(crd: Crd, kind: Kind, services: ConversionServices): Strategy {
  const strategy: Strategy = {
    unconditionalUpdate: false,
    defaults: (object) => applyDefaults(object, schemaFor(kind, object)),
    validate(object, context) {
      // Updates are validated by validateUpdate, which knows what was wrong before.
      return isUpdate(kind, object, context) ? [] : validateObject(kind, object, undefined, context);
    },
    validateUpdate: (object, old, context) => validateObject(kind, object, old, context),
    validateStatusUpdate: (object, old, context) => validateObject(kind, object, old, context),
    revive: reviver(kind),
  };
  if (crd.spec.conversion?.strategy === "Webhook") {
    strategy.convertMany = (objects, apiVersion) => convertByWebhook(crd, objects, apiVersion, services);
  } else strategy.convert = withApiVersion;
  return strategy;
}

function schemaFor(kind: Kind, object: KubeObject) {
  const version = versionOf(kind, versionName(object.apiVersion)) ?? versionOf(kind, kind.storageVersion);
  return version?.schema ?? {};
}

/** Whether the object is already stored: creates get a uid of their own. */
function isUpdate(kind: Kind, object: KubeObject, context: StrategyContext): boolean {
  const { namespace = "", name = "", uid } = object.metadata;
  const stored = context.state.get(storedResource(kind), namespace, name);
  return stored !== undefined && stored.metadata.uid === uid;
}

/** All errors of an object in its own version. */
function validateObject(
  kind: Kind,
  object: KubeObject,
  old: KubeObject | undefined,
  context: StrategyContext,
): FieldError[] {
  const schema = schemaFor(kind, object);
  const errors = validateSchema(object, schema, { old });
  const scale = versionOf(kind, versionName(object.apiVersion))?.scale;
  if (scale !== undefined) errors.push(...validateScale(object, scale));
  if (!hasRules(schema)) return errors;
  if (errors.some((error) => blocking.has(error.type))) return [...errors, invalid(rootPath, "null", notChecked)];
  errors.push(...validateRules(object, schema, { old, warn: (text) => context.warn(text) }));
  return errors;
}

const mostReplicas = 2 ** 31 - 1;

/** The numbers of replicas are such, and the selector is a text. */
function validateScale(object: KubeObject, scale: ScalePaths): FieldError[] {
  const errors: FieldError[] = [];
  for (const path of [scale.specReplicasPath, scale.statusReplicasPath]) {
    const replicas = getSimplePath(object, path);
    if (replicas === undefined) continue;
    if (typeof replicas !== "number" || !Number.isInteger(replicas)) {
      const shown = JSON.stringify(replicas);
      errors.push(
        invalid(path, 0, `${path} accessor error: ${shown} is of the type ${goTypeName(replicas)}, expected int64`),
      );
    } else if (replicas < 0) errors.push(invalid(path, replicas, "should be a non-negative integer"));
    else if (replicas > mostReplicas) {
      errors.push(invalid(path, replicas, `should be less than or equal to ${mostReplicas}`));
    }
  }
  const { labelSelectorPath: path } = scale;
  const selector = path === undefined || path === "" ? undefined : getSimplePath(object, path);
  if (path !== undefined && selector !== undefined && typeof selector !== "string") {
    const shown = JSON.stringify(selector);
    errors.push(
      invalid(path, "", `${path} accessor error: ${shown} is of the type ${goTypeName(selector)}, expected string`),
    );
  }
  return errors;
}

/**
 * Brings stored objects to the present schema: fields that it no longer knows go, new defaults come. Each stored object is looked at
 * once, as cached objects keep their identity.
 */
function reviver(kind: Kind): (object: KubeObject) => KubeObject {
  const revived = new WeakMap<KubeObject, KubeObject>();
  return (object) => {
    let result = revived.get(object);
    if (result === undefined) {
      const schema = schemaFor(kind, object);
      const present = deepCopy(object);
      prune(present, schema);
      applyDefaults(present, schema);
      result = equalJson(present, object) ? object : present;
      revived.set(object, result);
    }
    return result;
  };
}
