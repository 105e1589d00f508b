// The check of a `hostPath` source, which pods and persistent volumes have alike.

import { childPath, type FieldError } from "../../../machinery/field-error.ts";
import type { JsonObject } from "../../../machinery/object.ts";
import { checkEnum, checkRequired } from "../../validation/fields.ts";
import { checkNoBacksteps } from "../../validation/paths.ts";

const hostPathTypes = [
  "",
  "BlockDevice",
  "CharDevice",
  "Directory",
  "DirectoryOrCreate",
  "File",
  "FileOrCreate",
  "Socket",
];

export function checkHostPath(source: JsonObject, path: string, errors: FieldError[]): void {
  if (!checkRequired(source.path, childPath(path, "path"), errors)) return;
  checkNoBacksteps(source.path, childPath(path, "path"), errors);
  checkEnum(source.type, hostPathTypes, childPath(path, "type"), errors, "optional");
}
