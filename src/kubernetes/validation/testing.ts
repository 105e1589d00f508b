// What the tests of kinds share: the cells of a table row, the texts of errors, and a context that answers with fixed values.

import type { KindRegistration, StateReader, StrategyContext } from "../../apiserver/strategy.ts";
import { type FieldError, formatFieldError } from "../../machinery/field-error.ts";
import { deepCopy, type KubeObject, qualifiedResource } from "../../machinery/object.ts";

export const testNow = new Date("2026-01-02T00:00:00Z");

/** Errors as users read them. */
export function texts(errors: readonly FieldError[] | undefined): string[] {
  return (errors ?? []).map(formatFieldError);
}

/** The row of an object: cells by column name. */
export function row(registration: KindRegistration, object: KubeObject, version?: string): Record<string, unknown> {
  const { versions } = registration.kind;
  const declared = versions.find(({ name }) => name === version) ?? versions[0];
  return Object.fromEntries((declared?.columns ?? []).map((column) => [column.name, column.cell(object, testNow)]));
}

/** A private copy with the defaults of its kind. */
export function defaulted(registration: KindRegistration, object: KubeObject): KubeObject {
  const copy = deepCopy(object);
  registration.strategy?.defaults?.(copy);
  return copy;
}

/** The errors of an object after its defaults were filled, as on create. */
export function createErrors(registration: KindRegistration, object: KubeObject): string[] {
  return texts(registration.strategy?.validate?.(defaulted(registration, object), testContext()));
}

/** The errors of replacing `old` by `object`, both with defaults. */
export function updateErrors(registration: KindRegistration, object: KubeObject, old: KubeObject): string[] {
  const context = testContext();
  return texts(
    registration.strategy?.validateUpdate?.(defaulted(registration, object), defaulted(registration, old), context),
  );
}

/** A context over some objects, keyed by their resource as in `pods` or `deployments.apps`. */
export function testContext(objects: Record<string, KubeObject[]> = {}, subresource = ""): StrategyContext {
  const state: StateReader = {
    get: (resource, namespace, name) =>
      objects[qualifiedResource(resource)]?.find(
        ({ metadata }) => metadata.name === name && (metadata.namespace ?? "") === namespace,
      ),
    list: (resource, namespace) =>
      (objects[qualifiedResource(resource)] ?? []).filter(
        ({ metadata }) => namespace === undefined || metadata.namespace === namespace,
      ),
  };
  return {
    user: { name: "tester", groups: [] },
    dryRun: false,
    subresource,
    now: testNow,
    state,
    plane: { name: "test", serviceClusterIPRange: "10.0.0.0/16", serviceNodePortRange: { from: 30000, to: 32767 } },
    randomSuffix: (length) => "b".repeat(length),
    warn: () => {},
  };
}
