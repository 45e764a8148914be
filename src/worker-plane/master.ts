/**
 * The master: a shell around the registry. Clock to ticks, messages to events, results to messages.
 *
 * It remembers in memory only, by design: a master that ends has told every caller so, and the next one knows
 * nothing (LL4). It never decides the status of a run.
 */
import { randomUUID } from "node:crypto";

import {
  type LeaseEffect,
  type LeaseTarget,
  type WorkerId,
  leaseEffect,
  leaseTarget,
  workerId,
} from "../../spec/vocabulary/worker.js";
import type { PlaneChange, Refusal } from "./changes.js";
import { type PlaneClock, hostPlaneClock } from "./clock.js";
import { type Problem, type ProblemCode, WorkerPlaneError, problemOf } from "./errors.js";
import { type Json, jsonText } from "./json.js";
import {
  type Acknowledgement,
  type EffectError,
  type FromMaster,
  type FromWorker,
  type Peer,
  fromWorker,
  parseMessage,
} from "./messages.js";
import { type MasterPolicy, masterPolicy, ticksOf } from "./policy.js";
import { type LeaseEntry, Registry } from "./registry.js";
import { type MasterStatus, statusOf } from "./status.js";
import type { LinkEvents, MasterLink, MasterTransport, Server } from "./transport.js";

/** What a lease is asked for. */
export interface LeaseRequest {
  /** A worker's id; empty or `local` is the master's own host. No other worker takes its place (LL6). */
  readonly target: LeaseTarget;
  readonly effect: LeaseEffect;
  /** The run the effect is about. At most one lease that mutates it is open (LL9). */
  readonly run: string;
  /** Everything the worker gets to know (LL5). JSON. */
  readonly snapshot: Json;
  /** How long the caller waits, in milliseconds. The effect may go on after it. */
  readonly waitMs?: number;
  /** Aborts the effect at the worker. The answer is still that of the worker. */
  readonly signal?: AbortSignal;
}

/** What became of it. Only `succeeded` and `failed` are the worker's word; the others say nothing of the effect. */
export type LeaseOutcome =
  | { readonly kind: "succeeded"; readonly lease: string; readonly attempt: number; readonly result: Json }
  | { readonly kind: "failed"; readonly lease: string; readonly attempt: number; readonly error: EffectError }
  /** The worker is silent, has left, or the master ended. Whether the effect happened is unknown. */
  | { readonly kind: "lost"; readonly lease: string; readonly because: "worker-inactive" | "master-closed" }
  /** The wait is over; the effect may still execute, and its lease is still open. */
  | { readonly kind: "timeout"; readonly lease: string; readonly waitMs: number }
  /** There is no lease. */
  | { readonly kind: "refused"; readonly refusal: Refusal };

/** What a master works with, and who hears of it. */
export interface MasterOptions {
  /** Id of the worker on the master's own host. */
  readonly localWorker?: WorkerId;
  readonly policy?: Partial<MasterPolicy>;
  readonly clock?: PlaneClock;
  /** Called after each change, ticks and beats included. It has to be quick and must not throw. */
  readonly onChange?: (change: PlaneChange) => void;
  /** Called for each frame, message or connection that was refused. */
  readonly onProblem?: (problem: Problem, peer: Peer | null) => void;
}

/** Hands effects to workers and keeps their leases, in memory only (LL4). */
export interface Master {
  /** Lets workers in over a transport; several at once are fine. Rejects when it cannot listen. */
  serve(transport: MasterTransport): Promise<Server>;
  /** Resolves with the outcome, whatever it is. Rejects for a request that is none. */
  lease(request: LeaseRequest): Promise<LeaseOutcome>;
  /** Workers and leases as they stand now. */
  status(): MasterStatus;
  /** Forgets everything; waiting callers learn so at once. */
  close(): Promise<void>;
}

/** Ticks that one late call of the clock counts: while the master itself stood still nobody's age is known. */
export const lateTicksMax = 10;

/** A caller that waits, and its result when there is one. */
interface Waiting {
  readonly resolve: (outcome: LeaseOutcome) => void;
  readonly waitMs: number;
  cancelled: boolean;
  word: Acknowledgement | null;
  forget(): void;
}

/** A connection of a worker, from its first message on. */
interface Session {
  readonly peer: Peer;
  readonly link: MasterLink;
}

