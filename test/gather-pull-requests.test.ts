/**
 * Pull requests and issues: whose they are (L12), what `gh` says, what files say, and what nobody could see.
 * `gh` is pretended; its answers have the form that its manual describes.
 */
import { chmodSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

import {
  type Execution,
  type PullRequest,
  type PullRequests,
  cachedPullRequests,
  deciding,
  fileIssues,
  filePullRequests,
  ghIssues,
  ghPullRequests,
  nodeExec,
  noPullRequests,
  ownedOf,
  ownedPullRequest,
  pullRequestUrls,
} from "../src/gather/index.js";
import { ended, pretending, programMissing, temporaryFolder } from "./harness/gathering.js";

const now = { ageMax: 0 };
const one: PullRequest = {
  url: "https://github.com/o/r/pull/1",
  outcome: "open",
  headBranch: "run-1",
  fromFork: false,
  endedAt: null,
};

let folder: ReturnType<typeof temporaryFolder>;
beforeEach(() => {
  folder = temporaryFolder("pr");
});
afterEach(() => folder.remove());

describe("whose a pull request is (L12)", () => {
  test.each([
    ["its head is the run's branch", one, "run-1", true],
    ["its head is another branch", { ...one, headBranch: "run-10" }, "run-1", false],
    ["its head differs in case", { ...one, headBranch: "Run-1" }, "run-1", false],
    ["its head lies in a fork", { ...one, fromFork: true }, "run-1", false],
    ["the run has no branch", one, null, false],
    ["the run's branch is empty, and so is the head", { ...one, headBranch: "" }, "", false],
  ])("%s", (_, pullRequest, branch, owned) => {
    expect(ownedPullRequest(pullRequest, { branch }) !== null).toBe(owned);
  });

  test("one that ended before the run started belongs to an earlier run", () => {
    const merged: PullRequest = { ...one, outcome: "merged", endedAt: 999 };
    const of = { branch: "run-1", notEndedBefore: 1_000 };
    expect(ownedOf([merged, { ...merged, endedAt: 1_000 }, one], of)).toEqual([{ ...merged, endedAt: 1_000 }, one]);
  });

  test("an open one decides before a merged one, and a merged one before a closed one", () => {
    const all = (["closed", "merged", "open"] as const).map((outcome) => ({ ...one, outcome }));
    const decidingOf = (list: readonly PullRequest[]) => deciding(ownedOf(list, { branch: "run-1" }))?.outcome;
    expect(decidingOf(all)).toBe("open");
    expect(decidingOf(all.slice(0, 2))).toBe("merged");
    expect(decidingOf(all.slice(0, 1))).toBe("closed");
    expect(decidingOf([])).toBeUndefined();
  });
});

describe("URLs in a pane", () => {
  test("of GitHub and of GitLab are found, last first, each once", () => {
    const text =
      "see https://github.com/o/r/pull/1, (https://git.example.org:8443/g/s/p/-/merge_requests/22)\n" +
      "https://github.com/o/r/pull/1 https://github.com/o/r/pull/3.";
    expect(pullRequestUrls(text)).toEqual([
      "https://github.com/o/r/pull/3",
      "https://github.com/o/r/pull/1",
      "https://git.example.org:8443/g/s/p/-/merge_requests/22",
    ]);
  });

  test.each([
    "http://github.com/o/r/pull/1",
    "https://github.com/o/r/pull/new",
    "https://github.com/o/r/pull/1x",
    "https://github.com/o/r/issues/1",
    "https://user@github.com/o/r/pull/1",
  ])("%s is none", (text) => {
    expect(pullRequestUrls(text)).toEqual([]);
  });

  test("there is a bound, and a long line does not hang", () => {
    const many = Array.from({ length: 100 }, (_, at) => `https://github.com/o/r/pull/${at}`).join(" ");
    expect(pullRequestUrls(many)).toHaveLength(20);
    expect(pullRequestUrls(`https://${"a/".repeat(20_000)}`)).toEqual([]);
  });
});

const row = {
  url: one.url,
  state: "OPEN",
  headRefName: "run-1",
  isCrossRepository: false,
  headRepositoryOwner: { login: "o" },
  closedAt: null,
};
const found = (...rows: readonly unknown[]) => ended(JSON.stringify(rows));

describe("pull requests by gh", () => {
  const gh = (...answers: readonly Execution[]) => {
    const { exec, asked } = pretending(...answers);
    return { port: ghPullRequests({ exec, repository: folder.path }), asked };
  };

  test("the branch's pull requests are listed, in every state", async () => {
    const closedAt = "2026-01-02T03:04:05Z";
    const { port, asked } = gh(found(row, { ...row, state: "MERGED", closedAt, isCrossRepository: true }));
    expect(await port.ofBranch("run-1", now)).toEqual({
      kind: "listed",
      pullRequests: [one, { ...one, outcome: "merged", fromFork: true, endedAt: Date.parse(closedAt) }],
    });
    expect(asked[0]?.args).toContain("--head=run-1");
    expect(asked[0]?.args).toContain("--state=all");
    expect(asked[0]).toMatchObject({ cwd: folder.path, env: { GH_PROMPT_DISABLED: "1", GH_REPO: null } });
  });

  test("where runs push to a fork, its branches are theirs and no others", async () => {
    const { exec } = pretending(
      found({ ...row, isCrossRepository: true }, { ...row, headRepositoryOwner: { login: "other" } }, { ...row, headRepositoryOwner: null }),
    );
    const list = await ghPullRequests({ exec, repository: folder.path, headOwner: "O" }).ofBranch("run-1", now);
    expect(list.kind === "listed" && list.pullRequests.map(({ fromFork }) => fromFork)).toEqual([false, true, true]);
  });

  test("a known URL is looked up, and one that is none is not asked about", async () => {
    const { port, asked } = gh(ended(JSON.stringify({ ...row, state: "CLOSED" })));
    expect(await port.at(one.url, now)).toMatchObject({ pullRequests: [{ outcome: "closed" }] });
    expect(await port.at("--web", now)).toEqual({ kind: "listed", pullRequests: [] });
    expect(await port.ofBranch("", now)).toEqual({ kind: "listed", pullRequests: [] });
    expect(asked).toHaveLength(1);
    expect(asked[0]?.args.slice(-2)).toEqual(["--", one.url]);
  });

  test("a repository without remotes is one that cannot be seen", async () => {
    const { port } = gh(ended("", "no git remotes found\n", 1));
    expect(await port.ofBranch("run-1", now)).toMatchObject({ kind: "invisible", failure: { code: "program-failed" } });
  });

  test("a pull request that does not exist is none", async () => {
    const words = "GraphQL: Could not resolve to a PullRequest with the number of 1. (repository.pullRequest)\n";
    expect(await gh(ended("", words, 1)).port.at(one.url, now)).toEqual({ kind: "listed", pullRequests: [] });
  });

  test.each([
    ["program-missing", programMissing],
    ["timed-out", { kind: "timed-out" }],
    ["oversized", { kind: "oversized" }],
    ["folder-missing", { kind: "not-started", cause: "folder-missing", detail: "spawn gh ENOENT" }],
    ["sign-in-needed", ended("", "To get started with GitHub CLI, please run: gh auth login", 4)],
    ["program-failed", ended("", "error connecting to api.github.com", 1)],
    ["program-failed", ended("", "none of the git remotes configured for this repository point to a known GitHub host.", 1)],
    ["garbled", ended("<html>\u001b[31mrate limited</html>")],
    ["garbled", ended("{}")],
    ["garbled", ended('[{"url":"x"}]')],
    ["garbled", found({ ...row, state: "DRAFT" })],
    ["garbled", ended(Uint8Array.from([0xff, 0xfe]))],
  ] as const)("%s is blindness, and not the absence of a pull request", async (code, execution) => {
    const list = await gh(execution).port.ofBranch("run-1", now);
    expect(list).toMatchObject({ kind: "invisible", failure: { code } });
    expect(/\p{Cc}/u.test(list.kind === "invisible" ? list.failure.message : "\n")).toBe(false);
  });

  test("a gh that is not there is named with its package", async () => {
    const port = ghPullRequests({
      exec: nodeExec({ environment: { PATH: folder.path } }),
      repository: folder.path,
    });
    const list = await port.ofBranch("run-1", now);
    expect(list.kind === "invisible" && list.failure.message).toContain("Install the package gh (GitHub CLI)");
  });
});

describe("pull requests in a file", () => {
  test("are listed by branch and by URL, and no file is no pull request", async () => {
    const path = join(folder.path, "pull-requests.json");
    const port = filePullRequests(path);
    expect(await port.ofBranch("run-1", now)).toEqual({ kind: "listed", pullRequests: [] });
    const other = { url: "https://github.com/o/r/pull/2", outcome: "merged", headBranch: "run-2" };
    writeFileSync(path, JSON.stringify([{ url: one.url, outcome: "open", headBranch: "run-1" }, other]));
    expect(await port.ofBranch("run-1", now)).toEqual({ kind: "listed", pullRequests: [one] });
    expect(await port.at(other.url, now)).toMatchObject({ pullRequests: [{ outcome: "merged" }] });
  });

  test.each([
    ["no JSON", "[{"],
    ["another shape", '{"pullRequests":[]}'],
    ["an unknown outcome", '[{"url":"u","outcome":"unknown","headBranch":"b"}]'],
    ["a field nobody knows", '[{"url":"u","outcome":"open","headBranch":"b","__proto__x":1}]'],
  ])("%s is garbled", async (_, text) => {
    const path = join(folder.path, "pull-requests.json");
    writeFileSync(path, text);
    expect(await filePullRequests(path).ofBranch("b", now)).toMatchObject({ failure: { code: "garbled" } });
  });

  test("a file of any size is not read", async () => {
    const path = join(folder.path, "pull-requests.json");
    writeFileSync(path, " ".repeat(1_048_577));
    expect(await filePullRequests(path).ofBranch("b", now)).toMatchObject({ failure: { code: "oversized" } });
  });
});

describe("remembered pull requests", () => {
  const counting = () => {
    let asked = 0;
    let answer: "listed" | "invisible" = "listed";
    const port: PullRequests = {
      ...noPullRequests,
      ofBranch: () => {
        asked += 1;
        return Promise.resolve(
          answer === "listed"
            ? { kind: "listed", pullRequests: [one] }
            : { kind: "invisible", failure: { code: "timed-out", message: "" } },
        );
      },
    };
    let monotonicMs = 0;
    const cached = cachedPullRequests(port, { now: () => ({ monotonicMs }) });
    return {
      asked: () => asked,
      blind: () => void (answer = "invisible"),
      ask: (ageMax: number) => cached.ofBranch("run-1", { ageMax }),
      wait: (ms: number) => void (monotonicMs += ms),
    };
  };

  test("an answer serves until it is too old, and evidence always asks anew", async () => {
    const port = counting();
    await port.ask(1_000);
    port.wait(999);
    await port.ask(1_000);
    expect(port.asked()).toBe(1);
    port.wait(1);
    await port.ask(1_000);
    expect(port.asked()).toBe(2);
    await port.ask(0);
    expect(port.asked()).toBe(3);
  });

  test("blindness is not remembered, and forgets what was seen before", async () => {
    const port = counting();
    await port.ask(1_000);
    port.blind();
    expect(await port.ask(0)).toMatchObject({ kind: "invisible" });
    expect(await port.ask(1_000)).toMatchObject({ kind: "invisible" });
    expect(port.asked()).toBe(3);
  });
});

describe("issues in files", () => {
  const write = (id: string, text: string): void => writeFileSync(join(folder.path, `${id}.md`), text);
  const read = (id: string): string => readFileSync(join(folder.path, `${id}.md`), "utf8");

  test("an issue is shown and resolved once, and the rest of its file stays", async () => {
    write("parser-12", "---\n# kept\ntitle: Empty list\nstatus: open # since May\ntags: [a, b]\n---\n\nBody\n---\nMore\n");
    const issues = fileIssues(folder.path);
    expect(await issues.show("parser-12")).toEqual({
      kind: "found",
      issue: { id: "parser-12", title: "Empty list", status: "open" },
    });
    expect(await issues.resolve("parser-12")).toEqual({ kind: "resolved" });
    expect(read("parser-12")).toBe(
      "---\n# kept\ntitle: Empty list\nstatus: resolved # since May\ntags: [ a, b ]\n---\n\nBody\n---\nMore\n",
    );
    expect(await issues.resolve("parser-12")).toEqual({ kind: "unchanged", status: "resolved" });
    expect(readdirSync(folder.path)).toEqual(["parser-12.md"]);
  });

  test("a file without front matter is open, and gets one when it is resolved", async () => {
    write("plain", "# The title\n\nBody\n");
    const issues = fileIssues(folder.path);
    expect(await issues.show("plain")).toMatchObject({ issue: { title: "The title", status: "open" } });
    expect(await issues.resolve("plain")).toEqual({ kind: "resolved" });
    expect(read("plain")).toBe("---\nstatus: resolved\n---\n# The title\n\nBody\n");
  });

  test("what is not there is absent, and an id names no other folder", async () => {
    const issues = fileIssues(folder.path);
    for (const id of ["none", "../x", "a/b", "", ".", "a\0b", "-x"]) {
      expect(await issues.show(id)).toEqual({ kind: "absent" });
      expect(await issues.resolve(id)).toEqual({ kind: "absent" });
    }
  });

  test.each([
    ["a status nobody knows", "---\nstatus: maybe\n---\n"],
    ["broken front matter", "---\nstatus: [\n---\n"],
    ["front matter that is a list", "---\n- a\n---\n"],
  ])("%s is garbled and left alone", async (_, text) => {
    write("bad", text);
    const issues = fileIssues(folder.path);
    expect(await issues.show("bad")).toMatchObject({ failure: { code: "garbled" } });
    expect(await issues.resolve("bad")).toMatchObject({ kind: "failed", failure: { code: "garbled" } });
    expect(read("bad")).toBe(text);
  });

  test("the mode of the file is kept", async () => {
    write("mode", "---\nstatus: open\n---\n");
    chmodSync(join(folder.path, "mode.md"), 0o600);
    await fileIssues(folder.path).resolve("mode");
    expect(await fileIssues(folder.path).show("mode")).toMatchObject({ issue: { status: "resolved" } });
  });
});

describe("issues by gh", () => {
  const issue = { number: 7, title: "t", state: "OPEN", stateReason: "" };
  const gh = (...answers: readonly Execution[]) => {
    const { exec, asked } = pretending(...answers);
    return { port: ghIssues({ exec, repository: folder.path, name: "o/r" }), asked };
  };

  test("an open issue is closed as completed", async () => {
    const { port, asked } = gh(ended(JSON.stringify(issue)), ended(""));
    expect(await port.resolve("7")).toEqual({ kind: "resolved" });
    expect(asked[1]).toMatchObject({ args: ["issue", "close", "7", "--reason=completed"], env: { GH_REPO: "o/r" } });
  });

  test.each([
    ["COMPLETED", "resolved"],
    ["NOT_PLANNED", "closed"],
  ] as const)("one that was closed as %s is %s and stays so", async (stateReason, status) => {
    const { port, asked } = gh(ended(JSON.stringify({ ...issue, state: "CLOSED", stateReason })));
    expect(await port.resolve("7")).toEqual({ kind: "unchanged", status });
    expect(asked).toHaveLength(1);
  });

  test("blindness, absence and failure are told apart", async () => {
    expect(await gh(ended("", "GraphQL: Could not resolve to an Issue", 1)).port.show("7")).toEqual({ kind: "absent" });
    expect(await gh(programMissing).port.show("7")).toMatchObject({ kind: "invisible" });
    expect(await gh(programMissing).port.resolve("7")).toMatchObject({ kind: "failed" });
    expect(await gh(ended(JSON.stringify(issue)), ended("", "no", 1)).port.resolve("7")).toMatchObject({ kind: "failed" });
    expect(await gh(programMissing).port.show("--help")).toEqual({ kind: "absent" });
  });
});
