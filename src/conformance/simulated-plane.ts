/**
 * A worker plane in one process with clocks that a test moves: the real master, the real worker, and links
 * that can be held, frozen and cut. Every change is judged as it happens.
 *
 * Faults: a process crashes, freezes or leaves; a link holds messages back; the master restarts. Not injected:
 * messages out of order or doubled by the transport, which promises that they are neither.
 */
import type { FencedParameters } from "../../spec/systems/worker-plane-fenced-state.js";
import {
  type Assignment,
  type FromWorker,
  type Json,
  type LeaseOutcome,
  type LeaseRequest,
  type Master,
  type MasterOptions,
  type Peer,
  type PlaneChange,
  type PlaneClock,
  type Problem,
  type WorkerProcess,
  type WorkerTransport,
  createMaster,
  createWorker,
  inProcessTransport,
} from "../worker-plane/index.js";
import { createBeats } from "../worker-plane/beats.js";
import type { Judge } from "./plane-judge.js";
import { PlaneObserver } from "./plane-observer.js";

export const tickMs = 100;

export interface SimulatedClock extends PlaneClock {
  advance(ms: number): void;
}

export function simulatedClock(): SimulatedClock {
  let time = 0;
  let order = 0;
  const timers = new Map<number, { at: number; every: number | null; run: () => void }>();
  const add = (at: number, every: number | null, run: () => void): (() => void) => {
    const id = (order += 1);
    timers.set(id, { at, every, run });
    return () => timers.delete(id);
  };
  return {
    now: () => time,
    every: (ms, run) => add(time + ms, ms, run),
    after: (ms, run) => add(time + ms, null, run),
    advance: (ms) => {
      const end = time + ms;
      for (;;) {
        const [next] = [...timers]
          .filter(([, { at }]) => at <= end)
          .sort(([a, x], [b, y]) => x.at - y.at || a - b);
        if (next === undefined) break;
        const [id, timer] = next;
        time = timer.at;
        if (timer.every === null) timers.delete(id);
        else timer.at += timer.every;
        timer.run();
      }
      time = end;
    },
  };
}

/** Lets everything that is under way arrive. */
export async function arrive(): Promise<void> {
  for (let round = 0; round < 3; round += 1) await new Promise((resolve) => setImmediate(resolve));
}

/** An effect that executes until the test ends it. */
export interface Execution {
  readonly worker: string;
  readonly assignment: Assignment;
  readonly signal: AbortSignal;
  readonly end: (result: { ok: true; result: Json } | { ok: false; message: string }) => void;
}

interface Process {
  readonly id: string;
  readonly worker: WorkerProcess;
  readonly clock: SimulatedClock;
  readonly cut: () => void;
  frozen: boolean;
  /** Messages of the worker's own connection that wait, while it is held. */
  held: (() => void)[] | null;
}

export interface SimulatedPlane {
  readonly executions: Execution[];
  readonly outcomes: { readonly request: LeaseRequest; readonly outcome: LeaseOutcome }[];
  readonly problems: Problem[];
  readonly changes: PlaneChange[];
  master(): Master;
  spawn(id: string): Promise<void>;
  crash(id: string): Promise<void>;
  stop(id: string): Promise<void>;
  /** A frozen process neither beats nor reads. */
  freeze(id: string): void;
  thaw(id: string): Promise<void>;
  /** Words of the worker wait on their way; its beats do not. */
  hold(id: string): void;
  release(id: string): Promise<void>;
  lease(request: Pick<LeaseRequest, "target" | "effect" | "run">): Promise<void>;
  /** The worker of one of the attempts in hand, any, sends a word for it, of its own accord. */
  sayForAny(which: number, word: "succeeded" | "failed" | "progress"): Promise<void>;
  /** Sends a word as a worker that does not follow the rules. */
  say(id: string, message: FromWorker): Promise<void>;
  ticks(count: number): Promise<void>;
  restart(): Promise<void>;
  /** Lets what is under way arrive. Throws what the judge found. */
  settle(): Promise<void>;
  end(): Promise<void>;
}

/** `change`: a changed master, to see that it is caught. */
export async function simulatedPlane(
  parameters: FencedParameters,
  judge: Judge,
  change: (options: MasterOptions) => MasterOptions = (options) => options,
): Promise<SimulatedPlane> {
  const plane = new Simulation(parameters, judge, change);
  await plane.begin();
  return plane;
}

