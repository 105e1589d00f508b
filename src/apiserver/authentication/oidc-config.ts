// Reads OIDC issuers from an AuthenticationConfiguration document (apiserver.config.k8s.io/v1, v1beta1).

import { isObject, type JsonObject } from "../../machinery/object.ts";
import type { OidcIssuer, PrefixedClaim } from "./oidc.ts";

/** The issuers of the document's `jwt` list. Throws an error with the path of what is wrong, or of what is not supported. */
export function parseAuthenticationConfiguration(document: unknown): OidcIssuer[] {
  if (!isObject(document) || document.kind !== "AuthenticationConfiguration") {
    throw new Error("the document is not an AuthenticationConfiguration");
  }
  const list: unknown = document.jwt ?? [];
  if (!Array.isArray(list)) throw new Error("jwt: must be a list");
  return list.map((item, index) => parseIssuer(item, `jwt[${index}]`));
}

function parseIssuer(item: unknown, path: string): OidcIssuer {
  const root = object(item, path);
  const issuer = object(root.issuer, `${path}.issuer`);
  const mappings = object(root.claimMappings, `${path}.claimMappings`);
  if (mappings.extra !== undefined) unsupported(`${path}.claimMappings.extra`);
  if (root.userValidationRules !== undefined) unsupported(`${path}.userValidationRules`);

  const parsed: OidcIssuer = {
    issuer: {
      url: text(issuer, "url", `${path}.issuer`),
      audiences: texts(issuer.audiences, `${path}.issuer.audiences`),
    },
    claimMappings: { username: prefixedClaim(mappings.username, `${path}.claimMappings.username`) },
  };
  if (issuer.discoveryURL !== undefined) parsed.issuer.discoveryURL = text(issuer, "discoveryURL", `${path}.issuer`);
  if (issuer.certificateAuthority !== undefined) {
    parsed.issuer.certificateAuthority = text(issuer, "certificateAuthority", `${path}.issuer`);
  }
  if (mappings.groups !== undefined) {
    parsed.claimMappings.groups = prefixedClaim(mappings.groups, `${path}.claimMappings.groups`);
  }
  if (mappings.uid !== undefined) {
    const uid = withoutExpression(mappings.uid, `${path}.claimMappings.uid`);
    parsed.claimMappings.uid = { claim: text(uid, "claim", `${path}.claimMappings.uid`) };
  }
  if (root.claimValidationRules !== undefined) {
    if (!Array.isArray(root.claimValidationRules)) throw new Error(`${path}.claimValidationRules: must be a list`);
    parsed.claimValidationRules = root.claimValidationRules.map((rule: unknown, index) => {
      const rulePath = `${path}.claimValidationRules[${index}]`;
      const claims = withoutExpression(rule, rulePath);
      return { claim: text(claims, "claim", rulePath), requiredValue: String(claims.requiredValue ?? "") };
    });
  }
  return parsed;
}

function prefixedClaim(value: unknown, path: string): PrefixedClaim {
  const mapping = withoutExpression(value, path);
  if (typeof mapping.prefix !== "string") {
    throw new Error(
      `${path}.prefix: Required value: prefix is required when claim is set. It can be set to an empty string to disable prefixing`,
    );
  }
  return { claim: text(mapping, "claim", path), prefix: mapping.prefix };
}

function withoutExpression(value: unknown, path: string): JsonObject {
  const mapping = object(value, path);
  if (mapping.expression !== undefined) unsupported(`${path}.expression`);
  return mapping;
}

function object(value: unknown, path: string): JsonObject {
  if (!isObject(value)) throw new Error(`${path}: Required value`);
  return value;
}

function text(parent: JsonObject, key: string, path: string): string {
  const value: unknown = parent[key];
  if (typeof value !== "string" || value === "") throw new Error(`${path}.${key}: Required value`);
  return value;
}

function texts(value: unknown, path: string): string[] {
  if (!Array.isArray(value) || value.length === 0 || !value.every((item) => typeof item === "string")) {
    throw new Error(`${path}: Required value: at least one ${path} is required`);
  }
  return value;
}

function unsupported(path: string): never {
  throw new Error(`${path}: CEL expressions are not supported here`);
}
