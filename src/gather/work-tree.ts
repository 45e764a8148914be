/**
 * Work trees of git: what is there, how far it is ahead, whether anything is uncommitted.
 *
 * `absent` and `invisible` are not `clean`. git runs without locks it does not need, without hooks, pagers,
 * monitors and prompts, and never looks for a repository above the folder it was given. Filters that a
 * repository configures still run when git compares contents.
 */
import { lstat, realpath, stat } from "node:fs/promises";
import { dirname } from "node:path";

import type { Tree } from "../../spec/vocabulary/observation.js";
import { type Command, type Exec, type Execution } from "./exec.js";
import {
  type Failed,
  type Invisible,
  type Refused,
  type Tool,
  failed,
  failureOf,
  invisible,
  quoted,
  refused,
} from "./failure.js";
import { decode, hasControl, printable } from "./plain-text.js";

/** A work tree to look at, and what its work is measured against. */
export interface WorkTree {
  readonly path: string;
  /** The run's branch: its commits count also while something else is checked out. */
  readonly branch: string | null;
  /** What the work is ahead of: a branch, a remote one, a commit. */
  readonly base: string;
}

/** A work tree as git told of it. */
export interface SeenTree extends Tree {
  readonly kind: "seen";
  /** Null: no branch is checked out. */
  readonly branch: string | null;
  /** Null: there is no commit yet. */
  readonly commit: string | null;
}

/** `absent`: the folder above is there and readable, and this one is not in it. */
export type TreeSight = SeenTree | { readonly kind: "absent" } | Invisible;

/** What came of making a work tree. */
export type TreeMade =
  | { readonly kind: "created" }
  | Refused<"name-invalid" | "path-taken" | "branch-taken">
  | Failed;

/** What came of removing a work tree. */
export type TreeRemoved =
  | { readonly kind: "removed" }
  | { readonly kind: "absent" }
  | Refused<"not-clean">
  | Failed;

/** Work trees of this host. What cannot be seen or done comes back as a value. */
export interface WorkTrees {
  /** Whether git can be used, and its version. */
  availability(): Promise<{ readonly kind: "available"; readonly version: string } | Invisible>;
  /** What is in the tree now; see `TreeSight`. */
  look(tree: WorkTree): Promise<TreeSight>;
  /** A new branch from `base`, or the branch itself where it exists already. */
  create(tree: WorkTree & { readonly repository: string; readonly branch: string }): Promise<TreeMade>;
  /** `force`: also with changes nobody committed. The branch stays. */
  remove(tree: { readonly repository: string; readonly path: string; readonly force: boolean }): Promise<TreeRemoved>;
}

/** How git is called; the deadline of one call is in milliseconds. */
export interface GitOptions {
  readonly exec: Exec;
  readonly deadlineMs?: number;
  /** Bytes read of one answer. */
  readonly outputMax?: number;
}

/** git, for messages about its absence. */
export const gitTool: Tool = {
  program: "git",
  package: "git",
  without: "no work tree can be made or seen, and the absence of a run never ends in done or failed",
};

/** Commits that are counted; more than that is "at least". */
const aheadMax = 10_000;

/** Nothing of this may run, ask or wait on behalf of a look. */
const safeConfiguration = ["core.fsmonitor=false", "core.hooksPath=/dev/null", "core.pager=cat", "gc.auto=0"];

const safeEnvironment = {
  LC_ALL: "C",
  GIT_OPTIONAL_LOCKS: "0",
  GIT_TERMINAL_PROMPT: "0",
  GIT_NO_LAZY_FETCH: "1",
  GIT_PAGER: "cat",
  GIT_EDITOR: "false",
  GIT_ASKPASS: "false",
  SSH_ASKPASS: "false",
  // A host that was started by a hook of git would look at that repository instead.
  GIT_DIR: null,
  GIT_WORK_TREE: null,
  GIT_INDEX_FILE: null,
  GIT_COMMON_DIR: null,
  GIT_OBJECT_DIRECTORY: null,
  GIT_NAMESPACE: null,
  GIT_EXTERNAL_DIFF: null,
} as const;

/** Work trees by way of the `git` command. */
export function gitWorkTrees(options: GitOptions): WorkTrees {
  const git = gitOf(options);
  return {
    availability: async () => {
      const answer = await git("asking git for its version", "/", ["--version"]);
      return answer.kind === "answered" ? { kind: "available", version: answer.text.trim() } : unseen(answer);
    },
    look: (tree) => look(git, tree),
    create: (tree) => create(git, tree),
    remove: (tree) => remove(git, tree),
  };
}

