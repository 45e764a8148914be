/**
 * Paths of the machines of the worker plane, executed on the master's registry. Each change of it is a step of the
 * model `worker-plane-fenced`, judged as the kit judges a running plane: the model has to have it, and the laws are asked.
 */
import type { EventObject } from "xstate";

import type { FencedParameters } from "../../spec/systems/worker-plane-fenced-state.js";
import { isCompleted } from "../../spec/vocabulary/worker.js";
import type { CallerRecord, LeaseRecord, WorkerRecord } from "../../spec/worker-lease/index.js";
import { createJudge } from "../../src/conformance/plane-judge.js";
import { PlaneObserver } from "../../src/conformance/plane-observer.js";
import { defaultMasterPolicy } from "../../src/worker-plane/index.js";
import { Registry, type Sender } from "../../src/worker-plane/registry.js";
import { statusOf } from "../../src/worker-plane/status.js";
import type { Fields, PathDriver, PathRun, Performed } from "./path-drivers.js";

const tickMs = 100;
/** The worker on the master's own host, and another one. */
const [own, other] = ["host", "elsewhere"] as const;

function boundsOf(heartbeatTtl: number, waitBudget: number): FencedParameters {
  return { workers: 2, leases: 3, runs: 1, dispatchMax: 2, dispatchTtl: 1, retention: 1, heartbeatTtl, waitBudget };
}

/** By machine: what the other machines decide is far away. */
const workerBounds = boundsOf(1, 1);
const leaseBounds = boundsOf(3, 1);
const callerBounds = boundsOf(50, 1);

abstract class RegistryPath implements PathRun {
  protected readonly registry: Registry;
  protected readonly observer: PlaneObserver;
  readonly #judge: ReturnType<typeof createJudge>;

