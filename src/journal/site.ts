/** Where a journal lives: its directory, the names in it, and the checks before anything is opened there. */
import { randomBytes } from "node:crypto";
import { dirname, join, resolve } from "node:path";

import type { Disk, FileHandle, FileStat } from "./disk.js";
import { errnoOf, guarded, JournalError, writeFailed } from "./errors.js";
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
    throw new JournalError({ code: "journal/not-a-directory", path, found: kindText(found.kind) });
  }
  checkOwner(disk, path, found.uid);
  if (allowRemote) return;
  const { name, local } = filesystemKind(guarded(path, "ask for the filesystem of", () => disk.filesystem(path)).type);
  if (!local) throw new JournalError({ code: "journal/not-local", path, filesystem: name });
}

/** Who may write to the directory may put any log in the place of this one: nobody else may. */
export function refuseOpenToOthers({ disk, directory: path }: Site): void {
  const found = guarded(path, "look at", () => disk.stat(path));
  if (disk.uid === null || found === null || (found.mode & 0o022) === 0) return;
  throw new JournalError({ code: "journal/open-to-others", path, mode: found.mode.toString(8) });
}

/** What stands at a path, with its article. */
export function kindText(kind: FileStat["kind"]): string {
  return kind === "other" ? "a device, socket or pipe" : `a ${kind}`;
}

/** Makes the directory, and those above it, when absent. `syncNames` makes its name last as well. */
export async function makeDirectory({ disk, directory }: Site): Promise<void> {
  const absent: string[] = [];
  for (let path = directory; path !== dirname(path); path = dirname(path)) {
    if (guarded(path, "look at", () => disk.stat(path)) !== null) break;
    absent.push(path);
  }
  if (absent.length === 0) return;
  try {
    disk.makeDirectory(directory);
    for (const path of absent.reverse()) await disk.syncDirectory(dirname(path));
  } catch (cause) {
    // It is empty. Left behind it would pass for one whose name lasts.
    attempt(() => disk.removeDirectory(directory));
    throw writeFailed(directory, "make", cause);
  }
}

/** Resolves when the names in the directory, and its own, would survive a power cut. */
export async function syncNames({ disk, directory }: Site): Promise<void> {
  await disk.syncDirectory(directory);
  const parent = dirname(directory);
  try {
    await disk.syncDirectory(parent);
  } catch (error) {
    // Who may not read it has not made anything in it.
    if (errnoOf(error) !== "EACCES" || disk.stat(parent)?.uid === disk.uid) throw error;
  }
}

/** For what is only to be tidy: if it fails, the next one tries again. */
export function attempt(call: () => void): void {
  try {
    call();
  } catch {
    // Left as it is.
  }
}

/** Opens the log that is there; never through a symbolic link, and only a file of this user. */
export function openLog({ disk, log: path }: Site, mode: "read" | "append"): FileHandle {
  const there = guarded(path, "look at", () => disk.stat(path));
  if (there === null) throw new JournalError({ code: "journal/absent", path });
  if (there.kind === "symlink") throw new JournalError({ code: "journal/symlink", path });
  if (there.kind !== "file") {
    throw new JournalError({ code: "journal/not-a-file", path, found: kindText(there.kind) });
  }
  checkOwner(disk, path, there.uid);
  return guarded(path, "open", () => disk.open(path, mode));
}

function checkOwner({ uid }: Disk, path: string, owner: number): void {
  if (uid === null || uid === owner) return;
  throw new JournalError({ code: "journal/foreign-owner", path, owner, self: uid });
}
