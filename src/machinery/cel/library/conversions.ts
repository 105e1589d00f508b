// Conversions between the simple types, `dyn` and `type`.

import * as t from "../types.ts";
import { Duration, fail, Timestamp, TypeValue, type Uint, type Value } from "../values.ts";
import { decodeUtf8, encodeUtf8 } from "./bytes.ts";
import {
  checkInt,
  checkUint,
  doubleToInt,
  doubleToUint,
  formatDouble,
  parseDouble,
  parseInteger,
  parseUnsigned,
} from "./numbers.ts";
import { costs, func, type Library, type Overload } from "./overload.ts";
import {
  checkTimestamp,
  formatDuration,
  formatTimestamp,
  parseDuration,
  parseTimestamp,
  splitSeconds,
} from "./time-text.ts";

const { bool, bytes, double, duration, dyn, int, paramA, string, timestamp, uint } = t;

/** What reading or writing a number or time as text takes beyond one unit. */
const work = 20;

function same(type: t.Type): Overload {
  return func([type], type, (value: Value) => value);
}

function parseBool(text: string): boolean {
  if (["1", "t", "T", "true", "TRUE", "True"].includes(text)) return true;
  if (["0", "f", "F", "false", "FALSE", "False"].includes(text)) return false;
  return fail(`strconv.ParseBool: parsing ${JSON.stringify(text)}: invalid syntax`);
}

export const conversions: Library = {
  bool: [same(bool), func([string], bool, parseBool)],
  int: [
    same(int),
    func([double], int, doubleToInt),
    func([uint], int, (value: Uint) => checkInt(value.value)),
    func([string], int, parseInteger, { work }),
    func([timestamp], int, (value: Timestamp) => splitSeconds(value.nanos).seconds),
    func([duration], int, (value: Duration) => value.nanos),
  ],
  uint: [
    same(uint),
    func([int], uint, checkUint),
    func([double], uint, doubleToUint),
    func([string], uint, parseUnsigned),
  ],
  double: [
    same(double),
    func([int], double, Number),
    func([uint], double, (value: Uint) => Number(value.value)),
    func([string], double, parseDouble, { work }),
  ],
  string: [
    same(string),
    func([bool], string, String),
    func([int], string, String),
    func([uint], string, (value: Uint) => String(value.value)),
    func([double], string, formatDouble, { work }),
    func([bytes], string, decodeUtf8, { cost: costs.traverse }),
    func([timestamp], string, (value: Timestamp) => formatTimestamp(value.nanos), { work, resultSize: () => 32 }),
    func([duration], string, (value: Duration) => formatDuration(value.nanos), { work, resultSize: () => 32 }),
  ],
  bytes: [same(bytes), func([string], bytes, encodeUtf8, { cost: costs.traverse, resultSize: (a) => a * 4 })],
  timestamp: [
    same(timestamp),
    func([string], timestamp, (text: string) => new Timestamp(parseTimestamp(text)), { work }),
    func([int], timestamp, (seconds: bigint) => new Timestamp(checkTimestamp(seconds * 1_000_000_000n))),
  ],
  duration: [
    same(duration),
    func([string], duration, (text: string) => new Duration(parseDuration(text)), { work }),
    func([int], duration, (nanos: bigint) => new Duration(nanos)),
  ],
  dyn: [func([paramA], dyn, (value: Value) => value)],
  type: [func([paramA], t.typeType(paramA), () => new TypeValue("type"))],
};
