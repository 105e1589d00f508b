// Shows stored entries in the version that was asked for. Nearly always that is the version they are stored in, and their bytes
// are the answer; the rest is converted and defaulted, once for all who ask.

import { encodeJson } from "../../machinery/json.ts";
import type { KubeObject } from "../../machinery/object.ts";
import { internalError } from "../../machinery/status-error.ts";
import type { Entry } from "../store/entry.ts";
import type { ServedResource } from "./kind-registry.ts";

/** Whether every entry's bytes already are what the resource shows. */
export function shownAsStored(served: ServedResource): boolean {
  const { kind, strategy } = served;
  return (
    strategy.revive === undefined &&
    kind.custom !== true &&
    kind.storedAs === undefined &&
    served.version.name === kind.storageVersion
  );
}

/** The object in the version of `served`; a promise only where a webhook has to convert it. */
export function presentObject(served: ServedResource, entry: Entry): KubeObject | Promise<KubeObject> {
  return presentStored(served, entry.object);
}

/** The same for an object in its storage version that is not stored, such as what a dry run would leave. */
export function presentStored(served: ServedResource, object: KubeObject): KubeObject | Promise<KubeObject> {
  if (object.apiVersion === served.apiVersion) return revived(served, object);
  if (served.strategy.convert !== undefined) {
    return revived(served, served.strategy.convert(object, served.apiVersion));
  }
  return presentAll(served, [object]).then((objects) => objects[0]!);
}

/** The objects of many entries, converted in one go where that takes a call. */
export function presentObjects(served: ServedResource, entries: readonly Entry[]): Promise<KubeObject[]> {
  return presentAll(
    served,
    entries.map((entry) => entry.object),
  );
}

async function presentAll(served: ServedResource, objects: readonly KubeObject[]): Promise<KubeObject[]> {
  const { strategy, apiVersion } = served;
  const foreign = objects.filter((object) => object.apiVersion !== apiVersion);
  if (foreign.length === 0) return objects.map((object) => revived(served, object));
  let converted: KubeObject[];
  if (strategy.convert !== undefined) converted = foreign.map((object) => strategy.convert!(object, apiVersion));
  else if (strategy.convertMany !== undefined) converted = await strategy.convertMany(foreign, apiVersion);
  else throw internalError(`${served.kind.kind} cannot be converted to ${apiVersion}`);
  let next = 0;
  return objects.map((object) => revived(served, object.apiVersion === apiVersion ? object : converted[next++]!));
}

/** The bytes of an entry in the version of `served`. */
export function presentBytes(served: ServedResource, entry: Entry): Uint8Array | Promise<Uint8Array> {
  if (shownAsStored(served)) return entry.bytes;
  const shown = presentObject(served, entry);
  if (shown instanceof Promise) return shown.then((object) => encodeJson(object));
  return shown === entry.object ? entry.bytes : encodeJson(shown);
}

/** The bytes of many entries, converted in one go where that takes a call. */
export async function presentManyBytes(served: ServedResource, entries: readonly Entry[]): Promise<Uint8Array[]> {
  const objects = await presentObjects(served, entries);
  return objects.map((object, index) => {
    const entry = entries[index]!;
    return object === entry.object ? entry.bytes : encodeJson(object);
  });
}

function revived(served: ServedResource, object: KubeObject): KubeObject {
  return served.strategy.revive === undefined ? object : served.strategy.revive(object);
}

/** The object in the version in which its kind is stored. */
export async function toStored(served: ServedResource, object: KubeObject): Promise<KubeObject> {
  const { strategy, storedApiVersion } = served;
  const wanted = served.kind.storedAs === undefined ? storedApiVersion : storedAsVersion(served);
  if (object.apiVersion === wanted) return object;
  if (strategy.convert !== undefined) return strategy.convert(object, wanted);
  if (strategy.convertMany !== undefined) return (await strategy.convertMany([object], wanted))[0]!;
  throw internalError(`${served.kind.kind} cannot be converted to ${wanted}`);
}

/** Kinds that are kept under another group name their stored apiVersion there; so far that is the core group's v1. */
function storedAsVersion(served: ServedResource): string {
  const group = served.kind.storedAs?.group ?? "";
  return group === "" ? "v1" : `${group}/${served.kind.storageVersion}`;
}
