// Checks of file paths that end up in a container's file system.

import { type FieldError, invalid } from "../../machinery/field-error.ts";

export const fileModeText = "must be a number between 0 and 0777 (octal), both inclusive";

/** A path that stays below where it is mounted: relative, without `..`. */
export function checkDescendingPath(value: string, path: string, errors: FieldError[]): void {
  if (value.startsWith("/")) errors.push(invalid(path, value, "must be a relative path"));
  checkNoBacksteps(value, path, errors);
}

export function hasBacksteps(value: string): boolean {
  return value.split("/").includes("..");
}

export function checkNoBacksteps(value: string, path: string, errors: FieldError[]): void {
  if (hasBacksteps(value)) errors.push(invalid(path, value, "must not contain '..'"));
}

/** A descending path that also does not begin with `..`, which the atomic writer of volumes keeps for itself. */
export function checkUnreservedPath(value: string, path: string, errors: FieldError[]): void {
  checkDescendingPath(value, path, errors);
  if (value.startsWith("..") && !value.startsWith("../") && value !== "..") {
    errors.push(invalid(path, value, "must not start with '..'"));
  }
}

/** A file mode, in decimal. */
export function checkFileMode(value: unknown, path: string, errors: FieldError[]): void {
  if (typeof value === "number" && (value < 0 || value > 0o777)) errors.push(invalid(path, value, fileModeText));
}
