// The conversion settings of a CRD, with the paths of kube-apiserver's internal form (`webhookClientConfig`).
// Sources: apiextensions-apiserver pkg/apis/apiextensions/validation, apiserver/pkg/util/webhook/validation.go.

import { childPath, type FieldError, forbidden, invalid, notSupported, required } from "../../machinery/field-error.ts";
import { dns1035LabelErrors, dns1123SubdomainErrors } from "../../machinery/names.ts";
import { type Crd, type CrdConversion, isConditionTrue, type WebhookClientConfig } from "./crd.ts";

const reviewVersions = ["v1", "v1beta1"];

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
  } else if (url !== undefined) errors.push(...validateUrl(url, childPath(path, "url")));
  else if (service !== undefined) errors.push(...validateService(service, childPath(path, "service")));
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

function validateUrl(text: string, path: string): FieldError[] {
  const form = "; desired format: https://host[/path]";
  const url = URL.parse(text);
  if (url === null)
    return [required(path, `url must be a valid URL: parse ${JSON.stringify(text)}: invalid URL${form}`)];
  const errors: FieldError[] = [];
  const scheme = url.protocol.slice(0, -1);
  if (scheme !== "https") errors.push(invalid(path, scheme, `'https' is the only allowed URL scheme${form}`));
  if (url.host === "") errors.push(invalid(path, "", `host must be specified${form}`));
  if (url.username !== "") errors.push(invalid(path, url.username, "user information is not permitted in the URL"));
  if (url.hash !== "") errors.push(invalid(path, url.hash.slice(1), "fragments are not permitted in the URL"));
  if (url.search !== "") {
    errors.push(invalid(path, url.search.slice(1), "query parameters are not permitted in the URL"));
  }
  return errors;
}

function validateService(service: NonNullable<WebhookClientConfig["service"]>, path: string): FieldError[] {
  const errors: FieldError[] = [];
  if (service.name === "") errors.push(required(childPath(path, "name"), "service name is required"));
  if (service.namespace === "") errors.push(required(childPath(path, "namespace"), "service namespace is required"));
  const { port = 443, path: urlPath } = service;
  if (port < 1 || port > 65535) {
    errors.push(invalid(childPath(path, "port"), port, "port is not valid: must be between 1 and 65535, inclusive"));
  }
  if (urlPath === undefined || urlPath === "/" || urlPath === "") return errors;
  const at = childPath(path, "path");
  if (!urlPath.startsWith("/")) return [...errors, invalid(at, urlPath, "must start with a '/'")];
  const segments = urlPath.replace(/^\/|\/$/g, "").split("/");
  segments.forEach((segment, index) => {
    if (segment === "") {
      errors.push(invalid(at, urlPath, `segment[${index}] may not be empty`));
      return;
    }
    for (const problem of dns1123SubdomainErrors(segment)) {
      errors.push(invalid(at, urlPath, `segment[${index}]: ${problem}`));
    }
  });
  return errors;
}

function validateReviewVersions(versions: string[], path: string): FieldError[] {
  if (versions.length === 0) return [required(path)];
  const errors: FieldError[] = [];
  versions.forEach((version, index) => {
    const at = childPath(path, index);
    if (versions.indexOf(version) !== index) errors.push(invalid(at, version, "duplicate version"));
    else for (const problem of dns1035LabelErrors(version)) errors.push(invalid(at, version, problem));
  });
  if (!versions.some((version) => reviewVersions.includes(version))) {
    errors.push(invalid(path, versions, `must include at least one of ${reviewVersions.join(", ")}`));
  }
  return errors;
}
