/**
 * Paths of the machines, executed on what runs: here the lane-lease store and the commit point. A driver maps each event
 * to calls, and says of an event that no call produces why. What the implementation did is compared with what the machine
 * does, event by event.
 */
import type { EventObject } from "xstate";

import { laneFold } from "../../spec/lane-lease/index.js";
import type { Observation, RunPolicy, RunView } from "../../spec/vocabulary/index.js";
import { type Clock, type Stamp, openJournal } from "../../src/journal/index.js";
import { type LeaseStore, openLeaseStore } from "../../src/lease/index.js";
import { type Runs, openRuns } from "../../src/run/index.js";
import type { Beginning } from "./path-subjects.js";
import { SimWorld } from "./sim-disk.js";

/** Whether the implementation took an event, and what it shows afterwards: a part of the machine's record. */
export interface Performed {
  readonly took: boolean;
  readonly shows: object;
}

/** The implementation during one path. */
export interface PathRun {
  perform(event: EventObject): Promise<Performed>;
  /** How often each check of a law had something to say meanwhile, where the steps were judged as they were made. */
  end(): Promise<ReadonlyMap<string, number>>;
}

export interface PathDriver {
  /** Null: calls produce it. `record` is the machine's before the event. */
  cannot(event: EventObject, record: object, path: readonly EventObject[]): string | null;
  begin(): Promise<PathRun>;
}

export type Fields = EventObject & Readonly<Record<string, unknown>>;

const unjudged: ReadonlyMap<string, number> = new Map();

/** One unit of the machine's times. */
const unitMs = 2_000;

export function laneDriver(attachment: "process" | "detached"): PathDriver {
  return {
    cannot: (event, record, path) => {
      const { type, fencingToken, holderGone, previousToken } = event as Fields;
      const { phase, fencingToken: current } = record as { readonly phase: string; readonly fencingToken: number };
      if (phase !== "vacant" && type === "lease.granted") return "a lease is granted once: another one has another id";
      if (phase === "vacant" && type !== "lease.granted") return "there is no lease yet";
      const adopted = path.some((one) => one.type === "lease.adopted");
      const ofHolder = type === "lease.beaten" || type === "lease.released";
      if (ofHolder && fencingToken === 2 && !adopted) return "nobody has a secret for a token that was not given";
      if ((type === "lease.doubted" || type === "lease.scavenged") && fencingToken !== (adopted ? 2 : 1)) return "the store looks at the newest token of a lease";
      if (isForged(event, current)) return previousToken === current ? null : "a hand that writes to the log knows the newest token";
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

/** No call makes a token that is not greater than the last: such a record is in the log only when a hand wrote it. */
function isForged({ type, fencingToken }: Fields, current: number): boolean {
  return type === "lease.adopted" && Number(fencingToken) <= current;
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

  async perform(event: EventObject): Promise<Performed> {
    const fields = event as Fields;
    const { bootId, monotonicMs } = fields["at"] as Stamp;
    // The store's times begin where a host's do: not at zero.
    this.#now = { bootId, monotonicMs: (monotonicMs + 1_000) * unitMs, wallMs: 0 };
    if (isForged(fields, this.#token)) return { took: await this.#forge(fields), shows: { fencingToken: this.#token } };
    const before = await this.#recorded();
    if (fields["holderGone"] === true && this.#token === 1) await this.#store(0).close();
    await this.#act(fields);
    const fresh = (await this.#recorded()).slice(before.length);
    const wanted = `lane.${event.type.slice("lease.".length)}`;
    return { took: fresh.includes(wanted), shows: { fencingToken: this.#token } };
  }

  async end(): Promise<ReadonlyMap<string, number>> {
    for (const store of this.#stores) await store.close();
    return unjudged;
  }

  /** Writes to the log beside the store; true: the store believes it. */
  async #forge({ previousToken, fencingToken, forced }: Fields): Promise<boolean> {
    const holder = "whoever wrote this";
    const tokens = { previousToken: Number(previousToken), fencingToken: Number(fencingToken) };
    const data = { leaseId: this.#leaseId, ...tokens, secretHash: "0".repeat(64), holder, process: null };
    const journal = await openJournal({ directory: "/state", fold: laneFold, disk: this.#world.process().disk, clock: this.#clock });
    const evidence = forced === true ? "forced" : "process-gone";
    const { seq } = await journal.read();
    await journal.append(seq, [{ type: "lane.adopted", data: { ...data, evidence } }]);
    await journal.close();
    const { leases } = await this.#store(2).live();
    return leases.some(({ grant }) => grant.holder === holder);
  }

  async #act(event: Fields): Promise<void> {
    const token = Number(event["fencingToken"]);
    const secret = event["authentic"] === false ? "AAAAAAAAAAAAAAAAAAAAAA" : (this.#secrets.get(token) ?? "");
    const proof = { leaseId: this.#leaseId, secret };
    const looking = this.#store(2);
    switch (event.type) {
      case "lease.granted": {
        const terms = { lane: "lane", holder: "one", attachment: this.attachment, ttlMs: unitMs };
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

  driverOf(beginning: Beginning): PathDriver {
    return { cannot: () => null, begin: () => this.#begin(beginning) };
  }

  async close(): Promise<void> {
    await this.#runs?.close();
  }

  async #begin({ agent, branch, launched }: Beginning): Promise<PathRun> {
    const disk = this.world.process().disk;
    const clock: Clock = { now: () => this.#now };
    const runs = (this.#runs ??= await openRuns({ directory: "/state", disk, clock, policy: this.policy }));
    this.#paths += 1;
    const run = `path-${this.#paths}`;
    const nothing = { issue: null, directory: null, command: [], session: null };
    this.#at(0);
    await runs.store.create({ run, agent, branch, startedAt: 0, ...nothing });
    if (launched) await runs.commits.commit(run, { type: "launch.progressed", stage: "agentStarted" });
    const perform = async (event: EventObject): Promise<Performed> => {
      const observation = this.observationOf(event);
      this.#at(Number((event as Fields)["now"]));
      const before = JSON.stringify([await this.#view(runs, run), runs.commits.coreOf(run)]);
      const { effects } = await runs.commits.commit(run, observation);
      const view = await this.#view(runs, run);
      const core = runs.commits.coreOf(run);
      const took = effects.length > 0 || JSON.stringify([view, core]) !== before;
      return { took, shows: { ...view, ...core } };
    };
    return { perform, end: () => Promise.resolve(unjudged) };
  }

  #at(now: number): void {
    this.#now = { bootId: "boot", monotonicMs: 1_000_000 + now, wallMs: now };
  }

  async #view(runs: Runs, run: string): Promise<RunView> {
    return (await runs.store.get(run)).view;
  }
}
