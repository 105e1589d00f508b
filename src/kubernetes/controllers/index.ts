// The controllers that every control plane has, the bare ones excepted.

import type { Controller } from "../../runtime/controller.ts";
import type { ControllerEnvironment } from "../../runtime/module.ts";
import { garbageCollector } from "./garbage/garbage-collector.ts";
import { namespaceController } from "./namespaces/namespace-controller.ts";
import { defaultAccountController } from "./service-accounts/default-account.ts";
import { rootCaController } from "./service-accounts/root-ca.ts";

export function kubernetesControllers(environment: ControllerEnvironment): Controller[] {
  return [
    namespaceController(environment),
    garbageCollector(environment),
    defaultAccountController(),
    rootCaController(environment),
  ];
}
