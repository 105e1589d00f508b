// Bytes and text: UTF-8 and base64.

import { canonicalBase64 } from "../../schema/go-scalars.ts";
import { fail } from "../values.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

export function encodeUtf8(text: string): Uint8Array {
  return encoder.encode(text);
}

export function decodeUtf8(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch {
    return fail("invalid UTF-8 in bytes, cannot convert to string");
  }
}

/** Standard base64 with padding. */
export function decodeBase64(text: string): Uint8Array {
  const canonical = canonicalBase64(text);
  return canonical.ok ? new Uint8Array(Buffer.from(canonical.text, "base64")) : fail(canonical.error);
}

export function encodeBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("base64");
}
