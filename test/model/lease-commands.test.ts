/**
 * Commands on the lane-lease store beside the decisions and the fold: leases that are attached to a process and detached
 * ones; processes that are killed, between calls and at any call of the disk; calls of the disk that fail; time; sweeps and
 * compactions. On a simulated disk the power is cut as well, and the host starts anew. After each command some way in which
 * the unanswered calls may have ended has to explain every answer and the list of leases.
 */
import { describe, expect, test } from "vitest";

import {
  type ConformanceScript,
  type LeaseAdapter,
  type LeaseClient,
  type OurLeaseOptions,
  checkLeaseStore,
  memoryLeaseStore,
  ourLeaseStore,
} from "../../src/conformance/index.js";
import { distinct, nothingHappened } from "../../src/conformance/lease-possible.js";
import { type HostStorage, temporaryStorage } from "../../src/conformance/our-storage.js";
import type { Disk, FileHandle } from "../../src/journal/index.js";
import { LeaseError, type LeaseStore } from "../../src/lease/index.js";
import { failureOn, holdsOnScripts, keptScripts } from "../harness/command-scripts.js";
import { scriptedLeaseStore } from "../harness/scripted-hosts.js";
import { SimulatedStorage } from "../harness/simulated-storage.js";

const simulated = (): HostStorage => new SimulatedStorage();

/** A simulated disk whose calls are changed. */
function onDisk(change: (disk: Disk) => Disk): () => HostStorage {
  return () => {
    const storage = new SimulatedStorage();
    const disk = storage.disk.bind(storage);
    return Object.assign(storage, { disk: () => change(disk()) });
  };
}

/** Notes every rejection that is not a coded one; those of a process that is gone nobody hears. */
function codedOnly(uncoded: unknown[]): (store: LeaseStore) => LeaseStore {
  return (store) =>
    new Proxy(store, {
      get: (of, key) => {
        const value: unknown = Reflect.get(of, key);
        if (typeof value !== "function" || key === "watch" || key === "close") return value;
        return async (...args: readonly unknown[]): Promise<unknown> => {
          try {
            return await (value.apply(of, args) as Promise<unknown>);
          } catch (error) {
            if (!(error instanceof LeaseError) && !String(error).includes("the process is gone")) uncoded.push(error);
            throw error;
          }
        };
      },
    });
}

describe("whatever fails and whoever is killed, every answer and every list is one that the decisions allow", () => {
  test.each([
    ["on a simulated disk", simulated, 60],
    ["on the disk of this host", temporaryStorage, 25],
  ] as const)("%s", async (_where, storage, runs) => {
    const uncoded: unknown[] = [];
    await holdsOnScripts(scriptedLeaseStore(ourLeaseStore({ storage, change: codedOnly(uncoded) })), { runs });
    expect(uncoded).toEqual([]);
  }, 120_000);
});

interface Broken {
  readonly options: OurLeaseOptions;
  /** What the shortest script found has. */
  readonly shows: RegExp;
  readonly stepsMax: number;
  /** A script that is kept for it. */
  readonly kept?: string;
}

/** Nobody waits for the device once a grant was written. */
function forgetful(disk: Disk): Disk {
  const written = new Set<FileHandle>();
  return {
    ...disk,
    append: (file, bytes) => {
      if (Buffer.from(bytes).includes("lane.granted")) written.add(file);
      return disk.append(file, bytes);
    },
    syncData: (file, alone) => (written.has(file) ? Promise.resolve() : disk.syncData(file, alone)),
  };
}

