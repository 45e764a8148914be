/** The store of runs and its commit point: laws L4, L7f, L8, L15 and WS1 on the real thing. */
import { join } from "node:path";
import { describe, expect, it } from "vitest";

import { foldEffects } from "../spec/run/index.js";
import type { Observation } from "../spec/vocabulary/index.js";
import { auditFile } from "../src/conformance/index.js";
import { JournalError } from "../src/journal/index.js";
import { type Runs, type StatusChange, RunError, listenerDeadlineMs, openRuns } from "../src/run/index.js";
import { ManualClock, ManualTimer, inFolder, newRun, settle } from "./harness/runs.js";

interface Scene {
  readonly runs: Runs;
  readonly clock: ManualClock;
  readonly timer: ManualTimer;
  readonly heard: StatusChange[];
  readonly directory: string;
}

async function scene(work: (scene: Scene) => Promise<void>): Promise<void> {
  await inFolder(async (directory) => {
    const clock = new ManualClock();
    const timer = new ManualTimer();
    const runs = await openRuns({ directory, clock, timer });
    const heard: StatusChange[] = [];
    runs.commits.listen("test", (change) => void heard.push(change));
    try {
      await work({ runs, clock, timer, heard, directory });
    } finally {
      await runs.close();
    }
  });
}

const alive: Observation = { type: "session.alive", observer: "local:1" };
const gone: Observation = { type: "session.gone", observer: "local:1", class: "session_absent" };
const ready: Observation = { type: "launch.progressed", stage: "ready" };
const started: Observation = { type: "launch.progressed", stage: "agentStarted" };
const stop: Observation = { type: "user.stopped" };

const pairs = (heard: readonly StatusChange[]): string[] =>
  heard.map(({ from, to }) => `${from.status} → ${to.status}${to.reason === null ? "" : `(${to.reason})`}`);

describe("a run in the log", () => {
  it("is queued when it was created, and found by its id", async () => {
    await scene(async ({ runs: { store }, clock }) => {
      const run = await store.create(newRun("r1", clock));
      expect(run.view).toMatchObject({ status: "queued", reason: null, branch: "feature/x" });
      expect((await store.list()).map(({ created }) => created.run)).toEqual(["r1"]);
    });
  });

  it("is refused when its id is taken, unknown, or no id at all", async () => {
    await scene(async ({ runs: { store, commits }, clock }) => {
      await store.create(newRun("r1", clock));
      await expect(store.create(newRun("r1", clock))).rejects.toThrow(/there is a run "r1" already/);
      await expect(store.get("r2")).rejects.toThrow(/no run "r2" in this state directory; the newest are r1/);
      await expect(commits.commit("r2", alive)).rejects.toBeInstanceOf(RunError);
      await expect(store.create(newRun("../x", clock))).rejects.toThrow(/a new run: run is "\.\.\/x": it is to be lower-case letters/);
    });
  });

  it("keeps notes, which decide nothing", async () => {
    await scene(async ({ runs: { store }, clock }) => {
      await store.create(newRun("r1", clock));
      await store.note("r1", "lease", "01");
      await store.note("r1", "lease", "02");
      const run = await store.get("r1");
      expect(run.notes).toEqual({ lease: "02" });
      expect(run.view.status).toBe("queued");
    });
  });

  it("is the same for who opens the log later, before and after a compaction", async () => {
    await scene(async ({ runs, clock, directory }) => {
      await runs.store.create(newRun("r1", clock));
      for (const observation of [ready, started, alive, stop]) await runs.commits.commit("r1", observation);
      const before = await runs.store.get("r1");
      for (const compacts of [false, true]) {
        if (compacts) await runs.store.compact();
        const later = await openRuns({ directory, clock, timer: new ManualTimer(), readOnly: true });
        expect(await later.store.get("r1")).toEqual(before);
        await later.close();
      }
      const effects = before.entries.flatMap((one) => (one.type === "committed" ? one.data.effects : []));
      expect(foldEffects({ ...before.view, status: "queued", wasAlive: false }, effects)).toEqual(before.view);
    });
  });
});

