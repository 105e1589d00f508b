// The key usages of certificates.k8s.io and what they are in X.509. Source: k8s.io/api certificates/v1, RFC 5280 §4.2.1.3 and §4.2.1.12.

/** Bits of the KeyUsage extension, numbered as the extension numbers them (bit 0 is the lowest). */
const keyUsageBits: ReadonlyMap<string, number> = new Map([
  ["signing", 1],
  ["digital signature", 1],
  ["content commitment", 2],
  ["key encipherment", 4],
  ["data encipherment", 8],
  ["key agreement", 16],
  ["cert sign", 32],
  ["crl sign", 64],
  ["encipher only", 128],
  ["decipher only", 256],
]);

const extendedKeyUsageIds: ReadonlyMap<string, string> = new Map([
  ["any", "2.5.29.37.0"],
  ["server auth", "1.3.6.1.5.5.7.3.1"],
  ["client auth", "1.3.6.1.5.5.7.3.2"],
  ["code signing", "1.3.6.1.5.5.7.3.3"],
  ["email protection", "1.3.6.1.5.5.7.3.4"],
  ["s/mime", "1.3.6.1.5.5.7.3.4"],
  ["ipsec end system", "1.3.6.1.5.5.7.3.5"],
  ["ipsec tunnel", "1.3.6.1.5.5.7.3.6"],
  ["ipsec user", "1.3.6.1.5.5.7.3.7"],
  ["timestamping", "1.3.6.1.5.5.7.3.8"],
  ["ocsp signing", "1.3.6.1.5.5.7.3.9"],
  ["microsoft sgc", "1.3.6.1.4.1.311.10.3.3"],
  ["netscape sgc", "2.16.840.1.113730.4.1"],
]);

export const anyExtendedKeyUsage = "2.5.29.37.0";
export const clientAuthUsage = "1.3.6.1.5.5.7.3.2";

export type UsageTranslation =
  | { ok: true; keyUsage: number; extendedKeyUsages: string[] }
  | { ok: false; unknown: string[] };

/** Translates usages such as `digital signature` and `client auth`; names those that do not exist. */
export function translateUsages(usages: readonly string[]): UsageTranslation {
  let keyUsage = 0;
  const extendedKeyUsages = new Set<string>();
  const unknown: string[] = [];
  for (const usage of usages) {
    const bit = keyUsageBits.get(usage);
    const id = extendedKeyUsageIds.get(usage);
    if (bit !== undefined) keyUsage |= bit;
    else if (id !== undefined) extendedKeyUsages.add(id);
    else unknown.push(usage);
  }
  if (unknown.length > 0) return { ok: false, unknown };
  return { ok: true, keyUsage, extendedKeyUsages: [...extendedKeyUsages].sort() };
}
