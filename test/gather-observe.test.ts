/**
 * From what was seen to observations: nothing is made up, blindness makes none, and only the run's own pull
 * request gets in. tmux is pretended here, so that failures can be given; the real one has tests of its own.
 */
import { describe, expect, test } from "vitest";

import { emptyView, foldEffects, initialCore, step } from "../spec/run/index.js";
import { type Observation, observation, observerId, paneTextMax } from "../spec/vocabulary/observation.js";
import {
  type CaptureHistory,
  type Execution,
  type Gone,
  type Invisible,
  type ObservedRun,
  type PullRequest,
  type PullRequests,
  type Sessions,
  type TreeSight,
  type WorkTrees,
  builtInProfile,
  gatherEvidence,
  localPacing,
  nextCaptureAfter,
  noPullRequests,
  observePane,
  observePullRequest,
  observeSession,
  observerIdentity,
  remotePacing,
  tmuxSessions,
} from "../src/gather/index.js";
import { ended, pretending, programMissing } from "./harness/gathering.js";

const blind: Invisible = { kind: "invisible", failure: { code: "timed-out", message: "no answer [gather/timed-out]" } };
const url = "https://github.com/o/r/pull/1";
const foreignUrl = "https://github.com/o/r/pull/499";
const own: PullRequest = { url, outcome: "open", headBranch: "run-1", fromFork: false, endedAt: null };
const foreign: PullRequest = { ...own, url: foreignUrl, outcome: "merged", headBranch: "other" };

const run: ObservedRun = {
  session: { name: "run-1", identity: null },
  branch: "run-1",
  prUrl: null,
  prRecorded: false,
  tree: { path: "/w", branch: "run-1", base: "main" },
};

const table = {
  look: () => Promise.resolve(blind),
  groupRuns: () => Promise.resolve(blind),
  bootId: () => Promise.resolve("boot"),
};

function tmux(...answers: readonly Execution[]): Sessions {
  return tmuxSessions({ exec: pretending(...answers).exec, table, socket: { path: "/s" } });
}

/** Every port answers what it is given; what was asked for is noted. */
function pullRequests(list: readonly PullRequest[] | Invisible, at: typeof list = list) {
  const ages: number[] = [];
  const answer = (what: typeof list) => (_: string, { ageMax }: { readonly ageMax: number }) => {
    ages.push(ageMax);
    return Promise.resolve("kind" in what ? what : ({ kind: "listed", pullRequests: what } as const));
  };
  const port: PullRequests = { ofBranch: answer(list), at: answer(at) };
  return { port, ages };
}

function workTrees(sight: TreeSight): WorkTrees {
  const no = (): never => {
    throw new Error("only looks are asked for");
  };
  return { availability: no, create: no, remove: no, look: () => Promise.resolve(sight) };
}

const clean: TreeSight = { kind: "seen", branch: "run-1", commit: "c", ahead: 0, dirty: false };
const paneRow = "10 1700000000 $0 %0 11 0 [] [] run-1";
const generic = builtInProfile("generic") ?? expect.fail("no profile generic");
const paneOptions = { profile: generic, lines: 200, ageMax: 30_000 };

