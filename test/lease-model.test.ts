/**
 * The lease store against a naive second implementation: random calls of two processes, with time passing, wall
 * clocks stepped, processes ending, compactions and re-opening in between. Every answer has to be the same.
 */
import { rmSync } from "node:fs";
import { dirname } from "node:path";
import fc from "fast-check";
import { expect, it } from "vitest";

import { type FileLeaseStore, openLeaseStore } from "../src/lease/index.js";
import { newDirectory, turnableClock } from "./harness/lease-directory.js";
import { NaiveLeases, type NaiveLease, type NaiveTerms, covers } from "./harness/naive-leases.js";

const runs = 60;

interface Model {
  readonly naive: NaiveLeases;
  /** Number of the process behind each of the two stores. */
  readonly owners: [number, number];
  processes: number;
}

interface Real {
  readonly directory: string;
  readonly clock: ReturnType<typeof turnableClock>;
  readonly stores: [FileLeaseStore, FileLeaseStore];
  /** Lease ids, in the order of the naive list. */
  readonly ids: string[];
}

type Step = fc.AsyncCommand<Model, Real>;

abstract class Command implements Step {
  check(_model: Readonly<Model>): boolean {
    return true;
  }
  abstract run(model: Model, real: Real): Promise<void>;
  abstract toString(): string;
}

const pick = <T>(list: readonly T[], index: number): T | undefined => list[index % Math.max(1, list.length)];

class Acquire extends Command {
  constructor(
    readonly at: 0 | 1,
    readonly terms: NaiveTerms,
  ) {
    super();
  }
  async run({ naive, owners }: Model, real: Real): Promise<void> {
    const expected = naive.acquire(this.terms, owners[this.at]);
    const found = await real.stores[this.at].acquire({ ...this.terms, region: [...this.terms.region], holder: "x" });
    if ("blockedBy" in expected) {
      expect(found.outcome).toBe("refused");
      if (found.outcome !== "refused") return;
      expect(found.refusal.kind).toBe("conflict");
      const tokens = found.refusal.conflicts.map(({ fencingToken }) => fencingToken);
      expect(tokens.sort()).toEqual([...expected.blockedBy].sort());
    } else {
      expect(found.outcome).toBe("granted");
      if (found.outcome !== "granted") return;
      expect(found.grant.fencingToken).toBe(expected.token);
      expected.secret = found.secret;
      real.ids.push(found.grant.leaseId);
    }
  }
  override toString(): string {
    return `acquire(${this.at}, ${JSON.stringify(this.terms)})`;
  }
}

abstract class OnLease extends Command {
  constructor(
    readonly at: 0 | 1,
    readonly lease: number,
    readonly secret: "own" | "former" | "wrong",
  ) {
    super();
  }
  override check({ naive }: Readonly<Model>): boolean {
    return naive.leases.length > 0;
  }
  override async run(model: Model, real: Real): Promise<void> {
    const lease = pick(model.naive.leases, this.lease);
    const leaseId = pick(real.ids, this.lease);
    if (lease === undefined || leaseId === undefined) return;
    const former = lease.formerSecrets[0] ?? lease.secret;
    const secret = this.secret === "wrong" ? "AAAAAAAAAAAAAAAAAAAAAA" : this.secret === "own" ? lease.secret : former;
    await this.on(model, real, lease, { leaseId, secret });
  }
  abstract on(model: Model, real: Real, lease: NaiveLease, proof: { leaseId: string; secret: string }): Promise<void>;
  override toString(): string {
    return `${this.constructor.name}(${this.at}, ${this.lease}, ${this.secret})`;
  }
}

class Heartbeat extends OnLease {
  async on({ naive }: Model, { stores }: Real, lease: NaiveLease, proof: { leaseId: string; secret: string }) {
    const loss = naive.lossOf(lease, proof.secret);
    const found = await stores[this.at].heartbeat(proof);
    if (loss !== null) {
      expect(found).toMatchObject({ outcome: "lost", reason: loss });
      return;
    }
    expect(found).toMatchObject({ outcome: "beaten", remainingMs: lease.ttlMs });
    lease.beatAt = naive.now;
  }
}

class Release extends OnLease {
  async on({ naive }: Model, { stores }: Real, lease: NaiveLease, proof: { leaseId: string; secret: string }) {
    const loss = naive.lossOf(lease, proof.secret);
    const found = await stores[this.at].release(proof);
    if (loss === null) lease.ended = "released";
    expect(found).toMatchObject(loss === null ? { outcome: "released" } : { outcome: "lost", reason: loss });
  }
}

class Adopt extends OnLease {
  async on({ naive, owners }: Model, { stores }: Real, lease: NaiveLease, { leaseId }: { leaseId: string }) {
    const token = this.secret === "wrong" ? lease.token + 1 : lease.token;
    const forced = this.secret === "former";
    const expected = naive.adopt(lease, token, forced, owners[this.at]);
    const force = forced ? { force: { because: "the test says so" } } : {};
    const found = await stores[this.at].adopt({ leaseId, expectedToken: token, holder: "adopter", ...force });
    const outcome = { adopted: "adopted", refused: "refused", expired: "lost", over: "lost" }[expected];
    expect(found.outcome).toBe(outcome);
    if (found.outcome !== "adopted") return;
    expect(found.grant.fencingToken).toBe(lease.token);
    lease.secret = found.secret;
  }
}