type Answer =
  | { readonly kind: "answered"; readonly text: string }
  /** git ran and said no. */
  | { readonly kind: "denied"; readonly status: number; readonly words: string; readonly failure: Invisible["failure"] }
  | Invisible;

type Git = (doing: string, folder: string, args: readonly string[]) => Promise<Answer>;

function gitOf({ exec, deadlineMs = 10_000, outputMax = 4_194_304 }: GitOptions): Git {
  return async (doing, folder, args) => {
    const command: Command = {
      program: gitTool.program,
      args: [...safeConfiguration.flatMap((setting) => ["-c", setting]), ...args],
      cwd: folder,
      env: { ...safeEnvironment, GIT_CEILING_DIRECTORIES: dirname(folder) },
      deadlineMs,
      outputMax,
      keep: "head",
    };
    const execution = await exec(command);
    if (execution.kind === "ended" && execution.status === 0)
      return { kind: "answered", text: decode(execution.output) };
    const failure = failureOf(doing, gitTool, command, execution);
    return isDenial(execution)
      ? { kind: "denied", status: execution.status, words: execution.errors, failure }
      : { kind: "invisible", failure };
  };
}

function isDenial(execution: Execution): execution is Extract<Execution, { kind: "ended" }> & { status: number } {
  return execution.kind === "ended" && execution.status !== null;
}

function unseen(answer: Exclude<Answer, { kind: "answered" }>): Invisible {
  return { kind: "invisible", failure: answer.failure };
}

async function look(git: Git, tree: WorkTree): Promise<TreeSight> {
  const doing = `reading the work tree ${printable(tree.path)}`;
  const folder = await folderAt(tree.path, doing);
  if (typeof folder !== "string") return folder;
  const top = await git(doing, folder, ["rev-parse", "--show-toplevel"]);
  if (top.kind !== "answered") return unseen(top);
  if (top.text.replace(/\n$/, "") !== folder)
    return invisible(
      "folder-invalid",
      `${doing}: it is inside the work tree ${quoted(top.text)}, and none itself. Name the top of a work tree.`,
    );
  const status = await git(doing, folder, [
    ...["status", "--porcelain=v2", "--branch", "--untracked-files=normal", "-z"],
  ]);
  if (status.kind !== "answered") return unseen(status);
  const seen = statusOf(status.text);
  if (seen === null)
    return invisible("garbled", `${doing}: git status answered ${quoted(status.text.slice(0, 200))}.`);
  const ahead = await aheadOf(git, { ...tree, path: folder }, seen.commit, doing);
  return typeof ahead === "number" ? { kind: "seen", ahead, ...seen } : ahead;
}

/** The real path of a folder that can be read. */
async function folderAt(path: string, doing: string): Promise<string | { readonly kind: "absent" } | Invisible> {
  try {
    const real = await realpath(path);
    if ((await stat(real)).isDirectory()) return real;
    return invisible("folder-invalid", `${doing}: it is not a folder. Name the folder of the work tree.`);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" && (await isFolder(dirname(path)))) return { kind: "absent" };
    return invisible(
      code === "ENOENT" ? "folder-missing" : "not-permitted",
      `${doing}: the file system answered ${code ?? "unknown"}. ` +
        "Look whether the file system is mounted and the host may read it.",
    );
  }
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch {
    return false;
  }
}

async function isThere(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch {
    return false;
  }
}

/** Null: no answer of `status --porcelain=v2 --branch -z`. */
function statusOf(text: string): Pick<SeenTree, "branch" | "commit" | "dirty"> | null {
  const entries = text.split("\0");
  const header = (key: string): string | undefined =>
    entries.find((entry) => entry.startsWith(`# branch.${key} `))?.slice(`# branch.${key} `.length);
  const commit = header("oid");
  const branch = header("head");
  if (commit === undefined || branch === undefined) return null;
  return {
    commit: commit === "(initial)" ? null : commit,
    branch: branch === "(detached)" ? null : branch,
    dirty: entries.some((entry) => /^[12u?] /.test(entry)),
  };
}

