// Lists: which entries, of which revision, in which page.
// Source of the semantics: Kubernetes API concepts, "resource versions" and "retrieving large result sets in chunks".

import * as field from "../../machinery/field-error.ts";
import { badRequest, expired, invalidObject, StatusError } from "../../machinery/status-error.ts";
import type { Entry } from "../store/entry.ts";
import type { PlaneStore } from "../store/plane-store.ts";
import { countFrom, entriesIn, type ResourceState } from "../store/resource-state.ts";
import type { Filter } from "./filter.ts";
import type { ServedResource } from "./kind-registry.ts";
import { integerParameter } from "./parameters.ts";

export interface ListAnswer {
  type: "list";
  served: ServedResource;
  revision: number;
  entries: Entry[];
  continue?: string;
  remainingItemCount?: number;
}

interface ListOptions {
  limit: number;
  /** Undefined: the newest. */
  revision: number | undefined;
  exact: boolean;
  start: string;
}

const expiredPage =
  "The provided continue parameter is too old to display a consistent list result. You can start a new list without " +
  "the continue parameter, or use the continue token in this response to retrieve the remainder of the results. " +
  "Continuing with the provided token results in an inconsistent list - objects that were created, modified, or " +
  "deleted between the time the first chunk was returned and now may show up in the list.";

/** Milliseconds of testing entries against selectors, after which other requests get a turn. */
const turn = 5;

export async function listEntries(
  store: PlaneStore,
  state: ResourceState,
  served: ServedResource,
  filter: Filter,
  query: URLSearchParams,
): Promise<ListAnswer> {
  const options = parseOptions(query);
  const newest = store.revision;
  let revision = newest;
  if (options.revision !== undefined) {
    checkNotTooLarge(options.revision, newest);
    if (options.exact) revision = options.revision;
  }
  const tree = revision === newest ? state.entries : store.at(state, revision);
  if (tree === undefined) {
    if (options.start === "") throw expired("The resourceVersion for the provided list is too old.");
    throw expired(expiredPage, encodeContinue(-1, options.start));
  }
  const answer: ListAnswer = { type: "list", served, revision, entries: [] };
  if (filter.name !== undefined && filter.namespace === "" && served.kind.namespaced === false) {
    const entry = tree.get(`/${filter.name}`);
    if (entry !== undefined && filter.test(entry) && entry.key >= options.start) answer.entries.push(entry);
    return answer;
  }
  if (filter.name !== undefined && filter.namespace !== "") {
    const entry = tree.get(`${filter.namespace}/${filter.name}`);
    if (entry !== undefined && filter.test(entry) && entry.key >= options.start) answer.entries.push(entry);
    return answer;
  }
  const { entries } = answer;
  const { limit, start } = options;
  if (limit === 0 && start === "" && filter.everything && filter.namespace === "") {
    answer.entries = tree.valuesArray();
    return answer;
  }
  // Selectors may have to parse every object: that takes turns with other requests, on a snapshot that stays as it is.
  const snapshot = filter.everything || tree !== state.entries ? tree : state.snapshot();
  let turnEnds = performance.now() + turn;
  let tested = 0;
  for (const entry of entriesIn(snapshot, filter.namespace, start)) {
    if (!filter.everything) {
      if (++tested % 64 === 0 && performance.now() > turnEnds) {
        await new Promise((resolve) => setImmediate(resolve));
        turnEnds = performance.now() + turn;
      }
      if (!filter.test(entry)) continue;
    }
    if (limit > 0 && entries.length === limit) {
      const next = `${entries[limit - 1]!.key}\u0000`;
      answer.continue = encodeContinue(revision, next);
      // The next page reads this state again, after who knows how many writes.
      store.at(state, revision);
      if (filter.everything) answer.remainingItemCount = countFrom(snapshot, filter.namespace, next);
      break;
    }
    entries.push(entry);
  }
  return answer;
}