class Simulation implements SimulatedPlane {
  readonly executions: Execution[] = [];
  readonly outcomes: { request: LeaseRequest; outcome: LeaseOutcome }[] = [];
  readonly problems: Problem[] = [];
  readonly changes: PlaneChange[] = [];
  private readonly clock = simulatedClock();
  private readonly hub = inProcessTransport({ clock: this.clock });
  private readonly processes = new Map<string, Process>();
  private readonly observer: PlaneObserver;
  private current!: Master;

  constructor(
    private readonly parameters: FencedParameters,
    judge: Judge,
    private readonly change: (options: MasterOptions) => MasterOptions,
  ) {
    const workers = ["local", "remote"].slice(0, parameters.workers);
    const runs = ["run-0", "run-1"].slice(0, parameters.runs);
    this.observer = new PlaneObserver({ parameters, workers, runs, tickMs }, judge);
  }

  master(): Master {
    return this.current;
  }

  async begin(): Promise<void> {
    const { heartbeatTtl, dispatchTtl, waitBudget, dispatchMax, retention, leases } = this.parameters;
    const options: MasterOptions = {
      clock: this.clock,
      policy: {
        tickMs,
        heartbeatTtlMs: heartbeatTtl * tickMs,
        dispatchTtlMs: dispatchTtl * tickMs,
        waitMs: waitBudget * tickMs,
        captureWaitMs: waitBudget * tickMs,
        attemptsMax: dispatchMax,
        completedLeasesMax: retention,
        openLeasesMax: leases,
      },
      onChange: (change) => {
        this.changes.push(change);
        this.observer.follow(change);
      },
      onProblem: (problem) => this.problems.push(problem),
    };
    this.current = createMaster(this.change(options));
    this.observer.watch(() => this.current.status());
    await this.current.serve(this.hub.master);
  }

  async spawn(id: string): Promise<void> {
    if (this.processes.has(id)) return;
    const clock = simulatedClock();
    const links = new Set<() => void>();
    const state = { dead: false, frozen: false, held: null as (() => void)[] | null };
    const connect = this.connecting(clock, state, links);
    const process: Process = Object.assign(state, {
      id,
      clock,
      cut: () => {
        state.dead = true;
        for (const cut of links) cut();
      },
      worker: this.workerOf(id, clock, connect),
    });
    this.processes.set(id, process);
    await this.settle();
  }

  /** A way to the master that can be frozen, held and cut. */
  private connecting(
    clock: SimulatedClock,
    state: Pick<Process, "frozen" | "held"> & { dead: boolean },
    links: Set<() => void>,
  ): WorkerTransport["connect"] {
    return (peer, events) => {
      if (state.dead) return { send: () => undefined, close: () => undefined };
      const inward = (run: () => void): void => {
        if (state.dead) return;
        if (state.frozen) clock.after(1, () => inward(run));
        else run();
      };
      const link = this.hub.worker.connect(peer, {
        opened: () => inward(events.opened),
        message: (message) => inward(() => events.message(message)),
        closed: (problem) => inward(() => events.closed(problem)),
      });
      links.add(() => link.close());
      return {
        send: (message) => {
          const send = (): void => {
            if (state.dead) return;
            if (state.frozen) clock.after(1, send);
            else this.deliver(() => link.send(message), message);
          };
          if (state.held !== null && peer.role === "worker") state.held.push(send);
          else send();
        },
        close: (problem) => link.close(problem),
      };
    };
  }

  private workerOf(id: string, clock: SimulatedClock, connect: WorkerTransport["connect"]): WorkerProcess {
    const how = { clock, random: () => 0, backoff: { firstMs: 10, longestMs: 10 } };
    return createWorker({
      id,
      ...how,
      bornAtMs: this.clock.now(),
      transport: { connect, beats: (peer, heard) => createBeats({ connect, peer, heard, ...how }) },
      execute: (assignment, signal) =>
        new Promise((resolve, reject) => {
          this.executions.push({
            worker: id,
            assignment,
            signal,
            end: (end) => {
              if (end.ok) resolve(end.result);
              else reject(new Error(end.message));
            },
          });
        }),
    });
  }

