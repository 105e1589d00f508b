// What makes damage visible: a CRC-32 over everything a row says, its place in the table included.

import { crc32 } from "node:zlib";
import type { LogRecord } from "../engine.ts";

export function recordChecksum(plane: number, { revision, key, previous, value }: LogRecord): number {
  const head = crc32(`${plane}\0${revision}\0${previous}\0${value === null ? "delete" : "put"}\0${key}`);
  return value === null ? head : crc32(value, head);
}

export function planeChecksum(id: number, name: string | null, epoch: number, compacted: number, meta: string): number {
  return crc32(JSON.stringify([id, name, epoch, compacted, meta]));
}