const broken: Readonly<Record<string, Broken>> = {
  "that takes dead processes for living ones": {
    options: { storage: onDisk((disk) => ({ ...disk, tryLock: (file, range) => range.shared !== true && disk.tryLock(file, range) })) },
    shows: /attached to its process[^]*is killed[^]*expected (granted|lost)\n {7}seen {5}(refused|beaten|released)/,
    stepsMax: 3,
    kept: "lease-store-484d94b9.json",
  },
  "that frees a detached lease with its process": {
    options: {
      storage: temporaryStorage,
      change: (store) => ({ ...store, acquire: (request, how) => store.acquire({ ...request, attachment: "process" }, how) }),
    },
    shows: /, detached[^]*is killed[^]*expected (refused|beaten|released)\n {7}seen {5}(granted|lost)/,
    stepsMax: 3,
    kept: "lease-store-2cf4273b.json",
  },
  "that forgets an acknowledged grant after a power cut": {
    options: { storage: onDisk(forgetful) },
    shows: /asks for lane[^]*the power is cut[^]*expected [^]*\n {7}seen {5}no lease/,
    stepsMax: 2,
    kept: "lease-store-02739036.json",
  },
  "that says released and does nothing": {
    options: { storage: simulated, change: (store) => ({ ...store, release: () => Promise.resolve({ outcome: "released" }) }) },
    shows: /releases its lease[^]*expected no lease\n {7}seen {5}[ab] of principal-/,
    stepsMax: 2,
  },
  "that says adopted and leaves the lease to whoever had it": {
    options: {
      storage: simulated,
      change: (store) => ({
        ...store,
        async adopt(request) {
          const grant = (await store.live()).leases.find(({ grant: one }) => one.leaseId === request.leaseId)?.grant;
          if (grant === undefined) return await store.adopt(request);
          return { outcome: "adopted", grant, previous: grant, secret: "A".repeat(22) } as unknown as Awaited<ReturnType<LeaseStore["adopt"]>>;
        },
      }),
    },
    shows: /adopts the lease/,
    stepsMax: 3,
  },
  "that fails where nothing failed": {
    options: { storage: simulated, change: (store) => ({ ...store, scavenge: () => Promise.reject(new Error("busy")) }) },
    shows: /expected an answer\n {7}seen {5}it failed: busy/,
    stepsMax: 1,
  },
};

/** The script of the line that a failure prints. */
function printed(message: string): ConformanceScript {
  const [, script = ""] = /show it again with \{ script: (.*) \}$/m.exec(message) ?? [];
  return JSON.parse(script) as ConformanceScript;
}

describe("a store is caught by a short script, which the kit takes", () => {
  const check = (options: OurLeaseOptions, script: ConformanceScript) => checkLeaseStore(ourLeaseStore(options), { script });

  test.each(Object.keys(broken))("%s", async (name) => {
    const { options, shows, stepsMax, kept } = broken[name] as Broken;
    const { message } = await failureOn(scriptedLeaseStore(ourLeaseStore(options)));
    const script = printed(message);
    expect(script.steps.length).toBeLessThanOrEqual(stepsMax);
    expect(message).toMatch(shows);
    expect(message).toMatch(/LEASEHOLD_SEED=\d+ LEASEHOLD_PATH=[\d:]+ LEASEHOLD_REPLAY=\S+ npx vitest run .*lease-commands/);
    const [found] = (await check(options, script)).counterexamples;
    expect(found?.text).toMatch(shows);
    expect(printed(found?.text ?? "")).toEqual(script);
    expect((await check({ storage: simulated }, script)).counterexamples).toEqual([]);
    if (kept === undefined) return;
    const again = keptScripts("lease-store").get(kept) as ConformanceScript;
    expect((await check(options, again)).verdict).toBe("violated");
  }, 60_000);
});

interface HurtMemory {
  /** A power cut takes everything. */
  readonly forgets?: boolean;
  /** Beats of a lease fail. */
  readonly beats?: () => Promise<never>;
  /** No fault hits a call. */
  readonly hale?: boolean;
}

/** The store in memory with a disk that fails around its calls: before they happen, or after. */
function hurtMemory({ forgets = false, hale = false, beats }: HurtMemory = {}): LeaseAdapter {
  return {
    name: "a store in memory that can be hurt",
    open: async () => {
      let store = await memoryLeaseStore().open();
      const clients = new Set<LeaseClient>();
      const due = { write: 0, read: 0, sync: 0 };
      const fails = (what: keyof typeof due): void => {
        if (due[what] === 0) return;
        due[what] -= 1;
        throw new Error(`${what} failed`);
      };
      const around = async <T>(call: () => Promise<T>): Promise<T> => {
        fails("read");
        fails("write");
        const answer = await call();
        fails("sync");
        return answer;
      };
      let passed = 0;
      return {
        processes: true,
        client: async (name) => {
          const client = await store.client(name);
          clients.add(client);
          return {
            acquire: (request) => around(() => client.acquire(request)),
            heartbeat: (proof, coalesceMs) => beats?.() ?? around(() => client.heartbeat(proof, coalesceMs)),
            release: (proof) => around(() => client.release(proof)),
            end: () => client.end(),
          };
        },
        live: () => store.live(),
        advance: (ms) => {
          passed += ms;
          return store.advance(ms);
        },
        failNext: (what, calls) => {
          if (!hale) due[what] = calls;
        },
        powerCut: async () => {
          for (const client of clients) await client.end();
          clients.clear();
          if (!forgets) return;
          store = await memoryLeaseStore().open();
          await store.advance(passed);
        },
        close: () => store.close(),
      };
    },
  };
}

