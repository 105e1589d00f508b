// The OpenAPI 2.0 (Swagger) document of everything that is served, as `/openapi/v2` serves it.

import type { JsonObject } from "../../machinery/object.ts";
import type { KindRegistration } from "../strategy.ts";
import { type BuiltinDefinitions, customDefinitions, definitionNames, reference } from "./definitions.ts";
import { type Parameter, queryParameters } from "./parameters.ts";
import { type Operation, pathItem, routesOf } from "./routes.ts";

const mediaTypes = ["application/json", "application/yaml"];
const watchType = "application/json;stream=watch";
const answerTexts: { [code: string]: string } = { 200: "OK", 201: "Created", 202: "Accepted" };

/** The document of all kinds in all their served versions. `version` is that of the server, as `v1.36.0`. */
export function buildOpenApiV2(
  kinds: readonly KindRegistration[],
  definitions: BuiltinDefinitions,
  version = "unversioned",
): JsonObject {
  const names = definitionNames(
    definitions,
    kinds.map(({ kind }) => kind),
  );
  const paths: JsonObject = {};
  const schemas: JsonObject = {};
  for (const name of definitions.names) schemas[name] = definitions.plain(name);
  for (const registration of kinds) {
    const { kind } = registration;
    for (const declared of kind.versions) {
      if (!declared.served) continue;
      for (const route of routesOf(registration, declared, names))
        paths[route.path] = pathItem(route, renderOperation, renderParameter);
      if (kind.custom === true) Object.assign(schemas, customDefinitions(kind, declared.name, declared.schema, 2));
    }
  }
  return {
    swagger: "2.0",
    info: { title: "Kubernetes", version },
    paths,
    definitions: schemas,
    securityDefinitions: {
      BearerToken: {
        type: "apiKey",
        name: "authorization",
        in: "header",
        description: "Bearer Token authentication",
      },
    },
    security: [{ BearerToken: [] }],
  };
}

function renderParameter({ name, in: place, type, description }: Parameter): JsonObject {
  const parameter: JsonObject = { name, in: place, description, type, uniqueItems: true };
  if (place === "path") parameter.required = true;
  return parameter;
}

function renderOperation(operation: Operation): JsonObject {
  const { action, body, answers } = operation;
  const parameters = queryParameters(action).map(renderParameter);
  if (body !== undefined) {
    const parameter: JsonObject = { name: "body", in: "body", schema: reference(body, 2) };
    if (operation.bodyRequired === true) parameter.required = true;
    parameters.push(parameter);
  }
  const responses: JsonObject = { 401: { description: "Unauthorized" } };
  for (const [code, name] of Object.entries(answers)) {
    responses[code] = { description: answerTexts[code], schema: reference(name, 2) };
  }
  return {
    tags: [operation.tag],
    description: operation.description,
    operationId: operation.operationId,
    consumes: operation.patchTypes ?? mediaTypes,
    produces: action === "list" ? [...mediaTypes, watchType] : mediaTypes,
    schemes: ["https"],
    parameters,
    responses,
    "x-kubernetes-action": action,
    "x-kubernetes-group-version-kind": operation.groupVersionKind,
  };
}