describe("a session", () => {
  test("is observed alive, or gone with its class, by the observer that looked", async () => {
    expect(await observeSession(tmux(ended(paneRow)), run, "local:1")).toMatchObject({
      kind: "observed",
      observation: { type: "session.alive", observer: "local:1" },
    });
    const absent = tmux(ended("", "can't find session: run-1\n", 1));
    expect(await observeSession(absent, run, null)).toMatchObject({
      observation: { type: "session.gone", observer: null, class: "session_absent" },
    });
    const silent = tmux(ended("", "no server running on /s\n", 1));
    expect(await observeSession(silent, run, "local:1")).toMatchObject({
      observation: { type: "session.gone", class: "server_absent" },
    });
  });

  test.each([
    ["program-missing", programMissing],
    ["timed-out", { kind: "timed-out" }],
    ["oversized", { kind: "oversized" }],
    ["not-permitted", ended("", "error connecting to /s (Permission denied)\n", 1)],
    ["program-failed", ended("", "error connecting to /s (File name too long)\n", 1)],
    ["program-failed", ended("", "server exited unexpectedly\n", 1)],
    ["program-failed", ended("", "\u001b[31mprotocol version mismatch\n", 1)],
    ["program-failed", { kind: "ended", status: null, signal: "SIGKILL", output: new Uint8Array(), errors: "" }],
    ["garbled", ended("")],
    ["garbled", ended("\u001b[31mgarbage\n")],
  ] as const)("that cannot be seen (%s) is not observed at all", async (code, execution) => {
    const seen = await observeSession(tmux(execution), run, "local:1");
    expect(seen).toMatchObject({ kind: "invisible", failure: { code } });
    const message = seen.kind === "invisible" ? seen.failure.message : "";
    expect(message).toMatch(/\[gather\/[a-z-]+\]$/);
    expect(/\p{Cc}/u.test(message)).toBe(false);
  });

  test("whose process ended is gone, with its status as far as tmux knows it", async () => {
    const dead = (status: string) => tmux(ended(`10 1700000000 $0 %0 11 1 ${status} run-1`)).look(run.session);
    const gone = { kind: "gone", class: "session_absent", detail: "pane-dead" };
    expect(await dead("[3] []")).toEqual({ ...gone, exit: { status: 3, signal: null } });
    expect(await dead("[0] []")).toEqual({ ...gone, exit: { status: 0, signal: null } });
    expect(await dead("[] [9]")).toEqual({ ...gone, exit: { status: null, signal: "9" } });
    expect(await dead("[] []")).toEqual({ ...gone, exit: { status: null, signal: null } });
  });

  test("is created also when the server was just going away, and not asked for without end", async () => {
    const exiting = ended("", "server exited unexpectedly\n", 1);
    const wanted = { name: "run-1", argv: ["cat"], cwd: "/" } as const;
    expect(await tmux(exiting, exiting, ended(paneRow)).create(wanted)).toMatchObject({ kind: "created" });
    expect(await tmux(exiting).create(wanted)).toMatchObject({ kind: "failed", failure: { code: "program-failed" } });
  });

  test("whose name holds sequences is named without them", async () => {
    const odd = { session: { name: "a\u001b[31mb", identity: null } };
    const seen = await observeSession(tmux({ kind: "timed-out" }), odd, null);
    expect(seen.kind === "invisible" && seen.failure.message).toContain("a\\u001b[31mb");
    const listed = await tmuxSessions({
      exec: pretending(ended("10 1700000000 $0 %0 11 0 [] [] a\u001b[31mb")).exec,
      table,
      socket: { path: "/s" },
    }).list();
    expect(listed).toMatchObject({ sessions: [{ name: "a\\u001b[31mb" }] });
  });

  test("without the program says what to install and what goes on without it", async () => {
    const availability = await tmux(programMissing).availability();
    expect(availability).toMatchObject({ kind: "unavailable", tool: { package: "tmux" } });
    expect(JSON.stringify(availability)).toContain("processes without a terminal");
    expect(await tmux(ended("tmux 2.9a")).availability()).toMatchObject({ kind: "unavailable" });
    expect(await tmux(ended("tmux 3.10")).availability()).toMatchObject({ kind: "available" });
    expect(await tmux(ended("tmux openbsd-master")).availability()).toMatchObject({ kind: "available" });
  });
});

describe("a pane", () => {
  const shown = (text: string | Uint8Array) => {
    const bytes = typeof text === "string" ? new TextEncoder().encode(text) : text;
    return tmux(ended(Buffer.concat([bytes, new TextEncoder().encode(`\n${paneRow}\n`)])));
  };

  test("is observed as plain text with what it shows", async () => {
    const seen = await observePane(
      { sessions: shown("\u001b[1mDone.\u001b[0m\n[run completed]\n\n"), pullRequests: noPullRequests },
      run,
      paneOptions,
    );
    expect(seen).toMatchObject({
      kind: "observed",
      observation: { type: "pane.captured", text: "Done.\n[run completed]", signal: { completed: true } },
    });
    expect(observation.safeParse(seen.kind === "observed" ? seen.observation : null).success).toBe(true);
  });

  test("that is oversized or no UTF-8 is an observation the vocabulary takes", async () => {
    const long = "\u00e9".repeat(paneTextMax + 10);
    for (const text of [long, `${"x\n".repeat(paneTextMax)}end`, Uint8Array.from([0xff, 0xc3, 0x28, 0x1b, 0x5b])]) {
      const ports = { sessions: shown(text), pullRequests: noPullRequests };
      const seen = await observePane(ports, run, paneOptions);
      if (seen.kind !== "observed") throw new Error(JSON.stringify(seen));
      expect(observation.safeParse(seen.observation).success).toBe(true);
    }
  });

  test("whose row was cut off is garbled, not empty", async () => {
    const ports = { sessions: tmux(ended("text\n10 17000")), pullRequests: noPullRequests };
    expect(await observePane(ports, run, paneOptions)).toMatchObject({ failure: { code: "garbled" } });
  });

  test("of a session that went away meanwhile says nothing", async () => {
    const ports = { sessions: tmux(ended("", "no server running on /s", 1)), pullRequests: noPullRequests };
    expect(await observePane(ports, run, paneOptions)).toEqual({ kind: "nothing" });
  });

  const namedBy = async (text: string, changes: Partial<ObservedRun>, port: PullRequests) => {
    const seen = await observePane({ sessions: shown(text), pullRequests: port }, { ...run, ...changes }, paneOptions);
    if (seen.kind !== "observed") throw new Error(JSON.stringify(seen));
    return { verified: seen.observation.verifiedPrUrl, unverified: seen.unverified };
  };

  test("names the run's own pull request, and no other (L12)", async () => {
    const { port } = pullRequests([foreign, own]);
    const both = `${url} and ${foreignUrl}`;
    expect(await namedBy(both, {}, port)).toEqual({ verified: url, unverified: null });
    expect((await namedBy(foreignUrl, {}, port)).verified).toBeUndefined();
    expect((await namedBy(both, { branch: null }, port)).verified).toBeUndefined();
    expect((await namedBy(both, { branch: "" }, port)).verified).toBeUndefined();
    expect((await namedBy(both, { prRecorded: true }, port)).verified).toBeUndefined();
    expect((await namedBy("no url", {}, port)).verified).toBeUndefined();
  });

  test("whose pull request could not be looked up is observed without it", async () => {
    const seen = await namedBy(url, {}, pullRequests(blind).port);
    expect(seen).toEqual({ verified: undefined, unverified: blind.failure });
  });
});