describe("a store of anybody's that can be hurt, and whose time goes on across a power cut", () => {
  test("has nothing found when it is right, and is told what it cannot be asked", async () => {
    const report = await checkLeaseStore(hurtMemory(), { runs: 15 });
    expect(report.counterexamples.map(({ text }) => text)).toEqual([]);
    expect(report.unasked).toEqual(["processes that are killed within a call: its clients have no `dieAt`"]);
  });

  test("is caught when a power cut takes what was answered", async () => {
    const [found] = (await checkLeaseStore(hurtMemory({ forgets: true }), { runs: 15 })).counterexamples;
    expect(found?.script.steps.length).toBeLessThanOrEqual(3);
    expect(found?.text).toMatch(/asks for lane[^]*the power is cut[^]*expected /);
  });
});

const scriptOf = (...commands: readonly object[]): ConformanceScript => ({
  scene: "lease-store",
  steps: commands.map((command) => JSON.stringify(command)),
});
const fails = { does: "calls fail", what: "write", calls: 1 };
const acquires = (by: number, lane = "a") => ({ does: "acquire", by, lane, attachment: "process" });
const beats = (by: number, lane = "a") => ({ does: "heartbeat", by, lane });
const crashes = (by: number) => ({ does: "crash", by });

describe("a call that fails is explained by a fault under it, or by one that hit an earlier call", () => {
  const throws = { beats: () => Promise.reject(new TypeError("nothing is no lease")) };
  const broken = hurtMemory(throws);
  const seenOnStore = async (store: LeaseAdapter, ...commands: readonly object[]): Promise<readonly string[]> => {
    const { counterexamples } = await checkLeaseStore(store, { script: scriptOf(...commands) });
    return counterexamples.map(({ divergence, script }) => `${script.steps.length}: ${divergence?.seen ?? ""}`);
  };
  const seenOn = (...commands: readonly object[]): Promise<readonly string[]> => seenOnStore(broken, ...commands);
  const isWrongAt = (step: number): readonly string[] => [`${step}: it failed: nothing is no lease`];

  test("a store that throws where nothing fails is found by the search", async () => {
    const { message, script } = await failureOn(scriptedLeaseStore(broken));
    expect(script.steps.length).toBe(2);
    expect(message).toMatch(/ {7}expected an answer\n {7}seen {5}it failed: nothing is no lease/);
  });

  test("a fault that hit nothing explains nothing", async () => {
    const script = [acquires(0), fails, acquires(1, "b"), beats(0)];
    expect(await seenOnStore(hurtMemory({ ...throws, hale: true }), ...script)).toEqual(isWrongAt(4));
    expect(await seenOn(...script)).toEqual([]);
  });

  test("each process fails once after it, and not again", async () => {
    const hit = [acquires(0), acquires(1, "b"), fails, acquires(0)];
    expect(await seenOn(...hit, beats(0), beats(1, "b"))).toEqual([]);
    expect(await seenOn(...hit, beats(0), beats(0))).toEqual(isWrongAt(6));
  });

  test("a process that began after it does not", async () => {
    const hit = [acquires(0), acquires(1, "b"), fails, acquires(0)];
    expect(await seenOn(...hit, crashes(1), beats(1, "b"))).toEqual(isWrongAt(6));
    expect(await seenOn(...hit, crashes(1), beats(0))).toEqual([]);
    expect(await seenOn(...hit, { does: "power cut", pick: 0 }, beats(0))).toEqual(isWrongAt(6));
  });
});

describe("what may be true of a store", () => {
  test("is followed up to a limit: a script beyond it is unknown, and the report says so", async () => {
    const one = [fails, acquires(0), crashes(0)];
    const times = (count: number) => scriptOf(...Array.from({ length: count }, () => one).flat());
    expect((await checkLeaseStore(hurtMemory(), { script: times(3) })).verdict).toBe("holds");
    const report = await checkLeaseStore(hurtMemory(), { script: times(12) });
    expect(report.verdict).toBe("unknown");
    expect(report.counterexamples).toEqual([]);
    expect(report.unasked).toContain("the rest of 1 script: more than 256 things might have been true of the store");
    expect(report.steps).toBeLessThan(36);
  });

  test("is one thing only when whatever is answered by is the same", () => {
    const known = new Map([["id", "lease-1"]]);
    const ended = new Map([["lease-1", { cause: null }]]) as unknown as typeof nothingHappened.state.ended;
    const all = [nothingHappened, { ...nothingHappened, ids: known }, { ...nothingHappened, hashes: known }];
    const later = { ...nothingHappened, state: { ...nothingHappened.state, ended } };
    expect(distinct([...all, later, ...all]).length).toBe(4);
  });
});
