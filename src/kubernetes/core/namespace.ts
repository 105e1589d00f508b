// The kind Namespace. It is deleted in two steps: a delete marks it and lets the finalizers of its spec empty it; when they are
// removed through `/finalize`, the registry removes it like any object whose last finalizer went.
// Source: kubernetes pkg/registry/core/namespace, pkg/apis/core/validation.

import type { Strategy } from "../../apiserver/strategy.ts";
import { type FieldError, invalid } from "../../machinery/field-error.ts";
import { labelName } from "../../machinery/names.ts";
import type { KubeObject } from "../../machinery/object.ts";
import { ageColumn, textColumn } from "../columns.ts";
import { builtin } from "../define.ts";
import { isEmpty, listOf } from "../validation/fields.ts";
import { checkQualifiedName } from "../validation/names.ts";

const nameLabel = "kubernetes.io/metadata.name";
const kubernetesFinalizer = "kubernetes";
const standardFinalizers = ["kubernetes", "orphan", "foregroundDeletion"];

const strategy: Strategy = {
  generation: "none",
  validateName: labelName,
  defaults(namespace) {
    nameItself(namespace);
    namespace.spec ??= {};
    namespace.status ??= {};
    namespace.status.phase ||= "Active";
  },
  prepareForCreate(namespace) {
    nameItself(namespace);
    namespace.status = { phase: "Active" };
    const finalizers = listOf(namespace.spec?.finalizers);
    if (!finalizers.includes(kubernetesFinalizer)) finalizers.push(kubernetesFinalizer);
    namespace.spec = { ...namespace.spec, finalizers };
  },
  prepareForUpdate(namespace, old, { subresource }) {
    if (subresource !== "") return;
    namespace.spec = { ...namespace.spec };
    delete namespace.spec.finalizers;
    if (old.spec?.finalizers !== undefined) namespace.spec.finalizers = [...old.spec.finalizers];
  },
  validate(namespace) {
    const errors: FieldError[] = [];
    for (const finalizer of listOf(namespace.spec?.finalizers)) checkFinalizer(finalizer, "spec.finalizers", errors);
    return errors;
  },
  validateStatusUpdate(namespace) {
    const phase = namespace.status?.phase ?? "";
    const deleted = namespace.metadata.deletionTimestamp !== undefined;
    const expected = deleted ? "Terminating" : "Active";
    if (phase === expected) return [];
    const state = deleted ? "not empty" : "empty";
    return [invalid("status.Phase", phase, `may only be '${expected}' if \`deletionTimestamp\` is ${state}`)];
  },
  holdsDeletion: (namespace) => !isEmpty(namespace.spec?.finalizers),
  onDeletionMarked(namespace) {
    namespace.status = { ...namespace.status, phase: "Terminating" };
  },
  subresources: {
    finalize: {
      type: "part",
      verbs: ["update"],
      merge(current, submitted) {
        const spec = { ...current.spec };
        delete spec.finalizers;
        if (submitted.spec?.finalizers !== undefined) spec.finalizers = submitted.spec.finalizers;
        return { ...current, spec };
      },
      validate(namespace) {
        const errors: FieldError[] = [];
        listOf(namespace.spec?.finalizers).forEach((finalizer, index) => {
          checkFinalizer(finalizer, `spec.finalizers[${index}]`, errors);
        });
        return errors;
      },
    },
  },
};

export const namespaceKind = builtin({
  group: "",
  kind: "Namespace",
  versions: ["v1"],
  shortNames: ["ns"],
  columns: [
    textColumn(
      "Status",
      "Whether the namespace is in use or being emptied",
      (namespace) => namespace.status?.phase ?? "",
    ),
    ageColumn,
  ],
  selectableFields: ["status.phase"],
  strategy,
});

/** Selectors of namespaces can name one by this label. */
function nameItself(namespace: KubeObject): void {
  const { name } = namespace.metadata;
  if (name) namespace.metadata.labels = { ...namespace.metadata.labels, [nameLabel]: name };
}

function checkFinalizer(finalizer: string, path: string, errors: FieldError[]): void {
  checkQualifiedName(finalizer, path, errors);
  if (!finalizer.includes("/") && !standardFinalizers.includes(finalizer)) {
    errors.push(invalid(path, finalizer, "name is neither a standard finalizer name nor is it fully qualified"));
  }
}
