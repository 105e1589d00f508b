// Users that a trusted proxy names in headers. The headers count only on a connection whose certificate comes from the front-proxy
// authority and carries an allowed name; on any other connection they are ignored. Source: k8s.io/apiserver
// pkg/authentication/request/headerrequest.

import type { Authentication, Authenticator, Credentials, UserInfo } from "../identity.ts";
import type { ClientCertificateVerifier } from "./client-certificates.ts";

export interface FrontProxySettings {
  verifier: ClientCertificateVerifier;
  /** Common names of proxies; any certificate of the authority when empty. */
  allowedNames: readonly string[];
  usernameHeaders?: readonly string[];
  uidHeaders?: readonly string[];
  groupHeaders?: readonly string[];
  extraHeaderPrefixes?: readonly string[];
}

export class FrontProxyAuthenticator implements Authenticator {
  readonly name = "front proxy";
  readonly #settings: Required<FrontProxySettings>;

  constructor(settings: FrontProxySettings) {
    this.#settings = {
      verifier: settings.verifier,
      allowedNames: settings.allowedNames,
      usernameHeaders: lower(settings.usernameHeaders ?? ["x-remote-user"]),
      uidHeaders: lower(settings.uidHeaders ?? ["x-remote-uid"]),
      groupHeaders: lower(settings.groupHeaders ?? ["x-remote-group"]),
      extraHeaderPrefixes: lower(settings.extraHeaderPrefixes ?? ["x-remote-extra-"]),
    };
  }

  authenticate(credentials: Credentials): Authentication {
    const { verifier, allowedNames, usernameHeaders, uidHeaders, groupHeaders, extraHeaderPrefixes } = this.#settings;
    if (credentials.certificate === undefined) return { outcome: "absent" };
    const name = firstValue(credentials, usernameHeaders);
    if (name === undefined) return { outcome: "absent" };
    const proxy = verifier.verify(credentials.certificate);
    if (!proxy.ok) return { outcome: "absent" };
    if (allowedNames.length > 0 && !allowedNames.includes(proxy.user.name)) {
      return { outcome: "invalid", reason: `x509: subject with cn=${proxy.user.name} is not in the allowed list` };
    }

    const user: UserInfo = { name, groups: groupHeaders.flatMap((header) => headerValues(credentials, header)) };
    const uid = firstValue(credentials, uidHeaders);
    if (uid !== undefined) user.uid = uid;
    const extra = extraHeaderPrefixes.flatMap((prefix) => extraValues(credentials, prefix));
    if (extra.length > 0) user.extra = Object.fromEntries(extra);
    return { outcome: "authenticated", user };
  }
}

/** The extras in headers with this prefix: `x-remote-extra-acme.com%2fproject: a` is `acme.com/project: [a]`. */
export function extraValues(credentials: Credentials, prefix: string): [key: string, values: string[]][] {
  return credentials
    .headersWithPrefix(prefix)
    .map(([header, values]) => [unescapeKey(header.slice(prefix.length).toLowerCase()), values]);
}

/** All values of one header. */
export function headerValues(credentials: Credentials, header: string): string[] {
  return credentials
    .headersWithPrefix(header)
    .flatMap(([name, values]) => (name.toLowerCase() === header ? values : []));
}

/** Keys are percent-encoded, since header names cannot hold a slash; one that is not stays as it is. */
function unescapeKey(key: string): string {
  try {
    return decodeURIComponent(key);
  } catch {
    return key;
  }
}

function firstValue(credentials: Credentials, headers: readonly string[]): string | undefined {
  for (const header of headers) {
    const value = credentials.header(header);
    if (value !== undefined && value !== "") return value;
  }
  return undefined;
}

function lower(names: readonly string[]): string[] {
  return names.map((name) => name.toLowerCase());
}