describe("a commit", () => {
  it("writes what the machine decides, and tells each change once", async () => {
    await scene(async ({ runs: { store, commits }, clock, heard }) => {
      await store.create(newRun("r1", clock));
      for (const observation of [ready, ready, started, alive, alive, stop, stop, alive]) {
        await commits.commit("r1", observation);
      }
      await commits.settled();
      expect(pairs(heard)).toEqual(["queued → booting", "booting → running", "running → canceled"]);
      expect(heard.map(({ source }) => source)).toEqual(["daemon", "daemon", "user"]);
      expect((await store.get("r1")).view).toMatchObject({ status: "canceled", wasAlive: true });
    });
  });

  it("tells a change of the reason alone", async () => {
    await scene(async ({ runs: { store, commits }, clock, heard }) => {
      await store.create(newRun("r1", clock));
      await commits.commit("r1", started);
      const pane = (gate: string | null): Observation => ({
        type: "pane.captured",
        text: "a pane",
        signal: gate === null ? { prompt: true } : { gate },
      });
      for (const gate of [null, null, "login", "login"]) await commits.commit("r1", pane(gate));
      await commits.settled();
      expect(pairs(heard).slice(1)).toEqual(["running → waiting", "waiting → waiting(gate_login)"]);
    });
  });

  it("asks for evidence, which is not kept", async () => {
    await scene(async ({ runs: { store, commits }, clock }) => {
      await store.create(newRun("r1", clock));
      await commits.commit("r1", alive);
      await commits.commit("r1", gone);
      await commits.commit("r1", gone);
      const { effects } = await commits.commit("r1", gone);
      expect(effects).toEqual([{ type: "gatherEvidence", observer: "local:1" }]);
      expect((await store.get("r1")).entries).toHaveLength(1);
    });
  });

  it("is decided on the newest view, whoever wrote it", async () => {
    await scene(async ({ runs, clock, directory, heard }) => {
      await runs.store.create(newRun("r1", clock));
      await runs.commits.commit("r1", started);
      const console = await openRuns({ directory, clock, timer: new ManualTimer() });
      await console.commits.commit("r1", stop);
      await console.close();
      const late = await runs.commits.commit("r1", { type: "pr.state", outcome: "merged", url: "u" });
      expect(late).toMatchObject({ view: { status: "canceled" }, effects: [], change: null });
      await runs.commits.settled();
      expect(pairs(heard)).toEqual(["queued → running"]);
    });
  });

  it("follows the one before it, although nobody waited", async () => {
    await scene(async ({ runs: { store, commits }, clock }) => {
      await store.create(newRun("r1", clock));
      await commits.commit("r1", alive);
      const outcomes = await Promise.all([gone, gone, gone].map((each) => commits.commit("r1", each)));
      expect(outcomes.map(({ effects }) => effects.length)).toEqual([0, 0, 1]);
    });
  });

  it("refuses what is no observation", async () => {
    await scene(async ({ runs: { store, commits }, clock }) => {
      await store.create(newRun("r1", clock));
      const wrong = { type: "session.alive", observer: "", constructor: 1 } as unknown as Observation;
      await expect(commits.commit("r1", wrong)).rejects.toThrow(/an observation of run "r1": /);
    });
  });

  it("counts a grace on the monotonic clock: a stepped wall clock neither opens nor ends it", async () => {
    await scene(async ({ runs: { store, commits }, clock }) => {
      const evidence: Observation = {
        type: "evidence.gathered",
        observer: "local:1",
        tree: { ahead: 0, dirty: false },
      };
      await store.create(newRun("r1", clock, { branch: null }));
      for (let report = 0; report < 3; report += 1) await commits.commit("r1", gone);
      clock.advance(60_000);
      clock.stepWall(3_600_000);
      expect((await commits.commit("r1", evidence)).change).toBeNull();
      clock.stepWall(-7_200_000);
      clock.advance(120_000);
      expect((await commits.commit("r1", evidence)).change?.to).toEqual({
        status: "unknown",
        reason: "never_alive",
      });
    });
  });
});

/** Promises that settle one after another before the successor begins: a monitor is somewhere within its commit then. */
const turnsMax = 30;

describe("a monitor's token", () => {
  it("is in the record of each of its commits; a person's has none", async () => {
    await scene(async ({ runs: { store, commits }, clock }) => {
      await store.create(newRun("r1", clock));
      expect([await store.raiseFence(3), await store.fence()]).toEqual([3, 3]);
      await commits.commit("r1", started, { fence: 3 });
      await commits.commit("r1", stop);
      const { entries } = await store.get("r1");
      expect(entries.map(({ data }) => ("fence" in data ? data.fence : null))).toEqual([3, null]);
    });
  });

  it("is the newest when it is looked at before an effect, or that is refused; without one everybody passes", async () => {
    await scene(async ({ runs: { store } }) => {
      await store.raiseFence(3);
      const { seq } = await store.health();
      await store.checkFence({ fence: 3 });
      await store.checkFence({});
      await expect(store.checkFence({ fence: 2 })).rejects.toMatchObject({ failure: { code: "run/fenced", fence: 2, newest: 3 } });
      expect((await store.health()).seq).toBe(seq);
    });
  });

  it("is not raised past the last number that there is: nothing is written that the fold would reject", async () => {
    await scene(async ({ runs: { store } }) => {
      await store.raiseFence(Number.MAX_SAFE_INTEGER);
      const { seq } = await store.health();
      const beyond = store.raiseFence(1, { instead: Number.MAX_SAFE_INTEGER });
      await expect(beyond).rejects.toMatchObject({ failure: { code: "run/invalid", field: "fence" } });
      expect(await store.health()).toMatchObject({ seq, rejected: 0 });
      expect(await store.fence()).toBe(Number.MAX_SAFE_INTEGER);
    });
  });

  it("L20: is asked within the append, wherever the monitor is when another one raises its own", async () => {
    for (let turns = 0; turns <= turnsMax; turns += 1) {
      await scene(async ({ runs: late, clock, directory }) => {
        await late.store.create(newRun("r1", clock));
        await late.store.raiseFence(1);
        const successor = await openRuns({ directory, clock, timer: new ManualTimer() });
        const committed = late.commits.commit("r1", started, { fence: 1 }).then(() => "committed", () => "refused");
        for (let turn = 0; turn < turns; turn += 1) await Promise.resolve();
        await successor.store.raiseFence(2);
        await successor.commits.commit("r1", alive, { fence: 2 });
        await committed;
        await expect(late.commits.commit("r1", stop, { fence: 1 })).rejects.toMatchObject({ failure: { code: "run/fenced" } });
        await successor.close();
        expect((await auditFile(join(directory, "runs.ndjson"))).breaches).toEqual([]);
      });
    }
  });
});

