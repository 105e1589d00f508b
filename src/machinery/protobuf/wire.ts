// The wire format of protobuf: tags, varints and length-delimited bytes. Bytes come from clients: every read is bounded by the slice
// it belongs to, and what is malformed ends in a WireError, which decode.ts turns into a result.

/** Malformed bytes. Does not leave this folder. */
export class WireError extends Error {}

export const wireTypes = { varint: 0, fixed64: 1, bytes: 2, startGroup: 3, endGroup: 4, fixed32: 5 } as const;

/** Groups may nest this deep in fields that are skipped. */
const maximumGroupDepth = 32;

/** Reads a slice of bytes from its beginning to its end. */
export class Reader {
  readonly #bytes: Buffer;
  #at: number;
  readonly #end: number;

  constructor(bytes: Uint8Array, start = 0, end = bytes.length) {
    this.#bytes = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#at = start;
    this.#end = end;
  }

  get done(): boolean {
    return this.#at >= this.#end;
  }

  /** Whether the slice has no bytes at all, asked before anything was read. */
  get empty(): boolean {
    return this.#at === this.#end;
  }

  #byte(): number {
    if (this.#at >= this.#end) throw new WireError("unexpected EOF");
    return this.#bytes[this.#at++]!;
  }

  /** The next field number and wire type. */
  tag(): { number: number; wireType: number } {
    const tag = this.#number();
    const number = Math.floor(tag / 8);
    if (tag > 0xffffffff || number === 0) throw new WireError(`proto: illegal tag ${number} (wire type ${tag % 8})`);
    return { number, wireType: tag % 8 };
  }

  /** 64 bits, unsigned. */
  varint(): bigint {
    const start = this.#at;
    const small = this.#small();
    if (small !== undefined) return BigInt(small);
    this.#at = start;
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.#byte();
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asUintN(64, value);
    }
    throw new WireError("proto: integer overflow");
  }

  /** A varint of at most 28 bits, without a bigint; undefined when it is longer. */
  #small(): number | undefined {
    let value = 0;
    for (let shift = 0; shift < 28; shift += 7) {
      const byte = this.#byte();
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    return undefined;
  }

  /** A varint as a number: exact where tags and lengths are. */
  #number(): number {
    const start = this.#at;
    const small = this.#small();
    if (small !== undefined) return small;
    this.#at = start;
    return Number(this.varint());
  }

  double(): number {
    const at = this.#skip(8);
    return this.#bytes.readDoubleLE(at);
  }

  /** A reader of the length-delimited bytes that come next. */
  slice(): Reader {
    const start = this.#skip(this.#number());
    return new Reader(this.#bytes, start, this.#at);
  }

  /** What is left, as UTF-8. */
  text(): string {
    return this.#bytes.toString("utf8", this.#at, this.#end);
  }

  /** What is left, as base64. */
  base64(): string {
    return this.#bytes.toString("base64", this.#at, this.#end);
  }

  /** What is left. */
  rest(): Buffer {
    return this.#bytes.subarray(this.#at, this.#end);
  }

  #skip(length: number): number {
    const start = this.#at;
    if (length > this.#end - start) throw new WireError("unexpected EOF");
    this.#at += length;
    return start;
  }

  /** Passes over the value of a field that is not known. */
  skip(wireType: number, depth = 0): void {
    switch (wireType) {
      case wireTypes.varint:
        this.varint();
        return;
      case wireTypes.fixed64:
        this.#skip(8);
        return;
      case wireTypes.bytes:
        this.slice();
        return;
      case wireTypes.fixed32:
        this.#skip(4);
        return;
      case wireTypes.startGroup: {
        if (depth >= maximumGroupDepth) throw new WireError("proto: groups are nested too deeply");
        for (;;) {
          const tag = this.tag();
          if (tag.wireType === wireTypes.endGroup) return;
          this.skip(tag.wireType, depth + 1);
        }
      }
      default:
        throw new WireError(`proto: illegal wireType ${wireType}`);
    }
  }
}

/** Collects the bytes of one message. */
export class Writer {
  #bytes = Buffer.allocUnsafe(64);
  #length = 0;

  #reserve(count: number): void {
    if (this.#length + count <= this.#bytes.length) return;
    const grown = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, this.#length + count));
    this.#bytes.copy(grown, 0, 0, this.#length);
    this.#bytes = grown;
  }

  tag(number: number, wireType: number): void {
    this.varint(BigInt(number * 8 + wireType));
  }

  /** The lower 64 bits; negative numbers take ten bytes, as proto2 has it. */
  varint(value: bigint): void {
    this.#reserve(10);
    let rest = BigInt.asUintN(64, value);
    while (rest > 0x7fn) {
      this.#bytes[this.#length++] = Number(rest & 0x7fn) | 0x80;
      rest >>= 7n;
    }
    this.#bytes[this.#length++] = Number(rest);
  }

  double(value: number): void {
    this.#reserve(8);
    this.#bytes.writeDoubleLE(value, this.#length);
    this.#length += 8;
  }

  /** Length and bytes. */
  bytes(value: Uint8Array): void {
    this.varint(BigInt(value.length));
    this.#reserve(value.length);
    this.#bytes.set(value, this.#length);
    this.#length += value.length;
  }

  finish(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }
}
