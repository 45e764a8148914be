/** The monitor's loop: every run in every tick (L16), the order of a tick, and what holds nobody else up. */
import { expect, it } from "vitest";

import type { LoggedRun } from "../spec/run/index.js";
import { type Observation, activeStatuses } from "../spec/vocabulary/index.js";
import { type Gatherer, Monitor, type Question, type Runs, type TickReport, openRuns } from "../src/run/index.js";
import { ManualClock, ManualTimer, inFolder, newRun, settle } from "./harness/runs.js";

type Answers = { [Q in Question]?: (run: LoggedRun) => unknown };

interface Stage {
  readonly runs: Runs;
  readonly clock: ManualClock;
  readonly timer: ManualTimer;
  readonly monitor: Monitor;
  readonly asked: string[];
  answers: Answers;
}

async function stage(work: (stage: Stage) => Promise<void>): Promise<void> {
  await inFolder(async (directory) => {
    const clock = new ManualClock();
    const timer = new ManualTimer();
    const runs = await openRuns({ directory, clock, timer });
    const asked: string[] = [];
    const scene: Partial<Stage> & { answers: Answers } = { answers: {} };
    const ask = (question: Question, run: LoggedRun): Promise<never> => {
      asked.push(`${run.created.run} ${question}`);
      const answer = scene.answers[question];
      return Promise.resolve(answer === undefined ? null : answer(run)) as Promise<never>;
    };
    const gatherer: Gatherer = {
      pullRequest: (run) => ask("pullRequest", run),
      session: (run) => ask("session", run),
      evidence: (run) => ask("evidence", run),
      pane: (run) => ask("pane", run),
    };
    const monitor = new Monitor({ store: runs.store, commits: runs.commits, gatherer, timer });
    try {
      await work(Object.assign(scene, { runs, clock, timer, monitor, asked }));
    } finally {
      await runs.close();
    }
  });
}

const alive = (): Observation => ({ type: "session.alive", observer: "local:1" });
const gone = (): Observation => ({ type: "session.gone", observer: "local:1", class: "session_absent" });

it("L16: every run that has not ended is observed in every tick, whatever its status", async () => {
  await stage(async ({ runs: { store, commits }, clock, monitor, asked }) => {
    for (const status of [...activeStatuses, "done", "failed", "canceled"] as const) {
      const run = status.replace("_", "-");
      await store.create(newRun(run, clock, { branch: null }));
      const reason = status === "unknown" || status === "failed" ? ("asserted" as const) : null;
      await commits.commit(run, { type: "status.asserted", status, reason, source: "user" });
    }
    const { observed } = await monitor.tick();
    const expected = activeStatuses.map((status) => status.replace("_", "-"));
    expect(observed).toEqual(expected);
    expect(asked).toEqual(expected.map((run) => `${run} session`));
  });
});

it("asks in order: pull request, session, pane; and evidence in the tick that asks for it", async () => {
  await stage(async (scene) => {
    const { runs, clock, monitor, asked } = scene;
    await runs.store.create(newRun("r1", clock));
    scene.answers = { session: alive };
    await monitor.tick();
    expect(asked.splice(0)).toEqual(["r1 pullRequest", "r1 session", "r1 pane"]);
    scene.answers = {
      session: gone,
      evidence: () => ({
        type: "evidence.gathered",
        observer: "local:1",
        tree: { ahead: 1, dirty: false },
      }),
    };
    await monitor.tick();
    await monitor.tick();
    asked.length = 0;
    const { changes } = await monitor.tick();
    expect(asked).toEqual(["r1 pullRequest", "r1 session", "r1 evidence"]);
    expect(changes.map(({ to }) => to)).toEqual([{ status: "waiting", reason: "session_ended" }]);
  });
});

it("a change by the pull request ends the tick of its run", async () => {
  await stage(async (scene) => {
    const { runs, clock, monitor, asked } = scene;
    await runs.store.create(newRun("r1", clock));
    scene.answers = { pullRequest: () => ({ type: "pr.state", outcome: "merged", url: "u" }) };
    await monitor.tick();
    expect(asked).toEqual(["r1 pullRequest"]);
    expect((await monitor.tick()).observed).toEqual([]);
  });
});

it("blindness is no observation: nothing is committed, and it is reported", async () => {
  await stage(async ({ runs: { store }, clock, monitor }) => {
    await store.create(newRun("r1", clock, { branch: null }));
    const before = (await store.health()).seq;
    const report: TickReport = await monitor.tick();
    expect(report).toMatchObject({ blind: [{ run: "r1", at: "session" }], changes: [], failures: [] });
    expect((await store.health()).seq).toBe(before);
  });
});

it("a gatherer that throws or hangs holds up nobody else", async () => {
  await stage(async (scene) => {
    const { runs, clock, timer, monitor } = scene;
    for (const run of ["hangs", "throws", "works"]) {
      await runs.store.create(newRun(run, clock, { branch: null }));
    }
    scene.answers = {
      session: ({ created: { run } }) => {
        if (run === "hangs") return new Promise(() => undefined);
        if (run === "throws") throw new Error("out of order");
        return alive();
      },
    };
    const ticking = monitor.tick();
    await settle();
    await timer.advance(20_000);
    const { observed, failures, blind } = await ticking;
    expect(observed).toEqual(["hangs", "throws", "works"]);
    expect(failures.map(({ run, at }) => `${run} ${at}`).sort()).toEqual(["hangs session", "throws session"]);
    expect(blind.map(({ run, at }) => `${run} ${at}`)).toContain("works pane");
    expect((await runs.store.get("works")).view.wasAlive).toBe(true);
  });
});

it("ticks on its time until it is told to stop, and says when the log cannot be read", async () => {
  await stage(async ({ runs, clock, timer }) => {
    await runs.store.create(newRun("r1", clock, { branch: null }));
    const ticks: number[] = [];
    const failures: unknown[] = [];
    const nothing = (): Promise<null> => Promise.resolve(null);
    const monitor = new Monitor({
      store: runs.store,
      commits: runs.commits,
      gatherer: { pullRequest: nothing, session: nothing, evidence: nothing, pane: nothing },
      timer,
      tickMs: 5_000,
      onTick: () => void ticks.push(clock.now().monotonicMs),
      onFailure: (error) => void failures.push(error),
    });
    const stop = new AbortController();
    const running = monitor.run(stop.signal);
    await settle();
    await timer.advance(10_000);
    expect(ticks).toHaveLength(3);
    await runs.store.close();
    await timer.advance(5_000);
    expect(failures).toHaveLength(1);
    stop.abort();
    await running;
    expect(timer.waiting).toBe(0);
  });
});
