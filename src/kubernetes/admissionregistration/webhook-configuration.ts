// The kinds ValidatingWebhookConfiguration and MutatingWebhookConfiguration.
// Source of the rules and words: kubernetes pkg/apis/admissionregistration/validation.

import {
  reviewVersions,
  validateReviewVersions,
  validateWebhookService,
  validateWebhookUrl,
} from "../../apiserver/webhooks/client-config.ts";
import { childPath, duplicate, type FieldError, invalid, required } from "../../machinery/field-error.ts";
import { dns1123SubdomainErrors } from "../../machinery/names.ts";
import type { JsonObject, KubeObject } from "../../machinery/object.ts";
import { ageColumn, countColumn } from "../columns.ts";
import { builtin } from "../define.ts";
import { checkEnum, isSet, listOf, numberOf } from "../validation/fields.ts";
import { checkLabelSelector } from "../validation/label-selectors.ts";
import {
  checkMatchConditions,
  checkRule,
  defaultRules,
  failurePolicies,
  fillDefaults,
  matchPolicies,
  reinvocationPolicies,
} from "./rules.ts";

const sideEffects = ["None", "NoneOnDryRun"];

function webhookConfiguration(kind: "ValidatingWebhookConfiguration" | "MutatingWebhookConfiguration") {
  const mutating = kind === "MutatingWebhookConfiguration";
  return builtin({
    group: "admissionregistration.k8s.io",
    kind,
    versions: ["v1"],
    categories: ["api-extensions"],
    columns: [countColumn("Webhooks", "Number of webhooks", (object) => listOf(object.webhooks).length), ageColumn],
    strategy: {
      unconditionalUpdate: false,
      defaults: (object) => defaultWebhooks(object, mutating),
      validate: (object) => validateWebhooks(object, mutating),
    },
  });
}

export const validatingWebhookConfigurationKind = webhookConfiguration("ValidatingWebhookConfiguration");
export const mutatingWebhookConfigurationKind = webhookConfiguration("MutatingWebhookConfiguration");

function defaultWebhooks(object: KubeObject, mutating: boolean): void {
  for (const webhook of listOf(object.webhooks) as JsonObject[]) {
    fillDefaults(webhook, {
      failurePolicy: "Fail",
      matchPolicy: "Equivalent",
      namespaceSelector: {},
      objectSelector: {},
      timeoutSeconds: 10,
      ...(mutating && { reinvocationPolicy: "Never" }),
    });
    defaultRules(webhook.rules);
    if (isSet(webhook.clientConfig?.service)) webhook.clientConfig.service.port ??= 443;
  }
}

function validateWebhooks(object: KubeObject, mutating: boolean): FieldError[] {
  const errors: FieldError[] = [];
  const names = new Set<string>();
  (listOf(object.webhooks) as JsonObject[]).forEach((webhook, index) => {
    const path = `webhooks[${index}]`;
    checkWebhook(webhook, mutating, path, errors);
    const none = `must specify one of ${reviewVersions.join(", ")}`;
    errors.push(
      ...validateReviewVersions(listOf(webhook.admissionReviewVersions), `${path}.admissionReviewVersions`, none),
    );
    const { name } = webhook;
    if (names.has(name)) errors.push(duplicate(`${path}.name`, name));
    if (name) names.add(name);
  });
  return errors;
}

function checkWebhook(webhook: JsonObject, mutating: boolean, path: string, errors: FieldError[]): void {
  checkFullyQualifiedName(String(webhook.name ?? ""), childPath(path, "name"), errors);
  listOf(webhook.rules).forEach((rule, index) => {
    checkRule(rule, `${path}.rules[${index}]`, errors);
  });
  checkEnum(webhook.failurePolicy, failurePolicies, childPath(path, "failurePolicy"), errors, "optional");
  checkEnum(webhook.matchPolicy, matchPolicies, childPath(path, "matchPolicy"), errors, "optional");
  if (!isSet(webhook.sideEffects)) {
    errors.push(required(childPath(path, "sideEffects"), `must specify one of ${sideEffects.join(", ")}`));
  } else checkEnum(webhook.sideEffects, sideEffects, childPath(path, "sideEffects"), errors, "optional");
  const timeout = numberOf(webhook.timeoutSeconds);
  if (timeout !== undefined && (timeout > 30 || timeout < 1)) {
    const text = "the timeout value must be between 1 and 30 seconds";
    errors.push(invalid(childPath(path, "timeoutSeconds"), webhook.timeoutSeconds, text));
  }
  for (const selector of ["namespaceSelector", "objectSelector"]) {
    checkLabelSelector(webhook[selector], childPath(path, selector), errors);
  }
  if (mutating) {
    const at = childPath(path, "reinvocationPolicy");
    checkEnum(webhook.reinvocationPolicy, reinvocationPolicies, at, errors, "optional");
  }
  checkClient(webhook.clientConfig ?? {}, childPath(path, "clientConfig"), errors);
  checkMatchConditions(webhook.matchConditions, { authorizer: true }, childPath(path, "matchConditions"), errors);
}

function checkClient({ url, service }: JsonObject, path: string, errors: FieldError[]): void {
  if (isSet(url) === isSet(service)) errors.push(required(path, "exactly one of url or service is required"));
  else if (isSet(url)) errors.push(...validateWebhookUrl(url, childPath(path, "url")));
  else errors.push(...validateWebhookService(service, childPath(path, "service")));
}

function checkFullyQualifiedName(name: string, path: string, errors: FieldError[]): void {
  if (name === "") {
    errors.push(required(path));
    return;
  }
  const problems = dns1123SubdomainErrors(name);
  if (problems.length > 0) errors.push(invalid(path, name, problems.join(",")));
  else if (name.split(".").length < 3) {
    errors.push(invalid(path, name, "should be a domain with at least three segments separated by dots"));
  }
}