/** 504 with the cause that tells clients to try again. Source: apiserver/pkg/storage/errors.go. */
export function checkNotTooLarge(wanted: number, newest: number): void {
  if (wanted <= newest) return;
  throw new StatusError(504, "Timeout", `Timeout: Too large resource version: ${wanted}, current: ${newest}`, {
    causes: [{ reason: "ResourceVersionTooLarge", message: "Too large resource version" }],
    retryAfterSeconds: 1,
  });
}

/** A resourceVersion of a query: undefined when empty, 400 when it is no number. */
export function parseRevision(text: string | null): number | undefined {
  if (text === null || text === "") return undefined;
  if (!/^[0-9]{1,20}$/.test(text)) {
    throw badRequest(
      `resourceVersion: Invalid value: ${JSON.stringify(text)}: strconv.ParseUint: parsing ${JSON.stringify(text)}: invalid syntax`,
    );
  }
  return Number(text);
}

function parseOptions(query: URLSearchParams): ListOptions {
  const match = query.get("resourceVersionMatch") ?? "";
  const token = query.get("continue") ?? "";
  const revision = parseRevision(query.get("resourceVersion"));
  const limit = Math.max(0, integerParameter(query, "limit") ?? 0);
  const errors: field.FieldError[] = [];
  if (query.has("sendInitialEvents")) {
    errors.push(field.forbidden("sendInitialEvents", "sendInitialEvents is forbidden for list"));
  }
  if (match !== "") {
    if (revision === undefined && token === "") {
      errors.push(
        field.forbidden("resourceVersionMatch", "resourceVersionMatch is forbidden unless resourceVersion is provided"),
      );
    }
    if (token !== "") {
      errors.push(
        field.forbidden("resourceVersionMatch", "resourceVersionMatch is forbidden when continue is provided"),
      );
    }
    if (match !== "Exact" && match !== "NotOlderThan") {
      errors.push(field.notSupported("resourceVersionMatch", match, ["Exact", "NotOlderThan", ""]));
    } else if (match === "Exact" && revision === 0) {
      errors.push(
        field.forbidden("resourceVersionMatch", 'resourceVersionMatch "exact" is forbidden for resourceVersion "0"'),
      );
    }
  }
  if (errors.length > 0) throw invalidObject({ group: "meta.k8s.io", kind: "ListOptions" }, "", errors);
  if (token !== "") {
    if (revision !== undefined && revision !== 0) {
      throw badRequest("specifying resource version is not allowed when using continue");
    }
    const page = decodeContinue(token);
    return page.revision < 0
      ? { limit, revision: undefined, exact: false, start: page.start }
      : { limit, revision: page.revision, exact: true, start: page.start };
  }
  // Without a match, a page of a given revision is of exactly that revision; a whole list is of that one or a newer.
  const exact = match === "Exact" || (match === "" && limit > 0 && revision !== undefined && revision !== 0);
  return { limit, revision, exact, start: "" };
}

function encodeContinue(revision: number, start: string): string {
  return Buffer.from(JSON.stringify({ v: "meta.k8s.io/v1", rv: revision, start })).toString("base64url");
}

function decodeContinue(token: string): { revision: number; start: string } {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(token, "base64url").toString("utf8"));
  } catch {
    throw badRequest("continue key is not valid: incorrect encoding");
  }
  const { v, rv, start } = (value ?? {}) as { v?: unknown; rv?: unknown; start?: unknown };
  if (v !== "meta.k8s.io/v1")
    throw badRequest("continue key is not valid: server does not recognize this encoded version");
  if (typeof rv !== "number" || !Number.isSafeInteger(rv) || rv === 0 || rv < -1) {
    throw badRequest("continue key is not valid: incorrect encoded start resourceVersion (version meta.k8s.io/v1)");
  }
  if (typeof start !== "string" || start === "") {
    throw badRequest("continue key is not valid: encoded start key empty (version meta.k8s.io/v1)");
  }
  return { revision: rv, start };
}
