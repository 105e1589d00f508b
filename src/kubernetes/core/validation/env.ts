// Checks of `env` and `envFrom` of containers, and of the field and resource references that volumes use as well.

import { childPath, type FieldError, invalid, notSupported, required } from "../../../machinery/field-error.ts";
import { envVarNameErrors } from "../../../machinery/names.ts";
import type { JsonObject } from "../../../machinery/object.ts";
import { checkRequired, isEmpty, isSet, listOf } from "../../validation/fields.ts";
import { checkConfigMapKey, checkDnsSubdomain, checkName, checkQualifiedName } from "../../validation/names.ts";
import { compareQuantityTexts } from "../resource-names.ts";

const envFieldPaths = [
  "metadata.name",
  "metadata.namespace",
  "metadata.uid",
  "spec.nodeName",
  "spec.serviceAccountName",
  "status.hostIP",
  "status.hostIPs",
  "status.podIP",
  "status.podIPs",
];

export function checkEnv(variables: unknown, path: string, errors: FieldError[]): void {
  listOf(variables).forEach((variable, index) => {
    const at = childPath(path, index);
    if (isEmpty(variable.name)) errors.push(required(childPath(at, "name")));
    else checkName(envVarNameErrors, variable.name, childPath(at, "name"), errors);
    if (isSet(variable.valueFrom)) checkValueFrom(variable, childPath(at, "valueFrom"), errors);
  });
}

function checkValueFrom(variable: JsonObject, path: string, errors: FieldError[]): void {
  const { fieldRef, resourceFieldRef, configMapKeyRef, secretKeyRef, fileKeyRef } = variable.valueFrom;
  if (isSet(fieldRef)) checkFieldRef(fieldRef, envFieldPaths, childPath(path, "fieldRef"), errors);
  if (isSet(resourceFieldRef)) {
    checkResourceFieldRef(resourceFieldRef, "env", childPath(path, "resourceFieldRef"), errors);
  }
  if (isSet(configMapKeyRef)) checkKeyRef(configMapKeyRef, childPath(path, "configMapKeyRef"), errors);
  if (isSet(secretKeyRef)) checkKeyRef(secretKeyRef, childPath(path, "secretKeyRef"), errors);
  if (isSet(fileKeyRef)) checkFileKeyRef(fileKeyRef, childPath(path, "fileKeyRef"), errors);
  const sources = [fieldRef, resourceFieldRef, configMapKeyRef, secretKeyRef, fileKeyRef].filter(isSet).length;
  if (sources === 0) {
    const choices = "`fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`";
    errors.push(invalid(path, "", `must specify one of: ${choices}`));
  } else if (!isEmpty(variable.value)) {
    errors.push(invalid(path, "", "may not be specified when `value` is not empty"));
  } else if (sources > 1) {
    errors.push(invalid(path, "", "may not have more than one field specified at a time"));
  }
}

function checkKeyRef(reference: JsonObject, path: string, errors: FieldError[]): void {
  checkDnsSubdomain(reference.name, childPath(path, "name"), errors);
  if (checkRequired(reference.key, childPath(path, "key"), errors)) {
    checkConfigMapKey(reference.key, childPath(path, "key"), errors);
  }
}

function checkFileKeyRef(reference: JsonObject, path: string, errors: FieldError[]): void {
  if (checkRequired(reference.key, childPath(path, "key"), errors)) {
    checkName(envVarNameErrors, reference.key, childPath(path, "key"), errors);
  }
  checkRequired(reference.volumeName, childPath(path, "volumeName"), errors);
  checkRequired(reference.path, childPath(path, "path"), errors);
}

export function checkEnvFrom(sources: unknown, path: string, errors: FieldError[]): void {
  listOf(sources).forEach((source, index) => {
    const at = childPath(path, index);
    if (!isEmpty(source.prefix)) checkName(envVarNameErrors, source.prefix, childPath(at, "prefix"), errors);
    const given = ["configMapRef", "secretRef"].filter((name) => isSet(source[name]));
    for (const name of given) {
      const namePath = childPath(childPath(at, name), "name");
      if (checkRequired(source[name].name, namePath, errors)) checkDnsSubdomain(source[name].name, namePath, errors);
    }
    if (given.length === 0) errors.push(invalid(path, "", "must specify one of: `configMapRef` or `secretRef`"));
    else if (given.length > 1) {
      errors.push(invalid(path, "", "may not have more than one field specified at a time"));
    }
  });
}

