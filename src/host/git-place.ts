/** Where a run is started: the top of the work tree of git around a folder, its commit, and where its remotes lie. */
import { dirname } from "node:path";

import { type Command, type Exec, type Failure, failureOf, gitTool } from "../gather/index.js";

export type GitPlace =
  | { readonly kind: "tree"; readonly top: string; readonly commit: string | null; readonly onGitHub: boolean }
  | { readonly kind: "none" }
  | { readonly kind: "unseen"; readonly failure: Failure };

const environment = {
  LC_ALL: "C",
  GIT_OPTIONAL_LOCKS: "0",
  GIT_TERMINAL_PROMPT: "0",
  GIT_DIR: null,
  GIT_WORK_TREE: null,
  GIT_INDEX_FILE: null,
} as const;

export async function gitPlace(exec: Exec, directory: string): Promise<GitPlace> {
  const top = await asked(exec, directory, ["rev-parse", "--show-toplevel"]);
  if (top.kind === "unseen") return top;
  if (top.kind === "denied") return { kind: "none" };
  const folder = top.text.replace(/\n$/, "");
  const [commit, remotes] = await Promise.all([
    commitAt(exec, folder, "HEAD"),
    asked(exec, folder, ["config", "--get-regexp", String.raw`^remote\..*\.url$`]),
  ]);
  return {
    kind: "tree",
    top: folder,
    commit,
    onGitHub: remotes.kind === "answered" && /[@/.]github\.com[:/]/.test(remotes.text),
  };
}

/** The commit of a name; null: there is none, or it could not be asked. */
export async function commitAt(exec: Exec, folder: string, name: string): Promise<string | null> {
  const args = ["rev-parse", "--verify", "--quiet", "--end-of-options", `${name}^{commit}`];
  const answer = await asked(exec, folder, args);
  const commit = answer.kind === "answered" ? answer.text.trim() : "";
  return /^[0-9a-f]{40,64}$/.test(commit) ? commit : null;
}

type Answer =
  | { readonly kind: "answered"; readonly text: string }
  | { readonly kind: "denied" }
  | Extract<GitPlace, { readonly kind: "unseen" }>;

async function asked(exec: Exec, folder: string, args: readonly string[]): Promise<Answer> {
  const command: Command = {
    program: gitTool.program,
    args: ["-c", "core.fsmonitor=false", ...args],
    cwd: folder,
    env: environment,
    deadlineMs: 10_000,
    outputMax: 262_144,
    keep: "head",
  };
  const execution = await exec(command);
  if (execution.kind === "ended" && execution.status === 0)
    return { kind: "answered", text: new TextDecoder().decode(execution.output) };
  if (execution.kind === "ended" && execution.status !== null) return { kind: "denied" };
  return { kind: "unseen", failure: failureOf(`looking for git around ${dirname(`${folder}/x`)}`, gitTool, command, execution) };
}
