/**
 * Follows the changes of a running master and gives each one to a judge, as a step of the model's state.
 *
 * What the master cannot know is told by the test: that a process ended, and that a worker gave up an attempt.
 */
import { accessOf } from "../../spec/vocabulary/worker.js";
import type { Args } from "../../spec/kernel/index.js";
import type { FencedParameters, FencedState } from "../../spec/systems/worker-plane-fenced-state.js";
import type { CallerRecord } from "../../spec/worker-lease/index.js";
import type { MasterStatus, PlaneChange } from "../worker-plane/index.js";
import { abstractPlane, noMaster } from "./plane-abstraction.js";
import type { Judge } from "./plane-judge.js";

type ChangeOf<T extends PlaneChange["type"]> = Extract<PlaneChange, { readonly type: T }>;
type LeaseChange = Extract<PlaneChange, { readonly lease: string }>;

export interface Observed {
  readonly parameters: FencedParameters;
  readonly workers: readonly string[];
  readonly runs: readonly string[];
  readonly tickMs: number;
}

export class PlaneObserver {
  readonly up = new Set<string>();
  /** What the judge found first. */
  failure: Error | null = null;
  private readonly places: (string | null)[];
  private readonly work = new Map<string, Set<number>>();
  private readonly owners = new Map<string, string>();
  private readonly answered = new Map<string, CallerRecord["waiter"]>();
  private status: () => MasterStatus = () => noMaster;
  private state: FencedState;

  constructor(
    private readonly observed: Observed,
    private readonly judge: Judge,
  ) {
    this.places = Array.from({ length: observed.parameters.leases }, () => null);
    this.state = this.look();
  }

  /** The master that is observed from now on. */
  watch(status: () => MasterStatus): void {
    this.status = status;
  }

  /** One more lease has a place. */
  get hasRoom(): boolean {
    return this.places.includes(null);
  }

  /** Attempts that a worker has in hand. */
  inHand(): { readonly lease: string; readonly attempt: number; readonly owner: string }[] {
    return [...this.work].flatMap(([lease, attempts]) =>
      [...attempts].map((attempt) => ({ lease, attempt, owner: this.owners.get(lease) ?? "" })),
    );
  }

  crashed(worker: string): void {
    // A process that never registered is none for the model.
    const wasUp = this.up.delete(worker);
    this.dropWork(worker);
    if (wasUp) this.record("crash", { worker: this.observed.workers.indexOf(worker) });
  }

  /** A word was read that changed nothing at the master: at the worker its attempt is over. */
  ended(lease: string, attempt: number, ok: boolean): void {
    const place = this.places.indexOf(lease);
    if (place === -1 || this.work.get(lease)?.delete(attempt) !== true) return;
    this.record("acknowledge", { lease: place, attempt, ok, evicts: null });
  }

  /** One change of the master as an action of the model. */
  follow(change: PlaneChange): void {
    switch (change.type) {
      case "worker.registered":
      case "worker.beat":
      case "worker.unregistered":
        return this.followWorker(change);
      case "clock.ticked":
        return this.record("tick", {});
      case "master.closed":
        return this.forgotten();
      case "worker.silent":
      case "worker.evicted":
        return;
      default:
        return this.followLease(change);
    }
  }

  private followWorker(change: ChangeOf<"worker.registered" | "worker.beat" | "worker.unregistered">): void {
    const worker = this.observed.workers.indexOf(change.worker);
    if (change.type === "worker.beat") return this.record("heartbeat", { worker });
    if (change.type === "worker.unregistered") {
      this.up.delete(change.worker);
      this.dropWork(change.worker);
      return this.record("unregister", { worker });
    }
    const wasUp = this.up.has(change.worker);
    this.up.add(change.worker);
    const again = change.how === "returned" ? "heartbeat" : "register";
    return this.record(wasUp ? again : "start", { worker });
  }

  private followLease(change: LeaseChange): void {
    const place = this.places.indexOf(change.lease);
    switch (change.type) {
      case "lease.acquired":
        return this.acquired(change);
      case "lease.dispatched": {
        const attempts = this.work.get(change.lease) ?? new Set();
        this.work.set(change.lease, attempts.add(change.attempt));
        return this.record("dispatch", { lease: place });
      }
      case "lease.progressed":
        return this.record("progress", { lease: place, attempt: change.attempt });
      case "lease.completed":
        return this.completed(change, place);
      case "caller.answered":
        this.answered.set(change.lease, change.answer);
        if (change.answer === "gotResult") this.work.delete(change.lease);
        return this.record("observe", { lease: place });
      case "caller.left":
        this.answered.delete(change.lease);
        this.record("leave", { lease: place });
        return this.leavePlace(change.lease);
      case "lease.withdrawn":
        this.work.delete(change.lease);
        this.record("recycle", { lease: place });
        return this.leavePlace(change.lease);
    }
  }

  private acquired({ lease, worker: owner, run, effect }: ChangeOf<"lease.acquired">): void {
    const { workers, runs } = this.observed;
    const free = this.places.indexOf(null);
    this.places[free] = lease;
    this.owners.set(lease, owner);
    const worker = workers.indexOf(owner);
    const target = worker === 0 ? "" : worker;
    this.record("acquire", { lease: free, target, access: accessOf(effect), run: runs.indexOf(run) });
  }

  private completed({ lease, attempt, ok, evicted }: ChangeOf<"lease.completed">, place: number): void {
    this.work.get(lease)?.delete(attempt);
    const evicts = evicted === null ? null : this.places.indexOf(evicted);
    if (evicted !== null) this.work.delete(evicted);
    this.record("acknowledge", { lease: place, attempt, ok, evicts });
    if (evicted !== null) this.leavePlace(evicted);
  }

  private forgotten(): void {
    this.places.forEach((lease, place) => {
      if (lease !== null && this.state.callers[place]?.waiter === "waiting")
        this.answered.set(lease, "gotLost");
    });
    this.work.clear();
    this.record("masterRestart", {});
    this.places.forEach((lease, place) => {
      if (lease === null) return;
      if (this.answered.delete(lease)) this.record("leave", { lease: place });
      this.leavePlace(lease);
    });
  }

  private dropWork(worker: string): void {
    for (const [lease, owner] of this.owners) if (owner === worker) this.work.delete(lease);
  }

  /** The place is free once the master has forgotten the lease. */
  private leavePlace(lease: string): void {
    if (this.status().leases.some(({ id }) => id === lease)) return;
    const place = this.places.indexOf(lease);
    if (place !== -1) this.places[place] = null;
    this.owners.delete(lease);
  }

  private look(): FencedState {
    const { up, places, work, answered } = this;
    const truth = { ...this.observed, up, places, work, answered };
    return abstractPlane(this.status(), truth, this.observed.parameters);
  }

  private record(name: string, args: Args): void {
    const before = this.state;
    this.state = this.look();
    if (this.failure !== null) return;
    try {
      this.judge.step({ name, args, before, after: this.state });
    } catch (error) {
      this.failure = error as Error;
    }
  }
}
