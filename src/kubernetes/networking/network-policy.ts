// The kind NetworkPolicy. Source of the rules and words: kubernetes pkg/apis/networking/validation.

import { type FieldError, forbidden, invalid, notSupported, required } from "../../machinery/field-error.ts";
import { cidrContains, parseCidr } from "../../machinery/ip.ts";
import { portNameErrors } from "../../machinery/names.ts";
import type { JsonObject, KubeObject } from "../../machinery/object.ts";
import { ageColumn, showLabelSelector, textColumn } from "../columns.ts";
import { defaultProtocols } from "../core/ports.ts";
import { builtin } from "../define.ts";
import { checkCIDR } from "../ip-address.ts";
import { checkPortNumber, isEmpty, isSet, listOf } from "../validation/fields.ts";
import { checkLabelSelector } from "../validation/label-selectors.ts";
import { checkName } from "../validation/names.ts";

const policyTypes = ["Ingress", "Egress"];
const protocols = ["TCP", "UDP", "SCTP"];
const directions = [
  ["ingress", "from"],
  ["egress", "to"],
] as const;

export const networkPolicyKind = builtin({
  group: "networking.k8s.io",
  kind: "NetworkPolicy",
  versions: ["v1"],
  shortNames: ["netpol"],
  columns: [
    textColumn("Pod-Selector", "Which pods it is about", (policy) => showLabelSelector(policy.spec?.podSelector)),
    ageColumn,
  ],
  strategy: { defaults: defaultPolicy, validate: validatePolicy },
});

/** Without types a policy is about ingress, and about egress when it has rules for that. */
function defaultPolicy(policy: KubeObject): void {
  policy.spec ??= {};
  const { spec } = policy;
  for (const [field] of directions) for (const rule of listOf(spec[field])) defaultProtocols(rule.ports);
  spec.podSelector ??= {};
  if (isEmpty(spec.policyTypes)) spec.policyTypes = isEmpty(spec.egress) ? ["Ingress"] : ["Ingress", "Egress"];
}

function validatePolicy(policy: KubeObject): FieldError[] {
  const errors: FieldError[] = [];
  const spec: JsonObject = policy.spec ?? {};
  checkLabelSelector(spec.podSelector, "spec.podSelector", errors);
  for (const [field, peers] of directions) {
    (listOf(spec[field]) as JsonObject[]).forEach((rule, index) => {
      const path = `spec.${field}[${index}]`;
      listOf(rule.ports).forEach((port, at) => {
        checkPort(port, `${path}.ports[${at}]`, errors);
      });
      listOf(rule[peers]).forEach((peer, at) => {
        checkPeer(peer, `${path}.${peers}[${at}]`, errors);
      });
    });
  }
  const types: string[] = listOf(spec.policyTypes);
  if (types.length > policyTypes.length) {
    errors.push(invalid("spec.policyTypes", types, "may not specify more than two policyTypes"));
    return errors;
  }
  types.forEach((type, index) => {
    if (!policyTypes.includes(type))
      errors.push(notSupported(`spec.policyTypes[${index}]`, type, policyTypes, "given"));
  });
  return errors;
}

function checkPort(port: JsonObject, path: string, errors: FieldError[]): void {
  if (isSet(port.protocol) && !protocols.includes(port.protocol)) {
    errors.push(notSupported(`${path}.protocol`, port.protocol, protocols, "given"));
  }
  const endPath = `${path}.endPort`;
  if (typeof port.port === "number") {
    checkPortNumber(port.port, `${path}.port`, errors);
    if (!isSet(port.endPort)) return;
    if (port.endPort < port.port) {
      errors.push(invalid(endPath, port.endPort, "must be greater than or equal to `port`"));
    }
    checkPortNumber(port.endPort, endPath, errors);
    return;
  }
  if (isSet(port.endPort)) {
    const state = isSet(port.port) ? "non-numeric" : "not specified";
    errors.push(invalid(endPath, port.endPort, `may not be specified when \`port\` is ${state}`));
  }
  if (isSet(port.port)) checkName(portNameErrors, port.port, `${path}.port`, errors);
}

function checkPeer(peer: JsonObject, path: string, errors: FieldError[]): void {
  checkLabelSelector(peer.podSelector, `${path}.podSelector`, errors);
  checkLabelSelector(peer.namespaceSelector, `${path}.namespaceSelector`, errors);
  if (isSet(peer.ipBlock)) checkBlock(peer.ipBlock, `${path}.ipBlock`, errors);
  const bySelector = isSet(peer.podSelector) || isSet(peer.namespaceSelector);
  if (!bySelector && !isSet(peer.ipBlock)) errors.push(required(path, "must specify a peer"));
  else if (bySelector && isSet(peer.ipBlock)) {
    errors.push(forbidden(path, "may not specify both ipBlock and another peer"));
  }
}

function checkBlock(block: JsonObject, path: string, errors: FieldError[]): void {
  if (isEmpty(block.cidr)) {
    errors.push(required(`${path}.cidr`));
    return;
  }
  checkCIDR(block.cidr, `${path}.cidr`, errors);
  const range = parseCidr(block.cidr);
  if (range === undefined) return;
  (listOf(block.except) as string[]).forEach((text, index) => {
    const at = `${path}.except[${index}]`;
    checkCIDR(text, at, errors);
    const except = parseCidr(text);
    if (except === undefined) return;
    const inside = cidrContains(range, except.address) && except.prefixLength > range.prefixLength;
    if (!inside) errors.push(invalid(at, text, "must be a strict subset of `cidr`"));
  });
}