describe("the right to append a status", () => {
  it("is the commit point's: the store refuses everybody else", async () => {
    await scene(async ({ runs: { store }, clock }) => {
      await store.create(newRun("r1", clock));
      const forged = { opens: () => true } as unknown as Parameters<typeof store.append>[2];
      const nothing = (): { commit: null; result: null } => ({ commit: null, result: null });
      await expect(store.append("r1", nothing, forged)).rejects.toMatchObject({
        failure: { code: "run/no-capability", run: "r1" },
      });
    });
  });

  it("opens one store and no other", async () => {
    await scene(async ({ runs: { store }, clock }) => {
      const { openRunStore } = await import("../src/run/store.js");
      await inFolder(async (directory) => {
        const other = await openRunStore({ directory, clock });
        await store.create(newRun("r1", clock));
        const call = store.append("r1", () => ({ commit: null, result: null }), other.capability);
        await expect(call).rejects.toMatchObject({ failure: { code: "run/no-capability" } });
        await other.store.close();
      });
    });
  });
});

describe("listeners", () => {
  it("that throw or hang harm nobody and are reported", async () => {
    await inFolder(async (directory) => {
      const clock = new ManualClock();
      const timer = new ManualTimer();
      const failures: string[] = [];
      const runs = await openRuns({
        directory,
        clock,
        timer,
        onListenerFailure: ({ listener, kind, change }) =>
          void failures.push(`${listener} ${kind} ${change.to.status}`),
      });
      const heard: string[] = [];
      runs.commits.listen("throws", () => {
        throw new Error("no");
      });
      runs.commits.listen("hangs", () => new Promise<never>(() => undefined));
      runs.commits.listen("hears", ({ to }) => void heard.push(to.status));
      await runs.store.create(newRun("r1", clock));
      await runs.commits.commit("r1", ready);
      await runs.commits.commit("r1", started);
      await settle();
      expect(heard).toEqual(["booting", "running"]);
      await timer.advance(2 * listenerDeadlineMs);
      expect(failures.sort()).toEqual([
        "hangs took-too-long booting",
        "hangs took-too-long running",
        "throws threw booting",
        "throws threw running",
      ]);
      await runs.close();
    });
  });

  it("hear nothing after they left", async () => {
    await scene(async ({ runs: { store, commits }, clock }) => {
      const heard: string[] = [];
      const leave = commits.listen("leaves", ({ to }) => void heard.push(to.status));
      await store.create(newRun("r1", clock));
      await commits.commit("r1", ready);
      await settle();
      leave();
      await commits.commit("r1", started);
      await commits.settled();
      expect(heard).toEqual(["booting"]);
    });
  });

  it("in other processes hear each change once, from where they left off", async () => {
    await scene(async ({ runs, clock, directory }) => {
      await runs.store.create(newRun("r1", clock));
      await runs.commits.commit("r1", ready);
      const watcher = await openRuns({ directory, clock, timer: new ManualTimer(), readOnly: true });
      const stopped = new AbortController();
      const heard: StatusChange[] = [];
      const watching = (async () => {
        for await (const change of watcher.store.changes({ signal: stopped.signal })) {
          heard.push(change);
          if (heard.length === 3) stopped.abort();
        }
      })();
      await runs.commits.commit("r1", started);
      await runs.commits.commit("r1", alive);
      await runs.commits.commit("r1", stop);
      await watching;
      expect(pairs(heard)).toEqual(["queued → booting", "booting → running", "running → canceled"]);
      const rest: StatusChange[] = [];
      const over = new AbortController();
      const from = (heard[1]?.seq ?? 0) + 1;
      for await (const change of watcher.store.changes({ from, signal: over.signal })) {
        rest.push(change);
        over.abort();
      }
      expect(pairs(rest)).toEqual(["running → canceled"]);
      await watcher.close();
    });
  });
});

it("a log that cannot be read is an error and never an empty list", async () => {
  await scene(async ({ runs: { store } }) => {
    await store.close();
    await expect(store.list()).rejects.toBeInstanceOf(JournalError);
  });
});
