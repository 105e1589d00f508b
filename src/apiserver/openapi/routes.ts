// The paths and operations of kinds, apart from how a version of OpenAPI writes them.

import { allVerbs, type Kind, type KindVersion, type Verb } from "../../machinery/kind.ts";
import type { GroupVersionKind, JsonObject } from "../../machinery/object.ts";
import type { KindRegistration, Subresource } from "../strategy.ts";
import { type Action, type Parameter, pathParameters } from "./parameters.ts";

export type Method = "get" | "put" | "post" | "delete" | "patch";

export interface Operation {
  method: Method;
  action: Action;
  operationId: string;
  description: string;
  tag: string;
  groupVersionKind: GroupVersionKind;
  /** Definition of what the request carries. */
  body?: string;
  bodyRequired?: boolean;
  /** Media types of a patch. */
  patchTypes?: readonly string[];
  /** Definition of the answer, by status code. */
  answers: { [code: string]: string };
}

export interface Route {
  path: string;
  kind: string;
  operations: Operation[];
}

/** What stands at a path: its operations and the parameters of them all, as a version of OpenAPI writes them. */
export function pathItem(
  { path, kind, operations }: Route,
  renderOperation: (operation: Operation) => JsonObject,
  renderParameter: (parameter: Parameter) => JsonObject,
): JsonObject {
  const item: JsonObject = {};
  for (const operation of operations) item[operation.method] = renderOperation(operation);
  item.parameters = pathParameters(path, kind).map(renderParameter);
  return item;
}

/** Names of definitions, by kind. */
export type DefinitionNames = (groupVersionKind: GroupVersionKind) => string | undefined;

export const metaDefinitions = "io.k8s.apimachinery.pkg.apis.meta.v1.";
const status = `${metaDefinitions}Status`;
const patch = `${metaDefinitions}Patch`;
const deleteOptions = `${metaDefinitions}DeleteOptions`;
const scaleKind: GroupVersionKind = { group: "autoscaling", version: "v1", kind: "Scale" };

const patchTypes = [
  "application/apply-patch+yaml",
  "application/json-patch+json",
  "application/merge-patch+json",
  "application/strategic-merge-patch+json",
];
const customPatchTypes = patchTypes.filter((type) => !type.includes("strategic"));

/** `/api/v1`, or `/apis/GROUP/VERSION`. */
export function groupVersionPath(group: string, version: string): string {
  return group === "" ? `/api/${version}` : `/apis/${group}/${version}`;
}

/** The routes of one version of a kind. */
export function routesOf(registration: KindRegistration, version: KindVersion, names: DefinitionNames): Route[] {
  return new KindRoutes(registration, version, names).routes();
}

/** `rbac.authorization.k8s.io` → `RbacAuthorization`, `example.com` → `ExampleCom`, "" → `Core`. */
export function groupTitle(group: string): string {
  const words = (group === "" ? "core" : group.replace(/\.k8s\.io$/, "")).split(/[.-]/);
  return words.map(capital).join("");
}

/** The tag of a group-version: `core_v1`, `rbacAuthorization_v1`. */
export function groupVersionTag(group: string, version: string): string {
  const title = groupTitle(group);
  return `${title[0]!.toLowerCase()}${title.slice(1)}_${version}`;
}

function capital(word: string): string {
  return word === "" ? "" : word[0]!.toUpperCase() + word.slice(1);
}

class KindRoutes {
  readonly #kind: Kind;
  readonly #version: KindVersion;
  readonly #subresources: Record<string, Subresource>;
  readonly #names: DefinitionNames;
  readonly #definition: string;
  readonly #list: string;

  constructor({ kind, strategy }: KindRegistration, version: KindVersion, names: DefinitionNames) {
    this.#kind = kind;
    this.#version = version;
    this.#subresources = strategy?.subresources ?? {};
    this.#names = names;
    const { group } = kind;
    this.#definition = names({ group, version: version.name, kind: kind.kind }) ?? status;
    this.#list = names({ group, version: version.name, kind: kind.listKind }) ?? this.#definition;
  }

