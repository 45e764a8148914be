/**
 * Pull requests and issues of GitHub by way of its command line program `gh`, which holds the credentials.
 *
 * Answers are parsed as JSON and checked. A pull request that GitHub says is not there is absent; every other refusal
 * of `gh` is blindness, the lack of a remote included.
 */
import { z } from "zod";

import { fieldProblem } from "../../spec/vocabulary/field-problem.js";
import { type Command, type Exec, type Execution } from "./exec.js";
import { type Failure, type Invisible, type Tool, failure, failureOf, invisible, quoted } from "./failure.js";
import type { Issue, IssueChanged, IssueSight, Issues } from "./issues.js";
import { decode, hasControl, printable } from "./plain-text.js";
import type { PullRequest, PullRequestList, PullRequests } from "./pull-requests.js";

/** Which repository is asked about, and how `gh` is called; the deadline is in milliseconds. */
export interface GhOptions {
  readonly exec: Exec;
  /** A work tree of the repository. */
  readonly repository: string;
  /** `[host/]owner/name`, where the remotes do not say it. */
  readonly name?: string;
  /** Whose repository runs push to, when it is a fork: its branches are the run's own then, and no others. */
  readonly headOwner?: string;
  readonly deadlineMs?: number;
  readonly outputMax?: number;
}

/** The GitHub command line program, for messages about its absence. */
export const ghTool: Tool = {
  program: "gh",
  package: "gh (GitHub CLI)",
  without: "pull requests of GitHub are not seen; list them in a file, or watch runs without them",
};

const environment = {
  GH_PROMPT_DISABLED: "1",
  GH_NO_UPDATE_NOTIFIER: "1",
  GH_PAGER: "cat",
  NO_COLOR: "1",
  CLICOLOR_FORCE: null,
  GH_FORCE_TTY: null,
  GH_REPO: null,
  GIT_TERMINAL_PROMPT: "0",
} as const;

/** `gh` ends so when nobody is signed in. */
const signInStatus = 4;

/** Pull requests of one branch that are looked at. */
const listMax = 20;

const pullRequestFields = "url,state,headRefName,isCrossRepository,headRepositoryOwner,closedAt";

const ghPullRequest = z.object({
  url: z.string().min(1).max(2_000),
  state: z.enum(["OPEN", "MERGED", "CLOSED"]),
  headRefName: z.string(),
  isCrossRepository: z.boolean(),
  headRepositoryOwner: z.object({ login: z.string() }).nullish(),
  closedAt: z.string().nullish(),
});

const outcomes = { OPEN: "open", MERGED: "merged", CLOSED: "closed" } as const;

function pullRequestOf(
  { url, state, headRefName, closedAt, ...found }: z.infer<typeof ghPullRequest>,
  headOwner: string | undefined,
): PullRequest {
  const ended = closedAt ? Date.parse(closedAt) : Number.NaN;
  const owner = found.headRepositoryOwner?.login.toLowerCase();
  return {
    url,
    outcome: outcomes[state],
    headBranch: headRefName,
    fromFork: headOwner === undefined ? found.isCrossRepository : owner !== headOwner.toLowerCase(),
    endedAt: Number.isNaN(ended) ? null : ended,
  };
}

type Answer<T> =
  | { readonly kind: "answered"; readonly value: T }
  | { readonly kind: "not-found" }
  | Invisible;

type Gh = <T>(doing: string, args: readonly string[], schema: z.ZodType<T>) => Promise<Answer<T>>;

/** Pull requests of GitHub, each looked up anew at every call. */
export function ghPullRequests(options: GhOptions): PullRequests {
  const gh = ghOf(options);
  const listOf = (answer: Answer<readonly z.infer<typeof ghPullRequest>[]>): PullRequestList => {
    if (answer.kind === "invisible") return answer;
    const found = answer.kind === "answered" ? answer.value : [];
    return { kind: "listed", pullRequests: found.map((one) => pullRequestOf(one, options.headOwner)) };
  };
  return {
    ofBranch: async (branch) => {
      if (branch === "" || hasControl(branch)) return { kind: "listed", pullRequests: [] };
      const args = ["pr", "list", `--head=${branch}`, "--state=all", `--limit=${listMax}`];
      return listOf(
        await gh(
          `listing the pull requests of branch ${quoted(branch)}`,
          [...args, `--json=${pullRequestFields}`],
          z.array(ghPullRequest),
        ),
      );
    },
    at: async (url) => {
      if (!/^https:\/\/[!-~]+$/.test(url)) return { kind: "listed", pullRequests: [] };
      const args = ["pr", "view", `--json=${pullRequestFields}`, "--", url];
      return listOf(
        await gh(`looking at the pull request ${quoted(url)}`, args, ghPullRequest.transform((one) => [one])),
      );
    },
  };
}

