// The admission plug-ins of every control plane, in the order in which they run.

import type { AdmissionPlugin } from "../../apiserver/admission.ts";
import { NodeRestriction } from "../../apiserver/authorization/node-restriction.ts";
import type { ControlPlane } from "../../apiserver/plane/control-plane.ts";

export function kubernetesAdmission(_plane: ControlPlane): AdmissionPlugin[] {
  return [new NodeRestriction()];
}
