// Requests that are odd in everything but their body: paths, query parameters, methods, headers, credentials.

import fc from "fast-check";
import { builtinResources } from "../../../src/kubernetes/definitions.ts";
import { resourcePath } from "./samples.ts";
import { powerlessToken } from "./server.ts";
import type { RawRequest } from "./wire.ts";

const readPaths = fc
  .tuple(fc.constantFrom(...builtinResources), fc.constantFrom("", "", "fuzz-1", "default"))
  .map(([resource, name]) => resourcePath(resource, name));

const parameterNames = [
  "limit",
  "continue",
  "resourceVersion",
  "resourceVersionMatch",
  "timeoutSeconds",
  "timeout",
  "watch",
  "allowWatchBookmarks",
  "sendInitialEvents",
  "labelSelector",
  "fieldSelector",
  "includeObject",
  "pretty",
  "dryRun",
  "fieldManager",
  "fieldValidation",
  "force",
  "gracePeriodSeconds",
  "propagationPolicy",
  "orphanDependents",
  "ignoreStoreReadErrorWithClusterBreakingPotential",
  "verbose",
  "exclude",
  "__proto__",
  "constructor",
];

const tokenOf = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");

const parameterValues = fc.oneof(
  fc.constantFrom(
    "",
    "0",
    "1",
    "-1",
    "true",
    "false",
    "maybe",
    "All",
    "Exact",
    "NotOlderThan",
    "Background",
    "Object",
    "9223372036854775807",
    "9223372036854775808",
    "99999999999999999999999",
    "1.5",
    "1e3",
    "0x10",
    "NaN",
    "null",
    "%00",
    "%ff%fe",
    "%",
    "+",
    "a=b",
    "a=b,c!=d,e in (f,g),!h",
    "a in (",
    "a in ()",
    "!".repeat(2000),
    "(".repeat(5000),
    "a=b,".repeat(3000),
    "metadata.name=a",
    "metadata.name!=a,metadata.namespace=b",
    "spec.nodeName=x",
    "status.phase",
    "metadata.name==\\,\\=\\\\",
    "__proto__=x",
    "a".repeat(8000),
  ),
  fc.constantFrom(
    tokenOf({ v: "meta.k8s.io/v1", rv: 1, start: "a\u0000" }),
    tokenOf({ v: "meta.k8s.io/v1", rv: -1, start: "default/zzz" }),
    tokenOf({ v: "meta.k8s.io/v1", rv: 9e15, start: "x" }),
    tokenOf({ v: "meta.k8s.io/v1", rv: 1.5, start: 7 }),
    tokenOf({ v: "meta.k8s.io/v1", rv: 5, start: "../../other" }),
    tokenOf({ v: "v0" }),
    tokenOf(null),
    tokenOf([]),
  ),
  fc.string({ unit: "binary", maxLength: 12 }).map((text) => encodeURIComponent(text.toWellFormed())),
);

const parameters = fc.array(fc.tuple(fc.constantFrom(...parameterNames), parameterValues), { maxLength: 5 });

function queryOf(pairs: [string, string][]): string {
  return pairs.length === 0 ? "" : `?${pairs.map(([name, value]) => `${name}=${value}`).join("&")}`;
}

/** Lists, gets, watches and deletes with every parameter. */
export const queryRequests: fc.Arbitrary<RawRequest> = fc
  .tuple(fc.constantFrom("GET", "GET", "GET", "DELETE", "HEAD"), readPaths, parameters)
  .map(([method, path, pairs]) => ({ method, target: path + queryOf(pairs), headers: [] }));

const pathParts = fc.constantFrom(
  "api",
  "apis",
  "v1",
  "apps",
  "namespaces",
  "default",
  "pods",
  "configmaps",
  "watch",
  "status",
  "proxy",
  "log",
  "exec",
  "finalize",
  "openapi",
  "v2",
  "v3",
  "healthz",
  "livez",
  "metrics",
  "version",
  ".",
  "..",
  "",
  "%2e%2e",
  "%2F",
  "%2f%2f",
  "%00",
  "%",
  "%zz",
  "%ff",
  "%C3%BC",
  "\u00fc",
  "__proto__",
  "constructor",
  "a".repeat(300),
  ";x=y",
  "a:b",
  "*",
  "\\",
  "|",
  '"',
);

