/**
 * Issues and pull requests kept in files that people edit: one Markdown file for each issue, one JSON file for
 * all pull requests. A file is replaced as a whole, never half.
 *
 * For people and scripts beside the host; none of the host's own state is kept here.
 */
import { randomBytes } from "node:crypto";
import { open, readFile, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";

import { isMap, parseDocument } from "yaml";
import { z } from "zod";

import { fieldProblem } from "../../spec/vocabulary/field-problem.js";
import { type Invisible, invisible, quoted } from "./failure.js";
import { type IssueChanged, type IssueSight, type Issues, issueStatuses } from "./issues.js";
import { printable } from "./plain-text.js";
import type { PullRequestList, PullRequests } from "./pull-requests.js";

/** Bytes of one file. */
const fileBytesMax = 1_048_576;

type Text = { readonly kind: "text"; readonly text: string } | { readonly kind: "absent" } | Invisible;

async function textOf(path: string, doing: string): Promise<Text> {
  try {
    const { size } = await stat(path);
    if (size > fileBytesMax)
      return invisible("oversized", `${doing}: ${size} bytes, at most ${fileBytesMax} are read.`);
    return { kind: "text", text: await readFile(path, "utf8") };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") return { kind: "absent" };
    return invisible("not-permitted", `${doing}: the file system answered ${code ?? "unknown"}.`);
  }
}

/** The front matter between two lines of three dashes, and what follows. */
const matter = /^\uFEFF?---\r?\n((?:.*\r?\n)*?)---[ \t]*(?:\r?\n|$)/;

const front = z.object({
  title: z.string().optional(),
  status: z.enum(issueStatuses).default("open"),
});

/** `ID.md` in one folder, with `title` and `status` (`open`, `resolved`, `closed`) as YAML front matter. */
export function fileIssues(directory: string): Issues {
  const show = async (id: string): Promise<IssueSight> => {
    const found = await issueAt(directory, id);
    return found.kind === "issue" ? { kind: "found", issue: found.issue } : found;
  };
  return { show, resolve: (id) => resolve(directory, id) };
}

type IssueText =
  | { readonly kind: "issue"; readonly issue: Extract<IssueSight, { kind: "found" }>["issue"]; readonly text: string; readonly path: string }
  | { readonly kind: "absent" }
  | Invisible;

async function issueAt(directory: string, id: string): Promise<IssueText> {
  const doing = `reading issue ${quoted(id)}`;
  // An id names a file of this folder and nothing else.
  if (!/^[\p{L}\p{N}][\p{L}\p{N} ._-]{0,199}$/u.test(id)) return { kind: "absent" };
  const path = join(directory, `${id}.md`);
  const found = await textOf(path, doing);
  if (found.kind !== "text") return found;
  const document = parseDocument(matter.exec(found.text)?.[1] ?? "");
  const fields = front.safeParse(document.errors.length > 0 ? "" : (document.toJS() ?? {}));
  if (!fields.success)
    return invisible(
      "garbled",
      `${doing}: the front matter of ${printable(path)} has no title as text or no status among ` +
        `${issueStatuses.join(", ")}. Mend it there.`,
    );
  const issue = { id, title: fields.data.title ?? headingOf(found.text) ?? id, status: fields.data.status };
  return { kind: "issue", issue, text: found.text, path };
}

function headingOf(text: string): string | undefined {
  return /^# (.+)$/m.exec(text)?.[1]?.trim();
}

async function resolve(directory: string, id: string): Promise<IssueChanged> {
  const found = await issueAt(directory, id);
  if (found.kind === "absent") return found;
  if (found.kind === "invisible") return { kind: "failed", failure: found.failure };
  if (found.issue.status !== "open") return { kind: "unchanged", status: found.issue.status };
  try {
    await replaced(found.path, withStatus(found.text));
    return { kind: "resolved" };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    const { failure } = invisible(
      "not-permitted",
      `resolving issue ${quoted(id)}: writing ${printable(found.path)} met ${code}. Look at its folder's permissions.`,
    );
    return { kind: "failed", failure };
  }
}

/** Comments and order of the front matter stay as they are. */
function withStatus(text: string): string {
  const match = matter.exec(text);
  const document = parseDocument(match?.[1] ?? "");
  if (!isMap(document.contents)) return `---\nstatus: resolved\n---\n${text.slice(match?.[0].length ?? 0)}`;
  document.set("status", "resolved");
  return `---\n${document.toString()}---\n${text.slice(match?.[0].length ?? 0)}`;
}

/** Written beside, made durable, then renamed over: a reader sees the old file or the new one. */
async function replaced(path: string, text: string): Promise<void> {
  const beside = `${path}.${randomBytes(6).toString("hex")}`;
  const { mode } = await stat(path);
  try {
    const file = await open(beside, "wx", mode & 0o777);
    try {
      await file.writeFile(text, "utf8");
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(beside, path);
  } catch (error) {
    await rm(beside, { force: true });
    throw error;
  }
}

const pullRequestFile = z.array(
  z.strictObject({
    url: z.string().min(1).max(2_000),
    outcome: z.enum(["open", "merged", "closed"]),
    headBranch: z.string(),
    fromFork: z.boolean().default(false),
    endedAt: z.int().nullable().default(null),
  }),
);

/** A JSON file: a list of pull requests, newest first. No file: no pull requests. */
export function filePullRequests(path: string): PullRequests {
  const read = async (): Promise<PullRequestList> => {
    const doing = `reading the pull requests in ${printable(path)}`;
    const found = await textOf(path, doing);
    if (found.kind === "invisible") return found;
    if (found.kind === "absent") return { kind: "listed", pullRequests: [] };
    const document = jsonOf(found.text);
    if (document === undefined) return invisible("garbled", `${doing}: it is no JSON. Mend it there.`);
    const parsed = pullRequestFile.safeParse(document);
    if (parsed.success) return { kind: "listed", pullRequests: parsed.data };
    const problem = fieldProblem(parsed.error.issues[0], document);
    const place = problem.field === "" ? "it" : problem.field;
    return invisible("garbled", `${doing}: ${place} is ${printable(problem.found)}: ${problem.hint}. Mend it there.`);
  };
  const filtered = async (keeps: (each: { url: string; headBranch: string }) => boolean): Promise<PullRequestList> => {
    const list = await read();
    return list.kind === "listed" ? { ...list, pullRequests: list.pullRequests.filter(keeps) } : list;
  };
  return {
    ofBranch: (branch) => filtered(({ headBranch }) => headBranch === branch),
    at: (url) => filtered((each) => each.url === url),
  };
}

/** Undefined: no JSON. */
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
