/**
 * The monitor of a state directory: one process ticks, holds the lane of monitors, beats the leases of runs, answers
 * gates, carries out stops that are pending, and settles ended runs.
 *
 * Another monitor is refused while this one's lease stands. Before each tick, and after each answer of a gatherer, the
 * lease is asked whether it is still held: a monitor that was suspended past its lease commits nothing any more. Before
 * a key is pressed, a session ended, a lease of a run taken or freed, or an issue marked, the log of runs is asked for
 * its fence; what was looked at before the suspension is carried out all the same, and so are beats (L20).
 */
import type { LaneRefusal } from "../../spec/lane-lease/index.js";

import { isTerminal } from "../../spec/vocabulary/index.js";
import { laneHeartbeatMsOf } from "../../spec/vocabulary/lane.js";
import type { Classification, Failure } from "../gather/index.js";
import { JournalError } from "../journal/index.js";
import { type HolderProof, type Keeper, LeaseError, type LostReason, keepLease } from "../lease/index.js";
import { type Gatherer, Monitor, type Question, RunError, type StatusChange, type TickReport, hostTimer } from "../run/index.js";
import { carryOutStop, sessionOf } from "./actions.js";
import { factsOf, note } from "./facts.js";
import { HostGatherer } from "./gatherer.js";
import type { Host } from "./host.js";
import { settleRun, unsettled } from "./settle.js";
import { LeaseBeats } from "./tree-lease.js";

/** The lane that monitors of one state directory take. */
export const monitorLane = "run-monitor";
/** A monitor that is killed frees it at once; one that hangs after so long. */
export const monitorTtlMs = 30_000;

/** Ticks follow one another by at least so many milliseconds, however often somebody wakes the monitor. */
const wakeMs = 200;
/** What could not be settled is tried again after so many milliseconds. */
const settleRetryMs = 30_000;

/** What a monitor tells of its work while it runs. */
export type MonitorEvent =
  /** `fencingToken` is its lease's; `fence` is what it writes under, which is higher where the journal of leases was replaced. */
  | { readonly type: "started"; readonly fencingToken: number; readonly fence: number; readonly leaseId: string }
  | { readonly type: "change"; readonly change: StatusChange }
  /** `run` null: it is about all of them. */
  | { readonly type: "trouble"; readonly run: string | null; readonly message: string }
  | { readonly type: "seen-again"; readonly run: string; readonly at: Question }
  | { readonly type: "did"; readonly run: string; readonly what: string }
  | { readonly type: "tick"; readonly report: TickReport };

/** How a host is monitored, and who hears of it. */
export interface MonitorHostOptions {
  readonly host: Host;
  /** Milliseconds from the start of one tick to the start of the next. */
  readonly tickMs: number;
  /** Press the keys that answer a confirmed gate, where its profile has some. */
  readonly acknowledge: boolean;
  /** Who monitors, for people. */
  readonly holder: string;
  readonly signal: AbortSignal;
  /** Hears of everything the monitor does. */
  readonly onEvent: (event: MonitorEvent) => void;
  /** The host's own by default. */
  readonly gatherer?: HostGatherer;
}

/** Why a monitor stopped: asked to, another one is there, or its lease was lost. */
export type MonitorEnd =
  | { readonly outcome: "ended" }
  | { readonly outcome: "refused"; readonly refusal: LaneRefusal }
  | { readonly outcome: "lost"; readonly reason: LostReason };

/** Runs until the signal is given or the lease is lost. Rejects with the errors of the lease store when it cannot be taken. */
export async function monitorRuns(options: MonitorHostOptions): Promise<MonitorEnd> {
  const { host, tickMs, holder, onEvent } = options;
  const acquired = await host.leases.acquire({
    lane: monitorLane,
    holder,
    ttlMs: monitorTtlMs,
    meta: { tickMs, profiles: host.system.profiles.map(({ name }) => name) },
  });
  if (acquired.outcome === "refused") return acquired;
  const { fencingToken, leaseId } = acquired.grant;
  const proof = { leaseId, secret: acquired.secret };
  const onTrouble = (message: string): void => onEvent({ type: "trouble", run: null, message });
  const keeper = keepLease(host.leases, acquired, { onTrouble });
  let lost: LostReason | null = "adopted";
  try {
    const fence = await fenceRaised(host, fencingToken, proof);
    if (fence !== null) {
      onEvent({ type: "started", fencingToken, fence, leaseId });
      const watch = new HostMonitor(options, keeper, { proof, fence });
      await watch.run();
      lost = watch.lost;
    }
  } finally {
    const end = await keeper.end();
    if (end.type === "left") onTrouble(end.error.message);
  }
  return lost === null ? { outcome: "ended" } : { outcome: "lost", reason: lost };
}

