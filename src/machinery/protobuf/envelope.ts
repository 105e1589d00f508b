// The envelope of protobuf bodies: four bytes, then a `runtime.Unknown` message with the kind and the bytes of the object.
// Source: k8s.io/apimachinery pkg/runtime/serializer/protobuf.

import { Reader, WireError, Writer, wireTypes } from "./wire.ts";

const prefix = Buffer.from([0x6b, 0x38, 0x73, 0x00]);

export interface Envelope {
  apiVersion: string;
  kind: string;
  raw: Buffer;
  contentEncoding: string;
  contentType: string;
}

/** Whether bytes begin as a Kubernetes protobuf body does. */
export function hasEnvelope(bytes: Uint8Array): boolean {
  return bytes.length >= prefix.length && prefix.every((byte, index) => bytes[index] === byte);
}

/** Opens the envelope. Throws a WireError. */
export function readEnvelope(bytes: Uint8Array): Envelope {
  if (!hasEnvelope(bytes)) {
    throw new WireError("provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]");
  }
  const envelope: Envelope = { apiVersion: "", kind: "", raw: Buffer.alloc(0), contentEncoding: "", contentType: "" };
  eachSlice(new Reader(bytes, prefix.length), (number, value) => {
    if (number === 1) {
      eachSlice(value, (typeNumber, text) => {
        if (typeNumber === 1) envelope.apiVersion = text.text();
        if (typeNumber === 2) envelope.kind = text.text();
      });
    }
    if (number === 2) envelope.raw = value.rest();
    if (number === 3) envelope.contentEncoding = value.text();
    if (number === 4) envelope.contentType = value.text();
  });
  return envelope;
}

/** Calls `visit` for every length-delimited field, and skips others. */
function eachSlice(reader: Reader, visit: (number: number, value: Reader) => void): void {
  while (!reader.done) {
    const { number, wireType } = reader.tag();
    if (wireType === wireTypes.bytes) visit(number, reader.slice());
    else reader.skip(wireType);
  }
}

/** Puts the bytes of an object into an envelope, as Go writes it. */
export function writeEnvelope({
  apiVersion,
  kind,
  raw,
}: {
  apiVersion: string;
  kind: string;
  raw: Uint8Array;
}): Buffer {
  const type = new Writer();
  writeText(type, 1, apiVersion);
  writeText(type, 2, kind);
  const unknown = new Writer();
  unknown.tag(1, wireTypes.bytes);
  unknown.bytes(type.finish());
  unknown.tag(2, wireTypes.bytes);
  unknown.bytes(raw);
  writeText(unknown, 3, "");
  writeText(unknown, 4, "");
  return Buffer.concat([prefix, unknown.finish()]);
}

function writeText(writer: Writer, number: number, text: string): void {
  writer.tag(number, wireTypes.bytes);
  writer.bytes(Buffer.from(text));
}
