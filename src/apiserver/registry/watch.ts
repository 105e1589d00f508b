// Watches: from which revision, with which initial events, and how long.
// Source: Kubernetes API concepts, "efficient detection of changes" and "streaming lists".

import * as field from "../../machinery/field-error.ts";
import { invalidObject } from "../../machinery/status-error.ts";
import type { Filter } from "./filter.ts";
import { parseRevision } from "./list.ts";
import { integerParameter } from "./parameters.ts";

export interface WatchRequest {
  filter: Filter;
  /** Where the events begin. */
  start:
    | { from: "revision"; revision: number }
    /** The current objects come first, as ADDED; `mark` ends them with a bookmark that says so. */
    | { from: "state"; notOlderThan: number; mark: boolean }
    /** Only what happens from now on. */
    | { from: "now" };
  bookmarks: boolean;
  /** Milliseconds. */
  timeout: number;
}

/** A watch without timeoutSeconds ends after this long and up to twice as much (seconds), so that clients spread out. */
const minimumTimeout = 1800;

export function parseWatch(
  query: URLSearchParams,
  filter: Filter,
  bookmarks: boolean,
  random: () => number,
): WatchRequest {
  const match = query.get("resourceVersionMatch") ?? "";
  const initial = parseInitialEvents(query.get("sendInitialEvents"));
  const revision = parseRevision(query.get("resourceVersion"));
  const errors: field.FieldError[] = [];
  if (initial !== undefined && match !== "NotOlderThan") {
    errors.push(
      field.forbidden(
        "resourceVersionMatch",
        "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan",
      ),
    );
  }
  if (initial === true && !bookmarks) {
    errors.push(
      field.forbidden("allowWatchBookmarks", "sendInitialEvents requires setting allowWatchBookmarks to true"),
    );
  }
  if (match !== "") {
    if (initial === undefined) {
      errors.push(
        field.forbidden(
          "resourceVersionMatch",
          "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided",
        ),
      );
    }
    if (match !== "NotOlderThan") errors.push(field.notSupported("resourceVersionMatch", match, ["NotOlderThan"]));
    if (query.get("continue")) {
      errors.push(
        field.forbidden("resourceVersionMatch", "resourceVersionMatch is forbidden when continue is provided"),
      );
    }
  }
  if (errors.length > 0) throw invalidObject({ group: "meta.k8s.io", kind: "ListOptions" }, "", errors);

  let start: WatchRequest["start"];
  if (initial === true) start = { from: "state", notOlderThan: revision ?? 0, mark: true };
  else if (initial === false && (revision ?? 0) === 0) start = { from: "now" };
  else if ((revision ?? 0) === 0) start = { from: "state", notOlderThan: 0, mark: false };
  else start = { from: "revision", revision: revision! };

  const seconds = integerParameter(query, "timeoutSeconds") ?? 0;
  const timeout = seconds > 0 ? seconds : minimumTimeout * (1 + random());
  // Timers cannot be longer than 2^31 milliseconds.
  return { filter, start, bookmarks, timeout: Math.min(timeout * 1000, 0x7fffffff) };
}

function parseInitialEvents(text: string | null): boolean | undefined {
  return text === null ? undefined : text !== "false" && text !== "0";
}
