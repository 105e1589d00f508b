// Query and path parameters of the API as OpenAPI describes them, by the options that an action takes.

/** A parameter, with its place and type; v2 and v3 write it differently. */
export interface Parameter {
  name: string;
  in: "query" | "path";
  type: "string" | "boolean" | "integer";
  description: string;
}

const query = (name: string, type: Parameter["type"], description: string): Parameter => ({
  name,
  in: "query",
  type,
  description,
});

const pretty = query("pretty", "string", "Whether the answer is indented for people to read.");
const dryRun = query("dryRun", "string", "`All` runs all stages of the request and keeps nothing.");
const fieldManager = query("fieldManager", "string", "The name of the actor that makes this change.");
const fieldValidation = query(
  "fieldValidation",
  "string",
  "What to do about unknown and duplicate fields: `Ignore`, `Warn` (the default) or `Strict`.",
);
const resourceVersion = query("resourceVersion", "string", "Bounds which versions the answer may come from.");
const deletion = [
  query("gracePeriodSeconds", "integer", "Seconds before the object is deleted."),
  query(
    "ignoreStoreReadErrorWithClusterBreakingPotential",
    "boolean",
    "Whether an object that cannot be read is deleted all the same.",
  ),
  query("orphanDependents", "boolean", "Deprecated; use propagationPolicy."),
  query("propagationPolicy", "string", "What happens to dependents: `Orphan`, `Background` or `Foreground`."),
];
const listing = [
  query("allowWatchBookmarks", "boolean", "Whether a watch may send events of type BOOKMARK."),
  query("continue", "string", "Where the next page begins, from the answer before."),
  query("fieldSelector", "string", "Restricts the objects by their fields."),
  query("labelSelector", "string", "Restricts the objects by their labels."),
  query("limit", "integer", "The most objects that one page holds."),
  resourceVersion,
  query("resourceVersionMatch", "string", "How resourceVersion is applied: `Exact` or `NotOlderThan`."),
  query("sendInitialEvents", "boolean", "Whether a watch begins with the objects that exist."),
  query("timeoutSeconds", "integer", "Limits the duration of the call."),
];
const watch = query("watch", "boolean", "Whether to go on with changes as they happen.");

/** What a request does, as `x-kubernetes-action` names it. */
export type Action = "list" | "get" | "post" | "put" | "patch" | "delete" | "deletecollection" | "connect";

const byAction: Record<Action, readonly Parameter[]> = {
  get: [],
  list: [...listing, watch],
  post: [dryRun, fieldManager, fieldValidation],
  put: [dryRun, fieldManager, fieldValidation],
  patch: [
    dryRun,
    fieldManager,
    fieldValidation,
    query("force", "boolean", "Whether an apply takes over fields that others own."),
  ],
  delete: [dryRun, ...deletion],
  deletecollection: [dryRun, ...listing.filter(({ name }) => name !== "allowWatchBookmarks"), ...deletion],
  connect: [],
};

/** The query parameters of an action. */
export function queryParameters(action: Action): readonly Parameter[] {
  return byAction[action];
}

/** The parameters of all operations of a path. */
export function pathParameters(path: string, kind: string): Parameter[] {
  const parameters: Parameter[] = [];
  if (path.includes("{name}")) {
    parameters.push({ name: "name", in: "path", type: "string", description: `name of the ${kind}` });
  }
  if (path.includes("{namespace}")) {
    const description = "object name and auth scope, such as for teams and projects";
    parameters.push({ name: "namespace", in: "path", type: "string", description });
  }
  return [...parameters, pretty];
}
