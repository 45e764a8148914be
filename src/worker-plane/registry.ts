/**
 * The registries of workers and leases: memory only, and written in this file only (WS5).
 *
 * Each method is one event of the machines of `spec/worker-lease`; whether it may happen is the machine's
 * word, and what it becomes as well. Here are the maps, and the facts about others that events carry. There
 * is no clock, no connection and no caller's promise here.
 */
import { type Compiled, compileMachine, invariant } from "../../spec/kernel/index.js";
import {
  type LeaseEffect,
  type LeaseTarget,
  type WorkerId,
  accessOf,
  isCompleted,
  isOpen,
} from "../../spec/vocabulary/worker.js";
import {
  type CallerEvent,
  type CallerRecord,
  type LeaseEvent,
  type LeaseRecord,
  type WorkerEvent,
  type WorkerRecord,
  callerIdle,
  createCallerMachine,
  createLeaseMachine,
  createWorkerMachine,
  isActive,
  leaseFree,
  masterWorker,
  workerOf,
  workerStopped,
} from "../../spec/worker-lease/index.js";
import type { PlaneChange, Refusal } from "./changes.js";
import type { ProblemCode } from "./errors.js";
import type { EffectError } from "./messages.js";
import { type MasterPolicy, ticksOf } from "./policy.js";

export interface WorkerEntry {
  readonly id: WorkerId;
  /** Its number in lease records; `masterWorker` is the one on the master's own host. */
  readonly number: number;
  readonly incarnation: string;
  readonly bornAtMs: number;
  readonly record: WorkerRecord;
}

export interface LeaseEntry {
  readonly id: string;
  readonly worker: WorkerId;
  readonly run: string;
  readonly effect: LeaseEffect;
  /** JSON that the worker gets; dropped with the verdict. */
  readonly snapshot: string;
  /** The process the current attempt was handed to. */
  readonly handedTo: string | null;
  readonly record: LeaseRecord;
  readonly caller: CallerRecord;
  /** How long its caller waits, in ticks. */
  readonly waitBudget: number;
  readonly error: EffectError | null;
  /** Rises with each completion; 0 while open. */
  readonly completion: number;
}

/** What a lease is asked for. */
export interface Wanted {
  readonly id: string;
  readonly target: LeaseTarget;
  readonly effect: LeaseEffect;
  readonly run: string;
  readonly snapshot: string;
  readonly waitBudget: number;
}

/** Who sends a message: a process, not only an id. */
export interface Sender {
  readonly worker: WorkerId;
  readonly incarnation: string;
  readonly bornAtMs: number;
}

type CallerMachine = Compiled<CallerRecord, CallerEvent, unknown>;
type Answer = Extract<PlaneChange, { type: "caller.answered" }>["answer"];

/** Compiled callers that are kept, by wait budget. */
const budgetsMax = 64;

export class Registry {
  private readonly workers = new Map<WorkerId, WorkerEntry>();
  private readonly leases = new Map<string, LeaseEntry>();
  private readonly callers = new Map<number, CallerMachine>();
  private readonly worker: Compiled<WorkerRecord, WorkerEvent, unknown>;
  private readonly lease: Compiled<LeaseRecord, LeaseEvent, unknown>;
  private readonly heartbeatTtl: number;
  private numbers: number = masterWorker;
  private completions = 0;

  constructor(
    private readonly policy: MasterPolicy,
    private readonly localWorker: WorkerId,
    private readonly changed: (change: PlaneChange) => void,
  ) {
    this.heartbeatTtl = ticksOf(policy.heartbeatTtlMs, policy);
    const dispatchTtl = ticksOf(policy.dispatchTtlMs, policy);
    const { heartbeatTtl } = this;
    const { attemptsMax } = policy;
    this.worker = compileMachine(createWorkerMachine({ heartbeatTtl }), { stateField: "process" });
    this.lease = compileMachine(createLeaseMachine({ dispatchTtl, dispatchMax: attemptsMax }), {
      stateField: "phase",
    });
  }

