// Drivers that classes name, and the parameters that they hand them. Source of the rules: kubernetes pkg/apis/storage/validation.

import { type FieldError, invalid, required, tooLong } from "../../machinery/field-error.ts";
import { qualifiedNameErrors } from "../../machinery/names.ts";
import { entriesOf } from "../validation/fields.ts";

const maxCount = 512;
const maxSize = 256 * 1024;

export function checkProvisioner(value: unknown, path: string, errors: FieldError[]): void {
  const name = String(value ?? "");
  if (name === "") errors.push(required(path));
  else for (const problem of qualifiedNameErrors(name.toLowerCase())) errors.push(invalid(path, name, problem));
}

export function checkParameters(parameters: unknown, path: string, errors: FieldError[]): void {
  const entries = entriesOf(parameters);
  if (entries.length > maxCount) {
    errors.push(tooLong(path, maxCount));
    return;
  }
  let size = 0;
  for (const [key, value] of entries) {
    if (key === "") errors.push(invalid(path, key, "field can not be empty."));
    size += Buffer.byteLength(key) + Buffer.byteLength(String(value));
  }
  if (size > maxSize) errors.push(tooLong(path, maxSize));
}
