/**
 * The store of this package behind the door that every store is judged at: a temporary state directory, a clock
 * that is moved by hand, a disk whose calls can fail, one open handle for each client, which can die at any call.
 */
import type { LaneInForce } from "../../spec/lane-lease/index.js";
import type { Clock, Stamp } from "../journal/index.js";
import { type LeaseStore, openLeaseStore } from "../lease/index.js";
import type { FaultyCall } from "./fault-adapter.js";
import { DiskFaults, ProcessDisk } from "./faulty-disk.js";
import type {
  AdoptionRequest,
  BeatAnswer,
  LeaseAdapter,
  LeaseAnswer,
  LeaseClient,
  LeaseProof,
  LeaseRequest,
  LeaseStoreUnderTest,
  ListedLease,
} from "./lease-adapter.js";
import { type HostStorage, temporaryStorage } from "./our-storage.js";

/** Parts of the store to replace, to see that a mistake is caught. */
export interface OurLeaseOptions {
  /** Absent: a temporary folder of this host, without waiting for the device. */
  readonly storage?: () => HostStorage;
  /** A changed store, to see that it is caught. */
  readonly change?: (store: LeaseStore) => LeaseStore;
}

const hourMs = 3_600_000;
/** Since boot, when a host that was started anew opens the store. */
const bootedMs = 1_000;

/**
 * A clock that its fields move: milliseconds since boot, number of the boot, milliseconds the wall is
 * ahead.
 */
export interface MovedClock extends Clock {
  monotonicMs: number;
  boot: number;
  aheadMs: number;
}

/** A clock that stands until it is moved. */
export function movedClock(): MovedClock {
  const clock: MovedClock = {
    monotonicMs: 1_000_000,
    boot: 1,
    aheadMs: 0,
    now: (): Stamp => ({
      bootId: `boot-${clock.boot}`,
      monotonicMs: clock.monotonicMs,
      wallMs: 1_700_000_000_000 + clock.monotonicMs + clock.aheadMs,
    }),
  };
  return clock;
}

/** The lane-lease store of this package, as `checkLeaseStore` takes it. */
export function ourLeaseStore(options: OurLeaseOptions = {}): LeaseAdapter {
  return { name: "lane-lease store", open: () => OurLeases.open(options) };
}

const unchanged = (store: LeaseStore): LeaseStore => store;

class OurLeases implements LeaseStoreUnderTest {
  readonly processes = true;
  readonly regions = true;
  readonly powerCut?: (pick: number) => Promise<void>;
  readonly #storage: HostStorage;
  readonly #change: (store: LeaseStore) => LeaseStore;
  readonly #clock: MovedClock = movedClock();
  readonly #faults = new DiskFaults();
  readonly #open = new Set<OurClient>();
  /** A process of its own, which holds nothing. */
  #tidy: LeaseStore | null = null;

  private constructor({ storage = temporaryStorage, change = unchanged }: OurLeaseOptions) {
    this.#storage = storage();
    this.#change = change;
    if (this.#storage.powerCut !== undefined) {
      this.powerCut = (pick) => this.#startAnew(() => this.#storage.powerCut?.(pick));
    }
  }

  static async open(options: OurLeaseOptions): Promise<OurLeases> {
    const leases = new OurLeases(options);
    await leases.#tidied();
    return leases;
  }

  client(): Promise<LeaseClient> {
    return this.#process();
  }