/**
 * The log of runs takes nothing any more that an earlier monitor writes. Answers with the token to write under; null: a
 * later monitor began meanwhile.
 *
 * Tokens only grow, as long as the journal of leases is the same. Where that was replaced they begin again: a log
 * with a token that is not lower, while this lease is held by the leases' own word, is of the time before, and goes on
 * counting from there. The leases are asked with the lease's secret: its number may be another one's by then.
 */
async function fenceRaised(host: Host, token: number, proof: HolderProof): Promise<number | null> {
  const { store } = host.runs;
  const raised = await store.raiseFence(token);
  if (raised !== null) return raised;
  const higher = await store.fence();
  if ((await lossOf(host, proof)) !== null) return null;
  return await store.raiseFence(token, { instead: higher });
}

/** Null: its lease is held. A question; only a beat that is due is written down. */
async function lossOf({ leases }: Host, proof: HolderProof): Promise<LostReason | null> {
  const beaten = await leases.heartbeat(proof, { coalesceMs: laneHeartbeatMsOf(monitorTtlMs) });
  return beaten.outcome === "lost" ? beaten.reason : null;
}

interface Standing {
  /** Of its lease. */
  readonly proof: HolderProof;
  /** The token that it writes under in the log of runs. */
  readonly fence: number;
}

class HostMonitor {
  lost: LostReason | null = null;
  readonly #options: MonitorHostOptions;
  readonly #keeper: Keeper;
  readonly #proof: HolderProof;
  readonly #under: { readonly fence: number };
  readonly #gatherer: HostGatherer;
  readonly #monitor: Monitor;
  readonly #beats: LeaseBeats;
  readonly #told = new Map<string, string>();
  readonly #settleAfter = new Map<string, number>();
  #wake: () => void = () => undefined;

