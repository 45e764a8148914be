/**
 * Where the leases of a command live: `--dir`, else `LEASEHOLD_DIR`, else the nearest `.leasehold` upwards from
 * the working directory, else beside the nearest `.git`, else in the working directory.
 *
 * Looks, and makes the directory when a command is about to write. Whether it can be trusted (owner, link,
 * filesystem) is the journal's to judge when it opens it.
 */
import { lstatSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";

import { UsageError } from "./exit.js";

const directoryName = ".leasehold";
/** Most folders looked at on the way up. */
const parentsMax = 256;

export interface StateDirectory {
  readonly path: string;
  /** How it was chosen, for messages. */
  readonly because: "--dir" | "LEASEHOLD_DIR" | "found" | "beside .git" | "working directory";
  readonly exists: boolean;
}

/** Chooses the directory and creates nothing. */
export function stateDirectory(dir: string | undefined): StateDirectory {
  const { env } = process;
  if (dir !== undefined) return chosen(named(dir, "--dir"), "--dir");
  const fromEnvironment = env["LEASEHOLD_DIR"];
  if (fromEnvironment !== undefined && fromEnvironment !== "")
    return chosen(named(fromEnvironment, "LEASEHOLD_DIR"), "LEASEHOLD_DIR");
  const folders = upwards(process.cwd());
  const home = folders.find((folder) => isThere(join(folder, directoryName)));
  if (home !== undefined) return chosen(join(home, directoryName), "found");
  const repository = folders.find((folder) => isThere(join(folder, ".git")));
  if (repository !== undefined) return chosen(join(repository, directoryName), "beside .git");
  return chosen(join(process.cwd(), directoryName), "working directory");
}

/**
 * Makes it when it is missing, 0700, with a `.gitignore` that keeps all of it out of commits. What stands in the
 * way is not told here: the journal meets the same obstacle when it opens the directory, and names it.
 */
export function makeStateDirectory(directory: StateDirectory): void {
  if (directory.exists) return;
  try {
    makeFolders(directory.path);
    writeFileSync(join(directory.path, ".gitignore"), "*\n", { flag: "wx", mode: 0o600 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
  }
}

/** Each missing folder once: the recursive call of Node never returns on a filesystem that takes no folders, /proc. */
function makeFolders(path: string): void {
  const folders = upwards(path);
  const nearestThere = folders.findIndex(isThere);
  const missing = nearestThere === -1 ? folders : folders.slice(0, nearestThere);
  for (const folder of missing.reverse()) mkdirOnce(folder);
}

/** Somebody else may make it at the same time. */
function mkdirOnce(folder: string): void {
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
}

function named(text: string, option: string): string {
  if (text === "" || text.includes("\0"))
    throw new UsageError(`${option} names the state directory; found ${JSON.stringify(text)}.`);
  return resolve(text);
}

function chosen(path: string, because: StateDirectory["because"]): StateDirectory {
  return { path, because, exists: isThere(path) };
}

function upwards(from: string): string[] {
  const folders = [from];
  for (let folder = from; folders.length < parentsMax; ) {
    const parent = dirname(folder);
    if (parent === folder) break;
    folders.push(parent);
    folder = parent;
  }
  return folders;
}

/** A dangling link is there: it must be refused, not written through. So is what cannot be looked at: see the journal. */
function isThere(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
    return true;
  }
}
