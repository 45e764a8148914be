/**
 * The commit point on a disk that fails and stops: laws L8 and L15 at every call of the disk.
 *
 * A run is created and takes four observations; each call of the disk is once the one that fails, and once the
 * one the power goes at, in every image the simulated disk may leave. Not in here: bytes that are torn inside a
 * sector, two committers at once (see the process tests).
 */
import { expect, test } from "vitest";

import { auditCommit, foldEffects } from "../spec/run/index.js";
import type { Observation } from "../spec/vocabulary/index.js";
import { JournalError } from "../src/journal/index.js";
import { type Runs, type StatusChange, openRuns } from "../src/run/index.js";
import { ManualClock, ManualTimer, newRun } from "./harness/runs.js";
import { type Image, SimWorld } from "./harness/sim-disk.js";

const script: readonly Observation[] = [
  { type: "launch.progressed", stage: "agentStarted" },
  { type: "session.alive", observer: "local:1" },
  // Two durable effects at once: an artifact and a status.
  { type: "pr.state", outcome: "merged", url: "u", discoveredUrl: "u" },
  { type: "status.asserted", status: "running", source: "user" },
];

interface Played {
  readonly heard: StatusChange[];
  /** Commits that were acknowledged, by place in the script. */
  readonly acknowledged: number[];
  readonly failures: unknown[];
}

function open(world: SimWorld): Promise<Runs> {
  const { disk } = world.process();
  return openRuns({ directory: "/state", disk, clock: new ManualClock(), timer: new ManualTimer() });
}

/** Plays the script; a commit that fails is tried once more, as a monitor's next tick would. */
async function play(world: SimWorld, retries: boolean): Promise<Played> {
  const played: Played = { heard: [], acknowledged: [], failures: [] };
  const attempt = async (work: () => Promise<unknown>): Promise<boolean> => {
    for (let left = retries ? 3 : 0; ; left -= 1) {
      try {
        await work();
        return true;
      } catch (error) {
        played.failures.push(error);
        if (left === 0 || !(error instanceof JournalError)) return false;
      }
    }
  };
  let runs: Runs | null = null;
  if (!(await attempt(async () => (runs = await open(world))))) return played;
  const opened = runs as unknown as Runs;
  opened.commits.listen("test", (change) => void played.heard.push(change));
  const created = await attempt(async () => {
    const known = await opened.store.list();
    if (known.length === 0) await opened.store.create(newRun("r1", new ManualClock()));
  });
  if (!created) return played;
  for (const [place, observation] of script.entries()) {
    if (await attempt(() => opened.commits.commit("r1", observation))) played.acknowledged.push(place);
    else break;
  }
  await opened.commits.settled();
  return played;
}

const seqs = (changes: readonly StatusChange[]): number[] => changes.map(({ seq }) => seq);

/** Every commit in the log is whole and the machine's own; the view is their fold. */
async function audited(image: Image): Promise<{ commits: number; changes: number; status: string | null }> {
  const runs = await open(new SimWorld(image));
  const [run] = await runs.store.list();
  await runs.close();
  if (run === undefined) return { commits: 0, changes: 0, status: null };
  let view = { ...run.view, status: "queued" as const, reason: null, prUrl: null, prRecorded: false, wasAlive: false };
  let changes = 0;
  const commits = run.entries.flatMap((entry) => (entry.type === "committed" ? [entry.data] : []));
  for (const commit of commits) {
    expect(auditCommit(view, commit)).toBeNull();
    view = { ...view, ...foldEffects(view, commit.effects) } as typeof view;
    if (commit.effects.some(({ type }) => type === "setStatus")) changes += 1;
  }
  expect(run.view).toEqual(view);
  return { commits: commits.length, changes, status: run.view.status };
}

test("L15: the power may go at any call: the effects of an observation are all in the log or none is", async () => {
  const whole = new SimWorld();
  await play(whole, false);
  let images = 0;
  for (let cut = 1; cut <= whole.calls; cut += 1) {
    const world = new SimWorld();
    world.hook = () => (world.calls === cut ? "stop" : undefined);
    const { acknowledged } = await play(world, false);
    for (const image of world.images()) {
      images += 1;
      const { commits } = await audited(image);
      expect(commits).toBeGreaterThanOrEqual(acknowledged.length);
    }
  }
  expect(images).toBeGreaterThan(100);
}, 60_000);

test.each(["EIO", "ENOSPC"])("L8, L15: %s at any call: what fails is told of, what is told of is in the log", async (errno) => {
  const whole = new SimWorld();
  await play(whole, false);
  let failed = 0;
  for (let place = 1; place <= whole.calls; place += 1) {
    const world = new SimWorld();
    let thrown = false;
    world.hook = () => {
      if (thrown || world.calls !== place) return undefined;
      thrown = true;
      return { errno, dropped: true };
    };
    const { heard, acknowledged, failures } = await play(world, true);
    failed += failures.length;
    const { changes } = await audited(world.cachedImage());
    // Each change in the log was told once, and nothing else was.
    expect(new Set(seqs(heard)).size).toBe(heard.length);
    if (acknowledged.length === script.length) expect(heard).toHaveLength(changes);
    expect(heard.length).toBeLessThanOrEqual(changes);
  }
  expect(failed).toBeGreaterThan(5);
}, 60_000);
