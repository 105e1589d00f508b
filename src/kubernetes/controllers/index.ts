// The controllers that every control plane has, the bare ones excepted.

import type { Controller } from "../../runtime/controller.ts";
import type { ControllerEnvironment } from "../../runtime/module.ts";
import { bootstrapSigner } from "./bootstrap-tokens/bootstrap-signer.ts";
import { tokenCleaner } from "./bootstrap-tokens/token-cleaner.ts";
import { csrApprover } from "./certificates/csr-approver.ts";
import { csrCleaner } from "./certificates/csr-cleaner.ts";
import { csrSigner } from "./certificates/csr-signer.ts";
import { eventExpiry } from "./events/event-expiry.ts";
import { garbageCollector } from "./garbage/garbage-collector.ts";
import { namespaceController } from "./namespaces/namespace-controller.ts";
import { policyStatusController } from "./policies/policy-status.ts";
import { quotaController } from "./quota/quota-controller.ts";
import { clusterRoleAggregation } from "./rbac/cluster-role-aggregation.ts";
import { defaultAccountController } from "./service-accounts/default-account.ts";
import { rootCaController } from "./service-accounts/root-ca.ts";
import { tokenSecretController } from "./service-accounts/token-secrets.ts";
import { claimProtection, volumeProtection } from "./volumes/volume-protection.ts";

export function kubernetesControllers(environment: ControllerEnvironment): Controller[] {
  return [
    namespaceController(environment),
    garbageCollector(environment),
    defaultAccountController(),
    rootCaController(environment),
    tokenSecretController(environment),
    csrApprover(),
    csrSigner(environment),
    csrCleaner(),
    tokenCleaner(),
    bootstrapSigner(environment),
    quotaController(environment),
    clusterRoleAggregation(),
    policyStatusController(environment),
    eventExpiry(),
    claimProtection(),
    volumeProtection(),
  ];
}
