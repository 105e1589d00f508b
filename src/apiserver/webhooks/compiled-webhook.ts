// Webhooks as admission uses them, compiled from their configurations.

import type { JsonObject, KubeObject } from "../../machinery/object.ts";
import type { WebhookTarget } from "../crd/conversion.ts";
import { MatchConditions } from "../policies/match-conditions.ts";
import { RequestMatch } from "../policies/match-rules.ts";
import type { StateReader } from "../strategy.ts";

export interface CompiledWebhook {
  readonly name: string;
  readonly configuration: string;
  /** Tells webhooks apart, also those of one name. */
  readonly uid: string;
  readonly match: RequestMatch;
  readonly conditions: MatchConditions;
  readonly target: WebhookTarget;
  readonly caBundle: string | undefined;
  readonly timeoutSeconds: number;
  readonly failurePolicy: "Fail" | "Ignore";
  readonly sideEffects: string;
  readonly reinvocation: "Never" | "IfNeeded";
  /** The version of reviews to speak, the first that both sides know. */
  readonly reviewVersion: "v1" | "v1beta1" | undefined;
}

export const webhookConfigurations = {
  mutating: { group: "admissionregistration.k8s.io", resource: "mutatingwebhookconfigurations" },
  validating: { group: "admissionregistration.k8s.io", resource: "validatingwebhookconfigurations" },
} as const;

/** All webhooks of a sort: configurations by name, the webhooks of each in their order. */
export function compileWebhooks(state: StateReader, sort: "mutating" | "validating"): CompiledWebhook[] {
  const configurations = [...state.list(webhookConfigurations[sort])];
  configurations.sort((a, b) => (a.metadata.name! < b.metadata.name! ? -1 : 1));
  return configurations.flatMap((configuration) =>
    ((configuration.webhooks ?? []) as JsonObject[]).map((webhook, index) => compile(configuration, webhook, index)),
  );
}

function compile({ metadata }: KubeObject, webhook: JsonObject, index: number): CompiledWebhook {
  const { url, service, caBundle } = webhook.clientConfig ?? {};
  const failurePolicy = webhook.failurePolicy === "Ignore" ? "Ignore" : "Fail";
  return {
    name: webhook.name,
    configuration: metadata.name!,
    uid: `${metadata.name}/${webhook.name}/${index}`,
    match: new RequestMatch({
      rules: webhook.rules ?? [],
      matchPolicy: webhook.matchPolicy,
      namespaceSelector: webhook.namespaceSelector,
      objectSelector: webhook.objectSelector,
    }),
    conditions: new MatchConditions(webhook.matchConditions ?? [], { authorizer: true }, failurePolicy),
    target: url === undefined || url === null ? { service } : { url },
    caBundle,
    timeoutSeconds: webhook.timeoutSeconds ?? 10,
    failurePolicy,
    sideEffects: webhook.sideEffects ?? "Unknown",
    reinvocation: webhook.reinvocationPolicy === "IfNeeded" ? "IfNeeded" : "Never",
    reviewVersion: ((webhook.admissionReviewVersions ?? []) as string[]).find(
      (version) => version === "v1" || version === "v1beta1",
    ) as CompiledWebhook["reviewVersion"],
  };
}
