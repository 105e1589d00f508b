// What the operations of the generic registry stand on: one per control plane.

import type { AdmissionRequest } from "../admission.ts";
import type { Authorizer } from "../identity.ts";
import type { PlaneStore } from "../store/plane-store.ts";
import type { StateReader } from "../strategy.ts";
import type { KindRegistry } from "./kind-registry.ts";

/** Runs the admission plug-ins of a plane. */
export interface AdmissionChain {
  /** Lets plug-ins change `request.object`. */
  mutate(request: AdmissionRequest): void | Promise<void>;
  /** Lets plug-ins refuse. */
  validate(request: AdmissionRequest): void | Promise<void>;
  /** Called when a create or update that came to `validate` is over, whatever became of it. */
  release(request: AdmissionRequest): void;
}

export interface RegistryServices {
  readonly store: PlaneStore;
  readonly kinds: KindRegistry;
  /** The newest state, pending writes included. */
  readonly state: StateReader;
  readonly admission: AdmissionChain;
  /** Asked again when a request turns out to be more than its verb says. */
  readonly authorizer: Authorizer;
  /** Random version-4 UUIDs. */
  uuid(): string;
}