  routes(): Route[] {
    const { group, plural, namespaced } = this.#kind;
    const root = groupVersionPath(group, this.#version.name);
    const collection = namespaced ? `${root}/namespaces/{namespace}/${plural}` : `${root}/${plural}`;
    const item = `${collection}/{name}`;
    const routes: Route[] = [];
    const add = (path: string, operations: Operation[]) => {
      if (operations.length > 0) routes.push({ path, kind: this.#kind.kind, operations });
    };
    if (namespaced && this.#allows("list")) {
      const all = this.#operation("get", "list", "list", { 200: this.#list });
      all.operationId = `list${this.#stem("")}ForAllNamespaces`;
      add(`${root}/${plural}`, [all]);
    }
    add(collection, this.#collection());
    add(item, this.#item());
    if (this.#version.status === true) add(`${item}/status`, this.#part("status", this.#definition));
    if (this.#version.scale !== undefined) {
      const definition = this.#names(scaleKind);
      if (definition !== undefined) add(`${item}/scale`, this.#part("scale", definition, scaleKind));
    }
    for (const [name, subresource] of Object.entries(this.#subresources)) {
      add(`${item}/${name}`, this.#subresource(name, subresource));
    }
    return routes;
  }

  #allows(verb: Verb): boolean {
    return (this.#kind.verbs ?? allVerbs).includes(verb);
  }

  #collection(): Operation[] {
    const operations: Operation[] = [];
    const definition = this.#definition;
    if (this.#allows("list")) operations.push(this.#operation("get", "list", "list", { 200: this.#list }));
    if (this.#allows("create")) {
      const answers = { 200: definition, 201: definition, 202: definition };
      operations.push(withBody(this.#operation("post", "post", "create", answers), definition));
    }
    if (this.#allows("deletecollection")) {
      const operation = this.#operation("delete", "deletecollection", "delete", { 200: status });
      operation.operationId = `delete${this.#stem("Collection")}`;
      operation.description = `delete collection of ${this.#kind.kind}`;
      operations.push({ ...operation, body: deleteOptions, bodyRequired: false });
    }
    return operations;
  }

  #item(): Operation[] {
    const operations: Operation[] = [];
    const definition = this.#definition;
    if (this.#allows("get")) operations.push(this.#operation("get", "get", "read", { 200: definition }));
    if (this.#allows("update")) {
      const answers = { 200: definition, 201: definition };
      operations.push(withBody(this.#operation("put", "put", "replace", answers), definition));
    }
    if (this.#allows("delete")) {
      const operation = this.#operation("delete", "delete", "delete", { 200: status, 202: status });
      operations.push({ ...operation, body: deleteOptions, bodyRequired: false });
    }
    if (this.#allows("patch")) operations.push(this.#patch(definition));
    return operations;
  }

  /** GET, PUT and PATCH of a subresource. */
  #part(
    name: string,
    definition: string,
    gvk?: GroupVersionKind,
    verbs: readonly string[] = ["get", "update", "patch"],
  ): Operation[] {
    const answers = { 200: definition, 201: definition };
    const operations: Operation[] = [];
    if (verbs.includes("get")) operations.push(this.#operation("get", "get", "read", { 200: definition }, name));
    if (verbs.includes("update")) {
      operations.push(withBody(this.#operation("put", "put", "replace", answers, name), definition));
    }
    if (verbs.includes("patch")) operations.push(this.#patch(definition, name));
    return gvk === undefined ? operations : operations.map((operation) => ({ ...operation, groupVersionKind: gvk }));
  }

  #subresource(name: string, subresource: Subresource): Operation[] {
    if (subresource.type === "part") return this.#part(name, this.#definition, undefined, subresource.verbs);
    const definition = this.#names(subresource.body);
    if (definition === undefined || !subresource.verbs.includes("create")) return [];
    const answers = { 200: definition, 201: definition, 202: definition };
    const operation = withBody(this.#operation("post", "post", "create", answers, name), definition);
    return [{ ...operation, groupVersionKind: subresource.body }];
  }

  #patch(definition: string, subresource = ""): Operation {
    const operation = this.#operation("patch", "patch", "patch", { 200: definition, 201: definition }, subresource);
    const types = this.#kind.custom === true ? customPatchTypes : patchTypes;
    return { ...withBody(operation, patch), patchTypes: types };
  }

  #operation(
    method: Method,
    action: Action,
    verb: string,
    answers: { [code: string]: string },
    subresource = "",
  ): Operation {
    const { group, kind } = this.#kind;
    const version = this.#version.name;
    const of = subresource === "" ? "" : `${subresource} of `;
    return {
      method,
      action,
      operationId: `${verb}${this.#stem(this.#kind.namespaced ? "Namespaced" : "")}${capital(subresource)}`,
      description: describe(verb, of, kind),
      tag: groupVersionTag(group, version),
      groupVersionKind: { group, version, kind },
      answers,
    };
  }

  /** `AppsV1` + scope + `Deployment`. */
  #stem(scope: string): string {
    const { group, kind, namespaced } = this.#kind;
    const words = scope === "Collection" && namespaced ? "CollectionNamespaced" : scope;
    return `${groupTitle(group)}${capital(this.#version.name)}${words}${kind}`;
  }
}

function withBody(operation: Operation, body: string): Operation {
  return { ...operation, body, bodyRequired: true };
}

function describe(verb: string, of: string, kind: string): string {
  if (verb === "list") return `list or watch objects of kind ${kind}`;
  if (verb === "create" || verb === "delete") return `${verb} ${of}${/^[AEIOU]/.test(kind) ? "an" : "a"} ${kind}`;
  return `${verb === "patch" ? "partially update" : verb} ${of}the specified ${kind}`;
}
