// The contract of a module: a folder with one capability. To add a capability is to add a folder and a line in modules.ts.

import type { AdmissionPlugin } from "../apiserver/admission.ts";
import type { ControlPlane } from "../apiserver/plane/control-plane.ts";
import type { Profile } from "../apiserver/plane/settings.ts";
import type { KindRegistration } from "../apiserver/strategy.ts";
import type { Client } from "../client/client.ts";
import type { Controller } from "./controller.ts";

export interface Module {
  name: string;
  /** The profiles that have this module's controllers; its kinds are served in all of them. */
  profiles: readonly Profile[];
  kinds?: readonly KindRegistration[];
  /** Plug-ins for a plane, in the order in which they run. */
  admission?(plane: ControlPlane): AdmissionPlugin[];
  /** Makes the objects that every plane of the profile begins with. Called at each start; must be quick when all is there. */
  bootstrap?(client: Client, plane: ControlPlane): Promise<void>;
  controllers?(plane: ControllerEnvironment): Controller[];
}

/** What controllers may need of the process beyond the client. */
export interface ControllerEnvironment {
  /** The control plane of a name, when it is served by this process; absent for a foreign hub. */
  plane(name: string): ControlPlane | undefined;
}
