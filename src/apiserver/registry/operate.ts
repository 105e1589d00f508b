// From an authorized request on a resource to its Answer: finds the operation for verb and subresource.

import { allVerbs } from "../../machinery/kind.ts";
import { deepCopy, isObject, type JsonObject, type KubeObject } from "../../machinery/object.ts";
import {
  methodNotAllowed,
  methodNotServed,
  notFoundError,
  pathNotFound,
  type StatusError,
} from "../../machinery/status-error.ts";
import type { ResourcePath } from "../http/request-info.ts";
import type { ActionRequest, PlaneServices } from "../strategy.ts";
import type { Answer } from "./answer.ts";
import type { RequestBody } from "./body.ts";
import { admissionRequest, readWriteOptions, settleNamespace, stateOf } from "./change.ts";
import type { RequestContext } from "./context.ts";
import { checkName, create } from "./create.ts";
import { decodeObject, fieldValidationOf } from "./decode.ts";
import { deleteCollection } from "./delete-collection.ts";
import { deleteObject, readDeleteOptions } from "./deletion.ts";
import { parseFilter } from "./filter.ts";
import type { ServedResource } from "./kind-registry.ts";
import { checkNotTooLarge, listEntries, parseRevision } from "./list.ts";
import { patchTypeOf, patchUpdate, readPatchOptions } from "./patch.ts";
import { presentObject } from "./present.ts";
import { getScale, scaleOf, scaleUpdate } from "./scale.ts";
import type { RegistryServices } from "./services.ts";
import { type Update, update } from "./update.ts";
import { parseWatch } from "./watch.ts";

export interface Operation {
  registry: RegistryServices;
  services: PlaneServices;
  context: RequestContext;
  served: ServedResource;
  path: ResourcePath;
  body: RequestBody;
}

/** Verbs that are about one object; the others, watch excepted, are about a collection. */
const objectVerbs: ReadonlySet<string> = new Set(["get", "update", "patch", "delete"]);

export async function operate(operation: Operation): Promise<Answer> {
  const { served, path, context } = operation;
  const { namespaced } = served.kind;
  const { verb } = context.info;
  if (namespaced && path.namespace === "" && (path.name !== "" || verb === "create" || verb === "deletecollection")) {
    if (path.name !== "" || served.strategy.answer === undefined) {
      if (verb === "create") throw notTaken(served, verb);
      throw pathNotFound();
    }
  }
  if (!namespaced && path.namespace !== "") throw pathNotFound();
  if (path.subresource !== "") return operateOnSubresource(operation);
  const known: readonly string[] = served.kind.verbs ?? allVerbs;
  if (!known.includes(verb)) throw notTaken(served, verb);
  if (verb !== "watch" && objectVerbs.has(verb) !== (path.name !== "")) throw notTaken(served, verb);
  switch (verb) {
    case "get":
      return get(operation);
    case "list":
    case "watch":
      return listOrWatch(operation);
    case "create":
      return served.strategy.answer === undefined ? createFrom(operation) : answerReview(operation);
    case "update":
      return replace(operation);
    case "patch":
      return update(operation.registry, context, served, patchUpdate(context, served, path, operation.body));
    case "delete":
      return remove(operation);
    case "deletecollection":
      return deleteCollection(operation.registry, context, served, path.namespace, readOptionsBody(operation));
    default:
      throw notTaken(served, verb);
  }
}

/** 405; custom resources name the verb, built-in ones are refused before anybody looks at it. */
function notTaken(served: ServedResource, verb: string): StatusError {
  return served.kind.custom === true ? methodNotAllowed(served.groupResource, verb) : methodNotServed();
}

function get({ registry, context, served, path }: Operation): Answer {
  const wanted = parseRevision(context.query.get("resourceVersion"));
  if (wanted !== undefined) checkNotTooLarge(wanted, registry.store.revision);
  const entry = stateOf(registry, served).get(path.namespace, path.name);
  if (entry === undefined) throw notFoundError(served.groupResource, path.name);
  return { type: "entry", code: 200, served, entry };
}

function listOrWatch({ registry, context, served, path }: Operation): Answer | Promise<Answer> {
  const filter = parseFilter(served, path.namespace, context.query, path.name);
  if (context.info.verb === "watch") {
    const watch = parseWatch(context.query, filter, context.flag("allowWatchBookmarks"), Math.random);
    return { type: "watch", served, watch };
  }
  return listEntries(registry.store, stateOf(registry, served), served, filter, context.query);
}

function createFrom({ registry, context, served, path, body }: Operation): Promise<Answer> {
  const validation = fieldValidationOf(context.query, "CreateOptions");
  const object = decodeObject(context, served, body, validation);
  return create(registry, context, served, path.namespace, object);
}

async function answerReview(operation: Operation): Promise<Answer> {
  const { context, served, path, body } = operation;
  const object = decodeObject(context, served, body, fieldValidationOf(context.query, "CreateOptions"));
  if (served.kind.namespaced) object.metadata.namespace ??= path.namespace;
  const answer = await served.strategy.answer!(object, actionRequest(operation, {}));
  return { type: "object", code: 201, object: answer };
}