/** A reference to a field of the pod; `supported` are the paths without subscript. */
export function checkFieldRef(
  reference: JsonObject,
  supported: readonly string[],
  path: string,
  errors: FieldError[],
): void {
  const { apiVersion, fieldPath } = reference;
  if (!checkRequired(apiVersion, childPath(path, "apiVersion"), errors)) return;
  if (!checkRequired(fieldPath, childPath(path, "fieldPath"), errors)) return;
  if (apiVersion !== "v1") {
    const why = `error converting fieldPath: unsupported pod version: ${apiVersion}`;
    errors.push(invalid(childPath(path, "fieldPath"), fieldPath, why));
    return;
  }
  const subscripted = /^(metadata\.(?:annotations|labels))\['(.*)'\]$/s.exec(fieldPath);
  if (subscripted !== null) {
    const key = subscripted[2] ?? "";
    checkQualifiedName(subscripted[1] === "metadata.annotations" ? key.toLowerCase() : key, path, errors);
  } else if (!knownFieldPaths.has(fieldPath)) {
    const why = `error converting fieldPath: field label not supported: ${fieldPath}`;
    errors.push(invalid(childPath(path, "fieldPath"), fieldPath, why));
  } else if (!supported.includes(fieldPath)) {
    errors.push(notSupported(childPath(path, "fieldPath"), fieldPath, supported));
  }
}

const knownFieldPaths: ReadonlySet<string> = new Set([
  ...envFieldPaths,
  "metadata.annotations",
  "metadata.labels",
  "spec.restartPolicy",
  "spec.schedulerName",
  "status.phase",
]);

const resourcePaths = [
  "limits.cpu",
  "limits.memory",
  "limits.ephemeral-storage",
  "requests.cpu",
  "requests.memory",
  "requests.ephemeral-storage",
];

/** A reference to a limit or request of a container. Volumes must name the container. */
export function checkResourceFieldRef(
  reference: JsonObject,
  usedBy: "env" | "volume",
  path: string,
  errors: FieldError[],
): void {
  const resource: string = reference.resource ?? "";
  if (usedBy === "volume" && isEmpty(reference.containerName)) {
    errors.push(required(childPath(path, "containerName")));
  } else if (resource === "") {
    errors.push(required(childPath(path, "resource")));
  } else if (!resourcePaths.includes(resource) && !/^(?:limits|requests)\.hugepages-/.test(resource)) {
    errors.push(notSupported(childPath(path, "resource"), resource, resourcePaths));
  }
  checkDivisor(resource, reference.divisor, path, errors);
}

const cpuDivisors: ReadonlySet<string> = new Set(["1m", "1"]);
const byteDivisorList = ["1", "1k", "1M", "1G", "1T", "1P", "1E", "1Ki", "1Mi", "1Gi", "1Ti", "1Pi", "1Ei"];
const byteDivisors: ReadonlySet<string> = new Set(byteDivisorList);

function checkDivisor(resource: string, divisor: unknown, path: string, errors: FieldError[]): void {
  if (!isSet(divisor) || compareQuantityTexts(divisor, "0") === 0) return;
  const text = String(divisor);
  const name = resource.replace(/^(?:limits|requests)\./, "");
  const at = childPath(path, "divisor");
  if (name === "cpu") {
    if (!cpuDivisors.has(text)) {
      errors.push(invalid(at, resource, "only divisor's values 1m and 1 are supported with the cpu resource"));
    }
    return;
  }
  const what = name === "ephemeral-storage" ? "local ephemeral storage" : name === "memory" ? "memory" : "hugepages";
  if (!byteDivisors.has(text) && (name !== resource || what !== "hugepages")) {
    const values = byteDivisorList.join(", ");
    errors.push(invalid(at, resource, `only divisor's values ${values} are supported with the ${what} resource`));
  }
}
