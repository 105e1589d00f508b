// The syntax of cron schedules: five fields or a descriptor such as `@daily`. Errors read as those of the parser that Kubernetes
// uses (robfig/cron), because users search for them.

interface FieldRange {
  low: number;
  high: number;
  names?: readonly string[];
}

const months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const days = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

const fieldRanges: readonly FieldRange[] = [
  { low: 0, high: 59 },
  { low: 0, high: 23 },
  { low: 1, high: 31 },
  { low: 1, high: 12, names: months },
  { low: 0, high: 6, names: days },
];

const descriptors: ReadonlySet<string> = new Set([
  "@yearly",
  "@annually",
  "@monthly",
  "@weekly",
  "@daily",
  "@midnight",
  "@hourly",
]);

/** What is wrong with a schedule; undefined when it is valid. A leading `TZ=` or `CRON_TZ=` is skipped. */
export function cronScheduleError(schedule: string): string | undefined {
  const text = schedule.replace(/^(?:CRON_)?TZ=\S*\s*/, "").trim();
  if (schedule === "") return "empty spec string";
  if (text.startsWith("@")) return descriptorError(text);
  const fields = text.split(/\s+/).filter((field) => field !== "");
  if (fields.length !== fieldRanges.length) {
    return `expected exactly ${fieldRanges.length} fields, found ${fields.length}: [${fields.join(" ")}]`;
  }
  for (const [index, field] of fields.entries()) {
    for (const expression of field.split(",").filter((part) => part !== "")) {
      const error = expressionError(expression, fieldRanges[index]!);
      if (error !== undefined) return error;
    }
  }
  return undefined;
}

function descriptorError(text: string): string | undefined {
  if (descriptors.has(text)) return undefined;
  if (!text.startsWith("@every ")) return `unrecognized descriptor: ${text}`;
  const duration = text.slice("@every ".length);
  if (/^[+-]?(?:\d+(?:\.\d*)?(?:ns|us|µs|ms|s|m|h))+$/.test(duration) || duration === "0") return undefined;
  return `failed to parse duration ${text}: time: invalid duration ${JSON.stringify(duration)}`;
}

function expressionError(expression: string, range: FieldRange): string | undefined {
  const [bounds = "", step, ...moreSteps] = expression.split("/");
  const [first = "", last, ...moreBounds] = bounds.split("-");
  let start = range.low;
  let end = range.high;
  if (first !== "*" && first !== "?") {
    const parsed = parseValue(first, range);
    if (typeof parsed === "string") return parsed;
    start = parsed;
    end = parsed;
    if (moreBounds.length > 0) return `too many hyphens: ${expression}`;
    if (last !== undefined) {
      const parsedLast = parseValue(last, range);
      if (typeof parsedLast === "string") return parsedLast;
      end = parsedLast;
    } else if (step !== undefined) {
      end = range.high;
    }
  }
  if (moreSteps.length > 0) return `too many slashes: ${expression}`;
  const width = step === undefined ? 1 : parseNumber(step);
  if (typeof width === "string") return width;
  if (start < range.low) return `beginning of range (${start}) below minimum (${range.low}): ${expression}`;
  if (end > range.high) return `end of range (${end}) above maximum (${range.high}): ${expression}`;
  if (start > end) return `beginning of range (${start}) beyond end of range (${end}): ${expression}`;
  if (width === 0) return `step of range should be a positive number: ${expression}`;
  return undefined;
}

function parseValue(text: string, range: FieldRange): number | string {
  const index = range.names?.indexOf(text.toLowerCase()) ?? -1;
  return index < 0 ? parseNumber(text) : index + range.low;
}

function parseNumber(text: string): number | string {
  if (/^\+?\d+$/.test(text)) return Number(text);
  if (/^-\d+$/.test(text)) return `negative number (${Number(text)}) not allowed: ${text}`;
  return `failed to parse int from ${text}: strconv.Atoi: parsing ${JSON.stringify(text)}: invalid syntax`;
}
