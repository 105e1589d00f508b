// What kube-apiserver fills into a CustomResourceDefinition. Source: apiextensions-apiserver pkg/apis/apiextensions/v1/defaults.go.

import type { JsonObject } from "../../machinery/object.ts";
import type { Crd } from "./crd.ts";

/** Gives empty values to required fields that are absent, as decoding into Go structs does; everything below relies on them. */
function completeCrd(crd: Partial<Crd> & JsonObject): void {
  const texts = (object: JsonObject, names: string[]) => {
    for (const name of names) object[name] ??= "";
  };
  crd.spec ??= {} as Crd["spec"];
  const spec: JsonObject = crd.spec;
  texts(spec, ["group", "scope"]);
  spec.names ??= {};
  spec.versions ??= [];
  texts(spec.names, ["plural", "kind"]);
  for (const version of spec.versions) {
    texts(version, ["name"]);
    version.served ??= false;
    version.storage ??= false;
    const scale = version.subresources?.scale;
    if (scale !== undefined) texts(scale, ["specReplicasPath", "statusReplicasPath"]);
    for (const column of version.additionalPrinterColumns ?? []) texts(column, ["name", "type", "jsonPath"]);
    for (const field of version.selectableFields ?? []) texts(field, ["jsonPath"]);
  }
  if (spec.conversion !== undefined) texts(spec.conversion, ["strategy"]);
  const service = spec.conversion?.webhook?.clientConfig?.service;
  if (service !== undefined) texts(service, ["namespace", "name"]);
}

/** Fills names, the conversion strategy and webhook ports, in place. Idempotent. */
export function defaultCrd(crd: Crd): void {
  completeCrd(crd);
  const { names, conversion } = crd.spec;
  if ((names.singular ?? "") === "") names.singular = names.kind.toLowerCase();
  if ((names.listKind ?? "") === "" && names.kind !== "") names.listKind = `${names.kind}List`;
  if (conversion === undefined) crd.spec.conversion = { strategy: "None" };
  const service = conversion?.webhook?.clientConfig?.service;
  if (service !== undefined) service.port ??= 443;
}

/** Adds the storage version to those in which objects may be stored. */
export function rememberStoredVersion(crd: Crd): void {
  const storage = crd.spec.versions.find((version) => version.storage)?.name;
  const stored = crd.status?.storedVersions ?? [];
  if (storage === undefined || stored.includes(storage)) return;
  crd.status = { ...crd.status, storedVersions: [...stored, storage] };
}
