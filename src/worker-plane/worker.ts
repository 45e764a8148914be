/**
 * The worker: executes what a master hands to it, from the assignment alone (LL5), and says what came of it.
 *
 * A lease is executed at most once by one process: a later attempt of it takes over what is executing, or gets
 * the result there is. Mutations of one run follow one another, also when the master has forgotten one.
 */
import { randomUUID } from "node:crypto";

import { workerId } from "../../spec/vocabulary/worker.js";
import { unreachable } from "../../spec/kernel/index.js";
import { type PlaneClock, hostPlaneClock } from "./clock.js";
import { type Problem, WorkerPlaneError, problemOf } from "./errors.js";
import { type Execute, Executions } from "./executions.js";
import { type KeptConnection, keepConnected } from "./keep-connected.js";
import { type FromMaster, type Peer, fromMaster, parseMessage } from "./messages.js";
import { type Backoff, defaultBackoff } from "./policy.js";
import type { Beats, WorkerTransport } from "./transport.js";

/** What a worker is and does. */
export interface WorkerOptions {
  readonly id: string;
  readonly transport: WorkerTransport;
  /** Does an effect. It is given the assignment and a signal, and nothing else. */
  readonly execute: Execute;
  readonly clock?: PlaneClock;
  /** In [0, 1); spreads the waits between tries to connect. */
  readonly random?: () => number;
  readonly backoff?: Backoff;
  /** Of two processes with one id the one born later stays. Wall time in milliseconds. */
  readonly bornAtMs?: number;
  /** Called for each problem: refused words, lost connections, frames that are none. */
  readonly onProblem?: (problem: Problem) => void;
}

/** How a worker sees itself; the master may know less, or more. */
export interface WorkerStatusOfItself {
  readonly state: "connecting" | "registered" | "stopped";
  /** Leases whose effect executes, and those whose result has not arrived. */
  readonly executing: number;
  readonly unconfirmed: number;
}

/** A worker that runs; it connects by itself, again and again. */
export interface WorkerProcess {
  /** Resolves when the master first knows it. Rejects when it ends before that. */
  readonly registered: Promise<void>;
  /** Resolves when it has ended: `null` after `stop`, otherwise why no master will have it. */
  readonly ended: Promise<Problem | null>;
  /** How it stands now. */
  status(): WorkerStatusOfItself;
  /** Aborts what executes, waits for it at most `graceMs`, says goodbye. */
  stop(graceMs?: number): Promise<void>;
}

/** Beats and progress in one TTL: that many may be missed but one. */
export const beatsPerTtl = 6;

/** Starts a worker, which begins to connect at once. */
export function createWorker(options: WorkerOptions): WorkerProcess {
  return new WorkerShell(options);
}

class WorkerShell implements WorkerProcess {
  readonly registered: Promise<void>;
  readonly ended: Promise<Problem | null>;
  private readonly clock: PlaneClock;
  private readonly executions: Executions;
  private readonly connection: KeptConnection;
  private readonly beats: Beats;
  private state: WorkerStatusOfItself["state"] = "connecting";
  private resolveRegistered!: () => void;
  private rejectRegistered!: (error: WorkerPlaneError) => void;
  private resolveParted: () => void = () => undefined;
  private stopping = false;
  private resolveEnded!: (problem: Problem | null) => void;

