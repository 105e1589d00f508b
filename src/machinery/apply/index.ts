// Server-side apply and field ownership: what the floors above use of this folder.

export { type ApplyConflict, conflictStatus } from "./conflicts.ts";
export { type FieldType, rootTypeOf } from "./field-type.ts";
export { decodeManagers } from "./managers.ts";
export { mergeTyped } from "./merge.ts";
export { fieldElement } from "./path.ts";
export { parentManagedFields, type ReplicasPath, scaleManagedFields } from "./scale.ts";
export {
  type ApplyOptions,
  type ApplyResult,
  applyServerSide,
  applyServerSideAsync,
} from "./server-side-apply.ts";
export { emptySet, type FieldSet, setOf } from "./set.ts";
export { ignoreTimes, trackUpdate, trackUpdateAsync, type UpdateOptions } from "./track-update.ts";
export { validateTyped } from "./validate.ts";
export type { Convert, ConvertAsync, Versions } from "./versions.ts";