/** Paths that lead nowhere, or somewhere by accident. */
export const pathRequests: fc.Arbitrary<RawRequest> = fc
  .tuple(
    fc.constantFrom("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "PROPFIND", "SEARCH", "LINK"),
    fc.array(pathParts, { maxLength: 9 }),
    fc.constantFrom("", "?", "?&&", "?=", "?watch", "#x"),
  )
  .map(([method, parts, end]) => ({ method, target: `/${parts.join("/")}${end}`, headers: [] }));

const forged = (header: object, claims: object, signature = "c2ln") =>
  `${tokenOf(header)}.${tokenOf(claims)}.${signature}`;
const claims = {
  iss: "https://kubernetes.default.svc",
  sub: "system:serviceaccount:default:default",
  exp: 9e9,
  aud: ["x"],
};

const tokens = fc.constantFrom(
  "",
  "x",
  "a.b",
  "a.b.c",
  "..",
  "a.b.c.d",
  forged({ alg: "none" }, claims, ""),
  forged({ alg: "none", typ: "JWT" }, claims),
  forged({ alg: "HS256" }, claims),
  forged({ alg: "ES256", kid: "unknown" }, claims),
  forged({ alg: "ES256", kid: "__proto__" }, claims),
  forged({ alg: "ES256", jwk: { kty: "EC" }, crit: ["b64"], b64: false }, claims),
  forged({ alg: ["ES256"] }, { ...claims, aud: { a: 1 } }),
  forged({ alg: "ES256" }, { ...claims, iss: null, exp: "soon", nbf: {} }),
  forged({ alg: "ES256", x: "y".repeat(5000) }, claims),
  `${"A".repeat(12_000)}.${"B".repeat(200)}.C`,
  "abcdef.0123456789abcdef",
  "\u00ff\u00fe",
  powerlessToken,
);

const headerValues = fc.oneof(
  fc.constantFrom(
    "",
    "a",
    "*/*",
    "application/json",
    "application/json;q=0",
    "application/json;as=Table;v=v1;g=meta.k8s.io",
    "application/json;as=Table;v=v9;g=meta.k8s.io,application/json",
    "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io",
    "application/yaml",
    "application/yaml;as=Table;v=v1;g=meta.k8s.io",
    "application/vnd.kubernetes.protobuf",
    "text/html;;;;q=x;q=1;=;,,,",
    `application/json${";a=b".repeat(1500)}`,
    "a,".repeat(3000),
    "application/cbor",
    "gzip",
    "gzip;q=0, identity;q=0",
    "identity",
    "br",
    "system:masters",
    "system:serviceaccount:default:default",
    "system:serviceaccount:a",
    "system:node:x",
    "system:anonymous",
    "1",
    "-1",
    "bytes=0-1",
    "Thu, 99 Foo 2024",
    '"etag"',
    "\u00fc\u0080",
    "%F0%9F%98%80%",
    "x".repeat(6000),
  ),
  fc.string({ maxLength: 20 }).map((text) => text.replace(/[^\x20-\x7e]/g, "?")),
);

const headerNames = [
  "accept",
  "accept-encoding",
  "content-type",
  "content-encoding",
  "user-agent",
  "authorization",
  "impersonate-user",
  "impersonate-group",
  "impersonate-group",
  "impersonate-uid",
  "impersonate-extra-scopes",
  "impersonate-extra-%F0%9F",
  "impersonate-extra-",
  "impersonate-unknown",
  "x-remote-user",
  "x-remote-group",
  "x-remote-extra-a",
  "x-forwarded-for",
  "range",
  "if-none-match",
  "if-match",
  "if-modified-since",
  "origin",
  "cookie",
  "audit-id",
  "kubectl-command",
  "x-http-method-override",
  "__proto__",
];

/** Headers that mislead, repeat or go on and on. */
export const headerRequests: fc.Arbitrary<RawRequest> = fc
  .tuple(
    fc.constantFrom("GET", "POST", "PATCH", "DELETE"),
    fc.constantFrom(
      "/api/v1/namespaces/default/configmaps",
      "/api/v1/namespaces/default/configmaps/fuzz-1",
      "/api/v1/nodes",
      "/apis/authentication.k8s.io/v1/selfsubjectreviews",
      "/api",
      "/apis",
      "/openapi/v2",
      "/openapi/v3",
      "/version",
      "/livez?verbose",
      "/metrics",
    ),
    fc.array(fc.tuple(fc.constantFrom(...headerNames), headerValues), { maxLength: 6 }),
    fc.option(tokens, { freq: 3 }),
  )
  .map(([method, target, headers, token]) => ({
    method,
    target,
    headers: token === null ? headers : [...headers, ["authorization", `Bearer ${token}`]],
    ...(method !== "GET" && { body: Buffer.from('{"metadata":{"name":"fuzz-1"}}') }),
  }));
