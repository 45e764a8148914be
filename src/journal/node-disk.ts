/**
 * The disk of this host by `node:fs`, with locks on byte ranges by `fs-native-extensions`.
 *
 * The locks belong to the open file (`F_OFD_SETLK`), not to the process: a second handle in the same
 * process conflicts like any other, closing another descriptor frees nothing, and files are opened
 * close-on-exec, so that no child holds a lock on. The kernel frees a lock with its last descriptor.
 */
import * as fs from "node:fs";
import { dirname } from "node:path";

import type { Disk, FileHandle, FileStat, FilesystemStat, LockRange, OpenMode } from "./disk.js";
import { nativeLocks } from "./native-locks.js";
import { syncing } from "./sync-data.js";

const { O_APPEND, O_CREAT, O_DIRECTORY, O_EXCL, O_NOFOLLOW, O_RDONLY, O_RDWR } = fs.constants;

const openFlags: Readonly<Record<OpenMode, number>> = {
  read: O_RDONLY | O_NOFOLLOW,
  append: O_RDWR | O_APPEND | O_NOFOLLOW,
  create: O_RDWR | O_APPEND | O_CREAT | O_EXCL | O_NOFOLLOW,
  lock: O_RDWR | O_CREAT | O_NOFOLLOW,
};

/** The disk of this host. */
export function nodeDisk(): Disk {
  const syncData = syncing();
  return {
    open: (path, mode) => fs.openSync(path, openFlags[mode], 0o600),
    close: (file) => fs.closeSync(file),
    read: (file, into, position) => fs.readSync(file, into, 0, into.length, position),
    append: (file, bytes) => fs.writeSync(file, bytes),
    overwrite,
    truncate: (file, length) => fs.ftruncateSync(file, length),
    syncData: (file, alone = false) => syncData(file, alone),
    syncDirectory,
    rename: (from, to) => fs.renameSync(from, to),
    link: (from, to) => fs.linkSync(from, to),
    remove: (path) => fs.unlinkSync(path),
    stat,
    statFile: (file) => asFileStat(fs.fstatSync(file)),
    list: (directory) => fs.readdirSync(directory),
    makeDirectory: makeFolders,
    removeDirectory: (path) => fs.rmdirSync(path),
    filesystem,
    uid: process.geteuid?.() ?? null,
    tryLock: (file, range) =>
      nativeLocks().tryLock(file, range.offset, range.length, { shared: range.shared === true }),
    unlock: (file, { offset, length }: LockRange) => nativeLocks().unlock(file, offset, length),
    watch,
  };
}

function overwrite(file: FileHandle, bytes: Uint8Array, position: number): void {
  for (let written = 0; written < bytes.length; ) {
    written += fs.writeSync(file, bytes, written, bytes.length - written, position + written);
  }
}

function stat(path: string): FileStat | null {
  const found = fs.lstatSync(path, { throwIfNoEntry: false });
  return found === undefined ? null : asFileStat(found);
}

/** The last file asked about: it is the same one in every turn. */
let known = { dev: -1, ino: -1, identity: "" };

function identityOf({ dev, ino }: fs.Stats): string {
  if (known.ino !== ino || known.dev !== dev) known = { dev, ino, identity: `${dev}:${ino}` };
  return known.identity;
}

function asFileStat(found: fs.Stats): FileStat {
  return {
    kind: kindOf(found),
    identity: identityOf(found),
    size: found.size,
    uid: found.uid,
    mode: found.mode & 0o7777,
  };
}

function kindOf(found: fs.Stats): FileStat["kind"] {
  if (found.isFile()) return "file";
  if (found.isDirectory()) return "directory";
  return found.isSymbolicLink() ? "symlink" : "other";
}

function filesystem(path: string): FilesystemStat {
  const { type, bavail, bsize } = fs.statfsSync(path);
  return { type, freeBytes: bavail * bsize };
}

async function syncDirectory(path: string): Promise<void> {
  const directory = fs.openSync(path, O_RDONLY | O_DIRECTORY);
  try {
    await promised((done) => fs.fsync(directory, done));
  } finally {
    fs.closeSync(directory);
  }
}

/** Without inotify, or past its limits, there is nothing to stop and nothing calls back: callers poll too. */
function watch(directory: string, changed: () => void): () => void {
  try {
    const watcher = fs.watch(directory, { persistent: false }, changed);
    watcher.on("error", () => watcher.close());
    return () => watcher.close();
  } catch {
    return () => undefined;
  }
}

function promised(call: (done: (error: Error | null) => void) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    call((error) => (error === null ? resolve() : reject(error)));
  });
}

/** Each missing folder once: the recursive call of Node never returns on a filesystem that takes no folders, /proc. */
function makeFolders(path: string): void {
  try {
    fs.mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EEXIST" && fs.statSync(path).isDirectory()) return;
    const above = dirname(path);
    if (code !== "ENOENT" || above === path || fs.existsSync(above)) throw error;
    makeFolders(above);
    makeFolders(path);
  }
}
