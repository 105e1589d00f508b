// Server-side apply and field ownership: what the floors above use of this folder.

export { type ApplyConflict, conflictStatus } from "./conflicts.ts";
export { decodeManagers } from "./managers.ts";
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
export type { Convert, ConvertAsync, Versions } from "./versions.ts";
