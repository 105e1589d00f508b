// What a request's path and method ask for, in the terms of authorization. Source: apiserver/pkg/endpoints/request.

export interface RequestInfo {
  /** get, list, watch, create, update, patch, delete, deletecollection; for other paths the method in lower case. */
  verb: string;
  path: string;
  /** Set when the path names a resource. */
  resource: ResourcePath | undefined;
}

export interface ResourcePath {
  group: string;
  version: string;
  /** "" for cluster-scoped paths and for lists over all namespaces. */
  namespace: string;
  resource: string;
  subresource: string;
  /** "" for collections. */
  name: string;
  /** What follows the subresource, for proxies. */
  rest: string;
}

/** By method; a map, because HTTP/2 lets clients name a method anything, such as `constructor`. */
const methodVerbs: ReadonlyMap<string, string> = new Map([
  ["GET", "get"],
  ["HEAD", "get"],
  ["POST", "create"],
  ["PUT", "update"],
  ["PATCH", "patch"],
  ["DELETE", "delete"],
]);

/** Parses a path. `watchAsked` is whether the query asks for a watch; the old `/watch/` paths ask for one, too. */
export function requestInfo(method: string, path: string, watchAsked: boolean): RequestInfo {
  let watch = watchAsked;
  const parsed = parseResourcePath(path);
  const resource = parsed?.resource;
  if (parsed?.watch) watch = true;
  if (resource === undefined) return { verb: method.toLowerCase(), path, resource };
  let verb = methodVerbs.get(method) ?? method.toLowerCase();
  if (resource.name === "") {
    if (verb === "get") verb = watch ? "watch" : "list";
    else if (verb === "delete") verb = "deletecollection";
  } else if (verb === "get" && watch && resource.subresource === "") {
    verb = "watch";
  }
  return { verb, path, resource };
}

function parseResourcePath(path: string): { resource: ResourcePath; watch: boolean } | undefined {
  const parts = path.split("/");
  // parts[0] is "" before the leading slash.
  let group: string;
  let version: string;
  let index: number;
  if (parts[1] === "api" && parts.length > 3) {
    group = "";
    version = parts[2]!;
    index = 3;
  } else if (parts[1] === "apis" && parts.length > 4) {
    group = parts[2]!;
    version = parts[3]!;
    index = 4;
  } else {
    return undefined;
  }
  let segments = parts.slice(index).map(decodeSegment);
  if (segments[segments.length - 1] === "") segments = segments.slice(0, -1);
  const watch = segments[0] === "watch";
  if (watch) segments = segments.slice(1);
  if (segments.length === 0 || segments[0] === "") return undefined;
  let namespace = "";
  // /namespaces/NS/RESOURCE… is a namespaced path; /namespaces/NS and /namespaces/NS/status|finalize are about the namespace.
  if (segments[0] === "namespaces" && segments.length > 2 && !(group === "" && isNamespaceSubresource(segments))) {
    namespace = segments[1]!;
    segments = segments.slice(2);
  }
  const [resource = "", name = "", subresource = "", ...rest] = segments;
  return { resource: { group, version, namespace, resource, name, subresource, rest: rest.join("/") }, watch };
}

function isNamespaceSubresource(segments: string[]): boolean {
  return segments.length === 3 && (segments[2] === "status" || segments[2] === "finalize");
}

/** A percent-decoded path segment; a malformed one stays as it is and will name nothing. */
function decodeSegment(segment: string): string {
  if (!segment.includes("%")) return segment;
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
