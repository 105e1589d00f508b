// What the engine's directory keeps of a control plane besides its data: its profile and its keys.

import { isObject } from "../../machinery/object.ts";
import { type PlaneKeys, parsePlaneKeys } from "../pki/plane-keys.ts";
import type { Profile } from "./settings.ts";

export interface PlaneMeta {
  profile: Profile;
  keys: PlaneKeys;
}

export function encodePlaneMeta({ profile, keys }: PlaneMeta): string {
  return JSON.stringify({ profile, keys });
}

/** Throws an error that says what is wrong with the stored text. */
export function decodePlaneMeta(text: string): PlaneMeta {
  const value: unknown = JSON.parse(text);
  if (!isObject(value)) throw new Error("the stored description of the control plane is not an object");
  const { profile } = value;
  if (profile !== "hub" && profile !== "cluster" && profile !== "bare") {
    throw new Error(`the stored profile ${JSON.stringify(profile)} of the control plane is unknown`);
  }
  return { profile, keys: parsePlaneKeys(value.keys) };
}