class CheckFence extends OnLease {
  async on({ naive }: Model, { stores }: Real, lease: NaiveLease) {
    const current = lease.ended === null && !naive.isDead(lease);
    const found = await stores[this.at].checkFence(lease.token, { lane: lease.lane });
    expect(found.outcome).toBe(current ? "current" : "stale");
    const path = "a/x";
    const onPath = await stores[this.at].checkFence(lease.token, { path });
    expect(onPath.outcome).toBe(current && covers(lease.region, path) ? "current" : "stale");
  }
}

class Plain extends Command {
  constructor(
    readonly name: string,
    readonly work: (model: Model, real: Real) => Promise<void>,
  ) {
    super();
  }
  run(model: Model, real: Real): Promise<void> {
    return this.work(model, real);
  }
  override toString(): string {
    return this.name;
  }
}

/** Everybody sees what is live, and the log agrees after a fresh start. */
async function compareLive({ naive }: Model, { stores }: Real): Promise<void> {
  for (const store of stores) {
    const { leases, damage } = await store.live();
    const live = leases.filter(({ stands }) => stands.standing === "live").map(({ grant }) => grant.fencingToken);
    expect(live.sort()).toEqual(naive.live().map(({ token }) => token).sort());
    expect(damage).toEqual([]);
  }
}

async function endProcess(model: Model, real: Real, at: 0 | 1): Promise<void> {
  await real.stores[at].close();
  model.naive.dead.add(model.owners[at]);
  model.processes += 1;
  model.owners[at] = model.processes;
  real.stores[at] = await openLeaseStore({ directory: real.directory, clock: real.clock });
}

async function scavenge({ naive }: Model, { stores }: Real): Promise<void> {
  const dead = naive.leases.filter((one) => one.ended === null && naive.isDead(one));
  const { scavenged } = await stores[0].scavenge();
  expect(scavenged.map(({ fencingToken }) => fencingToken).sort()).toEqual(dead.map(({ token }) => token).sort());
  for (const one of dead) one.ended = "scavenged";
}

const at = fc.constantFrom(0 as const, 1 as const);
const index = fc.nat(12);
const secret = fc.constantFrom("own" as const, "own" as const, "former" as const, "wrong" as const);
const terms: fc.Arbitrary<NaiveTerms> = fc.record({
  lane: fc.constantFrom("one", "two", "three"),
  region: fc.subarray(["a/**", "a/x", "b/*", "*/x", "c"]),
  mode: fc.constantFrom("exclusive" as const, "shared" as const),
  attachment: fc.constantFrom("process" as const, "detached" as const),
  ttlMs: fc.constantFrom(100, 1000),
});

const steps: fc.Arbitrary<Step>[] = [
  fc.tuple(at, terms).map(([where, what]) => new Acquire(where, what)),
  fc.tuple(at, terms).map(([where, what]) => new Acquire(where, what)),
  fc.tuple(at, index, secret).map((args) => new Heartbeat(...args)),
  fc.tuple(at, index, secret).map((args) => new Release(...args)),
  fc.tuple(at, index, secret).map((args) => new Adopt(...args)),
  fc.tuple(at, index, secret).map((args) => new CheckFence(...args)),
  fc.constantFrom(30, 100, 101, 1001).map(
    (ms) =>
      new Plain(`pass(${ms})`, ({ naive }, { clock }) => {
        naive.now += ms;
        clock.monotonicMs += ms;
        clock.wallMs += ms;
        return Promise.resolve();
      }),
  ),
  fc.constantFrom(-86_400_000, 86_400_000).map(
    (ms) =>
      new Plain(`stepWallClock(${ms})`, (_model, { clock }) => {
        clock.wallMs += ms;
        return Promise.resolve();
      }),
  ),
  at.map((where) => new Plain(`end(${where})`, (model, real) => endProcess(model, real, where))),
  fc.constant(new Plain("scavenge", scavenge)),
  at.map((where) => new Plain(`compact(${where})`, (_model, { stores }) => stores[where].compact().then(() => undefined))),
  fc.constant(new Plain("live", compareLive)),
];

it("the store answers every call as the naive one does", async () => {
  await fc.assert(
    fc.asyncProperty(fc.commands(steps, { maxCommands: 40, size: "max" }), async (commands) => {
      const directory = newDirectory();
      const clock = turnableClock();
      const real: Real = {
        directory,
        clock,
        stores: [await openLeaseStore({ directory, clock }), await openLeaseStore({ directory, clock })],
        ids: [],
      };
      const model: Model = { naive: new NaiveLeases(), owners: [1, 2], processes: 2 };
      try {
        await fc.asyncModelRun(() => ({ model, real }), commands);
        await compareLive(model, real);
      } finally {
        for (const store of real.stores) await store.close();
        rmSync(dirname(directory), { recursive: true, force: true });
      }
    }),
    { numRuns: runs, endOnFailure: false },
  );
});
