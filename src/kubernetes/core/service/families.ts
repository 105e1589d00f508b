// Settles the IP families of a service against those of the control plane, before addresses are allocated.
// Source of the rules and words: kubernetes pkg/registry/core/service/storage (alloc.go).

import { type FieldError, invalid } from "../../../machinery/field-error.ts";
import { type Cidr, type IpFamily, parseCidr, parseIp } from "../../../machinery/ip.ts";
import { semanticEqual } from "../../validation/equality.ts";
import { isHeadless, type ServiceSpec, singleStack } from "./kinds.ts";
import { checkClusterIPs } from "./validate-addresses.ts";

/** The ranges of cluster IPs, one per family; the first family is the default. */
export function serviceRanges(setting: string): Cidr[] {
  return setting
    .split(",")
    .map((text) => parseCidr(text.trim()))
    .filter((range) => range !== undefined);
}

/** Fills `ipFamilyPolicy` and `ipFamilies`; what contradicts the control plane is returned. */
export function settleFamilies(spec: ServiceSpec, old: ServiceSpec | undefined, ranges: readonly Cidr[]): FieldError[] {
  const configured = ranges.map(({ address }) => address.family);
  const [defaultFamily] = configured;
  if (spec.type === "ExternalName" || defaultFamily === undefined) return [];
  if (old !== undefined && keepsPreferredDualStack(spec, old)) return [];

  const selectorlessHeadless = spec.clusterIP === "None" && Object.keys(spec.selector ?? {}).length === 0;
  spec.ipFamilyPolicy ??= old?.ipFamilyPolicy ?? (selectorlessHeadless ? "RequireDualStack" : singleStack);

  const loose: FieldError[] = [];
  checkClusterIPs(spec, loose);
  if (loose.length > 0) return loose;
  const errors = [...(old === undefined ? [] : settleUpdate(spec, old)), ...inferFamilies(spec, configured)];
  if (errors.length > 0) return errors;

  const families: IpFamily[] = spec.ipFamilies ?? [];
  if (selectorlessHeadless) {
    if (families.length === 0) families.push(defaultFamily);
    if (families.length < 2 && spec.ipFamilyPolicy !== singleStack) families.push(otherFamily(families[0]));
    spec.ipFamilies = families;
    return [];
  }

  if (spec.ipFamilyPolicy === "RequireDualStack" && configured.length < 2) {
    errors.push(
      invalid("spec.ipFamilyPolicy", spec.ipFamilyPolicy, "this cluster is not configured for dual-stack services"),
    );
  }
  families.forEach((family, index) => {
    if (!configured.includes(family)) {
      errors.push(invalid(`spec.ipFamilies[${index}]`, family, "not configured on this cluster"));
    }
  });
  if (errors.length > 0) return errors;
  if (families.length === 0) families.push(defaultFamily);
  if (spec.ipFamilyPolicy !== singleStack && families.length === 1 && configured.length === 2) {
    families.push(otherFamily(families[0]));
  }
  spec.ipFamilies = families;
  return [];
}

/** A PreferDualStack service is not widened or narrowed because the control plane changed. */
export function keepsPreferredDualStack(spec: ServiceSpec, old: ServiceSpec): boolean {
  return (
    spec.ipFamilyPolicy === "PreferDualStack" &&
    old.ipFamilyPolicy === "PreferDualStack" &&
    isHeadless(spec) === isHeadless(old) &&
    semanticEqual(spec.clusterIPs, old.clusterIPs) &&
    semanticEqual(spec.ipFamilies, old.ipFamilies)
  );
}

/** Narrowing to one family needs the policy to say so; then what was left unchanged is narrowed. */
function settleUpdate(spec: ServiceSpec, old: ServiceSpec): FieldError[] {
  if (spec.ipFamilyPolicy === singleStack) {
    if (semanticEqual(spec.clusterIPs, old.clusterIPs)) spec.clusterIPs = spec.clusterIPs?.slice(0, 1);
    if (semanticEqual(spec.ipFamilies, old.ipFamilies)) spec.ipFamilies = spec.ipFamilies?.slice(0, 1);
    return [];
  }
  const errors: FieldError[] = [];
  const refuse = (what: string) =>
    invalid("spec.ipFamilyPolicy", spec.ipFamilyPolicy, `must be 'SingleStack' to release the secondary ${what}`);
  if (isReduced(spec.clusterIPs, old.clusterIPs)) errors.push(refuse("cluster IP"));
  if (isReduced(spec.ipFamilies, old.ipFamilies)) errors.push(refuse("IP family"));
  return errors;
}

function isReduced(list: readonly string[] | undefined, old: readonly string[] | undefined): boolean {
  return list?.length === 1 && old?.length === 2 && list[0] === old[0];
}

function inferFamilies(spec: ServiceSpec, configured: readonly IpFamily[]): FieldError[] {
  const errors: FieldError[] = [];
  const families = [...(spec.ipFamilies ?? [])];
  const many = (what: string) =>
    invalid(
      "spec.ipFamilyPolicy",
      spec.ipFamilyPolicy,
      `must be 'RequireDualStack' or 'PreferDualStack' when multiple ${what} are specified`,
    );
  if (spec.ipFamilyPolicy === singleStack) {
    if (spec.clusterIPs?.length === 2) errors.push(many("cluster IPs"));
    if (families.length === 2) errors.push(many("IP families"));
  }
  for (const [index, ip] of (spec.clusterIPs ?? []).entries()) {
    if (ip === "None") break;
    const family = parseIp(ip)?.family;
    if (family === undefined || index < families.length) continue;
    if (configured.includes(family)) families.push(family);
    else {
      errors.push(invalid(`spec.clusterIPs[${index}]`, spec.clusterIPs, `${family} is not configured on this cluster`));
    }
  }
  if (errors.length === 0 && families.length > 0) spec.ipFamilies = families;
  return errors;
}

function otherFamily(family: IpFamily | undefined): IpFamily {
  return family === "IPv4" ? "IPv6" : "IPv4";
}
