/**
 * Paths of the machines, executed on what runs: the master's registry, the lane-lease store, the commit point. A driver
 * maps each event to calls, and says of an event that no call produces why. What the implementation did is compared with
 * what the machine does, event by event.
 */
import type { EventObject } from "xstate";

import type { Observation, RunPolicy, RunView } from "../../spec/vocabulary/index.js";
import type { CallerRecord, LeaseRecord, WorkerRecord } from "../../spec/worker-lease/index.js";
import type { Clock, Stamp } from "../../src/journal/index.js";
import { openJournal } from "../../src/journal/index.js";
import { laneFold } from "../../spec/lane-lease/index.js";
import { type LeaseStore, openLeaseStore } from "../../src/lease/index.js";
import { type Runs, openRuns } from "../../src/run/index.js";
import { defaultMasterPolicy } from "../../src/worker-plane/index.js";
import { Registry } from "../../src/worker-plane/registry.js";
import { SimWorld } from "./sim-disk.js";

/** The implementation during one path. */
export interface PathRun {
  /** Whether it took the event, and what it shows afterwards: a part of the machine's record. */
  perform(event: EventObject): Promise<{ readonly took: boolean; readonly shows: object }>;
  end(): Promise<void>;
}

export interface PathDriver {
  /** Null: calls produce it. `record` is the machine's before the event. */
  cannot(event: EventObject, record: object, path: readonly EventObject[]): string | null;
  begin(): Promise<PathRun>;
}

type Fields = EventObject & Readonly<Record<string, unknown>>;
const tickMs = 100;

function registryOf(heartbeatTtl: number, dispatchTtl = 1, attemptsMax = 2): Registry {
  const times = { tickMs, heartbeatTtlMs: heartbeatTtl * tickMs, dispatchTtlMs: dispatchTtl * tickMs };
  return new Registry({ ...defaultMasterPolicy, ...times, attemptsMax }, "host", () => undefined);
}

const sender = (incarnation: number) => ({ worker: "host", incarnation: String(incarnation), bornAtMs: incarnation });

export const workerDriver: PathDriver = {
  cannot: ({ type }, record) => {
    const { process, registered } = record as WorkerRecord;
    if (process === "up" && type === "worker.started") return "a second process of one id replaces the first: crashed, then started";
    if (process === "up" && registered && type === "worker.registered") return "a process that registers again is heard as a heartbeat";
    if (process === "down" && type !== "worker.started" && type.startsWith("worker.")) return "a process that has ended says nothing";
    return null;
  },
  begin: () => {
    const registry = registryOf(1);
    let incarnation = 0;
    let process: WorkerRecord["process"] = "down";
    const shows = (): object => {
      const known = registry.workerById("host");
      return { process, registered: known !== undefined, beatAge: known?.record.beatAge ?? 0 };
    };
    const act = (type: string): boolean => {
      switch (type) {
        case "worker.started":
          process = "up";
          return typeof registry.register(sender((incarnation += 1))) === "string";
        case "worker.registered":
          return registry.register(sender(incarnation)) === "started";
        case "worker.heartbeat":
          return registry.beat(sender(incarnation)) === null;
        case "worker.crashed":
          process = "down";
          return true;
        case "worker.unregistered":
          // Who is not known is not there to be forgotten; its process ends all the same.
          registry.unregister(sender(incarnation));
          process = "down";
          return true;
        case "clock.ticked": {
          const known = registry.workerById("host") !== undefined;
          registry.tick();
          return known;
        }
        default:
          registry.forgetAll();
          return true;
      }
    };
    return Promise.resolve({ perform: ({ type }) => Promise.resolve({ took: act(type), shows: shows() }), end: () => Promise.resolve() });
  },
};

export const leaseDriver: PathDriver = {
  cannot: ({ type }, record) => {
    const { phase } = record as LeaseRecord;
    if (phase !== "free" && type === "lease.acquired") return "a lease is acquired once: another one has another id";
    if (phase === "free" && type === "lease.recycled") return "there is no lease to recycle";
    return null;
  },
  begin: () => Promise.resolve(new LeasePath()),
};