  /** LW4. A process begins, comes back, or takes the place of an earlier one with its id. */
  register(sender: Sender): "started" | "returned" | "replaced" | ProblemCode {
    const { worker: id, incarnation, bornAtMs } = sender;
    const known = this.workers.get(id);
    if (known === undefined) {
      if (!this.hasRoom()) return "worker-plane/registry-full";
      const number = id === this.localWorker ? masterWorker : (this.numbers += 1);
      const { next } = this.worker.step(workerStopped, { type: "worker.started" });
      this.workers.set(id, { id, number, incarnation, bornAtMs, record: next });
      this.changed({ type: "worker.registered", worker: id, how: "started" });
      return "started";
    }
    if (known.incarnation === incarnation) {
      const { next } = this.worker.step(known.record, { type: "worker.heartbeat" });
      this.workers.set(id, { ...known, record: next });
      this.changed({ type: "worker.registered", worker: id, how: "returned" });
      return "returned";
    }
    if (this.active(known) && bornAtMs < known.bornAtMs) return "worker-plane/superseded";
    const { next: ended } = this.worker.step(known.record, { type: "worker.crashed" });
    const { next } = this.worker.step(ended, { type: "worker.started" });
    this.workers.set(id, { ...known, incarnation, bornAtMs, record: next });
    this.changed({ type: "worker.registered", worker: id, how: "replaced" });
    return "replaced";
  }

  /** LW4. A sign of life of a registered process. */
  beat(sender: Sender): ProblemCode | null {
    const known = this.known(sender);
    if (known === null) return "worker-plane/unknown-worker";
    const { next, taken } = this.worker.step(known.record, { type: "worker.heartbeat" });
    if (taken === -1) return "worker-plane/unknown-worker";
    this.workers.set(known.id, { ...known, record: next });
    this.changed({ type: "worker.beat", worker: known.id });
    return null;
  }

  /** LW5. A process says that it ends. */
  unregister(sender: Sender): ProblemCode | null {
    const known = this.known(sender);
    if (known === null) return "worker-plane/unknown-worker";
    const { next } = this.worker.step(known.record, { type: "worker.unregistered" });
    invariant(!next.registered, `LL1: worker ${known.id} is registered after it was unregistered`);
    this.workers.delete(known.id);
    this.changed({ type: "worker.unregistered", worker: known.id });
    return null;
  }

  /** LW1. The worker is decided here, before the lease exists, and never again (LL6). */
  acquire(wanted: Wanted): LeaseEntry | Refusal {
    const { target, effect, run } = wanted;
    const worker = this.resolve(target);
    if (worker === undefined) return { reason: "worker-unknown", worker: this.nameOf(target) };
    const open = this.openLeases();
    if (open >= this.policy.openLeasesMax) return { reason: "registry-full", openLeases: open };
    const access = accessOf(effect);
    const mutation = this.mutationOf(run);
    const workerActive = this.active(worker);
    const { next, taken } = this.lease.step(leaseFree, {
      type: "lease.acquired",
      worker: worker.number,
      access,
      run: this.runNumber(run),
      workerActive,
      runMutating: mutation !== undefined,
    });
    if (taken === -1) return this.refusalOf(worker, run, workerActive ? mutation : undefined);
    const { id, snapshot, waitBudget } = wanted;
    const waiting = this.callerOf(waitBudget).step(callerIdle, { type: "lease.acquired" }).next;
    const named = { id, worker: worker.id, run, effect, snapshot, waitBudget };
    const entry = { ...named, handedTo: null, record: next, caller: waiting, error: null, completion: 0 };
    this.leases.set(id, entry);
    this.changed({ type: "lease.acquired", lease: id, worker: worker.id, run, effect });
    return entry;
  }

  /** LW2. The next attempt, when the machine lets it go: at first, or after the current one has expired. */
  dispatch(id: string, connected: boolean): LeaseEntry | null {
    const entry = this.leases.get(id);
    const worker = entry === undefined ? undefined : this.workers.get(entry.worker);
    if (entry === undefined || worker === undefined) return null;
    const workerReady = connected && this.active(worker);
    const { next, taken } = this.lease.step(entry.record, { type: "lease.dispatched", workerReady });
    if (taken === -1) return null;
    const handed = { ...entry, record: next, handedTo: worker.incarnation };
    this.leases.set(id, handed);
    this.changed({ type: "lease.dispatched", lease: id, attempt: next.count });
    return handed;
  }

