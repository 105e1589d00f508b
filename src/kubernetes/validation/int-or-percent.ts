// Values that are a count or a percentage of one: `2` or `"25%"`.

import { type FieldError, invalid } from "../../machinery/field-error.ts";
import { percentErrors } from "../../machinery/names.ts";
import { isSet, nonNegativeText } from "./fields.ts";

/** The number before `%`, or undefined for what is no percentage. */
export function percentOf(value: unknown): number | undefined {
  if (typeof value !== "string" || !/^[0-9]+%$/.test(value)) return undefined;
  return Number(value.slice(0, -1));
}

/** A count or a percentage, not negative. */
export function checkIntOrPercent(value: unknown, path: string, errors: FieldError[]): void {
  if (!isSet(value)) return;
  if (typeof value === "string") {
    for (const problem of percentErrors(value)) errors.push(invalid(path, value, problem));
  } else if (typeof value === "number" && value < 0) {
    errors.push(invalid(path, value, nonNegativeText));
  }
}

export function checkAtMost100Percent(value: unknown, path: string, errors: FieldError[]): void {
  const percent = percentOf(value);
  if (percent !== undefined && percent > 100) errors.push(invalid(path, value, "must not be greater than 100%"));
}

/** Whether the value is `0` or `"0%"`. */
export function isZeroOrPercent(value: unknown): boolean {
  return value === 0 || percentOf(value) === 0 || !isSet(value);
}