describe("a pull request", () => {
  const options = { ageMax: 30_000 };

  test("found by its branch is discovered, and the recorded one is told by its URL", async () => {
    const { port, ages } = pullRequests([foreign, own]);
    expect(await observePullRequest(port, run, options)).toEqual({
      kind: "observed",
      observation: { type: "pr.state", outcome: "open", url, discoveredUrl: url },
    });
    const merged = pullRequests([], [{ ...own, outcome: "merged" }]).port;
    expect(await observePullRequest(merged, { ...run, prUrl: url }, options)).toEqual({
      kind: "observed",
      observation: { type: "pr.state", outcome: "merged", url },
    });
    expect(ages).toEqual([30_000]);
  });

  test.each([
    ["of another branch", run, [foreign]],
    ["of a run without a branch", { ...run, branch: null }, [own]],
    ["recorded, and found to be another branch's", { ...run, prUrl: foreignUrl }, [foreign]],
    ["that nobody made", run, []],
  ] as const)("%s is nothing (L12)", async (_, of, list) => {
    expect(await observePullRequest(pullRequests(list).port, of, options)).toEqual({ kind: "nothing" });
  });

  test("that cannot be seen is not observed", async () => {
    expect(await observePullRequest(pullRequests(blind).port, run, options)).toEqual(blind);
  });

  test("of an earlier run on the same branch is nothing, unless it was recorded", async () => {
    const merged: PullRequest = { ...own, outcome: "merged", endedAt: 5 };
    const later = { ...run, notEndedBefore: 10 };
    expect(await observePullRequest(pullRequests([merged]).port, later, options)).toEqual({ kind: "nothing" });
    const recorded = await observePullRequest(pullRequests([merged]).port, { ...later, prUrl: url }, options);
    expect(recorded).toMatchObject({ observation: { outcome: "merged" } });
  });
});

describe("evidence", () => {
  const gathered = async (changes: Partial<ObservedRun>, list: readonly PullRequest[] | Invisible, tree: TreeSight) => {
    const { port, ages } = pullRequests(list);
    const ports = { pullRequests: port, workTrees: workTrees(tree) };
    return { seen: await gatherEvidence(ports, { ...run, ...changes }, "local:1"), ages };
  };

  test("is looked up now and says what was seen", async () => {
    const { seen, ages } = await gathered({ prUrl: url }, [foreign, own], { ...clean, ahead: 2, dirty: true });
    expect(seen).toEqual({
      kind: "observed",
      observation: {
        type: "evidence.gathered",
        observer: "local:1",
        branchPr: { url, outcome: "open" },
        urlPr: { outcome: "open" },
        tree: { ahead: 2, dirty: true },
      },
      unseenTree: null,
    });
    expect(ages).toEqual([0]);
  });

  test.each([
    ["absent", { kind: "absent" } as const, null],
    ["invisible", blind, blind.failure],
  ])("of a work tree that is %s says that it was not seen", async (_, sight, failure) => {
    const { seen } = await gathered({}, [], sight);
    expect(seen).toMatchObject({ kind: "observed", observation: { tree: null }, unseenTree: failure });
  });

  test("without a look-up of pull requests is none", async () => {
    expect((await gathered({}, blind, clean)).seen).toEqual(blind);
    const halfBlind = pullRequests([], blind).port;
    const ports = { pullRequests: halfBlind, workTrees: workTrees(clean) };
    expect(await gatherEvidence(ports, { ...run, prUrl: url }, "local:1")).toEqual(blind);
  });

  test("never carries a foreign pull request (L12)", async () => {
    const { seen } = await gathered({ prUrl: foreignUrl }, [foreign], clean);
    expect(seen).toMatchObject({ observation: { branchPr: null, urlPr: null } });
    const { seen: branchless } = await gathered({ branch: null }, [own], clean);
    expect(branchless).toMatchObject({ observation: { branchPr: null, urlPr: null } });
  });
});

