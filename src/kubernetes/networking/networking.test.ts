import assert from "node:assert/strict";
import { test } from "node:test";
import type { KubeObject } from "../../machinery/object.ts";
import { createErrors, defaulted, row, updateErrors } from "../validation/testing.ts";
import { ingressKind } from "./ingress.ts";
import { ingressClassKind } from "./ingress-class.ts";
import { ipAddressKind } from "./ip-address.ts";
import { networkPolicyKind } from "./network-policy.ts";
import { serviceCIDRKind } from "./service-cidr.ts";

function object(kind: string, spec: Record<string, unknown>, fields = {}): KubeObject {
  const metadata = { name: "a", namespace: "default" };
  return { apiVersion: "networking.k8s.io/v1", kind, metadata, spec, ...fields };
}
const backend = { service: { name: "web", port: { number: 80 } } };
const rule = (path: Record<string, unknown>, host = "a.example.com") => ({
  rules: [{ host, http: { paths: [{ path: "/", pathType: "Prefix", backend, ...path }] } }],
});

test("what is wrong with an ingress", () => {
  const at = "spec.rules[0].http.paths[0]";
  const cases: [Record<string, unknown>, string[]][] = [
    [rule({}), []],
    [rule({}, "*.example.com"), []],
    [{}, ["spec: Invalid value: null: either `defaultBackend` or `rules` must be specified"]],
    [rule({ pathType: undefined }), [`${at}.pathType: Required value: pathType must be specified`]],
    [rule({ path: "a" }), [`${at}.path: Invalid value: "a": must be an absolute path`]],
    [rule({ path: "/a//b" }), [`${at}.path: Invalid value: "/a//b": must not contain '//'`]],
    [
      rule({ pathType: "Odd" }),
      [`${at}.pathType: Unsupported value: "Odd": supported values: "Exact", "ImplementationSpecific", "Prefix"`],
    ],
    [rule({ backend: {} }), [`${at}.backend: Invalid value: "": resource or service backend is required`]],
    [
      rule({ backend: { service: { name: "web" } } }),
      [`${at}.backend: Required value: port name or number is required`],
    ],
    [rule({}, "10.0.0.1"), ['spec.rules[0].host: Invalid value: "10.0.0.1": must be a DNS name, not an IP address']],
  ];
  for (const [spec, errors] of cases) assert.deepEqual(createErrors(ingressKind, object("Ingress", spec)), errors);
});

test("columns of an ingress", () => {
  const status = { loadBalancer: { ingress: [{ ip: "1.2.3.4" }] } };
  const spec = { ...rule({}), ingressClassName: "nginx", tls: [{}] };
  const { Class, Hosts, Address, Ports } = row(ingressKind, object("Ingress", spec, { status }));
  assert.deepEqual([Class, Hosts, Address, Ports], ["nginx", "a.example.com", "1.2.3.4", "80, 443"]);
  const many = { rules: ["a", "b", "c", "d"].map((host) => ({ host })) };
  assert.equal(row(ingressKind, object("Ingress", many)).Hosts, "a,b,c + 1 more...");
});

test("ingress classes", () => {
  const errors = (spec: Record<string, unknown>) => createErrors(ingressClassKind, object("IngressClass", spec));
  assert.deepEqual(errors({ controller: "example.com/ingress" }), []);
  assert.deepEqual(errors({}), ["spec.controller: Required value"]);
  assert.deepEqual(errors({ controller: "ingress" }), [
    'spec.controller: Invalid value: "ingress": must be a domain-prefixed path (such as "acme.io/foo")',
  ]);
  const parameters = { apiGroup: "example.com", kind: "Settings", name: "s" };
  assert.equal(
    defaulted(ingressClassKind, object("IngressClass", { controller: "a.b/c", parameters })).spec.parameters.scope,
    "Cluster",
  );
  assert.equal(
    row(ingressClassKind, object("IngressClass", { controller: "a.b/c", parameters })).Parameters,
    "Settings.example.com/s",
  );
  assert.deepEqual(
    updateErrors(ingressClassKind, object("", { controller: "a.b/d" }), object("", { controller: "a.b/c" })),
    ['spec.controller: Invalid value: "a.b/d": field is immutable'],
  );
});

