/**
 * The gatherer of GitHub against an executable that stands in for `gh`: real processes, arguments checked by the
 * other side, every way in which it cannot answer. None of them is ever read as "there is none" or "closed".
 */
import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

import { gatherEvidence, ghIssues, ghPullRequests, nodeExec, observePullRequest } from "../src/gather/index.js";
import type { GhOptions, ObservedRun, WorkTrees } from "../src/gather/index.js";
import { temporaryFolder } from "./harness/gathering.js";
import { type GhWorld, ghStandIn } from "./harness/gh-standin.js";

const now = { ageMax: 0 };
let folder: ReturnType<typeof temporaryFolder>;
let standIn: ReturnType<typeof ghStandIn>;

beforeEach(() => {
  folder = temporaryFolder("gh");
  standIn = ghStandIn(folder.path);
});
afterEach(() => folder.remove());

function options(changes: Partial<GhOptions> = {}): GhOptions {
  const environment = { ...process.env, PATH: `${standIn.bin}${delimiter}${process.env["PATH"] ?? ""}` };
  return { exec: nodeExec({ environment }), repository: folder.path, ...changes };
}

const calls = (): unknown[] =>
  readFileSync(join(standIn.bin, "calls.ndjson"), "utf8").trim().split("\n").map((line) => JSON.parse(line) as unknown);

const run: ObservedRun = { branch: "fix", prUrl: null, prRecorded: false, tree: { path: "/tree", base: "b" } } as unknown as ObservedRun;
/** Clean: with "no pull request" beside it, a run whose session is gone would fail. */
const workTrees = { look: () => Promise.resolve({ kind: "seen", ahead: 0, dirty: false }) } as unknown as WorkTrees;

describe("what gh shows", () => {
  test("all pull requests of the branch, whatever became of them, and no others", async () => {
    const closedAt = "2026-03-04T05:06:07Z";
    standIn.shows({
      pullRequests: [
        { number: 3, state: "OPEN", headRefName: "fix" },
        { number: 2, state: "MERGED", headRefName: "fix", closedAt },
        { number: 1, state: "CLOSED", headRefName: "fix", closedAt, isCrossRepository: true, owner: "stranger" },
        { number: 4, state: "OPEN", headRefName: "fix-2" },
      ],
    });
    const list = await ghPullRequests(options()).ofBranch("fix", now);
    expect(list.kind === "listed" && list.pullRequests.map(({ url, outcome, fromFork }) => [url.slice(-1), outcome, fromFork])).toEqual([
      ["3", "open", false],
      ["2", "merged", false],
      ["1", "closed", true],
    ]);
    expect(calls()).toEqual([{ args: expect.arrayContaining(["--head=fix", "--state=all"]) as unknown, prompt: "1" }]);
  });

  test("one at its URL, and none where there is none", async () => {
    standIn.shows({ pullRequests: [{ number: 3, state: "CLOSED", headRefName: "fix", closedAt: "2026-03-04T05:06:07Z" }] });
    const port = ghPullRequests(options());
    expect(await port.at("https://github.com/o/r/pull/3", now)).toMatchObject({ pullRequests: [{ outcome: "closed" }] });
    expect(await port.at("https://github.com/o/r/pull/9", now)).toEqual({ kind: "listed", pullRequests: [] });
    expect(await port.ofBranch("none", now)).toEqual({ kind: "listed", pullRequests: [] });
  });

  test("a branch whose name looks like an option is a branch", async () => {
    standIn.shows({ pullRequests: [{ number: 3, state: "OPEN", headRefName: "--web" }] });
    expect(await ghPullRequests(options()).ofBranch("--web", now)).toMatchObject({ pullRequests: [{ outcome: "open" }] });
  });

  test("issues are found, closed and absent as gh says", async () => {
    standIn.shows({ issues: [{ number: 7, state: "OPEN", stateReason: "" }, { number: 8, state: "CLOSED", stateReason: "NOT_PLANNED" }] });
    const issues = ghIssues(options());
    expect(await issues.resolve("7")).toEqual({ kind: "resolved" });
    expect(await issues.resolve("8")).toEqual({ kind: "unchanged", status: "closed" });
    expect(await issues.show("9")).toEqual({ kind: "absent" });
  });
});

