// Looks at a certificate signing request (PKCS #10) while the write waits: its PEM and DER structure, and whether it was signed with
// the key that it asks a certificate for. Signing parses it in full.

import { createPublicKey, type KeyObject, verify } from "node:crypto";

const maxBytes = 64 * 1024;
const pemPattern = /^\s*-----BEGIN ([A-Z0-9 ]+)-----\r?\n([A-Za-z0-9+/=\r\n]*)-----END \1-----/;

/** Digest by the object identifier of the signature algorithm; null where the algorithm brings its own. */
const digests: ReadonlyMap<string, string | null> = new Map([
  ["2a864886f70d01010b", "sha256"], // sha256WithRSAEncryption
  ["2a864886f70d01010c", "sha384"],
  ["2a864886f70d01010d", "sha512"],
  ["2a8648ce3d040302", "sha256"], // ecdsa-with-SHA256
  ["2a8648ce3d040303", "sha384"],
  ["2a8648ce3d040304", "sha512"],
  ["2b6570", null], // Ed25519
]);
const sequence = 0x30;
const bitString = 0x03;
const objectIdentifier = 0x06;

/** What is wrong with the base64 of a PEM request, if anything. */
export function requestProblem(base64: string): string | undefined {
  if (base64.length > 2 * maxBytes) return "the certificate request is too large";
  const match = pemPattern.exec(Buffer.from(base64, "base64").toString("latin1"));
  if (match === null || match[1] !== "CERTIFICATE REQUEST") return "PEM block type must be CERTIFICATE REQUEST";
  const der = Buffer.from(match[2] ?? "", "base64");
  const parts = partsOf(der);
  if (parts === undefined) return "x509: malformed certificate request";
  const digest = digests.get(parts.algorithm);
  if (digest === undefined) return "x509: cannot verify signature: algorithm unimplemented";
  const key = readKey(parts.publicKey);
  if (key === undefined) return "x509: unsupported public key";
  return isSigned(digest, parts, key) ? undefined : "x509: the signature of the certificate request is wrong";
}

interface RequestParts {
  /** What is signed. */
  info: Buffer;
  publicKey: Buffer;
  /** The object identifier's bytes in hexadecimal. */
  algorithm: string;
  signature: Buffer;
}

interface Element {
  tag: number;
  /** With tag and length. */
  whole: Buffer;
  content: Buffer;
}

/** CertificationRequest ::= SEQUENCE { info SEQUENCE { version, subject, publicKey, … }, algorithm, signature } */
function partsOf(der: Buffer): RequestParts | undefined {
  const [request, ...trailing] = elementsOf(der);
  if (request?.tag !== sequence || trailing.length > 0) return undefined;
  const [info, algorithm, signature] = elementsOf(request.content);
  if (info?.tag !== sequence || algorithm?.tag !== sequence || signature?.tag !== bitString) return undefined;
  const [, subject, publicKey] = elementsOf(info.content);
  const [identifier] = elementsOf(algorithm.content);
  if (subject?.tag !== sequence || publicKey?.tag !== sequence || identifier?.tag !== objectIdentifier)
    return undefined;
  return {
    info: info.whole,
    publicKey: publicKey.whole,
    algorithm: identifier.content.toString("hex"),
    signature: signature.content.subarray(1),
  };
}

/** The elements that stand one after the other; none when the bytes are no DER. */
function elementsOf(bytes: Buffer): Element[] {
  const elements: Element[] = [];
  let offset = 0;
  while (offset < bytes.length) {
    const tag = bytes[offset] ?? 0;
    const first = bytes[offset + 1] ?? 0x80;
    const lengthBytes = first < 0x80 ? 0 : first - 0x80;
    if (first === 0x80 || lengthBytes > 3 || offset + 2 + lengthBytes > bytes.length) return [];
    const length = lengthBytes === 0 ? first : bytes.readUIntBE(offset + 2, lengthBytes);
    const start = offset + 2 + lengthBytes;
    const end = start + length;
    if (end > bytes.length) return [];
    elements.push({ tag, whole: bytes.subarray(offset, end), content: bytes.subarray(start, end) });
    offset = end;
  }
  return elements;
}

function readKey(spki: Buffer): KeyObject | undefined {
  try {
    return createPublicKey({ key: spki, format: "der", type: "spki" });
  } catch {
    return undefined;
  }
}

function isSigned(digest: string | null, { info, signature }: RequestParts, key: KeyObject): boolean {
  try {
    return verify(digest, info, key, signature);
  } catch {
    return false;
  }
}