  /** LW2. A beat of the current attempt extends its time. */
  progress(sender: Sender, id: string, attempt: number): ProblemCode | null {
    const entry = this.leaseOf(sender, id);
    if (typeof entry === "string") return entry;
    const { next, taken } = this.lease.step(entry.record, { type: "lease.progressed", attempt });
    if (taken === -1) return unfit(entry);
    this.leases.set(id, { ...entry, record: next });
    this.changed({ type: "lease.progressed", lease: id, attempt });
    return null;
  }

  /** LW3. A verdict; the machine takes that of the current attempt only (LL8), and only the first (LL3). */
  acknowledge(sender: Sender, id: string, attempt: number, error: EffectError | null): ProblemCode | null {
    const entry = this.leaseOf(sender, id);
    if (typeof entry === "string") return entry;
    const ok = error === null;
    const { next, taken } = this.lease.step(entry.record, { type: "lease.acknowledged", attempt, ok });
    if (taken === -1) return unfit(entry);
    this.completions += 1;
    this.leases.set(id, { ...entry, record: next, error, snapshot: "", completion: this.completions });
    const evicted = this.evict(id);
    this.changed({ type: "lease.completed", lease: id, attempt, ok, evicted });
    return null;
  }

  /** A waiting caller looks. The lease whose result it sees leaves the registry (LL10). */
  observe(id: string): Answer | null {
    const entry = this.leases.get(id);
    if (entry === undefined) return null;
    const worker = this.workers.get(entry.worker);
    const completed = isCompleted(entry.record.phase);
    const event = { type: "lease.observed", completed, workerActive: this.active(worker) } as const;
    const { next, taken } = this.callerOf(entry.waitBudget).step(entry.caller, event);
    if (taken === -1) return null;
    const answer = next.waiter;
    invariant(
      answer !== "idle" && answer !== "waiting",
      `LL1: the caller of lease ${id} saw an answer and has none`,
    );
    if (completed) this.leases.delete(id);
    else {
      const left = this.callerOf(entry.waitBudget).step(next, { type: "caller.left" }).next;
      this.leases.set(id, { ...entry, caller: left });
    }
    this.changed({ type: "caller.answered", lease: id, answer });
    this.changed({ type: "caller.left", lease: id });
    return answer;
  }

  /** Open leases nobody waits for leave once their worker is silent. What still executes is told so later. */
  withdraw(): void {
    for (const [id, entry] of this.leases) {
      const abandoned = isOpen(entry.record.phase) && entry.caller.waiter !== "waiting";
      if (!abandoned || this.active(this.workers.get(entry.worker))) continue;
      this.leases.delete(id);
      this.changed({ type: "lease.withdrawn", lease: id });
    }
  }

  /** Time passes for everybody. Every caller with an answer to see has seen it before (LL1). */
  tick(): void {
    const ticked = { type: "clock.ticked" } as const;
    const silent: WorkerId[] = [];
    for (const [id, entry] of this.workers) {
      const { next } = this.worker.step(entry.record, ticked);
      const was = this.active(entry);
      const now = { ...entry, record: next };
      this.workers.set(id, now);
      if (was && !this.active(now)) silent.push(id);
    }
    for (const [id, entry] of this.leases) {
      const record = this.lease.step(entry.record, ticked).next;
      const caller = this.callerOf(entry.waitBudget).step(entry.caller, ticked).next;
      if (record === entry.record && caller === entry.caller) continue;
      this.leases.set(id, { ...entry, record, caller });
    }
    this.changed(ticked);
    for (const worker of silent) this.changed({ type: "worker.silent", worker });
  }

  /** The master ends: everything is forgotten. Gives the leases whose callers are told so (LL4). */
  forgetAll(): readonly string[] {
    const restarted = { type: "master.restarted" } as const;
    const lost: string[] = [];
    for (const [id, entry] of this.leases) {
      const { waiter } = this.callerOf(entry.waitBudget).step(entry.caller, restarted).next;
      if (waiter === "gotLost") lost.push(id);
    }
    this.leases.clear();
    this.workers.clear();
    this.changed({ type: "master.closed" });
    return lost;
  }

  allWorkers(): IterableIterator<WorkerEntry> {
    return this.workers.values();
  }

  allLeases(): IterableIterator<LeaseEntry> {
    return this.leases.values();
  }

  workerById(id: WorkerId): WorkerEntry | undefined {
    return this.workers.get(id);
  }

  leaseById(id: string): LeaseEntry | undefined {
    return this.leases.get(id);
  }

