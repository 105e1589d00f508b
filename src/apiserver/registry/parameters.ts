// Numbers in the query of a request. Texts: Go's strconv, as apimachinery/pkg/runtime/converter hands them on.

import { quoteText } from "../../machinery/quote.ts";
import { badRequest } from "../../machinery/status-error.ts";

const int64 = { minimum: -(2n ** 63n), maximum: 2n ** 63n - 1n } as const;

/** An integer of the query: undefined when absent or empty, 400 when it is none. Beyond 2^53 it is only as exact as a number. */
export function integerParameter(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (text === null || text === "") return undefined;
  const parsing = `strconv.ParseInt: parsing ${quoteText(text)}`;
  if (!/^[+-]?[0-9]+$/.test(text)) throw badRequest(`${parsing}: invalid syntax`);
  const value = text.length > 32 ? undefined : BigInt(text.replace("+", ""));
  if (value === undefined || value < int64.minimum || value > int64.maximum) {
    throw badRequest(`${parsing}: value out of range`);
  }
  return Number(value);
}
