// All functions that expressions can call.

import { authorizerFunctions } from "./authorization.ts";
import { conversions } from "./conversions.ts";
import { formatFunctions } from "./formats.ts";
import { listFunctions } from "./lists.ts";
import { networkFunctions } from "./networks.ts";
import { optionals } from "./optionals.ts";
import { joinLibraries, type Overload } from "./overload.ts";
import { quantityFunctions } from "./quantities.ts";
import { regexFunctions } from "./regex.ts";
import { semverFunctions } from "./semver.ts";
import { standard } from "./standard.ts";
import { stringFunctions } from "./strings.ts";
import { times } from "./times.ts";
import { urlFunctions } from "./urls.ts";

/** Functions by name, dots included. */
export const functions: ReadonlyMap<string, readonly Overload[]> = joinLibraries(
  ...standard,
  conversions,
  optionals,
  times,
  stringFunctions,
  listFunctions,
  regexFunctions,
  urlFunctions,
  networkFunctions,
  quantityFunctions,
  formatFunctions,
  semverFunctions,
  authorizerFunctions,
);