describe("observations and the run machine", () => {
  const statusAfter = async (gone: Gone | Invisible, observers: readonly string[]) => {
    const port: Sessions = { ...tmux(), look: () => Promise.resolve(gone) };
    let view = emptyView({ agent: "codex", branch: "run-1", startedAt: 0, status: "running" });
    let core = initialCore;
    const take = (seen: Observation): boolean => {
      const decision = step(view, core, seen, 1_000_000);
      view = foldEffects(view, decision.effects);
      core = decision.core;
      return decision.effects.some(({ type }) => type === "gatherEvidence");
    };
    take({ type: "session.alive", observer: observers[0] ?? null });
    for (const observer of observers) {
      const seen = await observeSession(port, run, observer);
      if (seen.kind !== "observed" || !take(seen.observation)) continue;
      const ports = { pullRequests: noPullRequests, workTrees: workTrees(clean) };
      const evidence = await gatherEvidence(ports, run, observer);
      if (evidence.kind === "observed") take(evidence.observation);
    }
    return view.reason;
  };
  const goneNow: Gone = { kind: "gone", class: "server_absent", detail: "no-server", exit: null };

  test("three sights of absence by the observer that saw it alive end a run with a clean work tree", async () => {
    expect(await statusAfter(goneNow, ["local:1", "local:1", "local:1"])).toBe("session_dead");
  });

  test("a monitor that was started anew is another observer, and does not end it", async () => {
    const ids = Array.from({ length: 2 }, () => observerIdentity({ channel: "tmux:/s", host: "h" }));
    const [first = "", second = ""] = ids;
    expect(await statusAfter(goneNow, [first, second, second, second])).toBe("observer_unverified");
  });

  test("blindness decides nothing, however long it lasts", async () => {
    expect(await statusAfter(blind, Array.from({ length: 20 }, () => "local:1"))).toBeNull();
  });
});

describe("who observes", () => {
  test("is another one for each start and each channel, and fits the vocabulary", () => {
    const ids = ["tmux:/a", "tmux:/a", "tmux:/b"].map((channel) => observerIdentity({ channel, host: "h" }));
    expect(new Set(ids).size).toBe(3);
    expect(ids[0]?.slice(0, 16)).toBe(ids[1]?.slice(0, 16));
    const odd = observerIdentity({ channel: "c".repeat(5_000), worker: "w:\u001b[31m".repeat(99), host: "ü".repeat(999) });
    expect(observerId.safeParse(odd).success).toBe(true);
    expect(odd).toMatch(/^worker:[\w.-]+:[\w.-]+$/);
  });
});

describe("when a pane is captured next", () => {
  const calm: CaptureHistory = { ageMs: 3_600_000, sinceChangeMs: 0, failures: 0, failure: null };
  const after = (changes: Partial<CaptureHistory>, pacing = localPacing): number =>
    nextCaptureAfter({ ...calm, ...changes }, pacing) / 1_000;

  test("a pane that changes is captured at every tick, one that rests less often", () => {
    expect([0, 59_999, 60_000, 120_000, 3_600_000].map((sinceChangeMs) => after({ sinceChangeMs }))).toEqual([
      5, 5, 10, 15, 15,
    ]);
  });

  test("a young run, a run of unknown age and a pane never seen do not rest", () => {
    for (const ageMs of [0, 179_999, null]) expect(after({ ageMs, sinceChangeMs: 900_000 })).toBe(5);
    expect(after({ sinceChangeMs: null })).toBe(5);
    expect(after({ ageMs: 180_000, sinceChangeMs: 900_000 })).toBe(15);
  });

  test("failures are followed by ever longer pauses, up to a bound", () => {
    const other = [1, 2, 3, 4, 5, 6, 1_000_000].map((failures) => after({ failures, failure: "other" }));
    expect(other).toEqual([5, 10, 20, 40, 60, 60, 60]);
    const far = [1, 2, 3, 4, 5, 6, 1_000_000].map((failures) => after({ failures, failure: "unreachable" }));
    expect(far).toEqual([30, 30, 40, 80, 160, 300, 300]);
  });

  test("on another host there is one interval", () => {
    expect([0, 900_000].map((sinceChangeMs) => after({ sinceChangeMs }, remotePacing))).toEqual([15, 15]);
  });
});