/** Commits that HEAD or the run's branch have and the base has not. */
async function aheadOf(
  git: Git,
  { path, branch, base }: WorkTree,
  commit: string | null,
  doing: string,
): Promise<number | Invisible> {
  const from = await resolved(git, path, base);
  if (typeof from !== "string") return baseUnknown(doing, base, from);
  const own = branch === null ? null : await resolved(git, path, `refs/heads/${branch}`);
  if (own !== null && typeof own !== "string" && own.kind === "invisible") return own;
  const tips = [...(commit === null ? [] : [commit]), ...(typeof own === "string" ? [own] : [])];
  if (tips.length === 0) return 0;
  const count = await git(doing, path, ["rev-list", "--count", `--max-count=${aheadMax}`, ...tips, `^${from}`]);
  if (count.kind !== "answered") return unseen(count);
  const number = count.text.trim();
  return /^\d+$/.test(number) ? Number(number) : invisible("garbled", `${doing}: git counted ${quoted(number)} commits.`);
}

function baseUnknown(doing: string, base: string, answer: Exclude<Answer, { kind: "answered" }>): Invisible {
  if (answer.kind === "invisible") return answer;
  return invisible(
    "base-unknown",
    `${doing}: the base ${quoted(base)} is no commit there. Fetch it, or name another base.`,
  );
}

/** The commit of a name, in hexadecimal: nothing of the name reaches a command line again. */
async function resolved(git: Git, path: string, name: string): Promise<string | Exclude<Answer, { kind: "answered" }>> {
  const doing = `looking for the commit ${quoted(name)}`;
  const answer = await git(doing, path, ["rev-parse", "--verify", "--quiet", "--end-of-options", `${name}^{commit}`]);
  if (answer.kind !== "answered") return answer;
  const commit = answer.text.trim();
  return /^[0-9a-f]{40,64}$/.test(commit) ? commit : invisible("garbled", `${doing}: git answered ${quoted(commit)}.`);
}

type NewTree = Parameters<WorkTrees["create"]>[0];

async function create(git: Git, { repository, path, branch, base }: NewTree): Promise<TreeMade> {
  const doing = `making the work tree ${printable(path)}`;
  if (hasControl(branch) || branch.startsWith("-") || path.includes("\0"))
    return refused("name-invalid", `${doing}: ${quoted(branch)} is not the name of a branch.`);
  const named = await git(doing, repository, ["check-ref-format", `refs/heads/${branch}`]);
  if (named.kind === "denied")
    return refused("name-invalid", `${doing}: ${quoted(branch)} is not the name of a branch.`);
  if (named.kind === "invisible") return { kind: "failed", failure: named.failure };
  // git would make the branch first and find the path taken then.
  if (await isThere(path)) return pathTaken(doing);
  const own = await resolved(git, repository, `refs/heads/${branch}`);
  if (typeof own !== "string" && own.kind === "invisible") return { kind: "failed", failure: own.failure };
  const from = typeof own === "string" ? own : await resolved(git, repository, base);
  if (typeof from !== "string") return { kind: "failed", failure: baseUnknown(doing, base, from).failure };
  const made = await git(doing, repository, [
    ...["worktree", "add", "--quiet"],
    ...(typeof own === "string" ? ["--", path, branch] : ["-b", branch, "--", path, from]),
  ]);
  return made.kind === "answered" ? { kind: "created" } : refusalOf(doing, made, branch);
}

function pathTaken(doing: string): TreeMade {
  return refused("path-taken", `${doing}: there is something at that path. Take another path, or remove it.`);
}

function refusalOf(doing: string, answer: Exclude<Answer, { kind: "answered" }>, branch: string): TreeMade {
  const words = answer.kind === "denied" ? answer.words : "";
  if (/already (checked out|used by worktree)/.test(words))
    return refused("branch-taken", `${doing}: another work tree has the branch ${quoted(branch)}. Remove it first.`);
  if (/already exists/.test(words)) return pathTaken(doing);
  return { kind: "failed", failure: answer.failure };
}

async function remove(
  git: Git,
  { repository, path, force }: Parameters<WorkTrees["remove"]>[0],
): Promise<TreeRemoved> {
  const doing = `removing the work tree ${printable(path)}`;
  const folder = await folderAt(path, doing);
  if (typeof folder !== "string")
    return folder.kind === "absent" ? folder : { kind: "failed", failure: folder.failure };
  const args = ["worktree", "remove", ...(force ? ["--force"] : []), "--", folder];
  const answer = await git(doing, repository, args);
  if (answer.kind === "answered") return { kind: "removed" };
  if (answer.kind === "denied" && /modified or untracked files|use --force/.test(answer.words))
    return refused("not-clean", `${doing}: it holds changes nobody committed. Commit them, or force it.`);
  if (answer.kind === "denied" && /is not a working tree|is a main working tree/.test(answer.words))
    return failed("folder-invalid", `${doing}: git does not know it as a work tree of ${printable(repository)}.`);
  return { kind: "failed", failure: answer.failure };
}
