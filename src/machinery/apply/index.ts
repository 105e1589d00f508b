// Server-side apply and field ownership: what the floors above use of this folder.

export { conflictStatus } from "./conflicts.ts";
export { type FieldType, rootTypeOf } from "./field-type.ts";
export { mergeTyped } from "./merge.ts";
export { parentManagedFields, type ReplicasPath, scaleManagedFields } from "./scale.ts";
export {
  type ApplyResult,
  applyServerSide,
  applyServerSideAsync,
} from "./server-side-apply.ts";
export { setOf } from "./set.ts";
export { trackUpdate, trackUpdateAsync } from "./track-update.ts";
export { validateTyped } from "./validate.ts";
export type { Versions } from "./versions.ts";
