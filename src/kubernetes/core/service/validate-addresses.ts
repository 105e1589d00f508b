// The rules of a service's cluster IPs and IP families, and how they may change.
// Source of the rules and words: kubernetes pkg/apis/core/validation (ValidateServiceClusterIPsRelatedFields and the upgrade rules).

import { duplicate, type FieldError, invalid, notSupported, required } from "../../../machinery/field-error.ts";
import { parseIp } from "../../../machinery/ip.ts";
import { checkIP } from "../../ip-address.ts";
import { listOf } from "../../validation/fields.ts";
import { isHeadless, type ServiceSpec, singleStack } from "./kinds.ts";

const families = ["IPv4", "IPv6"];
const policies = ["SingleStack", "PreferDualStack", "RequireDualStack"];
const clusterIPsPath = "spec.clusterIPs";

/** `clusterIP`, `clusterIPs`, `ipFamilies` and `ipFamilyPolicy` agree. */
export function checkClusterIPs(spec: ServiceSpec, errors: FieldError[]): void {
  if (spec.type === "ExternalName") return;
  const ips: string[] = listOf(spec.clusterIPs);
  if (spec.clusterIP) {
    if (ips.length === 0) errors.push(required(clusterIPsPath));
    else if (ips[0] !== spec.clusterIP) errors.push(invalid(clusterIPsPath, ips, "first value must match `clusterIP`"));
  } else if (ips.length > 0) {
    errors.push(invalid(clusterIPsPath, ips, "must be empty when `clusterIP` is not specified"));
  }
  checkFamilies(spec, errors);

  const before = errors.length;
  ips.forEach((ip, index) => {
    if (index > 0 || ip !== "None") checkIP(ip, `${clusterIPsPath}[${index}]`, errors);
    else if (ips.length > 1) errors.push(invalid(clusterIPsPath, ips, "'None' must be the first and only value"));
  });
  const malformed = errors.length > before;
  if (ips.length > 2) errors.push(invalid(clusterIPsPath, ips, "may only hold up to 2 values"));
  if (malformed) return;

  const ipFamilies = ips.map((ip) => parseIp(ip)?.family);
  if (ips.length > 1 && new Set(ipFamilies).size < ips.length) {
    errors.push(invalid(clusterIPsPath, ips, "may specify no more than one IP for each IP family"));
  }
  if (isHeadless(spec)) return;
  ips.forEach((ip, index) => {
    const wanted = spec.ipFamilies?.[index];
    if (wanted === undefined || !families.includes(wanted) || wanted === ipFamilies[index]) return;
    const text = `expected an ${wanted} value as indicated by \`ipFamilies[${index}]\``;
    errors.push(invalid(`${clusterIPsPath}[${index}]`, ip, text));
  });
}

function checkFamilies(spec: ServiceSpec, errors: FieldError[]): void {
  const seen = new Set<string>();
  listOf(spec.ipFamilies).forEach((family, index) => {
    const path = `spec.ipFamilies[${index}]`;
    if (!families.includes(family)) errors.push(notSupported(path, family, families));
    if (seen.has(family)) errors.push(duplicate(path, family));
    seen.add(family);
  });
  if (spec.ipFamilyPolicy !== undefined && !policies.includes(spec.ipFamilyPolicy)) {
    errors.push(notSupported("spec.ipFamilyPolicy", spec.ipFamilyPolicy, policies));
  }
}

/** The primary address and family stay; the secondary comes and goes. To and from ExternalName all may change. */
export function checkAddressUpdate(spec: ServiceSpec, old: ServiceSpec, errors: FieldError[]): void {
  if (spec.type === "ExternalName" || old.type === "ExternalName") return;
  const headless = isHeadless(spec);
  const wasHeadless = isHeadless(old);
  if (!(headless && wasHeadless)) {
    checkListUpdate("clusterIPs", "clusterIP", listOf(spec.clusterIPs), listOf(old.clusterIPs), spec, errors);
  }
  if (!headless && !wasHeadless) {
    checkListUpdate("ipFamilies", "ipFamily", listOf(spec.ipFamilies), listOf(old.ipFamilies), spec, errors);
  }
}

function checkListUpdate(
  field: "clusterIPs" | "ipFamilies",
  element: string,
  list: readonly string[],
  old: readonly string[],
  spec: ServiceSpec,
  errors: FieldError[],
): void {
  const changed = (index: number) => invalid(`spec.${field}[${index}]`, list, "may not change once set");
  if (list.length === old.length) {
    old.forEach((value, index) => {
      if (value !== list[index]) errors.push(changed(field === "clusterIPs" ? index : 0));
    });
    return;
  }
  if (list.length === 0) errors.push(invalid(`spec.${field}[0]`, list, `primary ${element} can not be unset`));
  else if (old.length > 0 && list[0] !== old[0]) errors.push(changed(0));
  if (list.length < old.length && list.length === 1 && spec.ipFamilyPolicy !== singleStack) {
    errors.push(
      invalid(
        "spec.ipFamilyPolicy",
        spec.ipFamilyPolicy,
        `must be set to 'SingleStack' when releasing the secondary ${element}`,
      ),
    );
  }
}
