// What a kind does beyond its declaration: small hooks around the generic registry. A kind never gets a handler of its own for the
// ordinary verbs. Hooks are synchronous and see the latest state, so what they decide cannot be overtaken.

import type { FieldError } from "../machinery/field-error.ts";
import type { Kind } from "../machinery/kind.ts";
import type { GroupResource, JsonObject, KubeObject } from "../machinery/object.ts";
import type { Schema } from "../machinery/schema/schema.ts";
import type { UserInfo } from "./identity.ts";

/** Reads of the newest state of a control plane, pending writes included. Objects are frozen and in their storage version. */
export interface StateReader {
  get(resource: GroupResource, namespace: string, name: string): KubeObject | undefined;
  /** All objects of a resource, or those of one namespace, in key order. */
  list(resource: GroupResource, namespace?: string): Iterable<KubeObject>;
}

/** What a hook knows of the request that it serves. */
export interface StrategyContext {
  readonly user: UserInfo;
  readonly dryRun: boolean;
  readonly subresource: string;
  readonly now: Date;
  readonly state: StateReader;
  readonly plane: PlaneFacts;
  /** A random lower-case suffix in the alphabet of Kubernetes names (no vowels). */
  randomSuffix(length: number): string;
  /** Adds a Warning header to the answer. */
  warn(text: string): void;
}

/** Settings of a control plane that strategies need. */
export interface PlaneFacts {
  readonly name: string;
  readonly serviceClusterIPRange: string;
  readonly serviceNodePortRange: { from: number; to: number };
}

export interface Strategy {
  /**
   * Fills the defaults that the schema does not hold. Called on a private, decoded object before admission and again after it,
   * so it must be idempotent. `old` is absent on create.
   */
  defaults?(object: KubeObject, old?: KubeObject): void;

  /** Clears and sets fields that a client may not choose. The registry itself resets `status`, `metadata` and `generation`. */
  prepareForCreate?(object: KubeObject, context: StrategyContext): void;
  prepareForUpdate?(object: KubeObject, old: KubeObject, context: StrategyContext): void;

  /** Errors with the paths and words of Kubernetes. Metadata and schema were already validated. */
  validate?(object: KubeObject, context: StrategyContext): FieldError[];
  /** Called besides `validate` on updates of the main resource. */
  validateUpdate?(object: KubeObject, old: KubeObject, context: StrategyContext): FieldError[];
  /** Called instead on updates of `/status`. */
  validateStatusUpdate?(object: KubeObject, old: KubeObject, context: StrategyContext): FieldError[];
  /** Texts for Warning headers. */
  warnings?(object: KubeObject, old: KubeObject | undefined): string[];

  /** Rule of names; a DNS subdomain when absent. Returns texts such as those of Kubernetes, none when valid. */
  validateName?(name: string, isPrefix: boolean): string[];

  /**
   * Last look before the commit, on the newest state, in the same turn as the commit decision: allocate addresses, check
   * uniqueness. May change `object` (create, update) and may throw a StatusError. Not called for dry runs when `onlyPersisted`.
   */
  beforeCommit?(change: { object?: KubeObject; old?: KubeObject }, context: StrategyContext): void;

  /** Seconds of grace that a delete leaves the object; undefined deletes at once. Sets what else the deletion changes. */
  graceOnDelete?(object: KubeObject, requested: number | undefined): number | undefined;

  /** Whether a PUT or apply may make the object (Lease, Endpoints, Event…; server-side apply always may). Default false. */
  createOnUpdate?: boolean;
  /** Whether an update without resourceVersion is allowed. Default true; false for custom resources' PUT. */
  unconditionalUpdate?: boolean;
  /** Default propagation when the client names none. Default background. */
  defaultPropagation?: "orphan" | "background";
  /** Fields that count for `metadata.generation`: all but metadata and status ("spec", the default), or none. */
  generation?: "spec" | "none";
  /** Top-level fields owned by `/status` where that is more than `status`. */
  statusFields?: string[];

  /** Converts to another of the kind's versions; needed when it has several with different shapes. Pure; returns a new object. */
  convert?(object: KubeObject, apiVersion: string): KubeObject;

