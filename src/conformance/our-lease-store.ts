/**
 * The store of this package behind the door that every store is judged at: a temporary state directory, a clock
 * that is moved by hand, one open handle for each client.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type { LaneInForce } from "../../spec/lane-lease/index.js";
import { type Clock, type Disk, type Stamp, nodeDisk } from "../journal/index.js";
import { type LeaseStore, openLeaseStore } from "../lease/index.js";
import type { LeaseAdapter, LeaseAnswer, LeaseClient, LeaseStoreUnderTest, ListedLease } from "./lease-adapter.js";

/** Parts of the store to replace, to see that a mistake is caught. */
export interface OurLeaseOptions {
  /** Absent: the disk of this host, without waiting for the device. */
  readonly disk?: () => Disk;
  /** The state directory on that disk; absent: a temporary one of this host, removed afterwards. */
  readonly directory?: string;
  /** A changed store, to see that it is caught. */
  readonly change?: (store: LeaseStore) => LeaseStore;
}

const hourMs = 3_600_000;

/** Syncs are for power cuts, and nobody cuts the power here. */
export function unsyncedDisk(): Disk {
  return { ...nodeDisk(), syncData: () => Promise.resolve(), syncDirectory: () => Promise.resolve() };
}

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
  return { name: "lane-lease store", open: () => openOurs(options) };
}

const unchanged = (store: LeaseStore): LeaseStore => store;

async function openOurs(options: OurLeaseOptions): Promise<LeaseStoreUnderTest> {
  const { disk = unsyncedDisk, change = unchanged } = options;
  const folder = options.directory === undefined ? mkdtempSync(join(tmpdir(), "leasehold-judged-")) : null;
  const directory = options.directory ?? join(folder ?? "", "state");
  const clock = movedClock();
  const openOne = async (): Promise<LeaseStore> =>
    change(await openLeaseStore({ directory, disk: disk(), clock, compaction: false }));
  const tidy = await openOne();
  const clients = new Set<LeaseStore>();
  const endAll = async (): Promise<void> => {
    for (const client of clients) await client.close();
    clients.clear();
  };
  return {
    processes: true,
    regions: true,
    client: async () => {
      const store = await openOne();
      clients.add(store);
      return clientOf(store, () => clients.delete(store));
    },
    live: async () => {
      const { leases, now } = await tidy.live();
      return leases.map((one) => listed(one, now));
    },
    waiting: async () => (await tidy.live()).waiting.map(({ lane, holder }) => ({ lane, holder })),
    ...movedBy(clock),
    reboot: async () => {
      await endAll();
      clock.boot += 1;
      clock.monotonicMs = 1_000;
    },
    compact: async () => {
      await tidy.compact();
    },
    scavenge: async () => {
      await tidy.scavenge();
    },
    close: async () => {
      await endAll();
      await tidy.close();
      if (folder !== null) rmSync(folder, { recursive: true, force: true });
    },
  };
}

function movedBy(clock: MovedClock): Pick<LeaseStoreUnderTest, "advance"> & Required<Pick<LeaseStoreUnderTest, "stepWall">> {
  return {
    advance: (ms) => {
      clock.monotonicMs += ms;
      return Promise.resolve();
    },
    stepWall: (aheadMs) => {
      clock.aheadMs = aheadMs;
      return Promise.resolve();
    },
  };
}

type Given = Awaited<ReturnType<LeaseStore["acquire"]>> | Awaited<ReturnType<LeaseStore["adopt"]>>;

function answerOf(given: Given): LeaseAnswer {
  if (given.outcome !== "granted" && given.outcome !== "adopted") return { outcome: "refused" };
  const { leaseId, fencingToken } = given.grant;
  return { outcome: "granted", leaseId, fencingToken, secret: given.secret };
}

/** One handle is one process as far as the kernel's locks go. */
function clientOf(store: LeaseStore, ended: () => void): LeaseClient {
  return {
    acquire: async (request) => answerOf(await store.acquire(request)),
    wait: async (request) => answerOf(await store.acquire(request, { waitMs: hourMs })),
    heartbeat: async (proof, coalesceMs) => {
      const beat = await store.heartbeat(proof, { coalesceMs });
      return beat.outcome === "lost" ? { outcome: "lost" } : { outcome: "beaten", confirmedMs: beat.confirmedMs };
    },
    release: async (proof) => (await store.release(proof)).outcome,
    adopt: async ({ force, ...request }) =>
      answerOf(await store.adopt({ ...request, ...(force ? { force: { because: "asked to" } } : {}) })),
    checkFence: async (token, lane) => (await store.checkFence(token, { lane })).outcome,
    end: async () => {
      ended();
      await store.close();
    },
  };
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
