// Just enough of protobuf's wire format to write bodies by hand, so that the cases do not trust the encoder of the server.

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 0x80) {
    bytes.push((rest % 0x80) | 0x80);
    rest = Math.floor(rest / 0x80);
  }
  bytes.push(rest);
  return Buffer.from(bytes);
}

/** A field of a message: a number as a varint, bytes with their length. */
export function field(number: number, value: number | Buffer): Buffer {
  if (typeof value === "number") return Buffer.concat([varint(number * 8), varint(value)]);
  return Buffer.concat([varint(number * 8 + 2), varint(value.length), value]);
}

export function text(number: number, value: string): Buffer {
  return field(number, Buffer.from(value, "utf8"));
}

/** A map of texts: one message of key and value for each entry. */
export function map(number: number, entries: Record<string, string>): Buffer {
  return Buffer.concat(
    Object.entries(entries).map(([key, value]) => field(number, message(text(1, key), text(2, value)))),
  );
}

export function message(...fields: Buffer[]): Buffer {
  return Buffer.concat(fields);
}

/** The envelope of Kubernetes: a magic number, then `runtime.Unknown` with the type and the object's bytes. */
export function wrapped(apiVersion: string, kind: string, raw: Buffer): Buffer {
  return Buffer.concat([
    Buffer.from("k8s\0", "latin1"),
    field(1, message(text(1, apiVersion), text(2, kind))),
    field(2, raw),
  ]);
}
