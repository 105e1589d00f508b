// OpenAPI 3.0 documents, one for each group-version, as `/openapi/v3/apis/GROUP/VERSION` serves them.
//
// Parameters are written out in every operation: kubectl looks for `fieldValidation` and `dryRun` by name in PATCH operations and
// follows no reference there.

import type { Kind } from "../../machinery/kind.ts";
import type { JsonObject } from "../../machinery/object.ts";
import type { KindRegistration } from "../strategy.ts";
import { type BuiltinDefinitions, customDefinitions, definitionNames, reference, referencesIn } from "./definitions.ts";
import { type Parameter, queryParameters } from "./parameters.ts";
import {
  groupTitle,
  groupVersionPath,
  groupVersionTag,
  metaDefinitions,
  type Operation,
  pathItem,
  routesOf,
} from "./routes.ts";

const bodyTypes = ["application/json", "application/yaml", "application/vnd.kubernetes.protobuf"];
const answerTypes = ["application/json", "application/yaml"];
const watchTypes = ["application/json;stream=watch"];
const answerTexts: { [code: string]: string } = { 200: "OK", 201: "Created", 202: "Accepted" };

/** The document of a group-version; `kinds` are those that have it, others are ignored. */
export function buildOpenApiV3(
  { group, version }: { group: string; version: string },
  kinds: readonly KindRegistration[],
  definitions: BuiltinDefinitions,
): JsonObject {
  const root = groupVersionPath(group, version);
  const names = definitionNames(definitions, kindsOf(kinds));
  const paths: JsonObject = { [`${root}/`]: resourcesPath(group, version) };
  const schemas: JsonObject = {};
  for (const registration of kinds) {
    const { kind } = registration;
    const declared = kind.versions.find((candidate) => candidate.name === version && candidate.served);
    if (kind.group !== group || declared === undefined) continue;
    for (const route of routesOf(registration, declared, names))
      paths[route.path] = pathItem(route, renderOperation, renderParameter);
    if (kind.custom === true) Object.assign(schemas, customDefinitions(kind, version, declared.schema, 3));
  }
  addReferenced(schemas, paths, definitions);
  return {
    openapi: "3.0.0",
    info: { title: "Kubernetes", version: "unversioned" },
    paths,
    components: {
      schemas: Object.fromEntries(Object.entries(schemas).sort(([a], [b]) => (a < b ? -1 : 1))),
      securitySchemes: {
        BearerToken: {
          type: "apiKey",
          name: "authorization",
          in: "header",
          description: "Bearer Token authentication",
        },
      },
    },
  };
}

function kindsOf(registrations: readonly KindRegistration[]): Kind[] {
  return registrations.map(({ kind }) => kind);
}

/** Adds the definitions that the document refers to, and those that they refer to. */
function addReferenced(schemas: JsonObject, paths: JsonObject, definitions: BuiltinDefinitions): void {
  const wanted = new Set<string>();
  referencesIn(paths, wanted);
  referencesIn(schemas, wanted);
  for (const name of wanted) {
    if (Object.hasOwn(schemas, name)) continue;
    const schema = definitions.render(name);
    if (schema === undefined) continue;
    schemas[name] = schema;
    // Sets are walked in the order of insertion, so names added here are visited as well.
    referencesIn(schema, wanted);
  }
}

function resourcesPath(group: string, version: string): JsonObject {
  const title = `${groupTitle(group)}${version[0]?.toUpperCase()}${version.slice(1)}`;
  return {
    get: {
      tags: [groupVersionTag(group, version)],
      description: "get available resources",
      operationId: `get${title}APIResources`,
      responses: {
        200: { description: "OK", content: content(answerTypes, reference(`${metaDefinitions}APIResourceList`, 3)) },
        401: { description: "Unauthorized" },
      },
    },
  };
}

function content(types: readonly string[], schema: JsonObject): JsonObject {
  return Object.fromEntries(types.map((type) => [type, { schema }]));
}

function renderParameter({ name, in: place, type, description }: Parameter): JsonObject {
  const parameter: JsonObject = { name, in: place, description, schema: { type, uniqueItems: true } };
  if (place === "path") parameter.required = true;
  return parameter;
}

function renderOperation(operation: Operation): JsonObject {
  const { action, body, answers } = operation;
  const rendered: JsonObject = {
    tags: [operation.tag],
    description: operation.description,
    operationId: operation.operationId,
    parameters: queryParameters(action).map(renderParameter),
    responses: { 401: { description: "Unauthorized" } },
    "x-kubernetes-action": action,
    "x-kubernetes-group-version-kind": operation.groupVersionKind,
  };
  if (body !== undefined) {
    rendered.requestBody = { content: content(operation.patchTypes ?? bodyTypes, reference(body, 3)) };
    if (operation.bodyRequired === true) rendered.requestBody.required = true;
  }
  const types = action === "list" ? [...answerTypes, ...watchTypes] : answerTypes;
  for (const [code, name] of Object.entries(answers)) {
    rendered.responses[code] = { description: answerTexts[code], content: content(types, reference(name, 3)) };
  }
  return rendered;
}
