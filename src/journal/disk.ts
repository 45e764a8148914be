/**
 * The disk as the journal needs it: a port, so that a simulated one can fail or crash at every call.
 *
 * Calls that the page cache answers are synchronous; only syncs, which wait for the device, are
 * promises. Every call throws, or rejects with, an error that carries an errno `code`.
 */

/** An open file, as this disk numbers it. */
export type FileHandle = number;

/** What is known of a file. */
export interface FileStat {
  readonly kind: "file" | "directory" | "symlink" | "other";
  /** Tells two files apart while either is open: device and inode. */
  readonly identity: string;
  readonly size: number;
  readonly uid: number;
  /** Permission bits. */
  readonly mode: number;
}

/** What is known of a filesystem. */
export interface FilesystemStat {
  /** Magic number of the filesystem, as `statfs` gives it. */
  readonly type: number;
  readonly freeBytes: number;
}

/**
 * `read` never writes. `append` reads anywhere and writes at the end of a file that exists. `create`
 * is `append` on a new file, and only a new one. `lock` overwrites, and makes the file when absent.
 */
export type OpenMode = "read" | "append" | "create" | "lock";

/**
 * The file system calls a journal makes, and no others; a port, so that tests can cut the power. Throws
 * errno errors.
 */
export interface Disk {
  /** Does not follow a symbolic link in the last part of the path. New files get mode 0600. */
  open(path: string, mode: OpenMode): FileHandle;
  /** Frees the locks of this open file, too. */
  close(file: FileHandle): void;
  /** Fills `into` from byte `position` on; returns how many bytes there were, 0 at the end. */
  read(file: FileHandle, into: Uint8Array, position: number): number;
  /** Appends; returns how many bytes were taken, which may be fewer than given. */
  append(file: FileHandle, bytes: Uint8Array): number;
  /** Overwrites from byte `position` on, in a file opened with `lock`. */
  overwrite(file: FileHandle, bytes: Uint8Array, position: number): void;
  /** Cuts the file to `length` bytes. */
  truncate(file: FileHandle, length: number): void;
  /**
   * Resolves when the bytes and the length of the file would survive a power cut. `alone`: nothing else of this journal
   * waits meanwhile, so that a fast disk may be waited for on this thread; the event loop has a turn now and then.
   */
  syncData(file: FileHandle, alone?: boolean): Promise<void>;
  /** Resolves when the names in the directory would survive a power cut. */
  syncDirectory(path: string): Promise<void>;
  /** Replaces what has the name `to`, in one step. */
  rename(from: string, to: string): void;
  /** A second name for the same file; fails if the name is taken. */
  link(from: string, to: string): void;
  /** Removes the name of a file. */
  remove(path: string): void;
  /** Of the path itself, symbolic links not followed; null when there is nothing. */
  stat(path: string): FileStat | null;
  /** Of the open file, whatever name it has now. */
  statFile(file: FileHandle): FileStat;
  /** Names in a directory. */
  list(directory: string): readonly string[];
  /** With mode 0700; parents too. An existing directory is left as it is. */
  makeDirectory(path: string): void;
  /** An empty one. */
  removeDirectory(path: string): void;
  /** Of the filesystem a path lies on. */
  filesystem(path: string): FilesystemStat;
  /** User id of this process; null where there is none. */
  readonly uid: number | null;
  /** Asks once for a lock on bytes, against every other open file of this or another process. */
  tryLock(file: FileHandle, range: LockRange): boolean;
  /** Frees a lock of this open file. */
  unlock(file: FileHandle, range: LockRange): void;
  /** Calls back after something in the directory changed; it may miss changes. Returns how to stop. */
  watch(directory: string, changed: () => void): () => void;
}

/** Bytes to lock; they need not exist. */
export interface LockRange {
  readonly offset: number;
  readonly length: number;
  /** Shared locks of several holders go together. */
  readonly shared?: boolean;
}
