// What the operations of the generic registry stand on: one per control plane.

import type { AdmissionRequest } from "../admission.ts";
import type { PlaneStore } from "../store/plane-store.ts";
import type { StateReader } from "../strategy.ts";
import type { KindRegistry } from "./kind-registry.ts";

/** Runs the admission plug-ins of a plane. */
export interface AdmissionChain {
  /** Lets plug-ins change `request.object`. */
  mutate(request: AdmissionRequest): void | Promise<void>;
  /** Lets plug-ins refuse; after it the request is committed, or abandoned. */
  validate(request: AdmissionRequest): void | Promise<void>;
  abandon(request: AdmissionRequest): void;
}

export interface RegistryServices {
  readonly store: PlaneStore;
  readonly kinds: KindRegistry;
  /** The newest state, pending writes included. */
  readonly state: StateReader;
  readonly admission: AdmissionChain;
  /** Random version-4 UUIDs. */
  uuid(): string;
}