const ghIssue = z
  .object({ number: z.int(), title: z.string(), state: z.enum(["OPEN", "CLOSED"]), stateReason: z.string().nullish() })
  .transform(({ number, title, state, stateReason }): Issue => {
    const closed = stateReason === "NOT_PLANNED" || stateReason === "DUPLICATE" ? "closed" : "resolved";
    return { id: String(number), title, status: state === "OPEN" ? "open" : closed };
  });

/** Issues of GitHub, by number. */
export function ghIssues(options: GhOptions): Issues {
  const gh = ghOf(options);
  const show = async (id: string): Promise<IssueSight> => {
    if (!/^[1-9]\d{0,9}$/.test(id)) return { kind: "absent" };
    const args = ["issue", "view", id, "--json=number,title,state,stateReason"];
    const answer = await gh(`looking at issue ${id}`, args, ghIssue);
    if (answer.kind === "answered") return { kind: "found", issue: answer.value };
    return answer.kind === "invisible" ? answer : { kind: "absent" };
  };
  return {
    show,
    resolve: async (id): Promise<IssueChanged> => {
      const found = await show(id);
      if (found.kind === "absent") return found;
      if (found.kind === "invisible") return { kind: "failed", failure: found.failure };
      if (found.issue.status !== "open") return { kind: "unchanged", status: found.issue.status };
      const doing = `resolving issue ${id}`;
      const command = commandOf(options, ["issue", "close", id, "--reason=completed"]);
      const execution = await options.exec(command);
      return execution.kind === "ended" && execution.status === 0
        ? { kind: "resolved" }
        : { kind: "failed", failure: whyUnseen(doing, command, execution) };
    },
  };
}

function commandOf(options: GhOptions, args: readonly string[]): Command {
  const { repository, name, deadlineMs = 20_000, outputMax = 1_048_576 } = options;
  return {
    program: ghTool.program,
    args,
    cwd: repository,
    env: { ...environment, GH_REPO: name ?? null },
    deadlineMs,
    outputMax,
    keep: "head",
  };
}

function ghOf(options: GhOptions): Gh {
  return async (doing, args, schema) => {
    const command = commandOf(options, args);
    const execution = await options.exec(command);
    if (execution.kind === "ended" && execution.status === 0)
      return parsed(doing, decode(execution.output), schema);
    const words = execution.kind === "ended" ? execution.errors : "";
    if (/Could not resolve to an? (PullRequest|Issue|issue or pull request)\b|no pull requests found for/.test(words))
      return { kind: "not-found" };
    return { kind: "invisible", failure: whyUnseen(doing, command, execution) };
  };
}

/** Nothing that `gh` could not find out says anything about a pull request. */
function whyUnseen(doing: string, command: Command, execution: Execution): Failure {
  if (execution.kind !== "ended") return failureOf(doing, ghTool, command, execution);
  const { status, errors } = execution;
  if (status === signInStatus || /^HTTP 401\b/m.test(errors)) {
    const found = status === signInStatus ? "" : ` It said ${quoted(errors)}.`;
    const doNow = 'Run "gh auth login" as the user of the host, or set GH_TOKEN.';
    return failure("sign-in-needed", `${doing}: gh is not signed in.${found} ${doNow}`);
  }
  if (/rate limit/i.test(errors)) {
    const doNow = 'It is asked again at every look; "gh api rate_limit" says when the limit is over.';
    return failure("rate-limited", `${doing}: GitHub answers no more for now: ${quoted(errors)}. ${doNow}`);
  }
  return failureOf(doing, ghTool, command, execution);
}

function parsed<T>(doing: string, text: string, schema: z.ZodType<T>): Answer<T> {
  try {
    const answer: unknown = JSON.parse(text);
    const result = schema.safeParse(answer);
    if (result.success) return { kind: "answered", value: result.data };
    const { field, found, hint } = fieldProblem(result.error.issues[0], answer);
    const place = field === "" ? "it" : field;
    return invisible(
      "garbled",
      `${doing}: gh answered something else than was asked for: ${place} is ${printable(found)}: ${hint}.`,
    );
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return invisible("garbled", `${doing}: gh answered no JSON: ${quoted(text.slice(0, 200))}.`);
  }
}
