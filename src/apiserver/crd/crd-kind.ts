// CustomResourceDefinition itself as a kind: its declaration and its strategy. A CRD whose names are free is established in the
// commit that makes it, so its kind is served at once; a controller looks after those whose names become free later.

import type { Kind } from "../../machinery/kind.ts";
import type { Schema } from "../../machinery/schema/schema.ts";
import { formatTime } from "../../machinery/time.ts";
import type { KindRegistration, Strategy } from "../strategy.ts";
import { type Crd, crdGroup, crdResource } from "./crd.ts";
import { defaultCrd, rememberStoredVersion } from "./crd-defaults.ts";
import { crdStatus } from "./crd-status.ts";
import { validateCrd, validateCrdStatus, validateCrdUpdate } from "./crd-validation.ts";

/** The registration of `apiextensions.k8s.io/v1`; `schema` is its linked schema. */
export function crdRegistration(schema: Schema): KindRegistration {
  const kind: Kind = {
    group: crdGroup,
    kind: "CustomResourceDefinition",
    listKind: "CustomResourceDefinitionList",
    plural: crdResource.resource,
    singular: "customresourcedefinition",
    shortNames: ["crd", "crds"],
    categories: ["api-extensions"],
    namespaced: false,
    versions: [
      {
        name: "v1",
        served: true,
        schema,
        status: true,
        columns: [
          {
            name: "Created At",
            type: "date",
            description: "CreationTimestamp is a timestamp representing the server time when this object was created.",
            cell: (object) => object.metadata.creationTimestamp ?? null,
          },
        ],
      },
    ],
    storageVersion: "v1",
  };
  return { kind, strategy: crdStrategy };
}

/** Holds a deleted CRD until its objects are gone. */
export const cleanupFinalizer = "customresourcecleanup.apiextensions.k8s.io";

const crdStrategy: Strategy = {
  defaults: (object) => defaultCrd(object as Crd),
  prepareForCreate: (object) => {
    defaultCrd(object as Crd);
    rememberStoredVersion(object as Crd);
    object.metadata.finalizers = [...new Set([...(object.metadata.finalizers ?? []), cleanupFinalizer])];
  },
  prepareForUpdate: (object) => {
    defaultCrd(object as Crd);
    rememberStoredVersion(object as Crd);
  },
  validate: (object, context) => {
    const stored = context.state.get(crdResource, "", object.metadata.name ?? "");
    const update = stored !== undefined && stored.metadata.uid === object.metadata.uid;
    return update ? [] : validateCrd(object as Crd);
  },
  validateUpdate: (object, old) => [
    ...validateCrd(object as Crd, old as Crd),
    ...validateCrdUpdate(object as Crd, old as Crd),
  ],
  validateStatusUpdate: (object) => validateCrdStatus(object as Crd),
  beforeCommit: ({ object }, context) => {
    if (object === undefined || context.subresource === "status") return;
    const all = context.state.list(crdResource) as Iterable<Crd>;
    object.status = crdStatus(object as Crd, all, formatTime(context.now));
  },
};
