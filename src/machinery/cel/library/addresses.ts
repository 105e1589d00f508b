// Reading and writing IP addresses and networks, as Go's netip does.

export interface Address {
  readonly family: 4 | 6;
  readonly bits: bigint;
}

export interface Network {
  readonly address: Address;
  readonly prefix: number;
}

const octet = "(?:0|[1-9]\\d?|1\\d\\d|2[0-4]\\d|25[0-5])";
const ipv4 = new RegExp(`^${octet}(?:\\.${octet}){3}$`);

export function bitCount(family: 4 | 6): number {
  return family === 4 ? 32 : 128;
}

/** An address, or undefined: no zones, no IPv4 in IPv6 notation with octets out of range. */
export function parseAddress(text: string): Address | undefined {
  if (text.length > 45) return undefined;
  if (ipv4.test(text)) return { family: 4, bits: ipv4Bits(text) };
  const groups = ipv6Groups(text);
  return groups === undefined
    ? undefined
    : { family: 6, bits: groups.reduce((bits, group) => (bits << 16n) | BigInt(group), 0n) };
}

function ipv4Bits(text: string): bigint {
  return text.split(".").reduce((bits, part) => (bits << 8n) | BigInt(part), 0n);
}

/** The eight groups of an IPv6 address. */
function ipv6Groups(text: string): number[] | undefined {
  const halves = text.split("::");
  if (halves.length > 2) return undefined;
  const [head, tail] = halves.map((half, index) => groupsOf(half, index === halves.length - 1));
  if (head === undefined || (halves.length === 2 && tail === undefined)) return undefined;
  if (tail === undefined) return head.length === 8 ? head : undefined;
  const missing = 8 - head.length - tail.length;
  return missing < 1 ? undefined : [...head, ...new Array<number>(missing).fill(0), ...tail];
}

function groupsOf(text: string, last: boolean): number[] | undefined {
  if (text === "") return [];
  const groups: number[] = [];
  const parts = text.split(":");
  for (const [index, part] of parts.entries()) {
    if (last && index === parts.length - 1 && ipv4.test(part)) {
      const bits = Number(ipv4Bits(part));
      groups.push(bits >>> 16, bits & 0xffff);
    } else if (/^[0-9a-fA-F]{1,4}$/.test(part)) groups.push(Number.parseInt(part, 16));
    else return undefined;
  }
  return groups;
}

/** Whether an IPv6 address is `::ffff:a.b.c.d`. */
export function isMapped({ family, bits }: Address): boolean {
  return family === 6 && bits >> 32n === 0xffffn;
}

/** The canonical text: RFC 5952 for IPv6. */
export function formatAddress({ family, bits }: Address): string {
  if (family === 4) return [24n, 16n, 8n, 0n].map((shift) => (bits >> shift) & 0xffn).join(".");
  const groups = Array.from({ length: 8 }, (_, index) => Number((bits >> BigInt(112 - 16 * index)) & 0xffffn));
  let best = { start: -1, length: 1 };
  for (let start = 0; start < 8; start++) {
    let length = 0;
    while (start + length < 8 && groups[start + length] === 0) length++;
    if (length > best.length) best = { start, length };
  }
  const hex = (part: number[]) => part.map((group) => group.toString(16)).join(":");
  if (best.start < 0) return hex(groups);
  return `${hex(groups.slice(0, best.start))}::${hex(groups.slice(best.start + best.length))}`;
}

/** `address/prefix`, or undefined. */
export function parseNetwork(text: string): Network | undefined {
  const match = /^([^/]+)\/(0|[1-9]\d{0,2})$/.exec(text);
  const address = match === null ? undefined : parseAddress(match[1]!);
  if (match === null || address === undefined || Number(match[2]) > bitCount(address.family)) return undefined;
  return { address, prefix: Number(match[2]) };
}

/** The first address of a network. */
export function masked({ address: { family, bits }, prefix }: Network): Address {
  const hostBits = BigInt(bitCount(family) - prefix);
  return { family, bits: (bits >> hostBits) << hostBits };
}

export function networkContains(network: Network, address: Address): boolean {
  if (network.address.family !== address.family) return false;
  const hostBits = BigInt(bitCount(address.family) - network.prefix);
  return network.address.bits >> hostBits === address.bits >> hostBits;
}

/** Whether an address is in a network that is written in the source. */
export function isWithin(address: Address, text: string): boolean {
  return networkContains(parseNetwork(text)!, address);
}