  async crash(id: string): Promise<void> {
    const process = this.processes.get(id);
    if (process === undefined) return;
    process.cut();
    this.processes.delete(id);
    this.dropExecutions(id);
    this.observer.crashed(id);
    await this.settle();
  }

  async stop(id: string): Promise<void> {
    const process = this.processes.get(id);
    if (process === undefined || process.frozen || process.held !== null || !this.observer.up.has(id)) return;
    const ended = process.worker.stop(1);
    process.clock.advance(2);
    await ended;
    this.processes.delete(id);
    await this.settle();
    process.cut();
    this.dropExecutions(id);
    await this.settle();
  }

  freeze(id: string): void {
    const process = this.processes.get(id);
    if (process !== undefined) process.frozen = true;
  }

  async thaw(id: string): Promise<void> {
    const process = this.processes.get(id);
    if (process === undefined) return;
    process.frozen = false;
    process.clock.advance(tickMs);
    await this.settle();
  }

  hold(id: string): void {
    const process = this.processes.get(id);
    if (process !== undefined) process.held ??= [];
  }

  async release(id: string): Promise<void> {
    const process = this.processes.get(id);
    const held = process?.held ?? [];
    if (process !== undefined) process.held = null;
    for (const send of held) send();
    await this.settle();
  }

  async lease(wanted: Pick<LeaseRequest, "target" | "effect" | "run">): Promise<void> {
    if (!this.observer.hasRoom) return;
    const request: LeaseRequest = { ...wanted, snapshot: { of: wanted.run } };
    void this.current.lease(request).then((outcome) => this.outcomes.push({ request, outcome }));
    await this.settle();
  }

  async sayForAny(which: number, word: "succeeded" | "failed" | "progress"): Promise<void> {
    const all = this.observer.inHand();
    const found = all[which % Math.max(all.length, 1)];
    if (found === undefined || !this.observer.up.has(found.owner)) return;
    const { owner, ...one } = found;
    const error = { code: "effect-failed", message: "no" };
    if (word === "succeeded") await this.say(owner, { type: word, ...one, result: null });
    else if (word === "failed") await this.say(owner, { type: word, ...one, error });
    else await this.say(owner, { type: word, ...one });
  }

  async say(id: string, message: FromWorker): Promise<void> {
    const worker = this.current.status().workers.find((known) => known.id === id);
    if (worker === undefined) throw new RangeError(`no worker ${id}`);
    const peer: Peer = { worker: id, incarnation: worker.incarnation, bornAtMs: 0, role: "worker" };
    const none = { opened: () => undefined, message: () => undefined, closed: () => undefined };
    const link = this.hub.worker.connect(peer, none);
    this.deliver(() => link.send(message), message);
    await this.settle();
    link.close();
    await this.settle();
  }

  async ticks(count: number): Promise<void> {
    for (let tick = 0; tick < count; tick += 1) {
      for (const process of this.processes.values()) if (!process.frozen) process.clock.advance(tickMs - 1);
      await this.settle();
      this.clock.advance(tickMs);
      await this.settle();
      for (const process of this.processes.values()) if (!process.frozen) process.clock.advance(1);
      await this.settle();
    }
  }

  async restart(): Promise<void> {
    await this.current.close();
    await this.settle();
    await this.begin();
    await this.settle();
  }

  async end(): Promise<void> {
    for (const process of this.processes.values()) process.cut();
    await this.current.close();
  }

  async settle(): Promise<void> {
    await arrive();
    if (this.observer.failure !== null) throw this.observer.failure;
  }

  private dropExecutions(id: string): void {
    for (let index = this.executions.length - 1; index >= 0; index -= 1) {
      if (this.executions[index]?.worker === id) this.executions.splice(index, 1);
    }
  }

  /** A word on its way to the master: what it ends at the worker is known when it is read. */
  private deliver(send: () => void, message: FromWorker): void {
    send();
    if (message.type !== "succeeded" && message.type !== "failed") return;
    // Sent as the next delivery of the same queue: read right after the word.
    const { lease, attempt } = message;
    queueMicrotask(() => this.observer.ended(lease, attempt, message.type === "succeeded"));
  }
}