  constructor(private readonly options: WorkerOptions) {
    const {
      transport,
      execute,
      clock = hostPlaneClock(),
      random = Math.random,
      bornAtMs = Date.now(),
    } = options;
    const id = workerId.safeParse(options.id);
    if (!id.success) {
      throw new WorkerPlaneError({
        code: "worker-plane/bad-request",
        field: "id",
        found: "it is not a string of 1 to 200 characters",
      });
    }
    this.clock = clock;
    this.registered = new Promise((resolve, reject) => {
      this.resolveRegistered = resolve;
      this.rejectRegistered = reject;
    });
    this.registered.catch(() => undefined);
    this.ended = new Promise((resolve) => {
      this.resolveEnded = resolve;
    });
    const peer: Peer = { worker: id.data, incarnation: randomUUID(), bornAtMs, role: "worker" };
    this.beats = transport.beats(peer, (raw) => this.receive(raw));
    this.executions = new Executions(execute, {
      started: (lease, attempt) => this.beats.hold(lease, attempt),
      settled: (lease) => this.beats.release(lease),
      say: (message) => this.connection.send(message),
    });
    this.connection = keepConnected({
      connect: transport.connect,
      peer,
      clock,
      random,
      backoff: options.backoff ?? defaultBackoff,
      opened: () => this.connection.send({ type: "register", holds: this.executions.holds() }),
      message: (raw) => this.receive(raw),
      closed: (problem, final) => {
        if (problem !== null && !this.stopping) options.onProblem?.(problem);
        this.resolveParted();
        if (final) this.end(problem);
        else if (this.state === "registered") this.state = "connecting";
      },
    });
  }

  status(): WorkerStatusOfItself {
    const { executing, unconfirmed } = this.executions;
    return { state: this.state, executing, unconfirmed };
  }

  async stop(graceMs = 5_000): Promise<void> {
    if (this.state === "stopped") return;
    this.stopping = true;
    const settled = this.executions.abortAll("the worker stops");
    if (graceMs > 0) await this.orAfter(settled, graceMs);
    this.beats.stop();
    const parted = new Promise<void>((resolve) => {
      this.resolveParted = resolve;
    });
    this.connection.send({ type: "unregister" });
    // The master answers a goodbye by closing: until then it may still be on its way.
    if (graceMs > 0 && this.connection.connected) await this.orAfter(parted, graceMs);
    this.end(null);
  }

  private async orAfter(settled: Promise<void>, ms: number): Promise<void> {
    let cancel = (): void => undefined;
    const patience = new Promise<void>((resolve) => {
      cancel = this.clock.after(ms, resolve);
    });
    await Promise.race([settled, patience]);
    cancel();
  }

  private end(problem: Problem | null): void {
    if (this.state === "stopped") return;
    this.state = "stopped";
    void this.executions.abortAll("no master has this worker");
    this.beats.stop();
    this.connection.stop();
    const because = problem ?? problemOf("worker-plane/connection-lost", "it was stopped");
    this.rejectRegistered(new WorkerPlaneError({ code: "worker-plane/stopped", because }));
    this.resolveEnded(problem);
  }

  private receive(raw: unknown): void {
    if (this.state === "stopped") return;
    const parsed = parseMessage(fromMaster, raw);
    if ("message" in parsed) this.follow(parsed.message);
    else this.options.onProblem?.(parsed.problem);
  }

  private follow(message: FromMaster): void {
    switch (message.type) {
      case "registered": {
        this.state = "registered";
        this.connection.settled();
        for (const lease of message.fenced)
          this.executions.fence(lease, "the master does not know the lease");
        this.beats.pace(message.heartbeatTtlMs / beatsPerTtl, message.dispatchTtlMs / beatsPerTtl);
        this.executions.sayAgain();
        this.resolveRegistered();
        return;
      }
      case "assign":
        return this.executions.take(message);
      case "taken":
        return this.executions.confirmed(message.lease);
      case "cancel":
        return this.executions.cancel(message.lease);
      case "refused":
        return this.refused(message.lease, message.problem);
      default:
        return unreachable(message);
    }
  }

  private refused(lease: string | null, problem: Problem): void {
    if (problem.code === "worker-plane/unknown-worker") {
      // It has forgotten us and we are still connected.
      if (!this.stopping) this.connection.send({ type: "register", holds: this.executions.holds() });
      return;
    }
    this.options.onProblem?.(problem);
    // An old attempt is no reason to end: the current one is on its way and takes the result over.
    if (lease !== null && problem.code !== "worker-plane/old-attempt")
      this.executions.fence(lease, problem.message);
  }
}
