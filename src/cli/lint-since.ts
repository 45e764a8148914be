/** Files that differ from a git revision, those that git does not know yet included. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";

import { UsageError } from "./exit.js";

const run = promisify(execFile);
/** Longest list of names that is taken. */
const bytesMax = 64 * 1024 * 1024;

/** Paths relative to the root. */
export async function changedSince(root: string, revision: string): Promise<ReadonlySet<string>> {
  await git(root, revision, [
    "rev-parse",
    "--verify",
    "--quiet",
    "--end-of-options",
    `${revision}^{commit}`,
  ]);
  const changed = await git(root, revision, [
    "diff",
    "--name-only",
    "-z",
    "--relative",
    "--end-of-options",
    revision,
    "--",
  ]);
  const added = await git(root, revision, ["ls-files", "--others", "--exclude-standard", "-z"]);
  return new Set(`${changed}${added}`.split("\0").filter((name) => name !== ""));
}

async function git(root: string, revision: string, args: readonly string[]): Promise<string> {
  try {
    const { stdout } = await run("git", ["-C", root, ...args], { maxBuffer: bytesMax });
    return stdout;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const why =
      "stderr" in error && String(error.stderr).trim() !== ""
        ? String(error.stderr).trim()
        : "git knows no such revision";
    throw new UsageError(`--since ${revision}: ${why.split("\n")[0] ?? why}, below ${root}.`);
  }
}
