// The conversion settings of a CRD, with the paths of kube-apiserver's internal form (`webhookClientConfig`).
// Sources: apiextensions-apiserver pkg/apis/apiextensions/validation, apiserver/pkg/util/webhook/validation.go.

import { childPath, type FieldError, forbidden, invalid, notSupported, required } from "../../machinery/field-error.ts";
import { validateReviewVersions, validateWebhookService, validateWebhookUrl } from "../webhooks/client-config.ts";
import { type Crd, type CrdConversion, isConditionTrue, type WebhookClientConfig } from "./crd.ts";

/** The errors of `spec.conversion`. */
export function validateConversion(conversion: CrdConversion, path: string, old: Crd | undefined): FieldError[] {
  const { strategy, webhook } = conversion;
  const errors: FieldError[] = [];
  const clientPath = childPath(path, "webhookClientConfig");
  const versionsPath = childPath(path, "conversionReviewVersions");
  if (strategy === "") errors.push(required(childPath(path, "strategy")));
  else if (strategy !== "None" && strategy !== "Webhook") {
    errors.push(notSupported(childPath(path, "strategy"), strategy, ["None", "Webhook"]));
  }
  if (strategy === "Webhook") {
    const client = webhook?.clientConfig;
    if (client === undefined) errors.push(required(clientPath, "required when strategy is set to Webhook"));
    else errors.push(...validateClient(client, clientPath, old));
    errors.push(...validateReviewVersions(webhook?.conversionReviewVersions ?? [], versionsPath));
  } else {
    const text = "should not be set when strategy is not set to Webhook";
    if (webhook?.clientConfig !== undefined) errors.push(forbidden(clientPath, text));
    if ((webhook?.conversionReviewVersions ?? []).length > 0) errors.push(forbidden(versionsPath, text));
  }
  return errors;
}

function validateClient(client: WebhookClientConfig, path: string, old: Crd | undefined): FieldError[] {
  const { url, service, caBundle } = client;
  const errors: FieldError[] = [];
  if ((url === undefined) === (service === undefined)) {
    errors.push(required(path, "exactly one of url or service is required"));
  } else if (url !== undefined) errors.push(...validateWebhookUrl(url, childPath(path, "url")));
  else if (service !== undefined) errors.push(...validateWebhookService(service, childPath(path, "service")));
  // A bundle may be filled in later; once the CRD is served it has to be usable.
  const served = old !== undefined && isConditionTrue(old, "Established");
  const before = old?.spec.conversion?.webhook?.clientConfig?.caBundle;
  if (caBundle !== undefined && served && !isBundle(caBundle) && (before === undefined || isBundle(before))) {
    const text = "unable to load root certificates: unable to parse bytes as PEM block";
    errors.push(invalid(childPath(path, "caBundle"), caBundle, text));
  }
  return errors;
}

function isBundle(caBundle: string): boolean {
  return Buffer.from(caBundle, "base64").includes("-----BEGIN CERTIFICATE-----");
}