  /** The master has heard of it within the TTL. A worker it does not know is not active. */
  active(worker: WorkerEntry | undefined): boolean {
    return worker !== undefined && isActive(worker.record, this.heartbeatTtl);
  }

  /** The lease a message is about, if it is the sender's to speak of. */
  leaseOf(sender: Sender, id: string): LeaseEntry | ProblemCode {
    if (this.known(sender) === null) return "worker-plane/unknown-worker";
    const entry = this.leases.get(id);
    if (entry === undefined) return "worker-plane/unknown-lease";
    return entry.worker === sender.worker ? entry : "worker-plane/foreign-worker";
  }

  /** The registered worker, if the sender is its current process. */
  private known({ worker, incarnation }: Sender): WorkerEntry | null {
    const entry = this.workers.get(worker);
    return entry?.incarnation === incarnation ? entry : null;
  }

  private nameOf(target: LeaseTarget): WorkerId {
    return target === "" || target === "local" ? this.localWorker : target;
  }

  /** `workerOf` decides; a name that no worker has is nobody's. */
  private resolve(target: LeaseTarget): WorkerEntry | undefined {
    const spelling = target === "" || target === "local" ? target : this.workers.get(target)?.number;
    if (spelling === undefined) return undefined;
    const number = workerOf(spelling);
    return [...this.workers.values()].find((worker) => worker.number === number);
  }

  private refusalOf(worker: WorkerEntry, run: string, mutation: LeaseEntry | undefined): Refusal {
    if (mutation !== undefined) return { reason: "run-busy", run, lease: mutation.id };
    const beatAgeMs = worker.record.beatAge * this.policy.tickMs;
    return { reason: "worker-inactive", worker: worker.id, beatAgeMs };
  }

  private openLeases(): number {
    let open = 0;
    for (const { record } of this.leases.values()) if (isOpen(record.phase)) open += 1;
    return open;
  }

  /** The open lease that mutates a run, with or without a caller. */
  private mutationOf(run: string): LeaseEntry | undefined {
    for (const entry of this.leases.values()) {
      const { phase, access } = entry.record;
      if (entry.run === run && access === "mutate" && isOpen(phase)) return entry;
    }
    return undefined;
  }

  /** A run has the number its other leases have, or the lowest free one. */
  private runNumber(run: string): number {
    const taken = new Set<number | null>();
    for (const entry of this.leases.values()) {
      if (entry.run === run && entry.record.run !== null) return entry.record.run;
      taken.add(entry.record.run);
    }
    let number = 0;
    while (taken.has(number)) number += 1;
    return number;
  }

  private callerOf(waitBudget: number): CallerMachine {
    const kept = this.callers.get(waitBudget);
    if (kept !== undefined) return kept;
    if (this.callers.size >= budgetsMax) this.callers.clear();
    const machine: CallerMachine = compileMachine(createCallerMachine({ waitBudget }), {
      stateField: "waiter",
    });
    this.callers.set(waitBudget, machine);
    return machine;
  }

  /** LL10: of the completed leases nobody waits for, the oldest makes room for `latest`. */
  private evict(latest: string): string | null {
    let kept = 0;
    let oldest: LeaseEntry | null = null;
    for (const entry of this.leases.values()) {
      if (entry.completion === 0 || entry.caller.waiter === "waiting") continue;
      kept += 1;
      if (entry.id !== latest && (oldest === null || entry.completion < oldest.completion)) oldest = entry;
    }
    if (kept <= this.policy.completedLeasesMax || oldest === null) return null;
    this.leases.delete(oldest.id);
    return oldest.id;
  }

  /** True when one more worker fits, perhaps in the place of a silent one without a lease. */
  private hasRoom(): boolean {
    if (this.workers.size < this.policy.workersMax) return true;
    const busy = new Set([...this.leases.values()].map(({ worker }) => worker));
    for (const entry of this.workers.values()) {
      if (this.active(entry) || busy.has(entry.id)) continue;
      this.workers.delete(entry.id);
      this.changed({ type: "worker.evicted", worker: entry.id });
      return true;
    }
    return false;
  }
}

/** Why the machine did not take a word about a lease. */
function unfit({ record }: LeaseEntry): ProblemCode {
  return isCompleted(record.phase) ? "worker-plane/already-completed" : "worker-plane/old-attempt";
}
