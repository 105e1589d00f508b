// The built-in kinds of admissionregistration.k8s.io: what admission does is declared by these objects.

import type { KindRegistration } from "../apiserver/strategy.ts";
import {
  mutatingAdmissionPolicyBindingKind,
  mutatingAdmissionPolicyKind,
} from "./admissionregistration/mutating-admission-policy.ts";
import {
  validatingAdmissionPolicyBindingKind,
  validatingAdmissionPolicyKind,
} from "./admissionregistration/validating-admission-policy.ts";
import {
  mutatingWebhookConfigurationKind,
  validatingWebhookConfigurationKind,
} from "./admissionregistration/webhook-configuration.ts";

export const admissionKinds: KindRegistration[] = [
  mutatingWebhookConfigurationKind,
  validatingWebhookConfigurationKind,
  mutatingAdmissionPolicyKind,
  mutatingAdmissionPolicyBindingKind,
  validatingAdmissionPolicyKind,
  validatingAdmissionPolicyBindingKind,
];
