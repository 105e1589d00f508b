// What kube-apiserver fills into a CustomResourceDefinition. Source: apiextensions-apiserver pkg/apis/apiextensions/v1/defaults.go.

import type { Crd } from "./crd.ts";

/** Fills names, the conversion strategy and webhook ports, in place. Idempotent. */
export function defaultCrd(crd: Crd): void {
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
