/** Work trees of a real git: what is ahead, what is dirty, and what is not the same as clean. */
import { chmodSync, mkdirSync, realpathSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

import { type WorkTree, gitWorkTrees, nodeExec } from "../src/gather/index.js";
import { ended, pretending, programMissing, temporaryFolder, whyWithout } from "./harness/gathering.js";

const reason = whyWithout("git", "--version");
const environment = {
  ...process.env,
  GIT_CONFIG_GLOBAL: "/dev/null",
  GIT_CONFIG_SYSTEM: "/dev/null",
  GIT_AUTHOR_NAME: "dev",
  GIT_AUTHOR_EMAIL: "dev@example.org",
  GIT_COMMITTER_NAME: "dev",
  GIT_COMMITTER_EMAIL: "dev@example.org",
};
const trees = gitWorkTrees({ exec: nodeExec({ environment }) });

let folder: ReturnType<typeof temporaryFolder>;
let repository: string;
let tree: WorkTree & { readonly branch: string };

function git(cwd: string, ...args: readonly string[]): string {
  return execFileSync("git", args, { cwd, env: environment, encoding: "utf8", stdio: "pipe" }).trim();
}

function commit(cwd: string, name: string): void {
  writeFileSync(join(cwd, name), name);
  git(cwd, "add", name);
  git(cwd, "commit", "--quiet", "-m", name);
}

beforeEach(async () => {
  folder = temporaryFolder("git");
  repository = join(folder.path, "repository");
  tree = { path: join(folder.path, "tree"), branch: "run-1", base: "main" };
  if (reason !== null) return;
  mkdirSync(repository);
  git(repository, "init", "--quiet", "-b", "main");
  commit(repository, "first");
  expect(await trees.create({ ...tree, repository })).toEqual({ kind: "created" });
});

afterEach(() => folder.remove());

describe.skipIf(reason !== null)(`work trees of git${reason === null ? "" : ` (skipped: ${reason})`}`, () => {
  test("a fresh work tree is clean and not ahead", async () => {
    expect(await trees.look(tree)).toEqual({
      kind: "seen",
      branch: "run-1",
      commit: git(repository, "rev-parse", "main"),
      ahead: 0,
      dirty: false,
    });
  });

  test("commits are counted, and changes of every kind are dirty", async () => {
    commit(tree.path, "second");
    commit(tree.path, "third");
    expect(await trees.look(tree)).toMatchObject({ ahead: 2, dirty: false });
    writeFileSync(join(tree.path, "un tracked"), "");
    expect(await trees.look(tree)).toMatchObject({ ahead: 2, dirty: true });
    rmSync(join(tree.path, "un tracked"));
    writeFileSync(join(tree.path, "first"), "changed");
    expect(await trees.look(tree)).toMatchObject({ dirty: true });
    git(tree.path, "add", "first");
    expect(await trees.look(tree)).toMatchObject({ dirty: true });
  });

  test("commits of the run's branch count while something else is checked out", async () => {
    commit(tree.path, "second");
    git(tree.path, "checkout", "--quiet", "--detach", "main");
    expect(await trees.look(tree)).toMatchObject({ branch: null, ahead: 1 });
    expect(await trees.look({ ...tree, branch: null })).toMatchObject({ ahead: 0 });
  });

  test("a work tree without any commit is seen", async () => {
    const path = join(folder.path, "empty");
    mkdirSync(path);
    git(path, "init", "--quiet", "-b", "main");
    git(path, "fetch", "--quiet", repository, "main:refs/remotes/origin/main");
    expect(await trees.look({ path, branch: null, base: "origin/main" })).toMatchObject({
      commit: null,
      branch: "main",
      ahead: 0,
      dirty: false,
    });
  });

  test("a work tree that was removed is absent, and where its folder cannot be seen it is invisible", async () => {
    rmSync(tree.path, { recursive: true });
    expect(await trees.look(tree)).toEqual({ kind: "absent" });
    const away = { ...tree, path: join(folder.path, "unmounted", "tree") };
    expect(await trees.look(away)).toMatchObject({ kind: "invisible", failure: { code: "folder-missing" } });
  });

  test("a folder that lost its .git is not taken for the repository above it", async () => {
    const inner = join(repository, "inner");
    mkdirSync(inner);
    expect(await trees.look({ ...tree, path: inner })).toMatchObject({ kind: "invisible" });
    rmSync(join(tree.path, ".git"));
    expect(await trees.look(tree)).toMatchObject({ kind: "invisible", failure: { code: "program-failed" } });
  });

  test("a repository that was moved away leaves its work trees invisible", async () => {
    renameSync(repository, `${repository}.moved`);
    expect(await trees.look(tree)).toMatchObject({ kind: "invisible" });
  });

  test("a base that nobody knows is not 0 commits ahead", async () => {
    const base = "origin/none\u001b[31m";
    const sight = await trees.look({ ...tree, base });
    expect(sight).toMatchObject({ kind: "invisible", failure: { code: "base-unknown" } });
    expect(/\p{Cc}/u.test(sight.kind === "invisible" ? sight.failure.message : "")).toBe(false);
    expect(await trees.look({ ...tree, base: "--all" })).toMatchObject({ failure: { code: "base-unknown" } });
  });

  test("a link to a work tree is that work tree, and a file is none", async () => {
    const link = join(folder.path, "link");
    symlinkSync(tree.path, link);
    expect(await trees.look({ ...tree, path: link })).toMatchObject({ kind: "seen" });
    expect(await trees.look({ ...tree, path: join(tree.path, "first") })).toMatchObject({
      failure: { code: "folder-invalid" },
    });
  });

  test("looking runs nothing that the repository names, and takes no lock", async () => {
    const witness = join(folder.path, "witness");
    const script = join(folder.path, "script");
    writeFileSync(script, `#!/bin/sh\ntouch '${witness}'\n`);
    chmodSync(script, 0o755);
    git(repository, "config", "core.fsmonitor", script);
    git(repository, "config", "core.pager", script);
    git(repository, "config", "core.hooksPath", folder.path);
    for (const hook of ["post-checkout", "post-index-change"]) symlinkSync(script, join(folder.path, hook));
    writeFileSync(join(realpathSync(repository), ".git/worktrees/tree/index.lock"), "");
    expect(await trees.look(tree)).toMatchObject({ kind: "seen", dirty: false });
    const other = { ...tree, path: join(folder.path, "other"), branch: "run-2" };
    expect(await trees.create({ ...other, repository })).toEqual({ kind: "created" });
    expect(() => realpathSync(witness)).toThrow("ENOENT");
  });

  test("a host that was started by a hook of git looks where it was told to", async () => {
    const inherited = { ...environment, GIT_DIR: "/nowhere", GIT_WORK_TREE: "/nowhere", GIT_INDEX_FILE: "/nowhere" };
    const own = gitWorkTrees({ exec: nodeExec({ environment: inherited }) });
    expect(await own.look(tree)).toMatchObject({ kind: "seen", branch: "run-1" });
  });

  test("what cannot be created is refused, and says why", async () => {
    const other = { ...tree, repository, path: join(folder.path, "other"), branch: "run-2" };
    const codeOf = async (changes: Partial<typeof other>): Promise<string> => {
      const made = await trees.create({ ...other, ...changes });
      return made.kind === "refused" ? made.code : made.kind === "failed" ? made.failure.code : made.kind;
    };
    expect(await codeOf({ branch: "run-1" })).toBe("branch-taken");
    expect(await codeOf({ path: repository })).toBe("path-taken");
    expect(await codeOf({ branch: "a..b" })).toBe("name-invalid");
    expect(await codeOf({ branch: "--orphan" })).toBe("name-invalid");
    expect(await codeOf({ branch: "a\u001b[31m" })).toBe("name-invalid");
    expect(await codeOf({ base: "none" })).toBe("base-unknown");
    expect(await codeOf({ repository: join(folder.path, "none") })).toBe("folder-missing");
    expect(await codeOf({})).toBe("created");
    git(repository, "branch", "run-3");
    expect(await codeOf({ branch: "run-3", path: join(folder.path, "third") })).toBe("created");
  });

  test("a work tree with changes is removed only by force, and its branch stays", async () => {
    writeFileSync(join(tree.path, "first"), "changed");
    const target = { repository, path: tree.path };
    expect(await trees.remove({ ...target, force: false })).toMatchObject({ kind: "refused", code: "not-clean" });
    expect(await trees.remove({ ...target, force: true })).toEqual({ kind: "removed" });
    expect(await trees.remove({ ...target, force: false })).toEqual({ kind: "absent" });
    expect(git(repository, "branch", "--list", "run-1")).toContain("run-1");
    expect(await trees.remove({ ...target, path: repository, force: true })).toMatchObject({ kind: "failed" });
  });
});

describe("git that does not answer", () => {
  const seen = () => ({ ...tree, path: folder.path });

  test("a missing git is named with its package and what does not work", async () => {
    const sight = await gitWorkTrees(pretending(programMissing)).look(seen());
    expect(sight).toMatchObject({ kind: "invisible", failure: { code: "program-missing" } });
    expect(JSON.stringify(sight)).toContain("Install the package git");
    expect(await gitWorkTrees(pretending(programMissing)).availability()).toMatchObject({ kind: "invisible" });
  });

  test.each([
    ["timed-out", { kind: "timed-out" }],
    ["oversized", { kind: "oversized" }],
    ["program-failed", ended("", "fatal: detected dubious ownership in repository at '/w'", 128)],
    ["program-failed", { kind: "ended", status: null, signal: "SIGKILL", output: new Uint8Array(), errors: "" }],
  ] as const)("%s is invisible", async (code, execution) => {
    expect(await gitWorkTrees(pretending(execution)).look(seen())).toMatchObject({ failure: { code } });
  });

  test("an answer that is none is garbled, not clean", async () => {
    const status = await gitWorkTrees(pretending(ended(`${folder.path}\n`), ended("garbage"))).look(seen());
    expect(status).toMatchObject({ failure: { code: "garbled" } });
    const header = ended(`# branch.oid ${"a".repeat(40)}\0# branch.head run-1\0`);
    const answers = [ended(`${folder.path}\n`), header, ended(`${"b".repeat(40)}\n`), ended(`${"c".repeat(40)}\n`)];
    const counted = await gitWorkTrees(pretending(...answers, ended("many"))).look(seen());
    expect(counted).toMatchObject({ failure: { code: "garbled" } });
  });

  test("every call is bounded, without prompts and without optional locks", async () => {
    const { exec, asked } = pretending(programMissing);
    await gitWorkTrees({ exec }).look(seen());
    expect(asked[0]).toMatchObject({
      cwd: folder.path,
      deadlineMs: 10_000,
      keep: "head",
      env: { GIT_OPTIONAL_LOCKS: "0", GIT_TERMINAL_PROMPT: "0", GIT_DIR: null },
    });
  });
});
