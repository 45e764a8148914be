/**
 * The files below a root, in order, with what .gitignore says of them.
 *
 * Links to folders are not followed, so that no loop is possible. `.git` and `node_modules` are never entered.
 * What cannot be read is listed as such.
 */
import { type Dirent, existsSync, readFileSync, readdirSync, statSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";

import ignore, { type Ignore } from "ignore";
import picomatch from "picomatch";

import { LintError } from "./errors.js";
import type { Unread } from "./finding.js";

/** Most files that are listed. */
const treeFilesMax = 1_000_000;

const neverEntered = new Set([".git", "node_modules"]);

export interface TreeFile {
  /** Relative to the root, with slashes. */
  readonly path: string;
  readonly ignored: boolean;
}

export interface Tree {
  readonly root: string;
  readonly files: readonly TreeFile[];
  readonly unread: readonly Unread[];
}

interface Rules {
  /** Folder the rules stand in, absolute. */
  readonly base: string;
  readonly rules: Ignore;
}

/** `withIgnored` lists ignored files too, marked as such; otherwise ignored folders are not even entered. */
export function listTree(root: string, withIgnored: boolean): Tree {
  const files: TreeFile[] = [];
  const unread: Unread[] = [];
  const above = rulesAbove(root);
  const visit = (folder: string, inherited: readonly Rules[], ignoredFolder: boolean): void => {
    const entries = entriesOf(folder, root, unread);
    const rules = entries.some(({ name }) => name === ".gitignore")
      ? withRules(inherited, folder)
      : inherited;
    for (const entry of entries) {
      const path = join(folder, entry.name);
      const ignored = ignoredFolder || isIgnored(rules, path, entry.isDirectory());
      if (ignored && !withIgnored) continue;
      if (entry.isDirectory()) {
        if (!neverEntered.has(entry.name)) visit(path, rules, ignored);
      } else if (entry.isFile() || (entry.isSymbolicLink() && leadsToFile(path, root, unread))) {
        files.push({ path: posix(relative(root, path)), ignored });
        if (files.length > treeFilesMax) {
          throw new LintError({ code: "lint/limit", limit: "treeFilesMax", value: treeFilesMax });
        }
      }
    }
  };
  visit(root, above, false);
  return { root, files: files.sort((a, b) => (a.path < b.path ? -1 : 1)), unread };
}

/** Paths of the tree that match. */
export function selected(
  tree: Tree,
  {
    include,
    exclude,
    gitignore,
  }: { include: readonly string[]; exclude: readonly string[]; gitignore: boolean },
): readonly string[] {
  const matches = matcher(include);
  const excluded = matcher(exclude);
  return tree.files
    .filter(({ path, ignored }) => !(gitignore && ignored) && matches(path) && !excluded(path))
    .map(({ path }) => path);
}

export function matcher(globs: readonly string[]): (path: string) => boolean {
  if (globs.length === 0) return () => false;
  return picomatch(
    globs.map((glob) => glob.replace(/^\.\//, "")),
    { dot: true },
  );
}

export function posix(path: string): string {
  return sep === "/" ? path : path.split(sep).join("/");
}

export function unreadFile(path: string, reason: string): Unread {
  return { at: { file: path, line: 1, column: 1, endLine: 1, endColumn: 1 }, reason };
}

function entriesOf(folder: string, root: string, unread: Unread[]): readonly Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch (error) {
    unread.push(
      unreadFile(
        posix(relative(root, folder)) || ".",
        `the folder cannot be read (${codeOf(error)})`,
      ),
    );
    return [];
  }
}

function leadsToFile(path: string, root: string, unread: Unread[]): boolean {
  try {
    return statSync(path).isFile();
  } catch (error) {
    unread.push(
      unreadFile(posix(relative(root, path)), `the link leads nowhere (${codeOf(error)})`),
    );
    return false;
  }
}

/** The innermost file with a rule about the path decides. */
function isIgnored(all: readonly Rules[], path: string, isFolder: boolean): boolean {
  for (let index = all.length - 1; index >= 0; index -= 1) {
    const found = all[index];
    if (found === undefined) continue;
    const answer = found.rules.test(posix(relative(found.base, path)) + (isFolder ? "/" : ""));
    if (answer.ignored || answer.unignored) return answer.ignored;
  }
  return false;
}

/** Rules of the folders above the root that belong to the same repository. */
function rulesAbove(root: string): readonly Rules[] {
  const folders: string[] = [];
  let folder = root;
  while (!existsSync(join(folder, ".git"))) {
    const parent = dirname(folder);
    if (parent === folder) return [];
    folder = parent;
    folders.unshift(folder);
  }
  return folders.reduce<readonly Rules[]>(withRules, []);
}

function withRules(inherited: readonly Rules[], base: string): readonly Rules[] {
  const file = join(base, ".gitignore");
  if (!existsSync(file)) return inherited;
  return [...inherited, { base, rules: ignore().add(readFileSync(file, "utf8")) }];
}

/** The system's code of a failure to read; anything else is not ours to handle. */
export function codeOf(error: unknown): string {
  if (error instanceof Error && "code" in error) return String(error.code);
  throw error;
}