  /** The same where it takes a call to another server: webhook conversion. All objects are of this kind, in any of its versions. */
  convertMany?(objects: readonly KubeObject[], apiVersion: string): Promise<KubeObject[]>;
  /**
   * Brings an object that was stored under an older schema to today's (defaults added since), in the version that is shown.
   * Pure; returns the same object when there is nothing to do.
   */
  revive?(object: KubeObject): KubeObject;

  /** What else than finalizers keeps a deleted object (the `spec.finalizers` of namespaces). */
  holdsDeletion?(object: KubeObject): boolean;
  /** Changes a private copy of an object that is now marked as being deleted (the phase of namespaces). */
  onDeletionMarked?(object: KubeObject): void;
  /** Whether a create may bring a status along (nodes do). Default: it is cleared. */
  keepsStatusOnCreate?: boolean;
  /** Whether updates of `/status` may change labels, annotations and finalizers. Default: only for the core group. */
  statusUpdatesMetadata?: boolean;

  /** Subresources besides `status` and `scale`. */
  subresources?: Record<string, Subresource>;

  /** For kinds that are not stored (reviews): answers a create. */
  answer?(object: KubeObject, request: ActionRequest): KubeObject | Promise<KubeObject>;
}

/** A subresource is either another view that writes a part of the object, or an action. */
export type Subresource = PartSubresource | ActionSubresource;

/** GET, PUT and PATCH of the whole object, of which only a part is taken over: `approval`, `ephemeralcontainers`, `resize`, `finalize`. */
export interface PartSubresource {
  type: "part";
  /** Returns the object to store: `current` with the part of `submitted` that this subresource may write. */
  merge(current: KubeObject, submitted: KubeObject, context: StrategyContext): KubeObject;
  validate?(object: KubeObject, old: KubeObject, context: StrategyContext): FieldError[];
  verbs: readonly ("get" | "update" | "patch")[];
}

/** POST (or another verb) with a body of its own kind: `token`, `binding`, `eviction`. */
export interface ActionSubresource {
  type: "action";
  /** The kind of body and answer, for decoding, discovery and OpenAPI. */
  body: { group: string; version: string; kind: string };
  /** Schema of the body. */
  schema: Schema;
  verbs: readonly string[];
  perform(object: KubeObject, body: KubeObject, request: ActionRequest): KubeObject | Promise<KubeObject>;
}

/** What an action may use. */
export interface ActionRequest extends StrategyContext {
  readonly resource: GroupResource;
  readonly namespace: string;
  readonly name: string;
  readonly options: JsonObject;
  readonly services: PlaneServices;
}

/** What a control plane offers to actions and reviews. */
export interface PlaneServices {
  /** Reads the newest object, lets `change` return the next one, and commits it; `change` may be called again after a conflict. */
  update(
    resource: GroupResource,
    namespace: string,
    name: string,
    change: (current: KubeObject) => KubeObject,
    context: StrategyContext,
  ): Promise<KubeObject>;
  delete(
    resource: GroupResource,
    namespace: string,
    name: string,
    options: JsonObject,
    context: StrategyContext,
  ): Promise<void>;
  authenticateToken(token: string, audiences: string[]): Promise<TokenResult>;
  authorize(attributes: import("./identity.ts").Attributes): Promise<import("./identity.ts").Decision>;
  rulesFor(user: UserInfo, namespace: string): import("./identity.ts").PolicyRule[];
  /** Signs a service-account token. Times in seconds. */
  issueServiceAccountToken(claims: ServiceAccountTokenClaims): { token: string; expiresAt: Date };
  /** The audiences that this API server answers to. */
  readonly apiAudiences: readonly string[];
}

export type TokenResult =
  | { authenticated: true; user: UserInfo; audiences: string[] }
  | { authenticated: false; error?: string };

export interface ServiceAccountTokenClaims {
  namespace: string;
  serviceAccount: { name: string; uid: string };
  audiences: string[];
  expirationSeconds: number;
  bound?: { kind: "Pod" | "Secret" | "Node"; name: string; uid: string };
  /** The node of a bound pod. */
  node?: { name: string; uid?: string };
}

/** A kind with its strategy: what a module hands to the registry. */
export interface KindRegistration {
  kind: Kind;
  strategy?: Strategy;
}
