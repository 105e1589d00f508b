// What the engine and its worker thread say to each other. The engine gathers the requests of one turn of its event loop into one
// message, with the values of all their records packed into one buffer that is transferred: measured at a third of the cost of cloning
// the records, and safe for values that are views of a pool, which a clone would copy whole.

import { EngineError, type EngineErrorCode, type LogRecord, type PlaneRecord } from "../engine.ts";

/** Records without the bytes of their values, which stand one after another in a buffer. */
export interface PackedRecords {
  revisions: number[];
  keys: string[];
  previous: number[];
  /** Bytes of each value; -1 for a deletion. */
  sizes: number[];
}

/** A plane as a handle names it: a dropped plane's id is never used again. */
export interface PlaneOwner {
  id: number;
  name: string;
  epoch: number;
}

export interface OpenedPlane {
  id: number;
  record: PlaneRecord;
}

/** The operations and what each answers with. */
export interface Operations {
  create: { input: { name: string; meta: string }; output: PlaneRecord };
  open: { input: { name: string }; output: OpenedPlane };
  planes: { input: Record<never, never>; output: PlaneRecord[] };
  setMeta: { input: { name: string; meta: string }; output: undefined };
  drop: { input: { name: string }; output: undefined };
  stats: { input: Record<never, never>; output: { bytes: number } };
  commit: { input: { owner: PlaneOwner; records: PackedRecords }; output: undefined };
  compact: { input: { owner: PlaneOwner; revision: number }; output: PlaneRecord };
  jump: { input: { owner: PlaneOwner; revision: number }; output: PlaneRecord };
  read: { input: { owner: PlaneOwner; after: number; until: number }; output: ReadChunk };
  close: { input: Record<never, never>; output: undefined };
}

export type OperationName = keyof Operations;

/** One chunk of a plane's log; `more` says whether records may follow it. */
export interface ReadChunk {
  records: PackedRecords;
  bytes: Uint8Array<ArrayBuffer>;
  more: boolean;
}

export type Request = {
  [Name in OperationName]: { id: number; operation: Name } & Operations[Name]["input"];
}[OperationName];

export type RequestOf<Name extends OperationName> = Extract<Request, { operation: Name }>;

export interface RequestMessage {
  requests: Request[];
  /** The values of the commits among the requests, in order. */
  bytes: Uint8Array<ArrayBuffer>;
}

export interface Failure {
  code: EngineErrorCode;
  message: string;
}

export type Reply = { id: number; output: Operations[OperationName]["output"] } | { id: number; failure: Failure };

/** `faults` are failures of background work, which no request waits for. */
export interface ReplyMessage {
  replies: Reply[];
  faults: Failure[];
}

export function packRecords(records: readonly LogRecord[]): PackedRecords {
  const packed: PackedRecords = { revisions: [], keys: [], previous: [], sizes: [] };
  for (const { revision, key, previous, value } of records) {
    packed.revisions.push(revision);
    packed.keys.push(key);
    packed.previous.push(previous);
    packed.sizes.push(value === null ? -1 : value.byteLength);
  }
  return packed;
}

/** One buffer with all these values, deletions left out. */
export function packValues(values: readonly (Uint8Array | null)[]): Uint8Array<ArrayBuffer> {
  let size = 0;
  for (const value of values) size += value?.byteLength ?? 0;
  const bytes = new Uint8Array(size);
  let offset = 0;
  for (const value of values) {
    if (value === null) continue;
    bytes.set(value, offset);
    offset += value.byteLength;
  }
  return bytes;
}

/** The records again, their values being views of `bytes` from `offset`. */
export function unpackRecords(packed: PackedRecords, bytes: Uint8Array, offset = 0): LogRecord[] {
  let end = offset;
  return packed.revisions.map((revision, index) => {
    const size = packed.sizes[index]!;
    const start = end;
    if (size >= 0) end += size;
    const value = size < 0 ? null : bytes.subarray(start, end);
    return { revision, key: packed.keys[index]!, previous: packed.previous[index]!, value };
  });
}

/** The bytes that the values of these records take in their buffer. */
export function packedSize(packed: PackedRecords): number {
  let size = 0;
  for (const one of packed.sizes) if (one > 0) size += one;
  return size;
}

export function toFailure(error: EngineError): Failure {
  return { code: error.code, message: error.message };
}

export function fromFailure({ code, message }: Failure): EngineError {
  return new EngineError(code, message);
}
