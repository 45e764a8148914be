/**
 * Locks on byte ranges of one file that is never removed, renamed or read: the kernel keeps them.
 *
 * A lock belongs to this object, conflicts with every other object on the file in this or another
 * process, and is free as soon as its process is gone, whatever became of it. There is nothing stale
 * and nothing to steal. The byte of a lock need not exist in the file.
 */
import type { Disk, FileHandle, FileStat, LockRange } from "./disk.js";
import { errnoOf, JournalError, writeFailed } from "./errors.js";
import { nodeDisk } from "./node-disk.js";

/** Locks on ranges of one file, held by this object. */
export interface AdvisoryLock {
  /** Asks once. Asking again for a range that this object holds changes its mode. */
  tryLock(offset: number, length?: number, options?: { readonly shared?: boolean }): boolean;
  /** Frees a range; one that is not held here is left as it is. */
  unlock(offset: number, length?: number): void;
  /** Whether somebody, this object included, holds an exclusive lock in the range. Leaves no lock behind. */
  isHeld(offset: number, length?: number): boolean;
  /** Frees every lock of this object. */
  close(): void;
}

/** Makes the file, with mode 0600, when it is absent. Throws `JournalError`. */
export function openAdvisoryLock(options: {
  readonly path: string;
  readonly disk?: Disk;
}): AdvisoryLock {
  const { path, disk = nodeDisk() } = options;
  const { file: own } = openLockFile(disk, path);
  // A second open file: on the first one a probe would change this object's own locks.
  const { file: probe } = openLockFile(disk, path);
  return {
    tryLock: (offset, length = 1, { shared = false } = {}) =>
      tryLockFile(disk, path, own, { offset, length, shared }),
    unlock: (offset, length = 1) => disk.unlock(own, { offset, length }),
    isHeld(offset, length = 1) {
      // Shared, so that two who probe at once do not take each other for the holder.
      const free = tryLockFile(disk, path, probe, { offset, length, shared: true });
      if (free) disk.unlock(probe, { offset, length });
      return !free;
    },
    close() {
      disk.close(own);
      disk.close(probe);
    },
  };
}

/** Opens a file to lock, never through a symbolic link, and only one of this user. */
export function openLockFile(disk: Disk, path: string): { readonly file: FileHandle; readonly identity: string } {
  let file: FileHandle | null = null;
  try {
    file = disk.open(path, "lock");
    const found = disk.statFile(file);
    refuseForeign(disk, path, found);
    return { file, identity: found.identity };
  } catch (cause) {
    if (file !== null) disk.close(file);
    throw writeFailed(path, "open", cause);
  }
}

function refuseForeign(disk: Disk, path: string, { kind, uid }: FileStat): void {
  if (kind !== "file") throw new JournalError({ code: "journal/not-a-file", path, found: `a ${kind}` });
  if (disk.uid === null || uid === disk.uid) return;
  throw new JournalError({ code: "journal/foreign-owner", path, owner: uid, self: disk.uid });
}

/** Asks once for a lock. Throws a `JournalError` `journal/lock-unsupported` when the filesystem has none. */
export function tryLockFile(disk: Disk, path: string, file: FileHandle, range: LockRange): boolean {
  try {
    return disk.tryLock(file, range);
  } catch (cause) {
    const found = `asking for a lock gave ${errnoOf(cause)}`;
    throw new JournalError({ code: "journal/lock-unsupported", path, found }, { cause });
  }
}