test("network policies", () => {
  const policy = (spec: Record<string, unknown>) => object("NetworkPolicy", spec);
  assert.deepEqual(defaulted(networkPolicyKind, policy({})).spec, { podSelector: {}, policyTypes: ["Ingress"] });
  const withEgress = defaulted(networkPolicyKind, policy({ egress: [{ ports: [{ port: 53 }] }] })).spec;
  assert.deepEqual(withEgress.policyTypes, ["Ingress", "Egress"]);
  assert.equal(withEgress.egress[0].ports[0].protocol, "TCP");
  const errors = (rule: Record<string, unknown>) => createErrors(networkPolicyKind, policy({ ingress: [rule] }));
  assert.deepEqual(errors({ from: [{}] }), ["spec.ingress[0].from[0]: Required value: must specify a peer"]);
  assert.deepEqual(errors({ from: [{ podSelector: {}, ipBlock: { cidr: "10.0.0.0/8" } }] }), [
    "spec.ingress[0].from[0]: Forbidden: may not specify both ipBlock and another peer",
  ]);
  assert.deepEqual(errors({ from: [{ ipBlock: { cidr: "10.0.0.0/8", except: ["11.0.0.0/16"] } }] }), [
    'spec.ingress[0].from[0].ipBlock.except[0]: Invalid value: "11.0.0.0/16": must be a strict subset of `cidr`',
  ]);
  assert.deepEqual(errors({ ports: [{ port: 80, endPort: 70 }] }), [
    "spec.ingress[0].ports[0].endPort: Invalid value: 70: must be greater than or equal to `port`",
  ]);
  assert.equal(row(networkPolicyKind, policy({ podSelector: { matchLabels: { a: "b" } } }))["Pod-Selector"], "a=b");
  assert.equal(row(networkPolicyKind, policy({ podSelector: {} }))["Pod-Selector"], "<none>");
});

test("IP addresses are named by their canonical form and keep their holder", () => {
  const validateName = ipAddressKind.strategy?.validateName;
  assert.deepEqual(validateName?.("10.0.0.1", false), []);
  assert.equal(validateName?.("2001:DB8::1", false).length, 1);
  const holder = (name: string) =>
    object("IPAddress", { parentRef: { resource: "services", namespace: "default", name } });
  assert.deepEqual(createErrors(ipAddressKind, object("IPAddress", {})), ["spec.parentRef: Required value"]);
  assert.equal(updateErrors(ipAddressKind, holder("b"), holder("a")).length, 1);
  assert.equal(row(ipAddressKind, holder("a")).ParentRef, "services/default/a");
});

test("service CIDRs", () => {
  const ranges = (...cidrs: string[]) => object("ServiceCIDR", { cidrs });
  assert.deepEqual(createErrors(serviceCIDRKind, ranges("10.0.0.0/16", "fd00::/64")), []);
  assert.deepEqual(createErrors(serviceCIDRKind, ranges()), ["spec.cidrs: Required value: at least one CIDR required"]);
  assert.equal(createErrors(serviceCIDRKind, ranges("10.0.0.0/16", "11.0.0.0/16")).length, 1);
  assert.deepEqual(updateErrors(serviceCIDRKind, ranges("11.0.0.0/16"), ranges("10.0.0.0/16")), [
    'spec.cidrs[0]: Invalid value: "11.0.0.0/16": field is immutable',
  ]);
  assert.deepEqual(updateErrors(serviceCIDRKind, ranges("10.0.0.0/16", "fd00::/64"), ranges("10.0.0.0/16")), []);
});