const errors: readonly (readonly [string, NonNullable<GhWorld["fails"]>, string])[] = [
  ["nobody is signed in", { status: 4, errors: "To get started with GitHub CLI, please run:  gh auth login\nAlternatively, populate the GH_TOKEN environment variable with a GitHub API authentication token.\n" }, "sign-in-needed"],
  ["the token is wrong", { status: 1, errors: "HTTP 401: Bad credentials (https://api.github.com/graphql)\nTry authenticating with:  gh auth login\n" }, "sign-in-needed"],
  ["it is no repository", { status: 1, errors: "failed to run git: fatal: not a git repository (or any of the parent directories): .git\n\n" }, "program-failed"],
  ["it has no remotes", { status: 1, errors: "no git remotes found\n" }, "program-failed"],
  ["no remote is GitHub's", { status: 1, errors: "none of the git remotes configured for this repository point to a known GitHub host. To tell gh about a new GitHub host, please use `gh auth login`\n" }, "program-failed"],
  ["the repository cannot be seen", { status: 1, errors: "GraphQL: Could not resolve to a Repository with the name 'o/r'. (repository)\n" }, "program-failed"],
  ["the rate limit is used up", { status: 1, errors: "GraphQL: API rate limit already exceeded for user ID 1234567.\n" }, "rate-limited"],
  ["a secondary rate limit holds", { status: 1, errors: "HTTP 403: You have exceeded a secondary rate limit. Please wait a few minutes before you try again. (https://api.github.com/graphql)\n" }, "rate-limited"],
  ["an organization wants single sign-on", { status: 1, errors: "GraphQL: Resource protected by organization SAML enforcement. You must grant your OAuth token access to this organization. (repository)\n" }, "program-failed"],
  ["GitHub is down", { status: 1, errors: "HTTP 502: Bad Gateway (https://api.github.com/graphql)\n" }, "program-failed"],
  ["the network is down", { status: 1, errors: "error connecting to api.github.com\ncheck your internet connection or https://githubstatus.com\n" }, "program-failed"],
  ["it was cancelled", { status: 2, errors: "" }, "program-failed"],
  ["it failed after it had answered", { status: 1, errors: "GraphQL: something went wrong\n", output: "[]\n" }, "program-failed"],
  ["it said nothing and called that success", { status: 0, errors: "" }, "garbled"],
  ["it answered half a list", { status: 0, errors: "", output: '[{"url":"https://git' }, "garbled"],
  ["it answered with something else", { status: 0, errors: "", output: '{"message":"API rate limit exceeded"}' }, "garbled"],
  ["its text would act on a terminal", { status: 1, errors: "\u001b]0;owned\u0007\u009b2J\n" }, "program-failed"],
];

describe("what gh cannot show is not seen", () => {
  test.each(errors)("when %s", async (_, fails, code) => {
    standIn.shows({ pullRequests: [{ number: 3, state: "OPEN", headRefName: "fix" }], fails });
    const port = ghPullRequests(options());
    const known = { ...run, prUrl: "https://github.com/o/r/pull/3", prRecorded: true };
    const failure = { kind: "invisible", failure: { code } };
    const seen = await Promise.all([
      port.ofBranch("fix", now),
      port.at(known.prUrl, now),
      observePullRequest(port, run, now),
      observePullRequest(port, known, now),
      gatherEvidence({ pullRequests: port, workTrees }, run, "local:1"),
      gatherEvidence({ pullRequests: port, workTrees }, known, "local:1"),
    ]);
    for (const one of seen) {
      expect(one).toMatchObject(failure);
      expect(/\p{Cc}/u.test("failure" in one ? one.failure.message : "\n")).toBe(false);
    }
    expect(await ghIssues(options()).show("7")).toMatchObject(failure);
    expect(await ghIssues(options()).resolve("7")).toMatchObject({ kind: "failed", failure: { code } });
  });

  test("when it hangs, within the deadline", async () => {
    standIn.shows({ hangs: true });
    const list = await ghPullRequests(options({ deadlineMs: 300 })).ofBranch("fix", now);
    expect(list).toMatchObject({ kind: "invisible", failure: { code: "timed-out" } });
  });

  test("when it is killed", async () => {
    writeFileSync(join(standIn.bin, "gh"), "#!/bin/sh\nkill -KILL $$\n");
    expect(await ghPullRequests(options()).ofBranch("fix", now)).toMatchObject({ kind: "invisible", failure: { code: "program-failed" } });
  });

  test("when it may not be executed", async () => {
    chmodSync(join(standIn.bin, "gh"), 0o644);
    const only = { exec: nodeExec({ environment: { PATH: standIn.bin } }) };
    expect(await ghPullRequests(options(only)).ofBranch("fix", now)).toMatchObject({ kind: "invisible" });
  });

  test("when it is too old to know a field or an option", async () => {
    standIn.shows({ fails: { status: 1, errors: "unknown flag: --json\n\nUsage:  gh pr list [flags]\n" } });
    const list = await ghPullRequests(options()).ofBranch("fix", now);
    expect(list.kind === "invisible" && list.failure.message).toContain("unknown flag: --json");
  });
});