  constructor(options: MonitorHostOptions, keeper: Keeper, { proof, fence }: Standing) {
    const { host, tickMs, holder } = options;
    this.#options = options;
    this.#keeper = keeper;
    this.#proof = proof;
    const onBlind = (run: string, at: Question, failure: Failure | null): void => this.#blind(run, at, failure);
    this.#gatherer = options.gatherer ?? new HostGatherer({ system: host.system, tickMs, onBlind });
    this.#under = { fence };
    this.#beats = new LeaseBeats(host, holder, this.#under);
    const { store, commits } = host.runs;
    const gatherer = fenced(this.#gatherer, () => this.#isLost());
    this.#monitor = new Monitor({ store, commits, gatherer, timer: hostTimer, tickMs, ...this.#under });
  }

  async run(): Promise<void> {
    const { signal, host } = this.#options;
    const { clock } = host.system;
    const stop = new AbortController();
    const silence = host.runs.commits.listen("monitor", (change) => this.#options.onEvent({ type: "change", change }));
    const wakes = this.#wakeOnLaunch(stop.signal);
    while (!signal.aborted && !this.#isLost()) {
      const started = clock.now().monotonicMs;
      await this.#guarded(null, () => this.#round());
      const passed = (): number => clock.now().monotonicMs - started;
      await this.#pause(Math.max(0, this.#options.tickMs - passed()), Math.max(0, wakeMs - passed()));
    }
    stop.abort();
    await wakes;
    await host.runs.commits.settled();
    silence();
  }

  async #round(): Promise<void> {
    const { host, onEvent } = this.#options;
    const loss = await lossOf(host, this.#proof);
    if (loss !== null) {
      this.lost ??= loss;
      return;
    }
    const runs = await host.runs.store.list();
    const active = runs.filter(({ view }) => !isTerminal(view.status));
    this.#gatherer.keepOnly(new Set(active.map(({ created }) => created.run)));
    await this.#beats.beat(active, (run, message) => this.#trouble(run, message));
    for (const { created } of active.filter((run) => factsOf(run).stopRequested)) await this.#stop(created.run);
    const report = await this.#monitor.tick();
    for (const { run, at, error } of report.failures) this.#failed(run, error, `${at}: ${messageOf(error)}`);
    await this.#noteSights();
    await this.#answerGates(this.#gatherer.shown());
    for (const { created } of unsettled(await host.runs.store.list())) await this.#settle(created.run);
    onEvent({ type: "tick", report });
  }

  async #stop(run: string): Promise<void> {
    if (this.#isLost()) return;
    await this.#guarded(run, async () => {
      const stopped = await carryOutStop(this.#options.host, run, this.#under);
      if (stopped.outcome === "stopped") this.#did(run, "stopped, as was asked");
      else this.#trouble(run, stopped.message);
    });
  }

  /** An identity that a launch could not note any more is noted here. */
  async #noteSights(): Promise<void> {
    const { store } = this.#options.host.runs;
    await Promise.all(
      this.#gatherer.firstSights().map(({ run, observer, identity }) =>
        this.#guarded(run, async () => {
          const { notes } = await store.get(run);
          await store.note(run, note.observer, observer, this.#under);
          if (notes[note.session] === undefined) await store.note(run, note.session, identity, this.#under);
        }),
      ),
    );
  }

  /** Keys first, then the note: a crash in between presses them twice, and never not at all. */
  async #answerGates(shown: ReadonlyMap<string, Classification>): Promise<void> {
    const { host, acknowledge } = this.#options;
    if (!acknowledge) return;
    for (const [run, { signal, acknowledge: keys }] of shown) {
      const { gate } = signal;
      if (gate === undefined || gate === null || keys === null) continue;
      await this.#guarded(run, async () => {
        const logged = await host.runs.store.get(run);
        const confirmed = logged.view.status === "waiting" && logged.view.reason === `gate_${gate}`;
        const at = sessionOf(host, logged);
        if (!confirmed || at === null || logged.notes[note.gate(gate)] !== undefined || this.#isLost()) return;
        await host.runs.store.checkFence(this.#under);
        const pressed = await at.port.press(at.ref, keys);
        if (pressed.kind !== "sent") {
          this.#trouble(run, `answering the gate "${gate}": ${pressed.kind === "failed" ? pressed.failure.message : pressed.kind}`);
          return;
        }
        await host.runs.store.note(run, note.gate(gate), keys.join(" "), this.#under);
        this.#did(run, `answered the gate "${gate}" with ${keys.join(" ")}`);
      });
    }
  }

  async #settle(run: string): Promise<void> {
    const now = this.#options.host.system.clock.now().monotonicMs;
    if (now < (this.#settleAfter.get(run) ?? 0) || this.#isLost()) return;
    this.#settleAfter.set(run, now + settleRetryMs);
    await this.#guarded(run, async () => {
      const { trouble, issue } = await settleRun(this.#options.host, run, this.#under);
      if (trouble !== null) {
        this.#trouble(run, trouble);
        return;
      }
      this.#settleAfter.delete(run);
      if (issue !== null) this.#did(run, `its issue: ${issue}`);
    });
  }

  #isLost(): boolean {
    const lost = this.#keeper.lost();
    if (lost !== null) this.lost ??= lost.reason;
    return this.lost !== null;
  }

  /** What the world did not let happen is told, and tried again at the next tick. */
  async #guarded(run: string | null, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      const ofWorld = error instanceof JournalError || error instanceof LeaseError || error instanceof RunError;
      if (!ofWorld) throw error;
      this.#failed(run, error, error.message);
    }
  }

  /** Refused by the log itself: another monitor has begun, and this one ends. */
  #failed(run: string | null, error: unknown, message: string): void {
    if (error instanceof RunError && error.failure.code === "run/fenced") this.lost ??= "adopted";
    this.#trouble(run, message);
  }

  #did(run: string, what: string): void {
    this.#options.onEvent({ type: "did", run, what });
  }

  /** The same trouble is told once until it changes. */
  #trouble(run: string | null, message: string): void {
    if (this.#told.get(run ?? "") === message) return;
    this.#told.set(run ?? "", message);
    this.#options.onEvent({ type: "trouble", run, message });
  }

  #blind(run: string, at: Question, failure: Failure | null): void {
    const { onEvent } = this.#options;
    if (failure === null) onEvent({ type: "seen-again", run, at });
    else onEvent({ type: "trouble", run, message: `${at}: ${failure.message}` });
  }

  /** A run that was just launched is looked at soon: what is over in moments is seen alive before. */
  async #wakeOnLaunch(signal: AbortSignal): Promise<void> {
    const { store } = this.#options.host.runs;
    await this.#guarded(null, async () => {
      const { seq } = await store.health();
      for await (const { cause, to } of store.changes({ from: seq + 1, signal }))
        if (cause === "launch.progressed" && to.status === "running") this.#wake();
    });
  }

  /** `ms`, or less when somebody wakes it, but not less than `leastMs`. */
  async #pause(ms: number, leastMs: number): Promise<void> {
    const { signal } = this.#options;
    const ended = [signal, this.#keeper.signal];
    await new Promise<void>((resolve) => {
      const done = (): void => {
        cancel();
        for (const one of ended) one.removeEventListener("abort", done);
        this.#wake = () => undefined;
        resolve();
      };
      let cancel = hostTimer.after(ms, done);
      this.#wake = () => {
        cancel();
        cancel = hostTimer.after(Math.min(ms, leastMs), done);
      };
      for (const one of ended) one.addEventListener("abort", done);
      if (ended.some(({ aborted }) => aborted)) done();
    });
  }
}

/** A gatherer whose answers count only while the lease is held. */
function fenced(gatherer: Gatherer, isLost: () => boolean): Gatherer {
  const guard = async <T>(answer: Promise<T>): Promise<T | null> => {
    const value = await answer;
    return isLost() ? null : value;
  };
  return {
    pullRequest: (run, signal) => guard(gatherer.pullRequest(run, signal)),
    session: (run, signal) => guard(gatherer.session(run, signal)),
    evidence: (run, observer, signal) => guard(gatherer.evidence(run, observer, signal)),
    pane: (run, signal) => guard(gatherer.pane(run, signal)),
  };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