/** A master without workers; `serve` lets them in. */
export function createMaster(options: MasterOptions = {}): Master {
  return new MasterShell(options);
}

class MasterShell implements Master {
  private readonly policy: MasterPolicy;
  private readonly localWorker: WorkerId;
  private readonly clock: PlaneClock;
  private readonly registry: Registry;
  private readonly sessions = new Map<WorkerId, Session>();
  private readonly waiting = new Map<string, Waiting>();
  private readonly servers = new Set<Server>();
  private readonly nonce = randomUUID();
  private readonly endTicks: () => void;
  private leaseCount = 0;
  private tickedAt: number;
  private closed = false;

  constructor(private readonly options: MasterOptions) {
    const { localWorker = "local", clock = hostPlaneClock(), onChange } = options;
    this.policy = masterPolicy(options.policy);
    this.localWorker = required(workerId.safeParse(localWorker), "localWorker");
    this.clock = clock;
    this.registry = new Registry(this.policy, this.localWorker, (change) => onChange?.(change));
    this.tickedAt = clock.now();
    this.endTicks = clock.every(this.policy.tickMs, () => this.catchUp());
  }

  async serve(transport: MasterTransport): Promise<Server> {
    this.assertOpen();
    const server = await transport.listen({
      accept: (peer, link) => this.accept(peer, link),
      refused: (problem) => this.options.onProblem?.(problem, null),
    });
    this.servers.add(server);
    return {
      address: server.address,
      close: async () => {
        this.servers.delete(server);
        await server.close();
      },
    };
  }

  async lease(request: LeaseRequest): Promise<LeaseOutcome> {
    this.assertOpen();
    const { effect, run, snapshot, waitMs } = this.checked(request);
    this.leaseCount += 1;
    const id = `${this.nonce}-${this.leaseCount}`;
    const waitBudget = ticksOf(waitMs, this.policy);
    const found = this.registry.acquire({ id, target: request.target, effect, run, snapshot, waitBudget });
    if ("reason" in found) return { kind: "refused", refusal: found };
    return new Promise((resolve) => {
      const abort = (): void => this.cancel(id);
      const forget = (): void => request.signal?.removeEventListener("abort", abort);
      const cancelled = request.signal?.aborted === true;
      this.waiting.set(id, { resolve, waitMs, cancelled, word: null, forget });
      request.signal?.addEventListener("abort", abort);
      this.dispatch(id);
    });
  }

