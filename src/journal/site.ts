/** Where a journal lives: its directory, the names in it, and the checks before anything is opened there. */
import { randomBytes } from "node:crypto";
import { dirname, join, resolve } from "node:path";

import type { Disk, FileHandle } from "./disk.js";
import { JournalError, readFailed, writeFailed } from "./errors.js";
import { filesystemKind } from "./filesystems.js";

export interface Site {
  readonly disk: Disk;
  readonly directory: string;
  readonly name: string;
  readonly log: string;
  readonly lock: string;
}

export function siteOf(disk: Disk, directory: string, name = "journal"): Site {
  if (!/^[A-Za-z0-9_-]{1,64}$/.test(name)) {
    const found = `${JSON.stringify(name)} is not 1 to 64 letters, digits, - or _`;
    throw new JournalError({ code: "journal/bad-option", option: "name", found });
  }
  const root = resolve(directory);
  const log = join(root, `${name}.ndjson`);
  return { disk, directory: root, name, log, lock: join(root, `${name}.lock`) };
}

/** A new name beside the log for a file of one of the kinds below. */
export function besideLog(site: Site, kind: "tmp" | "torn" | "before-repair", label = ""): string {
  const random = randomBytes(6).toString("hex");
  return join(site.directory, `${site.name}.${label === "" ? "" : `${label}-`}${random}.${kind}`);
}

/** Names of the files of one kind, in the order of their names. */
export function namesOfKind(site: Site, kind: "tmp" | "torn"): readonly string[] {
  return site.disk
    .list(site.directory)
    .filter((name) => name.startsWith(`${site.name}.`) && name.endsWith(`.${kind}`))
    .sort()
    .map((name) => join(site.directory, name));
}

/** The directory is there, is a directory of this user, and its filesystem is known to be local. */
export function checkDirectory(site: Site, allowRemote: boolean): void {
  const { disk, directory: path } = site;
  const found = guarded(path, "look at", () => disk.stat(path));
  if (found === null) throw new JournalError({ code: "journal/absent", path });
  if (found.kind === "symlink") throw new JournalError({ code: "journal/symlink", path });
  if (found.kind !== "directory") {
    throw new JournalError({ code: "journal/not-a-directory", path, found: `a ${found.kind}` });
  }
  checkOwner(disk, path, found.uid);
  if (allowRemote) return;
  const { name, local } = filesystemKind(guarded(path, "ask for the filesystem of", () => disk.filesystem(path)).type);
  if (!local) throw new JournalError({ code: "journal/not-local", path, filesystem: name });
}

/** Makes the directory when it is absent, and makes its name last. */
export async function makeDirectory({ disk, directory }: Site): Promise<void> {
  if (guarded(directory, "look at", () => disk.stat(directory)) !== null) return;
  try {
    disk.makeDirectory(directory);
    await disk.syncDirectory(dirname(directory));
  } catch (cause) {
    throw writeFailed(directory, "make", cause);
  }
}

/** Opens the log that is there; never through a symbolic link, and only a file of this user. */
export function openLog({ disk, log: path }: Site, mode: "read" | "append"): FileHandle {
  const there = guarded(path, "look at", () => disk.stat(path));
  if (there === null) throw new JournalError({ code: "journal/absent", path });
  if (there.kind === "symlink") throw new JournalError({ code: "journal/symlink", path });
  if (there.kind !== "file") {
    throw new JournalError({ code: "journal/not-a-file", path, found: `a ${there.kind}` });
  }
  checkOwner(disk, path, there.uid);
  return guarded(path, "open", () => disk.open(path, mode));
}

export function guarded<T>(path: string, doing: string, call: () => T): T {
  try {
    return call();
  } catch (cause) {
    throw readFailed(path, doing, cause);
  }
}

function checkOwner({ uid }: Disk, path: string, owner: number): void {
  if (uid === null || uid === owner) return;
  throw new JournalError({ code: "journal/foreign-owner", path, owner, self: uid });
}
