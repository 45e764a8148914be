/** Several that write to one journal: what is followed when, what is decided on, and how a wait for the lock ends. */
import * as fs from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, describe, expect, test } from "vitest";

import { type Disk, type FileHandle, nodeDisk, openAdvisoryLock, openJournal } from "../src/journal/index.js";
import { catchUpsMax, followBytesMax } from "../src/journal/limits.js";
import { ProcessLock } from "../src/journal/process-lock.js";
import { simClock } from "./harness/sim-clock.js";
import { type Image, SimWorld } from "./harness/sim-disk.js";
import { appendId, openIds, tallyFold } from "./harness/sim-disk-scripts.js";

const directory = "/state";
const logPath = "/state/journal.ndjson";
const lockByte = { offset: 0, length: 1 };

function openTally(disk: Disk) {
  return openJournal({ directory, fold: tallyFold, disk, clock: simClock(), compaction: false });
}

/** A disk that tells of reads of the log, and of each time before a lock is asked for. */
function telling(disk: Disk, tell: (call: "read" | "tryLock") => void): Disk {
  let log: FileHandle | null = null;
  return {
    ...disk,
    open: (path, mode) => {
      const file = disk.open(path, mode);
      if (path === logPath) log = file;
      return file;
    },
    read: (file, into, position) => {
      if (file === log) tell("read");
      return disk.read(file, into, position);
    },
    tryLock: (file, range) => {
      tell("tryLock");
      return disk.tryLock(file, range);
    },
  };
}

function logOf(image: Image): Buffer {
  const log = image.get(logPath);
  if (log === undefined) throw new Error("there is no log");
  return log;
}

describe("what others write", () => {
  test("is decided on, however often more of it came than is followed in one go", async () => {
    // A log to copy from: stretches of it come while the writer asks for the lock.
    const donor = new SimWorld();
    const source = await openTally(donor.process().disk);
    await source.append(0, [{ type: "first", data: {} }], "durable");
    const image = donor.cachedImage();
    const text = "x".repeat(700_000);
    const perStretch = Math.ceil(followBytesMax / text.length) + 1;
    const stretches: Buffer[] = [];
    let seq = 1;
    for (let from = logOf(image).length; stretches.length < catchUpsMax + 3; ) {
      for (let record = 0; record < perStretch; record += 1, seq += 1)
        await source.append(seq, [{ type: "more", data: { text } }], "relaxed");
      const all = logOf(donor.cachedImage());
      stretches.push(all.subarray(from));
      from = all.length;
    }

    const world = new SimWorld(image);
    const { disk } = world.process();
    const log = disk.open(logPath, "append");
    let came = 1;
    let behind = false;
    const late = await openTally(
      telling(world.process().disk, (call) => {
        const stretch = behind && call === "tryLock" ? stretches.shift() : undefined;
        if (stretch === undefined) return;
        disk.append(log, stretch);
        came += perStretch;
      }),
    );
    behind = true;
    const seen = await late.transact(({ count }, { seq: next }) => ({
      events: [{ type: "last", data: {} }],
      durability: "durable",
      result: { count, next, came },
    }));
    expect(seen.came).toBeGreaterThan(perStretch * catchUpsMax);
    expect(seen).toMatchObject({ count: seen.came, next: seen.came + 1 });
    const { seq: last, damage } = await (await openTally(world.process().disk)).read();
    expect({ last, damage }).toEqual({ last: seen.next, damage: [] });
  });

  test("is read before the lock is asked for where somebody wrote before, and again after each wait by the clock", async () => {
    const world = new SimWorld();
    const { disk } = world.process();
    let calls: string[] = [];
    let readsLeft = 0;
    const journal = await openIds(
      telling(world.process().disk, (call) => {
        calls.push(call);
        if (call === "read" && readsLeft > 0 && --readsLeft === 0) disk.unlock(lock, lockByte);
      }),
      100,
    );
    const other = await openIds(world.process().disk, 100);
    const lock = disk.open("/state/journal.lock", "lock");
    /** What a call does while the lock is held until it has read so often. */
    const ask = async (id: number, reads: number): Promise<string> => {
      readsLeft = reads;
      if (reads > 0) expect(disk.tryLock(lock, lockByte)).toBe(true);
      calls = [];
      await journal.transact(appendId(id, "relaxed"));
      return calls.join(" ");
    };
    expect(await ask(1, 0)).toBe("tryLock read");
    await other.transact(appendId(2, "relaxed"));
    await ask(3, 0);
    // Somebody wrote between the last two turns.
    expect(await ask(4, 0)).toBe("read tryLock read");
    await other.transact(appendId(5, "relaxed"));
    await ask(6, 0);
    // Short waits first, with nothing in between; then by the clock.
    expect(await ask(7, 3)).toMatch(/^read(?: tryLock)+(?: read(?: tryLock)+){2} read$/);
  });
});