  status(): MasterStatus {
    return statusOf(this.registry, this.policy, (worker) => this.sessions.has(worker));
  }

  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    this.endTicks();
    for (const lease of this.registry.forgetAll())
      this.answer(lease, { kind: "lost", lease, because: "master-closed" });
    const found = problemOf("worker-plane/master-closed", "the master ended");
    for (const { link } of this.sessions.values()) link.close(found);
    this.sessions.clear();
    await Promise.all([...this.servers].map((server) => server.close()));
  }

  private assertOpen(): void {
    if (this.closed) throw new WorkerPlaneError({ code: "worker-plane/closed" });
  }

  /** The request with its defaults. Throws for a request that is none. */
  private checked(request: LeaseRequest): {
    effect: LeaseEffect;
    run: string;
    snapshot: string;
    waitMs: number;
  } {
    const { run } = request;
    required(leaseTarget.safeParse(request.target), "target");
    const effect = required(leaseEffect.safeParse(request.effect), "effect");
    if (typeof run !== "string" || run.length === 0 || run.length > 200)
      bad("run", "it is not a string of 1 to 200 characters");
    const usual = effect === "capture" ? this.policy.captureWaitMs : this.policy.waitMs;
    const { waitMs = usual } = request;
    if (!(waitMs > 0 && Number.isFinite(waitMs))) bad("waitMs", `${waitMs} is not a positive number`);
    const written = jsonText(request.snapshot);
    if ("problem" in written) return bad("snapshot", written.problem);
    const bytes = Buffer.byteLength(written.text);
    const { snapshotBytesMax: bytesMax } = this.policy;
    if (bytes > bytesMax)
      throw new WorkerPlaneError({ code: "worker-plane/snapshot-too-large", bytes, bytesMax });
    return { effect, run, snapshot: written.text, waitMs };
  }

  // Time.

  private catchUp(): void {
    const { tickMs } = this.policy;
    const now = this.clock.now();
    const due = Math.floor((now - this.tickedAt) / tickMs);
    this.tickedAt = due > lateTicksMax ? now : this.tickedAt + due * tickMs;
    for (let left = Math.min(due, lateTicksMax); left > 0 && !this.closed; left -= 1) {
      this.registry.tick();
      this.settle();
      for (const { id, record } of this.registry.allLeases())
        if (record.phase === "dispatched") this.dispatch(id);
    }
  }

  /** Everybody who waits looks, so that no time passes while somebody has an answer to see (LL1). */
  private settle(): void {
    for (const id of [...this.waiting.keys()]) this.observe(id);
    this.registry.withdraw();
  }

  private observe(lease: string): void {
    const answer = this.registry.observe(lease);
    const waiting = this.waiting.get(lease);
    if (answer === null || waiting === undefined) return;
    if (answer === "gotLost") this.answer(lease, { kind: "lost", lease, because: "worker-inactive" });
    else if (answer === "gotTimeout") this.answer(lease, { kind: "timeout", lease, waitMs: waiting.waitMs });
    else this.answer(lease, outcomeOf(waiting.word, lease));
  }

  private answer(lease: string, outcome: LeaseOutcome): void {
    const waiting = this.waiting.get(lease);
    this.waiting.delete(lease);
    waiting?.forget();
    waiting?.resolve(outcome);
  }

  // Work.

  /** Hands the next attempt to the lease's worker, if the machine lets it go. */
  private dispatch(lease: string): void {
    const worker = this.registry.leaseById(lease)?.worker;
    const session = worker === undefined ? undefined : this.sessions.get(worker);
    const handed = this.registry.dispatch(lease, session !== undefined);
    if (handed !== null && session !== undefined) this.assign(session, handed);
  }

  private assign(session: Session, entry: LeaseEntry): void {
    const { id, run, effect, snapshot, record } = entry;
    const message = { type: "assign", lease: id, attempt: record.count, effect, run } as const;
    session.link.send({ ...message, snapshot: JSON.parse(snapshot) as Json });
    if (this.waiting.get(id)?.cancelled === true) session.link.send({ type: "cancel", lease: id });
  }

  private cancel(lease: string): void {
    const waiting = this.waiting.get(lease);
    const entry = this.registry.leaseById(lease);
    if (waiting === undefined || entry === undefined) return;
    waiting.cancelled = true;
    if (entry.record.phase === "dispatched")
      this.sessions.get(entry.worker)?.link.send({ type: "cancel", lease });
  }

  // Messages.

  private accept(peer: Peer, link: MasterLink): LinkEvents {
    const session: Session = { peer, link };
    return {
      message: (raw) => {
        if (this.closed) return;
        const parsed = parseMessage(fromWorker, raw);
        if ("message" in parsed) this.receive(session, parsed.message);
        else this.dismiss(session, parsed.problem);
      },
      closed: (problem) => {
        if (this.sessions.get(peer.worker) === session) this.sessions.delete(peer.worker);
        if (problem !== null) this.options.onProblem?.(problem, peer);
      },
    };
  }

  private receive(session: Session, message: FromWorker): void {
    const { peer } = session;
    if (peer.role === "beats" && message.type !== "beat" && message.type !== "progress") {
      this.dismiss(
        session,
        problemOf("worker-plane/wrong-role", `a connection for beats sent "${message.type}"`),
      );
      return;
    }
    switch (message.type) {
      case "register":
        return this.register(
          session,
          message.holds.map(({ lease }) => lease),
        );
      case "beat": {
        const was = this.registry.active(this.registry.workerById(peer.worker));
        const refused = this.registry.beat(peer);
        if (refused !== null) this.refuse(session, refused, null);
        else if (!was) this.dispatchTo(peer.worker);
        return;
      }
      case "progress": {
        const refused = this.registry.progress(peer, message.lease, message.attempt);
        if (refused !== null) this.refuse(session, refused, message);
        return;
      }
      case "succeeded":
      case "failed":
        return this.acknowledge(session, message);
      case "unregister": {
        const refused = this.registry.unregister(peer);
        if (refused !== null) return this.refuse(session, refused, null);
        this.sessions.delete(peer.worker);
        session.link.close();
        this.settle();
      }
    }
  }

  private register(session: Session, holds: readonly string[]): void {
    const { peer, link } = session;
    if (peer.worker === "local" && this.localWorker !== "local") {
      const found = `a worker registered as "local", which names the worker ${JSON.stringify(this.localWorker)} here`;
      return this.dismiss(session, problemOf("worker-plane/reserved-id", found));
    }
    const how = this.registry.register(peer);
    if (how !== "started" && how !== "returned" && how !== "replaced") {
      const found = `worker ${JSON.stringify(peer.worker)} registered and was not taken`;
      return this.dismiss(session, problemOf(how, found));
    }
    const earlier = this.sessions.get(peer.worker);
    this.sessions.set(peer.worker, session);
    if (earlier !== undefined && earlier !== session) {
      const found = `another process registered as worker ${JSON.stringify(peer.worker)}`;
      earlier.link.close(how === "replaced" ? problemOf("worker-plane/superseded", found) : undefined);
    }
    const { heartbeatTtlMs, dispatchTtlMs } = this.policy;
    const fenced = holds.filter((lease) => typeof this.registry.leaseOf(peer, lease) === "string");
    link.send({ type: "registered", heartbeatTtlMs, dispatchTtlMs, fenced });
    this.handAgain(session, new Set(holds));
    this.dispatchTo(peer.worker);
  }

  /** The same attempt again, to the process it was handed to: the assignment was lost on its way. */
  private handAgain(session: Session, holds: ReadonlySet<string>): void {
    const { worker, incarnation } = session.peer;
    for (const entry of this.registry.allLeases()) {
      if (entry.worker !== worker || entry.record.phase !== "dispatched") continue;
      if (entry.handedTo === incarnation && !holds.has(entry.id)) this.assign(session, entry);
    }
  }

  private dispatchTo(worker: WorkerId): void {
    for (const entry of this.registry.allLeases()) if (entry.worker === worker) this.dispatch(entry.id);
  }

  private acknowledge(session: Session, message: Acknowledgement): void {
    const { lease, attempt } = message;
    const error = message.type === "failed" ? message.error : null;
    const waiting = this.waiting.get(lease);
    const refused = this.registry.acknowledge(session.peer, lease, attempt, error);
    if (refused !== null) return this.refuse(session, refused, message);
    if (waiting !== undefined) waiting.word = message;
    session.link.send({ type: "taken", lease, attempt });
    this.observe(lease);
  }

  /** One message is refused; the connection stays. */
  private refuse(
    session: Session,
    code: ProblemCode,
    about: { lease: string; attempt: number; type: string } | null,
  ): void {
    const worker = JSON.stringify(session.peer.worker);
    const what =
      about === null
        ? "a sign of life"
        : `"${about.type}" for attempt ${about.attempt} of lease ${JSON.stringify(about.lease)}`;
    const problem = problemOf(code, `worker ${worker} sent ${what}: ${meaning[code] ?? "it was refused"}`);
    const refused: FromMaster = {
      type: "refused",
      lease: about?.lease ?? null,
      attempt: about?.attempt ?? null,
      problem,
    };
    session.link.send(refused);
    this.options.onProblem?.(problem, session.peer);
  }

  /** The connection ends with one error. */
  private dismiss(session: Session, problem: Problem): void {
    session.link.close(problem);
    this.options.onProblem?.(problem, session.peer);
  }
}

const meaning: Partial<Record<ProblemCode, string>> = {
  "worker-plane/unknown-worker": "this process is not registered here",
  "worker-plane/unknown-lease": "the registry has no such lease",
  "worker-plane/foreign-worker": "the lease is another worker's",
  "worker-plane/old-attempt": "it is not the current attempt",
  "worker-plane/already-completed": "the lease has its verdict",
};

function outcomeOf(word: Acknowledgement | null, lease: string): LeaseOutcome {
  if (word === null) throw new TypeError(`lease ${lease} is completed without a word of its worker`);
  const { attempt } = word;
  return word.type === "succeeded"
    ? { kind: "succeeded", lease, attempt, result: word.result }
    : { kind: "failed", lease, attempt, error: word.error };
}

function bad(field: string, found: string): never {
  throw new WorkerPlaneError({ code: "worker-plane/bad-request", field, found });
}

function required<T>(
  parsed: { success: true; data: T } | { success: false; error: { issues: { message: string }[] } },
  field: string,
): T {
  return parsed.success ? parsed.data : bad(field, parsed.error.issues[0]?.message ?? "it does not fit");
}