  async live(): Promise<readonly ListedLease[]> {
    const { leases, now } = await (await this.#tidied()).live();
    return leases.map((one) => listed(one, now));
  }

  async waiting() {
    const { waiting } = await (await this.#tidied()).live();
    return waiting.map(({ lane, holder }) => ({ lane, holder }));
  }

  advance(ms: number): Promise<void> {
    this.#clock.monotonicMs += ms;
    return Promise.resolve();
  }

  stepWall(aheadMs: number): Promise<void> {
    this.#clock.aheadMs = aheadMs;
    return Promise.resolve();
  }

  failNext(what: FaultyCall, calls: number): void {
    this.#faults.fail(what, calls);
  }

  reboot(): Promise<void> {
    return this.#startAnew(() => undefined);
  }

  async compact(): Promise<void> {
    await (await this.#tidied()).compact();
  }

  async scavenge(): Promise<void> {
    await (await this.#tidied()).scavenge();
  }

  async close(): Promise<void> {
    this.#faults.calm();
    await this.#endAll();
    this.#storage.remove();
  }

  async #process(): Promise<OurClient> {
    const own = new ProcessDisk(this.#storage.disk(), this.#faults);
    const { directory } = this.#storage;
    const store = this.#change(await openLeaseStore({ directory, disk: own.disk, clock: this.#clock, compaction: false }));
    const client = new OurClient(store, own);
    this.#open.add(client);
    return client;
  }

  async #tidied(): Promise<LeaseStore> {
    this.#tidy ??= (await this.#process()).store;
    return this.#tidy;
  }

  async #endAll(): Promise<void> {
    for (const client of this.#open) await client.end();
    this.#open.clear();
    this.#tidy = null;
  }

  async #startAnew(between: () => void): Promise<void> {
    await this.#endAll();
    between();
    this.#clock.boot += 1;
    this.#clock.monotonicMs = bootedMs;
  }
}

type Given = Awaited<ReturnType<LeaseStore["acquire"]>> | Awaited<ReturnType<LeaseStore["adopt"]>>;

function answerOf(given: Given): LeaseAnswer {
  if (given.outcome !== "granted" && given.outcome !== "adopted") return { outcome: "refused" };
  const { leaseId, fencingToken } = given.grant;
  return { outcome: "granted", leaseId, fencingToken, secret: given.secret };
}

/** One handle is one process as far as the kernel's locks go. */
class OurClient implements LeaseClient {
  constructor(
    readonly store: LeaseStore,
    private readonly disk: ProcessDisk,
  ) {}

  async acquire(request: LeaseRequest): Promise<LeaseAnswer> {
    return answerOf(await this.store.acquire(request));
  }

  async wait(request: LeaseRequest): Promise<LeaseAnswer> {
    return answerOf(await this.store.acquire(request, { waitMs: hourMs }));
  }

  async heartbeat(proof: LeaseProof, coalesceMs: number): Promise<BeatAnswer> {
    const beat = await this.store.heartbeat(proof, { coalesceMs });
    return beat.outcome === "lost" ? { outcome: "lost" } : { outcome: "beaten", confirmedMs: beat.confirmedMs };
  }

  async release(proof: LeaseProof): Promise<"released" | "lost"> {
    return (await this.store.release(proof)).outcome;
  }

  async adopt({ force, ...request }: AdoptionRequest): Promise<LeaseAnswer> {
    return answerOf(await this.store.adopt({ ...request, ...(force ? { force: { because: "asked to" } } : {}) }));
  }

  async checkFence(token: number, lane: string): Promise<"current" | "stale"> {
    return (await this.store.checkFence(token, { lane })).outcome;
  }

  dieAt(call: number): () => boolean {
    this.disk.dieAt(call);
    return () => this.disk.dead;
  }

  async end(): Promise<void> {
    this.disk.end();
    try {
      await this.store.close();
    } catch {
      // It is gone: nobody hears how its files were closed.
    }
  }
}

/** What is dead stands with the age it died at. */
function listed({ grant, stands }: LaneInForce, now: Stamp): ListedLease {
  const { leaseId, lane, holder, fencingToken, heartbeatAt, ttlMs } = grant;
  const beatAgeMs = heartbeatAt.bootId === now.bootId ? now.monotonicMs - heartbeatAt.monotonicMs : null;
  const doubted = doubtedMs(stands, ttlMs);
  return { leaseId, lane, holder, fencingToken, beatAgeMs, doubtedMs: doubted };
}

function doubtedMs(stands: LaneInForce["stands"], ttlMs: number): number | null {
  if (stands.standing === "doubtful") return stands.remainingMs === null ? null : ttlMs - stands.remainingMs;
  return stands.standing === "dead" && stands.cause === "age-unknown" ? ttlMs * 2 : null;
}
