/**
 * Commands on the lane-lease store over a disk whose calls fail, against the decisions and the fold.
 *
 * A call that rejects may have happened or not: the model keeps every state that is still possible, and one has to
 * explain each answer. Failures are shrunk; seed and path stand in the message. A seed that failed once is kept in
 * `seeds.json` and run for ever. LEASEHOLD_RUNS and LEASEHOLD_SEED ask for more. Two handles stand for two
 * processes. Not injected: power cuts (see `test/crash`).
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";

import { type LaneState, applyLaneEvents, decide, laneFold, laneRequest } from "../../spec/lane-lease/index.js";
import { type MovedClock, movedClock, unsyncedDisk } from "../../src/conformance/our-lease-store.js";
import type { Disk } from "../../src/journal/index.js";
import { LeaseError, type LeaseStore, openLeaseStore } from "../../src/lease/index.js";
import { type SimFault, SimWorld } from "../harness/sim-disk.js";

const runs = Number(process.env["LEASEHOLD_RUNS"] ?? 25);
const seed = Number(process.env["LEASEHOLD_SEED"] ?? 20_240_601);
const keptSeeds = JSON.parse(readFileSync(new URL("seeds.json", import.meta.url), "utf8")) as readonly number[];

const ttlMs = 10_000;
const hash = "0".repeat(64);

/** What may be true of the log: live lanes with their tokens, folded from the real events. */
interface Model {
  possible: readonly LaneState[];
}

interface Real {
  readonly clock: MovedClock;
  readonly handles: LeaseStore[];
  readonly proofs: Map<string, { readonly leaseId: string; readonly secret: string }>;
  fail(calls: number): void;
  reopen(handle: number): Promise<void>;
}

let made = 0;
/** An id that no lease has. */
const fresh = (): string => `unheard-${(made += 1)}`;

const copy = (state: LaneState): LaneState => laneFold.restore(laneFold.checkpoint(state));

class Call implements fc.AsyncCommand<Model, Real> {
  constructor(
    readonly handle: number,
    readonly lane: string,
    readonly does: "acquire" | "heartbeat" | "release" | "scavenge",
  ) {}

  check = (): boolean => true;
  toString = (): string => `${this.does} ${this.lane} by handle ${this.handle}`;

