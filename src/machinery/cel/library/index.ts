// All functions that expressions can call.

import { conversions } from "./conversions.ts";
import { optionals } from "./optionals.ts";
import { joinLibraries, type Overload } from "./overload.ts";
import { standard } from "./standard.ts";

/** Functions by name, dots included. */
export const functions: ReadonlyMap<string, readonly Overload[]> = joinLibraries(...standard, conversions, optionals);
