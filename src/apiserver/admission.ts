// The contract of admission: plug-ins that may change an object, or refuse a request, between authorization and storage.
// Mutating plug-ins run in order, then (for stored kinds) the object is defaulted and validated, then validating plug-ins run.

import type { GroupResource, GroupVersionKind, JsonObject, KubeObject } from "../machinery/object.ts";
import type { UserInfo } from "./identity.ts";
import type { StateReader, StrategyContext } from "./strategy.ts";

export type Operation = "CREATE" | "UPDATE" | "DELETE" | "CONNECT";

export interface AdmissionRequest {
  readonly uid: string;
  readonly operation: Operation;
  readonly kind: GroupVersionKind;
  readonly resource: GroupResource & { version: string };
  readonly subresource: string;
  readonly namespace: string;
  /** "" on create with generateName. */
  readonly name: string;
  readonly user: UserInfo;
  readonly dryRun: boolean;
  /** CreateOptions, UpdateOptions, PatchOptions or DeleteOptions. */
  readonly options: JsonObject;
  /** The new object, in the version of the request; absent on delete. Mutating plug-ins replace or change it (it is private). */
  object?: KubeObject;
  /** Set to `wanted` by a plug-in that changed the object behind the backs of others: mutating plug-ins then run once more. */
  reinvocation: "none" | "wanted" | "running";
  /** The stored object, frozen; absent on create. */
  readonly oldObject?: KubeObject;
  readonly state: StateReader;
  readonly context: StrategyContext;
  warn(text: string): void;
  /** Adds to the audit entry of the request. */
  annotate(key: string, value: string): void;
}

export interface AdmissionPlugin {
  readonly name: string;
  /** Cheap test that spares the rest. */
  handles(request: AdmissionRequest): boolean;
  /** May change `request.object`; throws a StatusError to refuse. */
  mutate?(request: AdmissionRequest): void | Promise<void>;
  /** Throws a StatusError to refuse. */
  validate?(request: AdmissionRequest): void | Promise<void>;
  /** Called when a create or update is over, committed or not: quota then counts what is stored instead of what it reserved. */
  release?(request: AdmissionRequest): void;
}
