// The engine contract: where revisions become durable. It knows planes, epochs and records; it knows nothing of Kubernetes.
//
// A plane's data is one log of records in revision order. A record puts a value under a key, or deletes the key. The records that are
// still the latest of their key, and all records after the compacted revision, are kept; nothing else is. So opening a plane is
// one scan: records up to `compactedRevision` are the state then, later ones are events that watches may still ask for.
//
// Invariants, each enforced by storage/engine.suite.ts:
//   E1 revisions of a plane are gap-free: a batch begins at the plane's revision + 1 and rises by one;
//   E2 a resolved `commit` is durable: no crash loses it;
//   E3 after a rejected `commit` a prefix of the batch may be durable; the owner reopens the plane to learn which;
//   E4 a handle whose epoch is not the plane's newest can neither commit nor compact (`fenced`);
//   E5 what cannot be read back as it was written is reported (`corrupt`) and never returned.
//
// A handle of a plane that was dropped gets `missing`, also when a plane of that name was created again. A key, a plane's name or meta is a
// well-formed string without NUL; anything else is a mistake of the caller and throws a TypeError before anything is written.

/** One write. Revisions are integers from 1; `previous` is the revision of the record that it replaces, 0 if the key was absent. */
export interface LogRecord {
  revision: number;
  /** Any well-formed string without NUL; the plane is not part of it. */
  key: string;
  previous: number;
  /**
   * The stored bytes; null deletes the key. Not to be changed after it was handed over. Values that an engine returns may be views of
   * one buffer shared by their chunk (some 256 KiB).
   */
  value: Uint8Array | null;
}

/** What an engine knows of a plane without loading it. */
export interface PlaneRecord {
  name: string;
  /** 0 after creation; grows by one each time the plane is opened. */
  epoch: number;
  revision: number;
  compactedRevision: number;
  /** Small JSON text of the owner's: what the plane is (profile, identity). */
  meta: string;
}

/** An open plane: the right to write it, until somebody opens it again. */
export interface PlaneHandle {
  readonly name: string;
  readonly epoch: number;
  /** The latest revision that this handle knows to be durable. */
  readonly revision: number;
  readonly compactedRevision: number;

  /**
   * Kept records with a revision greater than `after`, in order, in chunks, up to the handle's revision at the call. With `after` at or
   * above `compactedRevision` that is every event since; with 0 it is the state and every event since. What is compacted while the
   * reading goes on may be missing from it.
   */
  read(after: number): AsyncIterable<LogRecord[]>;

  /**
   * Makes the batch durable (E1 to E4). Calls may overlap; they take effect in the order of the calls, so after a rejection the calls
   * that follow it are rejected too, as `conflict`.
   */
  commit(batch: readonly LogRecord[]): Promise<void>;

  /**
   * Forgets records that a later one at or below `revision` replaced, and deletions at or below it. A revision above the plane's means
   * the plane's; one that is compacted already does nothing. After a rejection a part of the way may have been gone.
   */
  compact(revision: number): Promise<void>;

  /**
   * Lifts the revision to `revision` (never down) and compacts to the revision then: after a restore no old resourceVersion may be
   * valid. Called with no commit under way.
   */
  jump(revision: number): Promise<void>;

  /** Finishes what was begun; then every call rejects with `closed`. The epoch stays taken. */
  close(): Promise<void>;
}

export interface EngineStats {
  /** Bytes on disk, or held, of all planes. */
  bytes: number;
}

export interface Engine {
  readonly name: "memory" | "sqlite" | "postgres" | "etcd";

  /** Creates the plane; rejects with `exists` if there is one of this name. */
  create(name: string, meta: string): Promise<PlaneRecord>;
  /** Takes the plane over: its epoch grows by one, and older handles are fenced. Rejects with `missing`. */
  open(name: string): Promise<PlaneHandle>;
  /** All planes, by name. */
  planes(): Promise<PlaneRecord[]>;
  /** Replaces the plane's meta, whoever owns it. Rejects with `missing`. */
  setMeta(name: string, meta: string): Promise<void>;
  /**
   * Deletes the plane and all its data. Deleting an absent plane is no error. The name is free at once; the space follows, in steps that
   * hold up no commit for long.
   */
  drop(name: string): Promise<void>;
  stats(): Promise<EngineStats>;
  /** Finishes commits that were begun, then releases everything. */
  close(): Promise<void>;
}

export type EngineErrorCode =
  | "exists"
  | "missing"
  /** A newer epoch owns the plane. */
  | "fenced"
  /** The batch does not begin at the plane's revision + 1. */
  | "conflict"
  /** No room: nothing was written; later writes may succeed. */
  | "full"
  | "readOnly"
  /** Stored bytes are not what was written. */
  | "corrupt"
  /** Another process holds the store. */
  | "locked"
  | "unavailable"
  | "closed";

/** Every rejection of an engine. `message` is a sentence that a user can act on. */
export class EngineError extends Error {
  readonly code: EngineErrorCode;

  constructor(code: EngineErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "EngineError";
    this.code = code;
  }
}