describe("a sync that fails while a later turn cuts off a torn tail", () => {
  /** What is in the log afterwards. `during`: the sync of the mending turn that is under way; `ticks` later the other fails. */
  async function failing(during: "copy" | "cut", ticks: number) {
    const world = new SimWorld();
    const { disk } = world.process();
    let gated = false;
    const waiting: { readonly proceed: () => void; readonly fail: (error: Error) => void }[] = [];
    const journal = await openIds(
      {
        ...disk,
        syncData: async (file, alone) => {
          if (gated) await new Promise<void>((proceed, fail) => void waiting.push({ proceed, fail }));
          await disk.syncData(file, alone);
        },
      },
      100,
    );
    const until = async (count: number): Promise<void> => {
      while (waiting.length < count) await new Promise(setImmediate);
    };
    await journal.transact(appendId(1, "durable"));
    gated = true;
    const first = journal.transact(appendId(2, "durable")).catch((error: unknown) => error);
    await until(1);
    const other = world.process().disk;
    other.append(other.open(logPath, "append"), Buffer.from('{"v":1,"seq":3,"prev":"'));
    const second = journal.transact(appendId(3, "relaxed"));
    await until(2);
    if (during === "cut") {
      waiting[1]?.proceed();
      await until(3);
    }
    gated = false;
    waiting.at(-1)?.proceed();
    for (let tick = 0; tick < ticks; tick += 1) await Promise.resolve();
    waiting[0]?.fail(Object.assign(new Error("EIO"), { code: "EIO" }));
    expect(await first).toMatchObject({ failure: { code: "journal/unknown-outcome" } });
    await second;
    expect(journal.recovered).toHaveLength(1);
    const { state, damage } = await (await openIds(world.process().disk, 100)).read();
    return { ids: state.ids.map(({ id }) => id), damage };
  }

  test("changes no other file and loses nothing, whenever it fails", async () => {
    for (const during of ["copy", "cut"] as const)
      for (let ticks = 0; ticks <= 40; ticks += 1)
        expect(await failing(during, ticks), `${during}, ${ticks} ticks`).toEqual({ ids: [1, 2, 3], damage: [] });
  });
});

describe("the lock", () => {
  const made: string[] = [];
  function lockPath(): string {
    const folder = fs.mkdtempSync(join(tmpdir(), "leasehold-lock-"));
    made.push(folder);
    return join(folder, "journal.lock");
  }
  afterEach(() => {
    for (const folder of made.splice(0)) fs.rmSync(folder, { recursive: true });
  });

  test("leaves the turnstile open when what is done during a wait fails", async () => {
    const path = lockPath();
    const lock = new ProcessLock(nodeDisk(), path, 60_000);
    const other = openAdvisoryLock({ path });
    expect(other.tryLock(0)).toBe(true);
    // It throws once the one that waits has closed the turnstile.
    const waiting = lock.acquire(() => {
      if (other.isHeld(1)) throw new Error("the disk failed");
    });
    await expect(waiting).rejects.toThrow("the disk failed");
    expect(other.isHeld(1)).toBe(false);
    other.unlock(0);
    expect(lock.tryAcquire()).toBe(true);
    lock.close();
    other.close();
  });

  test("is asked for without stack traces, and the program's own limit stands, frozen or not", () => {
    const path = lockPath();
    const [one, other] = [openAdvisoryLock({ path }), openAdvisoryLock({ path })];
    const native = createRequire(import.meta.url)("fs-native-extensions") as { tryLock: (...given: unknown[]) => boolean };
    const { tryLock } = native;
    const before = Object.getOwnPropertyDescriptor(Error, "stackTraceLimit");
    const limits: unknown[] = [];
    native.tryLock = (...given) => {
      limits.push(Error.stackTraceLimit);
      return tryLock(...given);
    };
    try {
      Error.stackTraceLimit = 7;
      expect([one.tryLock(0), other.tryLock(0), Error.stackTraceLimit]).toEqual([true, false, 7]);
      expect(limits).toEqual([0, 0]);
      expect(() => one.tryLock(-1)).toThrow();
      expect(Error.stackTraceLimit).toBe(7);
      Object.defineProperty(Error, "stackTraceLimit", { value: 7, writable: false });
      expect(other.tryLock(0)).toBe(false);
    } finally {
      native.tryLock = tryLock;
      Object.defineProperty(Error, "stackTraceLimit", { value: 10, ...before, writable: true });
    }
    one.close();
    other.close();
  });

  test("sees no mark in a file that became shorter", () => {
    const path = lockPath();
    const [lock, other] = [new ProcessLock(nodeDisk(), path, 0), new ProcessLock(nodeDisk(), path, 0)];
    other.markSuspect("1:2");
    expect(lock.isSuspect("1:2")).toBe(true);
    fs.truncateSync(path, 64);
    expect(lock.isSuspect("1:2")).toBe(false);
    lock.close();
    other.close();
  });
});
