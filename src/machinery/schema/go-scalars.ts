// The texts behind which Kubernetes' hand-written Go types stand: quantities, times and byte strings. Each function answers with
// the form that a Go server would write back, or with the error that its decoder gives.
// Sources: apimachinery pkg/api/resource, pkg/apis/meta/v1 (Time, MicroTime), Go's time.Parse and encoding/base64.

import { formatQuantity, parseQuantity, quantityError } from "../quantity.ts";

export type ScalarResult = { ok: true; text: string } | { ok: false; error: string };

/** Quantities that are canonical as they stand; nearly all are. */
const plainQuantity = /^(?:0|[1-9][0-9]{0,2}(?:m|k|M|G|T|Ki|Mi|Gi|Ti)?)$/;

/** `1000m` → `1`, `0.5` → `500m`, `1024Mi` → `1Gi`. */
export function canonicalQuantity(text: string): ScalarResult {
  if (plainQuantity.test(text)) return { ok: true, text };
  const quantity = parseQuantity(text);
  if (quantity === undefined) return { ok: false, error: quantityError(text) ?? "" };
  return { ok: true, text: formatQuantity(quantity) };
}

const canonicalTime = /^([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{2}):([0-9]{2}):([0-9]{2})Z$/;
/** The parts of a time as Go's layout names them; a digit group has its length. */
const timeParts: readonly { layout: string; form: RegExp }[] = [
  { layout: "2006", form: /^[0-9]{4}/ },
  { layout: "-", form: /^-/ },
  { layout: "01", form: /^[0-9]{2}/ },
  { layout: "-", form: /^-/ },
  { layout: "02", form: /^[0-9]{2}/ },
  { layout: "T", form: /^T/ },
  { layout: "15", form: /^[0-9]{2}/ },
  { layout: ":", form: /^:/ },
  { layout: "04", form: /^[0-9]{2}/ },
  { layout: ":", form: /^:/ },
  { layout: "05", form: /^[0-9]{2}(?:[.,][0-9]+)?/ },
  { layout: "Z07:00", form: /^(?:Z|[+-][0-9]{2}:[0-9]{2})/ },
];

/** A time in UTC: with whole seconds (`Time`), or with microseconds (`MicroTime`). */
export function canonicalTimestamp(text: string, micro: boolean): ScalarResult {
  if (!micro) {
    const fast = canonicalTime.exec(text);
    if (fast !== null && outOfRange(fast.slice(1).map(Number)) === undefined) return { ok: true, text };
  }
  const layout = micro ? "2006-01-02T15:04:05.000000Z07:00" : "2006-01-02T15:04:05Z07:00";
  const quoted = JSON.stringify(text);
  const found: string[] = [];
  let rest = text;
  for (const part of timeParts) {
    const match = part.form.exec(rest);
    if (match === null) {
      const wanted = micro && part.layout === "05" ? "05.000000" : part.layout;
      return {
        ok: false,
        error: `parsing time ${quoted} as "${layout}": cannot parse ${JSON.stringify(rest)} as "${wanted}"`,
      };
    }
    found.push(match[0]);
    rest = rest.slice(match[0].length);
  }
  if (rest !== "") return { ok: false, error: `parsing time ${quoted}: extra text: ${JSON.stringify(rest)}` };
  const [secondText = "", fraction = ""] = found[10]!.split(/[.,]/);
  const numbers = [found[0], found[2], found[4], found[6], found[8], secondText].map(Number);
  const wrong = outOfRange(numbers);
  if (wrong !== undefined) return { ok: false, error: `parsing time ${quoted}: ${wrong} out of range` };
  const [year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0] = numbers;
  const moment = new Date(0);
  moment.setUTCFullYear(year, month - 1, day);
  moment.setUTCHours(hour, minute - offsetMinutes(found[11]!), second);
  const seconds = moment.toISOString().slice(0, -5);
  return { ok: true, text: micro ? `${seconds}.${fraction.slice(0, 6).padEnd(6, "0")}Z` : `${seconds}Z` };
}

function offsetMinutes(zone: string): number {
  if (zone === "Z") return 0;
  const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(4, 6));
  return zone[0] === "-" ? -minutes : minutes;
}

function outOfRange(numbers: readonly number[]): string | undefined {
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = numbers;
  if (month < 1 || month > 12) return "month";
  if (hour > 23) return "hour";
  if (minute > 59) return "minute";
  if (second > 59) return "second";
  if (day < 1 || day > daysOf(year, month)) return "day";
  return undefined;
}

function daysOf(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

const wholeBase64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** Standard base64 with padding; line ends inside are dropped. */
export function canonicalBase64(text: string): ScalarResult {
  if (wholeBase64.test(text)) return { ok: true, text };
  const compact = text.replace(/[\r\n]/g, "");
  if (compact.length !== text.length && wholeBase64.test(compact)) return { ok: true, text: compact };
  return { ok: false, error: `illegal base64 data at input byte ${firstIllegalByte(text)}` };
}

/** Where Go's decoder stops: at the first foreign character, at misplaced padding, or at the start of an incomplete group. */
function firstIllegalByte(text: string): number {
  let inGroup = 0;
  for (let index = 0; index < text.length; index++) {
    const character = text[index]!;
    if (character === "\n" || character === "\r") continue;
    if (/[A-Za-z0-9+/]/.test(character)) {
      inGroup = (inGroup + 1) % 4;
      continue;
    }
    if (character !== "=" || inGroup < 2) return Buffer.byteLength(text.slice(0, index));
    let next = index + 1;
    while (next < text.length && /[\r\n]/.test(text[next]!)) next++;
    if (inGroup === 3) return next;
    if (next === text.length) return text.length;
    return text[next] === "=" ? next + 1 : next - 1;
  }
  return text.length - inGroup;
}