  async run(model: Model, real: Real): Promise<void> {
    const { answered, leaseId } = await this.#ask(real);
    const now = real.clock.now();
    const next = model.possible.flatMap((state) => {
      const { outcome, events } = decide(state, this.#command(leaseId), now, { gone: new Set() });
      const after = applyLaneEvents(laneFold, copy(state), events, { seq: 1, at: now });
      if (answered === null) return [state, after];
      return outcome.outcome === answered ? [after] : [];
    });
    const expected = model.possible.map((state) => decide(state, this.#command(leaseId), now, { gone: new Set() }).outcome.outcome);
    expect(next.length, `${this.toString()}: expected ${[...new Set(expected)].join(" or ")}, seen ${String(answered)}`).toBeGreaterThan(0);
    model.possible = distinct(next);
  }

  /** The answer; null when there was none. */
  async #ask({ handles, proofs }: Real): Promise<{ readonly answered: string | null; readonly leaseId: string }> {
    const store = handles[this.handle] as LeaseStore;
    const proof = proofs.get(this.lane) ?? { leaseId: "none", secret: "none" };
    try {
      if (this.does === "acquire") {
        const answer = await store.acquire({ lane: this.lane, holder: "h", attachment: "detached", ttlMs });
        if (answer.outcome !== "granted") return { answered: answer.outcome, leaseId: fresh() };
        const { leaseId } = answer.grant;
        proofs.set(this.lane, { leaseId, secret: answer.secret });
        return { answered: "granted", leaseId };
      }
      if (this.does === "scavenge") return { answered: (await store.scavenge()).outcome, leaseId: "" };
      return { answered: (await store[this.does](proof)).outcome, leaseId: proof.leaseId };
    } catch (error) {
      expect(error).toBeInstanceOf(LeaseError);
      return { answered: null, leaseId: this.does === "acquire" ? fresh() : proof.leaseId };
    }
  }

  #command(leaseId: string): Parameters<typeof decide>[1] {
    if (this.does === "scavenge") return { type: "scavenge" };
    if (this.does === "heartbeat") return { type: "heartbeat", leaseId, secretHash: hash, coalesceMs: 0 };
    if (this.does === "release") return { type: "release", leaseId, secretHash: hash };
    const { terms } = laneRequest({ lane: this.lane, holder: "h", attachment: "detached", ttlMs });
    if (terms === null) throw new RangeError("no lane");
    return { type: "acquire", leaseId, secretHash: hash, terms, wait: null };
  }
}

/** Something happens to the host; the model keeps what it has to. */
class Happening implements fc.AsyncCommand<Model, Real> {
  constructor(
    readonly what: string,
    private readonly work: (real: Real) => Promise<void> | void,
  ) {}
  check = (): boolean => true;
  toString = (): string => this.what;
  async run(_model: Model, real: Real): Promise<void> {
    await this.work(real);
  }
}

/** States that answer alike are one; the ids of leases that nobody heard of do not matter. */
function distinct(states: readonly LaneState[]): readonly LaneState[] {
  const found = new Map<string, LaneState>();
  for (const state of states) {
    const leases = [...state.leases.values()].map(({ leaseId, record }) => [leaseId, record]);
    found.set(JSON.stringify([leases, state.unreadable.count]), state);
  }
  return [...found.values()];
}

const handle = fc.nat(1);
const lane = fc.constantFrom("a", "b");
const does = fc.constantFrom("acquire", "acquire", "heartbeat", "release", "scavenge");
const calls = fc.tuple(handle, lane, does).map((how) => new Call(...how));
const commonly = [
  calls,
  calls,
  fc.constantFrom(1_000, 6_000, 11_000).map((ms) => new Happening(`${ms} ms pass`, ({ clock }) => void (clock.monotonicMs += ms))),
  handle.map((which) => new Happening(`handle ${which} is killed and opened again`, (real) => real.reopen(which))),
];
const faults = [
  fc.integer({ min: 1, max: 3 }).map((count) => new Happening(`the next ${count} calls of the disk fail`, (real) => real.fail(count))),
];

async function openReal(diskOf: () => Disk, directory: string, fail: Real["fail"]): Promise<Real> {
  const clock = movedClock();
  const open = (): Promise<LeaseStore> => openLeaseStore({ directory, disk: diskOf(), clock, compaction: false });
  const handles = [await open(), await open()];
  return {
    clock,
    handles,
    proofs: new Map(),
    fail,
    reopen: async (which) => {
      fail(0);
      await handles[which]?.close();
      handles[which] = await open();
    },
  };
}

const begun = (): Model => ({ possible: [laneFold.initial()] });

async function holds(commands: fc.Arbitrary<Iterable<fc.AsyncCommand<Model, Real>>>, begin: () => Promise<Real>, end: (real: Real) => Promise<void>) {
  for (const one of [seed, ...keptSeeds]) {
    await fc.assert(
      fc.asyncProperty(commands, async (script) => {
        const real = await begin();
        try {
          await fc.asyncModelRun(() => ({ model: begun(), real }), script);
        } finally {
          await end(real);
        }
      }),
      { seed: one, numRuns: runs },
    );
  }
}

test("on a simulated disk whose calls fail, every answer is one that the decisions allow", async () => {
  let due = 0;
  const begin = (): Promise<Real> => {
    due = 0;
    const world = new SimWorld();
    world.hook = ({ name }): SimFault | undefined => {
      if (due === 0 || !["append", "syncData", "read"].includes(name)) return undefined;
      due -= 1;
      return { errno: "EIO" };
    };
    return openReal(() => world.process().disk, "/state", (count) => void (due = count));
  };
  await holds(fc.commands([...commonly, ...faults], { maxCommands: 25, size: "max" }), begin, async ({ handles, fail }) => {
    fail(0);
    for (const one of handles) await one.close();
  });
}, 120_000);

test("on the disk of this host, every answer is one that the decisions allow", async () => {
  const folders: string[] = [];
  const begin = (): Promise<Real> => {
    const folder = mkdtempSync(join(tmpdir(), "leasehold-model-"));
    folders.push(folder);
    return openReal(unsyncedDisk, join(folder, "state"), () => undefined);
  };
  await holds(fc.commands(commonly, { maxCommands: 25, size: "max" }), begin, async ({ handles }) => {
    for (const one of handles) await one.close();
    for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
  });
}, 120_000);

test("a store that says released and does nothing is caught, by a short script", async () => {
  const lying = (store: LeaseStore): LeaseStore => ({ ...store, release: () => Promise.resolve({ outcome: "released" }) });
  const property = fc.asyncProperty(fc.commands([calls], { maxCommands: 25, size: "max" }), async (script) => {
    const world = new SimWorld();
    const real = await openReal(() => world.process().disk, "/state", () => undefined);
    real.handles.splice(0, 2, ...real.handles.map(lying));
    await fc.asyncModelRun(() => ({ model: begun(), real }), script);
  });
  const found = await fc.check(property, { seed, numRuns: 50 });
  expect(found.failed).toBe(true);
  const [script] = found.counterexample ?? [[]];
  expect([...script].length).toBeLessThanOrEqual(4);
  expect(String(found.errorInstance)).toMatch(/expected .* seen/);
});
