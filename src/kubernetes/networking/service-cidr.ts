// The kind ServiceCIDR: ranges of service addresses. Source of the rules and words: kubernetes pkg/apis/networking/validation.

import { type FieldError, invalid, required } from "../../machinery/field-error.ts";
import { parseCidr } from "../../machinery/ip.ts";
import type { KubeObject } from "../../machinery/object.ts";
import { ageColumn, textColumn } from "../columns.ts";
import { builtin } from "../define.ts";
import { checkCIDR } from "../ip-address.ts";
import { immutableText, listOf } from "../validation/fields.ts";

const path = "spec.cidrs";

export const serviceCIDRKind = builtin({
  group: "networking.k8s.io",
  kind: "ServiceCIDR",
  versions: ["v1"],
  columns: [textColumn("CIDRs", "Ranges of addresses", (object) => listOf(object.spec?.cidrs).join(",")), ageColumn],
  strategy: { generation: "none", validate: validateRanges, validateUpdate: validateRangesUpdate },
});

function validateRanges(object: KubeObject): FieldError[] {
  const errors: FieldError[] = [];
  const cidrs: string[] = listOf(object.spec?.cidrs);
  if (cidrs.length === 0) return [required(path, "at least one CIDR required")];
  if (cidrs.length > 2) return [invalid(path, object.spec, "may only hold up to 2 values")];
  cidrs.forEach((cidr, index) => {
    checkCIDR(cidr, `${path}[${index}]`, errors);
  });
  const [first, second] = cidrs.map((cidr) => parseCidr(cidr)?.address.family);
  if (first !== undefined && first === second) {
    const text = "may specify no more than one IP for each IP family, i.e 192.168.0.0/24 and 2001:db8::/64";
    errors.push(invalid(path, cidrs, text));
  }
  return errors;
}

/** A second family may be added; nothing else changes. */
function validateRangesUpdate(object: KubeObject, old: KubeObject): FieldError[] {
  const cidrs: string[] = listOf(object.spec?.cidrs);
  const before: string[] = listOf(old.spec?.cidrs);
  if (cidrs.length !== before.length && !(before.length === 1 && cidrs.length === 2)) {
    return [invalid(path, cidrs, immutableText)];
  }
  return before.flatMap((cidr, index) =>
    cidr === cidrs[index] ? [] : [invalid(`${path}[${index}]`, cidrs[index], immutableText)],
  );
}