function replace({ registry, context, served, path, body }: Operation): Promise<Answer> {
  const options = readWriteOptions(context, "UpdateOptions");
  const validation = fieldValidationOf(context.query, "UpdateOptions");
  const submitted = decodeObject(context, served, body, validation);
  settleNamespace(served, submitted, path.namespace);
  checkName(submitted, path.name);
  // Without a revision the update may be tried again, and each attempt changes its object.
  const { resourceVersion } = submitted.metadata;
  const once = resourceVersion !== undefined && resourceVersion !== "" && resourceVersion !== "0";
  return update(registry, context, served, {
    namespace: path.namespace,
    name: path.name,
    options,
    next: () => (once ? submitted : deepCopy(submitted)),
    mayCreate: served.strategy.createOnUpdate === true && path.subresource === "",
    retry: false,
  });
}

function remove(operation: Operation): Promise<Answer> {
  const { registry, context, served, path } = operation;
  const options = readOptionsBody(operation);
  return deleteObject(registry, context, served, { namespace: path.namespace, name: path.name, options });
}

function readOptionsBody({ context, body }: Operation): JsonObject {
  if (body.empty) return readDeleteOptions(context, {});
  const { value } = body.parse({ findDuplicates: false, protobuf: true });
  return readDeleteOptions(context, isObject(value) ? value : {});
}

async function operateOnSubresource(operation: Operation): Promise<Answer> {
  const { registry, context, served, path } = operation;
  const { subresource } = path;
  const { verb } = context.info;
  const { strategy, version } = served;
  const declared =
    strategy.subresources !== undefined && Object.hasOwn(strategy.subresources, subresource)
      ? strategy.subresources[subresource]
      : undefined;
  if (declared?.type === "action") return act(operation, verb);
  const isStatus = subresource === "status" && version.status === true;
  const isScale = subresource === "scale" && version.scale !== undefined;
  if (declared === undefined && !isStatus && !isScale) throw pathNotFound();
  const verbs: readonly string[] = declared?.verbs ?? ["get", "update", "patch"];
  if (!verbs.includes(verb)) throw notTaken(served, verb);
  if (isScale) return operateOnScale(operation);
  if (verb === "get") return get(operation);
  if (verb === "update") return replace(operation);
  return update(registry, context, served, patchUpdate(context, served, path, operation.body));
}

async function operateOnScale({ registry, context, served, path, body }: Operation): Promise<Answer> {
  const { verb } = context.info;
  if (verb === "get")
    return { type: "object", code: 200, object: await getScale(registry, served, path.namespace, path.name) };
  const options =
    verb === "patch"
      ? readPatchOptions(context, patchTypeOf(body.contentType, false))
      : readWriteOptions(context, "UpdateOptions");
  const change: Update = scaleUpdate(context, served, { namespace: path.namespace, name: path.name, options }, body);
  const answer = await update(registry, context, served, change);
  let object: KubeObject;
  if (answer.type === "entry") object = await presentObject(served, answer.entry);
  else if (answer.type === "object") object = answer.object;
  else throw new Error("an update answers with an object");
  return { type: "object", code: 200, object: scaleOf(served.version.scale!, object) };
}

/** Runs an action on an object, with admission on the action's own body. */
async function act(operation: Operation, verb: string): Promise<Answer> {
  const { registry, context, served, path, body } = operation;
  const action = served.strategy.subresources![path.subresource]!;
  if (action.type !== "action" || !action.verbs.includes(verb)) throw notTaken(served, verb);
  const options = readWriteOptions(context, "CreateOptions");
  const entry = stateOf(registry, served).get(path.namespace, path.name);
  if (entry === undefined) throw notFoundError(served.groupResource, path.name);
  const { group, version, kind } = action.body;
  const bodyResource = registry.kinds.forKind(action.body);
  const shown: ServedResource = bodyResource ?? {
    ...served,
    groupVersionKind: action.body,
    apiVersion: group === "" ? version : `${group}/${version}`,
    version: { name: version, served: true, schema: action.schema },
    kind: { ...served.kind, kind },
    strategy: {},
  };
  const object = decodeObject(context, shown, body, fieldValidationOf(context.query, "CreateOptions"));
  const request = admissionRequest(registry, context, served, {
    operation: "CREATE",
    name: path.name,
    namespace: path.namespace,
    object,
    options,
  });
  const admitted = { ...request, kind: action.body };
  await registry.admission.mutate(admitted);
  await registry.admission.validate(admitted);
  const target = await presentObject(served, entry);
  const answer = await action.perform(target, admitted.object!, actionRequest(operation, options));
  return { type: "object", code: 201, object: answer };
}

function actionRequest({ context, served, path, services }: Operation, options: JsonObject): ActionRequest {
  return {
    user: context.user,
    dryRun: context.dryRun,
    subresource: context.subresource,
    now: context.now,
    state: context.state,
    plane: context.plane,
    randomSuffix: (length) => context.randomSuffix(length),
    warn: (text) => context.warn(text),
    resource: served.groupResource,
    namespace: path.namespace,
    name: path.name,
    options,
    services,
  };
}
