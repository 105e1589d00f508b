// The kind VolumeAttachment. Source of the rules and words: kubernetes pkg/apis/storage/validation.

import { type FieldError, forbidden, invalid, required, tooLong } from "../../machinery/field-error.ts";
import { rangeErrors } from "../../machinery/names.ts";
import type { JsonObject, KubeObject } from "../../machinery/object.ts";
import { ageColumn, textColumn } from "../columns.ts";
import { checkInlineVolumeSpec } from "../core/volume/persistent-volume.ts";
import { checkDriverName } from "../core/volume/sources.ts";
import { builtin } from "../define.ts";
import { semanticEqual } from "../validation/equality.ts";
import { entriesOf, immutableText, isEmpty, isSet, numberOf } from "../validation/fields.ts";
import { checkDnsSubdomain } from "../validation/names.ts";

const maxMetadata = 256 * 1024;
const maxMessage = 1024;

export const volumeAttachmentKind = builtin({
  group: "storage.k8s.io",
  kind: "VolumeAttachment",
  versions: ["v1"],
  columns: [
    { ...textColumn("Attacher", "The driver", (object) => object.spec?.attacher ?? ""), format: "name" },
    textColumn("PV", "The volume", (object) => object.spec?.source?.persistentVolumeName ?? ""),
    textColumn("Node", "The node", (object) => object.spec?.nodeName ?? ""),
    {
      name: "Attached",
      type: "boolean",
      description: "Whether the volume is attached",
      cell: (object) => object.status?.attached ?? false,
    },
    ageColumn,
  ],
  strategy: {
    generation: "none",
    unconditionalUpdate: false,
    validate(object) {
      const errors: FieldError[] = [];
      checkSpec(object.spec ?? {}, errors);
      checkStatus(object, errors);
      return errors;
    },
    validateUpdate(object, old) {
      return semanticEqual(object.spec, old.spec) ? [] : [invalid("spec", object.spec, immutableText)];
    },
    validateStatusUpdate(object) {
      const errors: FieldError[] = [];
      checkStatus(object, errors);
      return errors;
    },
  },
});

function checkSpec(spec: JsonObject, errors: FieldError[]): void {
  checkDriverName(spec.attacher, "spec.attacher", errors);
  checkSource(spec.source ?? {}, "spec.source", errors);
  checkDnsSubdomain(spec.nodeName, "spec.nodeName", errors);
}

function checkSource(source: JsonObject, path: string, errors: FieldError[]): void {
  const name = source.persistentVolumeName;
  const text = "must specify exactly one of inlineVolumeSpec and persistentVolumeName";
  if (!isSet(name) && !isSet(source.inlineVolumeSpec)) errors.push(required(path, text));
  else if (isSet(name) && isSet(source.inlineVolumeSpec)) errors.push(forbidden(path, text));
  else if (isSet(source.inlineVolumeSpec)) {
    checkInlineVolumeSpec(source.inlineVolumeSpec, `${path}.inlineVolumeSpec`, errors);
  } else if (isEmpty(name)) {
    errors.push(required(`${path}.persistentVolumeName`, "must specify non empty persistentVolumeName"));
  } else checkDnsSubdomain(name, `${path}.persistentVolumeName`, errors);
}

function checkStatus(object: KubeObject, errors: FieldError[]): void {
  const status: JsonObject = object.status ?? {};
  const size = entriesOf(status.attachmentMetadata).reduce(
    (sum, [key, value]) => sum + Buffer.byteLength(key) + Buffer.byteLength(String(value)),
    0,
  );
  if (size > maxMetadata) errors.push(tooLong("status.attachmentMetadata", maxMetadata));
  for (const field of ["attachError", "detachError"]) {
    const message = String(status[field]?.message ?? "");
    // Kubernetes tells of the other limit.
    if (Buffer.byteLength(message) > maxMessage) errors.push(tooLong(`status.${field}.message`, maxMetadata));
    const code = numberOf(status[field]?.errorCode) ?? 0;
    for (const problem of rangeErrors(code, 0, 2 ** 31 - 1)) {
      errors.push(invalid(`status.${field}.errorCode`, code, problem));
    }
  }
}
