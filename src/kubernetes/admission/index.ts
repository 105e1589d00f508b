// The admission plug-ins of the built-in kinds, in the order of kube-apiserver: mutating webhooks before validating ones, quota last.

import { randomUUID } from "node:crypto";
import type { AdmissionPlugin } from "../../apiserver/admission.ts";
import { EscalationCheck } from "../../apiserver/authorization/escalation.ts";
import { NodeRestriction } from "../../apiserver/authorization/node-restriction.ts";
import type { ControlPlane } from "../../apiserver/plane/control-plane.ts";
import { MutatingPolicies } from "../../apiserver/policies/mutating-policies.ts";
import { ValidatingPolicies } from "../../apiserver/policies/validating-policies.ts";
import { MutatingWebhooks } from "../../apiserver/webhooks/mutating-webhooks.ts";
import { ValidatingWebhooks } from "../../apiserver/webhooks/validating-webhooks.ts";
import { WebhookClient } from "../../apiserver/webhooks/webhook-client.ts";
import { CertificateApproval, CertificateSigning, CertificateSubjectRestriction } from "./certificates.ts";
import { LimitRanger } from "./limit-ranger.ts";
import { NamespaceLifecycle } from "./namespace-lifecycle.ts";
import { OwnerReferencesPermissionEnforcement } from "./owner-references.ts";
import { PodSecurity } from "./pod-security/pod-security.ts";
import { Priority } from "./priority.ts";
import { RbacEscalation } from "./rbac-escalation.ts";
import { ResourceQuotaAdmission } from "./resource-quota.ts";
import { RuntimeClassAdmission } from "./runtime-class.ts";
import { ServiceAccountAdmission } from "./service-account.ts";
import { serviceAccountAppears } from "./service-account-wait.ts";
import {
  DefaultIngressClass,
  DefaultStorageClass,
  PersistentVolumeClaimResize,
  StorageObjectInUseProtection,
} from "./storage.ts";
import { DefaultTolerationSeconds, TaintNodesByCondition } from "./tolerations.ts";

export function kubernetesAdmission(plane: ControlPlane): AdmissionPlugin[] {
  const { authorizer } = plane;
  const calls = { client: new WebhookClient(plane.committed), authorizer, uuid: randomUUID };
  return [
    new NamespaceLifecycle(),
    new LimitRanger(),
    new ServiceAccountAdmission((namespace, name) => serviceAccountAppears(plane, namespace, name)),
    new NodeRestriction(),
    new TaintNodesByCondition(),
    new PodSecurity(),
    new Priority(),
    new DefaultTolerationSeconds(),
    new DefaultStorageClass(),
    new StorageObjectInUseProtection(),
    new OwnerReferencesPermissionEnforcement(authorizer, plane.kinds),
    new PersistentVolumeClaimResize(),
    new RuntimeClassAdmission(),
    new CertificateApproval(authorizer),
    new CertificateSigning(authorizer),
    new CertificateSubjectRestriction(),
    new DefaultIngressClass(),
    new MutatingPolicies(plane, authorizer),
    new MutatingWebhooks(plane, calls),
    new RbacEscalation(new EscalationCheck(authorizer, plane.rbacAuthorizer, plane.rbac)),
    new ValidatingPolicies(plane, authorizer),
    new ValidatingWebhooks(plane, calls),
    new ResourceQuotaAdmission(),
  ];
}
