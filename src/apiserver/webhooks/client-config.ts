// The rules of a webhook's address: a URL or a service. Conversion of custom resources and admission share them.
// Source: apiserver/pkg/util/webhook/validation.go.

import { childPath, type FieldError, invalid, required } from "../../machinery/field-error.ts";
import { dns1035LabelErrors, dns1123SubdomainErrors } from "../../machinery/names.ts";
import type { WebhookClientConfig } from "../crd/crd.ts";

/** The versions of reviews that this server speaks. */
export const reviewVersions: readonly string[] = ["v1", "v1beta1"];

export function validateWebhookUrl(text: string, path: string): FieldError[] {
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

export function validateWebhookService(
  service: NonNullable<WebhookClientConfig["service"]>,
  path: string,
): FieldError[] {
  const errors: FieldError[] = [];
  if (!service.name) errors.push(required(childPath(path, "name"), "service name is required"));
  if (!service.namespace) errors.push(required(childPath(path, "namespace"), "service namespace is required"));
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

/** The review versions that a webhook understands; `none` says what is missing when there are none. */
export function validateReviewVersions(versions: readonly string[], path: string, none = ""): FieldError[] {
  if (versions.length === 0) return [required(path, none)];
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