  constructor(protected readonly parameters: FencedParameters) {
    const { heartbeatTtl, dispatchTtl, dispatchMax: attemptsMax, retention: completedLeasesMax } = parameters;
    const ttls = { heartbeatTtlMs: heartbeatTtl * tickMs, dispatchTtlMs: dispatchTtl * tickMs };
    const policy = { ...defaultMasterPolicy, ...ttls, tickMs, attemptsMax, completedLeasesMax };
    this.#judge = createJudge(parameters);
    this.observer = new PlaneObserver({ parameters, workers: [own, other], runs: ["run"], tickMs }, this.#judge);
    this.registry = new Registry(policy, own, (change) => this.observer.follow(change));
    this.observer.watch(() => statusOf(this.registry, policy, () => true));
  }

  perform(event: EventObject): Promise<Performed> {
    const took = this.act(event);
    if (this.observer.failure !== null) throw this.observer.failure;
    return Promise.resolve({ took, shows: this.shows() });
  }

  end(): Promise<ReadonlyMap<string, number>> {
    return Promise.resolve(this.#judge.judged);
  }

  protected abstract act(event: Fields): boolean;
  protected abstract shows(): object;

  protected wants(id: string, access: unknown): boolean {
    const effect = access === "mutate" ? ("send" as const) : ("capture" as const);
    const { waitBudget } = this.parameters;
    return "id" in this.registry.acquire({ id, target: "", effect, run: "run", snapshot: "{}", waitBudget });
  }
}

const sender = (worker: string, incarnation: number): Sender => ({ worker, incarnation: String(incarnation), bornAtMs: incarnation });

export const workerDriver: PathDriver = {
  cannot: ({ type }, record) => {
    const { process, registered, beatAge } = record as WorkerRecord;
    if (process === "up" && type === "worker.started") return "a second process of one id replaces the first: crashed, then started";
    if (process === "up" && registered && beatAge > 0 && type === "worker.registered") return "who registers again is heard, and so is young again";
    if (process === "down" && type !== "worker.started" && type.startsWith("worker.")) return "a process that has ended says nothing";
    return null;
  },
  begin: () => Promise.resolve(new WorkerPath(workerBounds)),
};

class WorkerPath extends RegistryPath {
  #incarnation = 0;
  #process: WorkerRecord["process"] = "down";

  protected act({ type }: Fields): boolean {
    const { registry } = this;
    const process = sender(own, this.#incarnation);
    switch (type) {
      case "worker.started":
        this.#process = "up";
        this.#incarnation += 1;
        return typeof registry.register(sender(own, this.#incarnation)) === "string";
      case "worker.registered":
        // Whom the master knows it does not register again: it is heard as one that returns.
        return registry.register(process) === "started";
      case "worker.heartbeat":
        return registry.beat(process) === null;
      case "worker.crashed":
        this.#ends();
        return true;
      case "worker.unregistered":
        // Who is not known is not there to be forgotten; its process ends all the same.
        if (registry.unregister(process) === null) this.#process = "down";
        else this.#ends();
        return true;
      case "clock.ticked": {
        const known = registry.workerById(own) !== undefined;
        registry.tick();
        return known;
      }
      default:
        registry.forgetAll();
        return true;
    }
  }

  protected shows(): object {
    const known = this.registry.workerById(own);
    return { process: this.#process, registered: known !== undefined, beatAge: known?.record.beatAge ?? 0 };
  }

  #ends(): void {
    this.#process = "down";
    this.observer.crashed(own);
  }
}

export const leaseDriver: PathDriver = {
  cannot: ({ type }, record) => {
    const { phase } = record as LeaseRecord;
    if (phase !== "free" && type === "lease.acquired") return "a lease is acquired once: another one has another id";
    if (phase === "free" && type === "lease.recycled") return "there is no lease to recycle";
    if (isCompleted(phase) && type === "clock.ticked") return "time may stand still: somebody may have a result to see";
    return null;
  },
  begin: () => Promise.resolve(new LeasePath(leaseBounds)),
};

class LeasePath extends RegistryPath {
  #leases = 0;

  constructor(parameters: FencedParameters) {
    super(parameters);
    this.#begins();
  }

  protected shows(): object {
    const { phase = "free", count = 0, dispatchAge = 0 } = this.registry.leaseById(this.#id)?.record ?? {};
    return { phase, count, dispatchAge };
  }

  protected act(event: Fields): boolean {
    const { registry } = this;
    const attempt = Number(event["attempt"]);
    switch (event.type) {
      case "lease.acquired":
        if (event["runMutating"] === true) this.wants("other", "mutate");
        if (event["workerActive"] === false) this.#fallsSilent();
        this.#leases += 1;
        return this.wants(this.#id, event["access"]);
      case "lease.dispatched":
        this.#beats();
        return registry.dispatch(this.#id, event["workerReady"] === true) !== null;
      case "lease.progressed":
        return registry.progress(this.#host, this.#id, attempt) === null;
      case "lease.acknowledged": {
        const ok = event["ok"] === true;
        const took = registry.acknowledge(this.#host, this.#id, attempt, ok ? null : { code: "effect-failed", message: "no" }) === null;
        // Refused or not, at the worker the attempt is over.
        if (!took) this.observer.ended(this.#id, attempt, ok);
        return took;
      }
      case "lease.recycled":
        this.#recycle();
        return true;
      case "clock.ticked":
        this.#beats();
        this.#tick();
        return registry.leaseById(this.#id)?.record.phase === "dispatched";
      default:
        registry.forgetAll();
        this.#begins();
        return true;
    }
  }

  get #host(): Sender {
    return sender(own, 1);
  }

  get #id(): string {
    return `lease-${this.#leases}`;
  }

  #begins(): void {
    for (const worker of [own, other]) this.registry.register(sender(worker, 1));
  }

  #beats(): void {
    for (const worker of [own, other]) this.registry.beat(sender(worker, 1));
  }

  /** Everybody who waits looks first, as at the master (LL1). */
  #tick(): void {
    for (const { id } of [...this.registry.allLeases()]) this.registry.observe(id);
    this.registry.tick();
  }

  #fallsSilent(): void {
    for (let tick = 0; tick < 5; tick += 1) this.#tick();
  }

  /**
   * Its caller sees the verdict. When nobody waits, a newer verdict pushes it out; without a verdict the worker falls
   * silent, and what nobody waits for is withdrawn.
   */
  #recycle(): void {
    const { registry } = this;
    registry.observe(this.#id);
    const left = registry.leaseById(this.#id);
    if (left === undefined) return;
    if (isCompleted(left.record.phase)) return this.#pushesOut();
    this.#fallsSilent();
    registry.withdraw();
    this.#beats();
  }

  #pushesOut(): void {
    const newer = `newer-than-${this.#id}`;
    this.wants(newer, "read");
    this.registry.dispatch(newer, true);
    while (this.registry.leaseById(newer)?.caller.waiter === "waiting") {
      this.#beats();
      this.#tick();
    }
    this.registry.acknowledge(this.#host, newer, 1, null);
  }
}

/** An answer that was given and not read is the caller's: the registry has no part in it any more. */
export const callerDriver: PathDriver = {
  cannot: ({ type }, record) => {
    const { waiter, waitAge } = record as CallerRecord;
    if (waiter === "idle") return type === "caller.left" ? "a caller leaves with its answer" : null;
    if (waiter === "waiting") {
      if (type === "lease.acquired") return "a caller waits for one lease";
      if (type === "clock.ticked" && waitAge > 1) return "time stands still while somebody has an answer to see";
      return type === "caller.left" ? "a caller leaves with its answer" : null;
    }
    if (type === "lease.observed") return "who has an answer looks no more";
    return type === "lease.acquired" && waiter !== "gotLost" ? "only who lost a lease asks again before it reads so" : null;
  },
  begin: () => Promise.resolve(new CallerPath(callerBounds)),
};

class CallerPath extends RegistryPath {
  #leases = 0;
  /** Given, and not read yet. */
  #answer: CallerRecord["waiter"] | null = null;

  protected shows(): object {
    const { waiter, waitAge } = this.registry.leaseById(this.#id)?.caller ?? { waiter: "idle", waitAge: 0 };
    return { waiter: this.#answer ?? waiter, waitAge };
  }

  protected act(event: Fields): boolean {
    const { registry } = this;
    const host = sender(own, 1);
    switch (event.type) {
      case "lease.acquired":
        registry.register(host);
        this.#answer = null;
        this.#leases += 1;
        return this.wants(this.#id, "read");
      case "lease.observed":
        registry.register(host);
        if (event["completed"] === true && registry.dispatch(this.#id, true) !== null) registry.acknowledge(host, this.#id, 1, null);
        if (event["workerActive"] === false) registry.unregister(host);
        this.#answer = registry.observe(this.#id);
        return this.#answer !== null;
      case "caller.left":
        return this.#isRead();
      case "clock.ticked": {
        const waits = registry.leaseById(this.#id)?.caller.waiter === "waiting";
        registry.tick();
        return waits;
      }
      default: {
        const lost = registry.forgetAll().includes(this.#id);
        // Nobody is told twice: who has an answer keeps it, and the next master knows nothing of it.
        if (!lost) return this.#isRead();
        this.#answer = "gotLost";
        return true;
      }
    }
  }

  get #id(): string {
    return `lease-${this.#leases}`;
  }

  #isRead(): boolean {
    const had = this.#answer !== null;
    this.#answer = null;
    return had;
  }
}