class LeasePath implements PathRun {
  readonly #registry = registryOf(3);
  #leases = 0;
  readonly #host = sender(1);

  constructor() {
    this.#registry.register(this.#host);
  }

  perform(event: EventObject): Promise<{ readonly took: boolean; readonly shows: object }> {
    const took = this.#act(event);
    const { phase = "free", count = 0, dispatchAge = 0 } = this.#registry.leaseById(this.#id)?.record ?? {};
    return Promise.resolve({ took, shows: { phase, count, dispatchAge } });
  }

  end(): Promise<void> {
    return Promise.resolve();
  }

  get #id(): string {
    return `lease-${this.#leases}`;
  }

  #wants(id: string, access: unknown): boolean {
    const effect = access === "mutate" ? ("send" as const) : ("capture" as const);
    return "id" in this.#registry.acquire({ id, target: "", effect, run: "run", snapshot: "{}", waitBudget: 50 });
  }

  #act(event: Fields): boolean {
    const registry = this.#registry;
    switch (event.type) {
      case "lease.acquired":
        if (event["runMutating"] === true) this.#wants("other", "mutate");
        if (event["workerActive"] === false) for (let tick = 0; tick < 5; tick += 1) registry.tick();
        this.#leases += 1;
        return this.#wants(this.#id, event["access"]);
      case "lease.dispatched":
        registry.beat(this.#host);
        return registry.dispatch(this.#id, event["workerReady"] === true) !== null;
      case "lease.progressed":
        return registry.progress(this.#host, this.#id, Number(event["attempt"])) === null;
      case "lease.acknowledged": {
        const error = event["ok"] === true ? null : { code: "effect-failed" as const, message: "no" };
        return registry.acknowledge(this.#host, this.#id, Number(event["attempt"]), error) === null;
      }
      case "lease.recycled":
        this.#recycle();
        return true;
      case "clock.ticked": {
        registry.beat(this.#host);
        registry.tick();
        return registry.leaseById(this.#id)?.record.phase === "dispatched";
      }
      default:
        registry.forgetAll();
        registry.register(this.#host);
        return true;
    }
  }

  /** Its caller sees the verdict; without one the worker falls silent, its caller is told, and nobody waits any more. */
  #recycle(): void {
    if (this.#registry.observe(this.#id) !== null) return;
    for (let tick = 0; tick < 5; tick += 1) this.#registry.tick();
    this.#registry.observe(this.#id);
    this.#registry.withdraw();
    this.#registry.beat(this.#host);
  }
}

export const callerDriver: PathDriver = {
  cannot: ({ type }, record) => {
    const { waiter } = record as CallerRecord;
    if (waiter === "waiting" && type === "lease.acquired") return "a caller waits for one lease";
    const answered = waiter !== "idle" && waiter !== "waiting";
    if (answered && type !== "caller.left") return "a caller that is answered has left in the same call";
    if (!answered && type === "caller.left") return "a caller leaves with its answer";
    return null;
  },
  begin: () => Promise.resolve(new CallerPath()),
};

class CallerPath implements PathRun {
  readonly #registry = registryOf(50);
  readonly #host = sender(1);
  #leases = 0;
  /** Told, and left in the same call. */
  #answer: CallerRecord["waiter"] | null = null;

  perform(event: EventObject): Promise<{ readonly took: boolean; readonly shows: object }> {
    const took = this.#act(event);
    const { waiter, waitAge } = this.#registry.leaseById(`lease-${this.#leases}`)?.caller ?? { waiter: "idle", waitAge: 0 };
    return Promise.resolve({ took, shows: { waiter: this.#answer ?? waiter, waitAge } });
  }

  end(): Promise<void> {
    return Promise.resolve();
  }

  #act(event: Fields): boolean {
    const registry = this.#registry;
    const id = `lease-${this.#leases}`;
    switch (event.type) {
      case "lease.acquired": {
        registry.register(this.#host);
        this.#leases += 1;
        const wanted = { target: "", effect: "capture", run: "run", snapshot: "{}", waitBudget: 1 } as const;
        return "id" in registry.acquire({ id: `lease-${this.#leases}`, ...wanted });
      }
      case "lease.observed":
        registry.register(this.#host);
        if (event["completed"] === true && registry.dispatch(id, true) !== null) registry.acknowledge(this.#host, id, 1, null);
        if (event["workerActive"] === false) registry.unregister(this.#host);
        this.#answer = registry.observe(id);
        return this.#answer !== null;
      case "caller.left": {
        const left = this.#answer !== null;
        this.#answer = null;
        return left;
      }
      case "clock.ticked": {
        const waits = registry.leaseById(id)?.caller.waiter === "waiting";
        registry.tick();
        return waits;
      }
      default: {
        const lost = registry.forgetAll().includes(id);
        this.#answer = lost ? "gotLost" : null;
        return lost;
      }
    }
  }
}

/** One unit of the machine's times. */
const unitMs = 1_000;

export function laneDriver(attachment: "process" | "detached"): PathDriver {
  return {
    cannot: (event, record, path) => {
      const { type, fencingToken, holderGone, previousToken } = event as Fields;
      const { phase } = record as { readonly phase: string };
      if (phase !== "vacant" && type === "lease.granted") return "a lease is granted once: another one has another id";
      if (phase === "vacant" && type !== "lease.granted") return "there is no lease yet";
      const adopted = path.some((one) => one.type === "lease.adopted");
      if ((type === "lease.beaten" || type === "lease.released") && fencingToken === 2 && !adopted) return "nobody has a secret for a token that was not given";
      if ((type === "lease.doubted" || type === "lease.scavenged") && fencingToken !== (adopted ? 2 : 1)) return "the store looks at the newest token of a lease";
      if (type === "lease.adopted" && adopted) return "the store makes the new token, which is greater";
      if (type === "lease.adopted" && previousToken === 2 && !adopted) return null;
      if (holderGone === true && attachment === "detached") return "nobody's process stands behind a detached lease";
      const gone = path.some((one) => (one as Fields)["holderGone"] === true);
      if (holderGone === false && gone && !adopted) return "a process that is gone stays gone";
      return null;
    },
    begin: async () => {
      const run = new LanePath(attachment);
      await run.open();
      return run;
    },
  };
}

class LanePath implements PathRun {
  #now: Stamp = { bootId: "boot", monotonicMs: 0, wallMs: 0 };
  readonly #clock: Clock = { now: () => this.#now };
  readonly #world = new SimWorld();
  readonly #stores: LeaseStore[] = [];
  readonly #secrets = new Map<number, string>();
  #leaseId = "";
  #token = 0;

  constructor(private readonly attachment: "process" | "detached") {}

  /** The holder, who adopts from it, and somebody who looks. */
  async open(): Promise<void> {
    for (let count = 0; count < 3; count += 1) this.#stores.push(await this.#opened());
  }

  async perform(event: EventObject): Promise<{ readonly took: boolean; readonly shows: object }> {
    const fields = event as Fields;
    const { bootId, monotonicMs } = fields["at"] as Stamp;
    // The store's times begin where a host's do: not at zero.
    this.#now = { bootId, monotonicMs: (monotonicMs + 1_000) * unitMs, wallMs: 0 };
    const before = await this.#recorded();
    if (fields["holderGone"] === true && this.#token === 1) await this.#store(0).close();
    await this.#act(fields);
    const fresh = (await this.#recorded()).slice(before.length);
    const wanted = `lane.${event.type.slice("lease.".length)}`;
    return { took: fresh.includes(wanted), shows: { fencingToken: this.#token } };
  }

  async end(): Promise<void> {
    for (const store of this.#stores) await store.close();
  }

  async #act(event: Fields): Promise<void> {
    const token = Number(event["fencingToken"]);
    const secret = event["authentic"] === false ? "AAAAAAAAAAAAAAAAAAAAAA" : (this.#secrets.get(token) ?? "");
    const proof = { leaseId: this.#leaseId, secret };
    const looking = this.#store(2);
    switch (event.type) {
      case "lease.granted": {
        const terms = { lane: "lane", holder: "one", attachment: this.attachment, ttlMs: 2 * unitMs };
        const granted = await this.#store(0).acquire(terms);
        if (granted.outcome === "granted") this.#took(granted);
        return;
      }
      case "lease.beaten":
        await looking.heartbeat(proof);
        return;
      case "lease.released":
        await looking.release(proof);
        return;
      case "lease.adopted": {
        const force = event["forced"] === true ? { force: { because: "told to" } } : {};
        const expectedToken = Number(event["previousToken"]);
        const adopted = await this.#store(1).adopt({ leaseId: this.#leaseId, expectedToken, holder: "two", ...force });
        if (adopted.outcome === "adopted") this.#took(adopted);
        return;
      }
      default:
        await looking.scavenge();
    }
  }

  #took({ grant, secret }: { readonly grant: { readonly leaseId: string; readonly fencingToken: number }; readonly secret: string }): void {
    this.#leaseId = grant.leaseId;
    this.#token = grant.fencingToken;
    this.#secrets.set(grant.fencingToken, secret);
  }

  #opened(): Promise<LeaseStore> {
    return openLeaseStore({ directory: "/state", disk: this.#world.process().disk, clock: this.#clock, compaction: false });
  }

  #store(number: number): LeaseStore {
    const store = this.#stores[number];
    if (store === undefined) throw new RangeError(`no store ${number}`);
    return store;
  }

  async #recorded(): Promise<readonly string[]> {
    const how = { directory: "/state", fold: laneFold, disk: this.#world.process().disk, readOnly: true };
    const journal = await openJournal(how);
    const types: string[] = [];
    for await (const { events } of journal.records()) types.push(...events.map(({ type }) => type));
    await journal.close();
    return types;
  }
}

/** Beginnings of a run: what its agent is, and whether it has a branch. */
export interface RunBeginning {
  readonly agent: string;
  readonly branch: string | null;
}

/** Every path of one beginning runs in one log, as a run of its own. */
export class CommitPointPaths {
  #now: Stamp = { bootId: "boot", monotonicMs: 1_000_000, wallMs: 0 };
  readonly world = new SimWorld();
  #runs: Runs | null = null;
  #paths = 0;

  constructor(
    private readonly policy: RunPolicy,
    /** The observation that an event of the machine was made of: of a pane the machine has a hash. */
    private readonly observationOf: (event: EventObject) => Observation,
  ) {}

  driverOf(beginning: RunBeginning): PathDriver {
    return { cannot: () => null, begin: () => this.#begin(beginning) };
  }

  async close(): Promise<void> {
    await this.#runs?.close();
  }

  async #begin(beginning: RunBeginning): Promise<PathRun> {
    const disk = this.world.process().disk;
    const clock: Clock = { now: () => this.#now };
    const runs = (this.#runs ??= await openRuns({ directory: "/state", disk, clock, policy: this.policy }));
    this.#paths += 1;
    const run = `path-${this.#paths}`;
    const nothing = { issue: null, directory: null, command: [], session: null };
    this.#at(0);
    await runs.store.create({ run, ...beginning, startedAt: 0, ...nothing });
    const perform = async (event: EventObject): Promise<{ took: boolean; shows: object }> => {
      const observation = this.observationOf(event);
      this.#at(Number((event as Fields)["now"]));
      const before = JSON.stringify([await this.#view(runs, run), runs.commits.coreOf(run)]);
      const { effects } = await runs.commits.commit(run, observation);
      const view = await this.#view(runs, run);
      const core = runs.commits.coreOf(run);
      const took = effects.length > 0 || JSON.stringify([view, core]) !== before;
      return { took, shows: { ...view, ...core } };
    };
    return { perform, end: () => Promise.resolve() };
  }

  #at(now: number): void {
    this.#now = { bootId: "boot", monotonicMs: 1_000_000 + now, wallMs: now };
  }

  async #view(runs: Runs, run: string): Promise<RunView> {
    return (await runs.store.get(run)).view;
  }
}
