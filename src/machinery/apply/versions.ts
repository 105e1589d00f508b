// Objects seen in the versions of their managers. A conversion may have to ask a webhook, so code that needs one is a generator that yields
// the request; `run` answers from a plain function, `runAsync` from one that takes its time.

import { equalJson } from "../equal.ts";
import type { KubeObject } from "../object.ts";
import type { Schema } from "../schema/schema.ts";
import { compareTyped, type Difference, excludeFields } from "./compare.ts";
import { type FieldType, rootTypeOf } from "./field-type.ts";
import { unownedFields, unownedMetadata } from "./object-meta.ts";
import type { FieldSet } from "./set.ts";

/** What is known of a kind's versions. */
export interface Versions {
  /** The schema of whole objects in the version of the request. */
  schema: Schema;
  /** The schema of another version; undefined when there is no such version. Without it all versions have the same schema. */
  schemaFor?(apiVersion: string): Schema | undefined;
  /** Fields that are never owned in a version because the strategy resets them: `spec` for status writes, `status` for others. */
  resetFields?(apiVersion: string): FieldSet | undefined;
}

/** An object and the version it is wanted in. The answer is undefined when there is no such version any more. */
export interface ConversionRequest {
  object: KubeObject;
  apiVersion: string;
}

/** A computation that may need conversions. */
export type Conversions<T> = Generator<ConversionRequest, T, KubeObject | undefined>;

export type Convert = (object: KubeObject, apiVersion: string) => KubeObject | undefined;
export type ConvertAsync = (object: KubeObject, apiVersion: string) => Promise<KubeObject | undefined>;

/** Runs a computation with a conversion at hand. Without one, versions differ in their name only. */
export function run<T>(steps: Conversions<T>, convert: Convert = rename): T {
  let step = steps.next();
  while (!step.done) step = steps.next(convert(step.value.object, step.value.apiVersion));
  return step.value;
}

function rename(object: KubeObject, apiVersion: string): KubeObject {
  return { ...object, apiVersion };
}

/** Runs a computation with a conversion that is asynchronous. */
export async function runAsync<T>(steps: Conversions<T>, convert: ConvertAsync): Promise<T> {
  let step = steps.next();
  while (!step.done) step = steps.next(await convert(step.value.object, step.value.apiVersion));
  return step.value;
}

/** An object in a version; undefined when the version is gone. */
export function* objectAt(
  object: KubeObject,
  apiVersion: string,
  versions: Versions,
): Conversions<KubeObject | undefined> {
  if (object.apiVersion === apiVersion) return object;
  return schemaAt(apiVersion, versions) === undefined ? undefined : yield { object, apiVersion };
}

/** The type of objects in a version; undefined when there is no such version. */
export function typeAt(apiVersion: string, versions: Versions): FieldType | undefined {
  const schema = schemaAt(apiVersion, versions);
  return schema === undefined ? undefined : rootTypeOf(schema);
}

function schemaAt(apiVersion: string, { schema, schemaFor }: Versions): Schema | undefined {
  return schemaFor === undefined ? schema : schemaFor(apiVersion);
}

/** What changed between two objects in fields that can be owned. Both are given in the version of the type. */
export function compareObjects(
  type: FieldType,
  before: KubeObject,
  after: KubeObject,
  resetFields: FieldSet | undefined,
): Difference | undefined {
  if (before === after) return undefined;
  const old = ownable(before);
  const now = ownable(after);
  if (before.metadata === after.metadata || equalJson(old.metadata, now.metadata)) now.metadata = old.metadata;
  const difference = compareTyped(type, old, now);
  return difference === undefined ? undefined : excludeFields(difference, resetFields);
}

/** An object without what nobody owns. */
function ownable(object: KubeObject): { [name: string]: unknown } {
  const result: { [name: string]: unknown } = { metadata: ownableMetadata(object.metadata ?? {}) };
  for (const name in object) if (name !== "metadata" && !unownedFields.has(name)) result[name] = object[name];
  return result;
}

function ownableMetadata(metadata: object): object {
  const result: { [name: string]: unknown } = {};
  for (const name in metadata) {
    if (!unownedMetadata.has(name)) result[name] = (metadata as { [name: string]: unknown })[name];
  }
  return result;
}

/** An object without its managedFields; the same one when it has none. */
export function withoutManagedFields(object: KubeObject): KubeObject {
  if (object.metadata?.managedFields === undefined) return object;
  const { managedFields: _, ...metadata } = object.metadata;
  return { ...object, metadata };
}
