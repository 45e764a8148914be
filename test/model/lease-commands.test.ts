/**
 * Commands on the lane-lease store over a disk whose calls fail, against the decisions and the fold.
 *
 * A call that rejects may have happened or not: the model keeps every state that is still possible, and one has to
 * explain each answer. A power cut takes back what was never synced: beats, and calls that rejected. Two handles stand
 * for two processes.
 */
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { z } from "zod";

import { type LaneState, applyLaneEvents, decide, laneFold, laneRequest } from "../../spec/lane-lease/index.js";
import { type MovedClock, movedClock, unsyncedDisk } from "../../src/conformance/our-lease-store.js";
import type { Disk } from "../../src/journal/index.js";
import { LeaseError, type LeaseStore, openLeaseStore } from "../../src/lease/index.js";
import { type Running, type Scripted, type Wrong, failureOn, holdsOnScripts } from "../harness/command-scripts.js";
import type { SimFault } from "../harness/sim-disk.js";
import { SimulatedStorage } from "../harness/simulated-storage.js";

const ttlMs = 10_000;
/** What the model has for a secret: one hash each, so that whose word counts is asked as well. */
const hashed = (secret: string): string => createHash("sha256").update(secret).digest("hex");

const handle = z.int().min(0).max(1);
const lane = z.enum(["a", "b"]);
const command = z.discriminatedUnion("does", [
  z.strictObject({ does: z.enum(["acquire", "adopt", "heartbeat", "release", "scavenge"]), handle, lane }),
  z.strictObject({ does: z.literal("pass"), ms: z.int().min(0) }),
  z.strictObject({ does: z.literal("kill"), handle }),
  z.strictObject({ does: z.literal("fail"), calls: z.int().min(1) }),
  z.strictObject({ does: z.literal("power cut"), pick: z.int().min(0) }),
]);
type Command = z.infer<typeof command>;
type Call = Extract<Command, { readonly lane: string }>;

function textOf(one: Command): string {
  switch (one.does) {
    case "pass":
      return `${one.ms} ms pass`;
    case "kill":
      return `handle ${one.handle} is killed and opened again`;
    case "fail":
      return `the next ${one.calls} calls of the disk fail`;
    case "power cut":
      return `the power is cut (outcome ${one.pick})`;
    default:
      return `${one.does} ${one.lane} by handle ${one.handle}`;
  }
}

/** Where the store lies, and how it can be hurt. */
interface Storage {
  readonly directory: string;
  disk(): Disk;
  fail?(calls: number): void;
  powerCut?(pick: number): void;
  remove(): void;
}

const force = { because: "a test takes over" };

let made = 0;
/** An id that no lease has. */
const fresh = (): string => `unheard-${(made += 1)}`;

const copy = (state: LaneState): LaneState => laneFold.restore(laneFold.checkpoint(state));

class LeaseScript implements Running<Command> {
  readonly #clock: MovedClock = movedClock();
  readonly #handles: LeaseStore[] = [];
  readonly #proofs = new Map<string, Named>();
  /** What may be true of the log: live lanes with their tokens, folded from the real events. */
  #possible: readonly LaneState[] = [laneFold.initial()];
  /** What a power cut could still bring back. */
  #before: readonly LaneState[] = [];

  constructor(
    private readonly storage: Storage,
    private readonly change: (store: LeaseStore) => LeaseStore,
  ) {}

  async open(): Promise<this> {
    for (const which of [0, 1]) this.#handles[which] = await this.#opened();
    return this;
  }

  can(one: Command): boolean {
    if (one.does === "power cut") return this.storage.powerCut !== undefined;
    return one.does !== "fail" || this.storage.fail !== undefined;
  }

  async step(one: Command): Promise<Wrong | null> {
    switch (one.does) {
      case "pass":
        this.#clock.monotonicMs += one.ms;
        return null;
      case "kill":
        this.storage.fail?.(0);
        await this.#handles[one.handle]?.close();
        this.#handles[one.handle] = await this.#opened();
        return null;
      case "fail":
        this.storage.fail?.(one.calls);
        return null;
      case "power cut":
        return await this.#cut(one.pick);
      default:
        return await this.#called(one);
    }
  }

  async end(): Promise<void> {
    this.storage.fail?.(0);
    for (const one of this.#handles) await one.close();
    this.storage.remove();
  }

  async #opened(): Promise<LeaseStore> {
    const { directory } = this.storage;
    return this.change(await openLeaseStore({ directory, disk: this.storage.disk(), clock: this.#clock, compaction: false }));
  }

  async #cut(pick: number): Promise<Wrong | null> {
    this.storage.fail?.(0);
    for (const one of this.#handles) await one.close();
    this.storage.powerCut?.(pick);
    try {
      for (const which of [0, 1]) this.#handles[which] = await this.#opened();
    } catch (error) {
      return { expected: "a store that opens after it", seen: String(error) };
    }
    this.#possible = distinct([...this.#possible, ...this.#before]);
    return null;
  }

  async #called(call: Call): Promise<Wrong | null> {
    const { answered, ...named } = await this.#ask(call);
    const now = this.#clock.now();
    const known = this.#possible;
    const asked = commandOf(call, named);
    const next = known.flatMap((state) => {
      const { outcome, events } = decide(state, asked, now, { gone: new Set() });
      const after = applyLaneEvents(laneFold, copy(state), events, { seq: 1, at: now });
      if (answered === null) return [state, after];
      return outcome.outcome === answered ? [after] : [];
    });
    if (next.length === 0) {
      const expected = known.map((state) => decide(state, asked, now, { gone: new Set() }).outcome.outcome);
      return { expected: [...new Set(expected)].join(" or "), seen: String(answered) };
    }
    this.#possible = distinct(next);
    const durable = answered === "granted" || answered === "released" || answered === "adopted";
    this.#before = durable ? [] : distinct([...this.#before, ...known]);
    return null;
  }

  /** The answer, null when there was none, and what the call named. */
  async #ask(call: Call): Promise<{ readonly answered: string | null } & Named> {
    const store = this.#handles[call.handle] as LeaseStore;
    const proof = this.#proofs.get(call.lane) ?? { leaseId: "none", fencingToken: 1, secret: "none" };
    try {
      const answer = await this.#answer(store, call, proof);
      if (answer.outcome !== "granted" && answer.outcome !== "adopted") {
        return { answered: answer.outcome, ...proof, ...(call.does === "acquire" ? { leaseId: fresh() } : {}) };
      }
      const { leaseId, fencingToken } = answer.grant;
      this.#proofs.set(call.lane, { leaseId, fencingToken, secret: answer.secret });
      return { answered: answer.outcome, leaseId, fencingToken: proof.fencingToken, secret: answer.secret };
    } catch (error) {
      expect(error).toBeInstanceOf(LeaseError);
      // Who got no answer has no secret: nobody will ever show the new one.
      if (call.does === "acquire") return { answered: null, ...proof, leaseId: fresh(), secret: fresh() };
      return { answered: null, ...proof, ...(call.does === "adopt" ? { secret: fresh() } : {}) };
    }
  }

  #answer(store: LeaseStore, { does, lane: name }: Call, { leaseId, fencingToken, secret }: Named) {
    if (does === "acquire") return store.acquire({ lane: name, holder: "h", attachment: "detached", ttlMs });
    if (does === "adopt") return store.adopt({ leaseId, expectedToken: fencingToken, holder: "h", force });
    return does === "scavenge" ? store.scavenge() : store[does]({ leaseId, secret });
  }
}

/** Whose lease a call is about; `secret` is the new one where it gives one. */
interface Named {
  readonly leaseId: string;
  readonly fencingToken: number;
  readonly secret: string;
}

function commandOf({ does, lane: name }: Call, { leaseId, fencingToken, secret }: Named): Parameters<typeof decide>[1] {
  const secretHash = hashed(secret);
  if (does === "scavenge") return { type: "scavenge" };
  if (does === "heartbeat") return { type: "heartbeat", leaseId, secretHash, coalesceMs: 0 };
  if (does === "release") return { type: "release", leaseId, secretHash };
  if (does === "adopt") return { type: "adopt", leaseId, expectedToken: fencingToken, holder: "h", process: null, force, secretHash };
  const { terms } = laneRequest({ lane: name, holder: "h", attachment: "detached", ttlMs });
  if (terms === null) throw new RangeError("no lane");
  return { type: "acquire", leaseId, secretHash, terms, wait: null };
}

/** States that answer alike are one; the ids of leases that nobody heard of do not matter. */
function distinct(states: readonly LaneState[]): readonly LaneState[] {
  const found = new Map<string, LaneState>();
  for (const state of states) {
    const leases = [...state.leases.values()].map(({ leaseId, record, secretHash }) => [leaseId, record, secretHash]);
    found.set(JSON.stringify([leases, state.unreadable.count]), state);
  }
  return [...found.values()];
}

const either = fc.nat(1);
const called: fc.Arbitrary<Command> = fc.record({
  does: fc.constantFrom("acquire" as const, "acquire", "adopt", "heartbeat", "release", "scavenge"),
  handle: either,
  lane: fc.constantFrom("a" as const, "b"),
});
const happening: readonly fc.Arbitrary<Command>[] = [
  fc.record({ does: fc.constant("pass" as const), ms: fc.constantFrom(1_000, 6_000, 11_000) }),
  fc.record({ does: fc.constant("kill" as const), handle: either }),
  fc.record({ does: fc.constant("fail" as const), calls: fc.integer({ min: 1, max: 3 }) }),
  fc.record({ does: fc.constant("power cut" as const), pick: fc.nat(63) }),
];

function scripted(storage: () => Storage, change: (store: LeaseStore) => LeaseStore = (store) => store): Scripted<Command> {
  return {
    scene: "lease-store",
    commands: [called, called, ...happening],
    parse: (one) => command.parse(one),
    text: textOf,
    begin: () => new LeaseScript(storage(), change).open(),
  };
}

/** Calls that write, read or sync fail; the power can be cut. */
class FailingStorage extends SimulatedStorage {
  #due = 0;

  override disk(): Disk {
    this.world.hook = ({ name }): SimFault | undefined => {
      if (this.#due === 0 || !["append", "syncData", "read"].includes(name)) return undefined;
      this.#due -= 1;
      return { errno: "EIO" };
    };
    return super.disk();
  }

  fail(calls: number): void {
    this.#due = calls;
  }
}

function folder(): Storage {
  const made = mkdtempSync(join(tmpdir(), "leasehold-model-"));
  return { directory: join(made, "state"), disk: unsyncedDisk, remove: () => rmSync(made, { recursive: true, force: true }) };
}

test("on a simulated disk, whatever fails, every answer is one that the decisions allow", async () => {
  await holdsOnScripts(scripted(() => new FailingStorage()), { runs: 60 });
}, 120_000);

test("on the disk of this host, every answer is one that the decisions allow", async () => {
  await holdsOnScripts(scripted(folder), { runs: 25 });
}, 120_000);

test("a store that says released and does nothing is caught, by a short script", async () => {
  const lying = (store: LeaseStore): LeaseStore => ({ ...store, release: () => Promise.resolve({ outcome: "released" }) });
  const { message, script } = await failureOn(scripted(() => new FailingStorage(), lying));
  expect(script.steps.length).toBeLessThanOrEqual(4);
  expect(message).toMatch(/expected .*\n {7}seen /);
});

test("a store that says adopted and leaves the lease to whoever had it is caught", async () => {
  const lying = (store: LeaseStore): LeaseStore => ({
    ...store,
    async adopt(request) {
      const grant = (await store.live()).leases.find(({ grant: one }) => one.leaseId === request.leaseId)?.grant;
      if (grant === undefined) return await store.adopt(request);
      return { outcome: "adopted", grant, previous: grant, secret: "A".repeat(22) } as unknown as Awaited<ReturnType<LeaseStore["adopt"]>>;
    },
  });
  const { script } = await failureOn(scripted(() => new FailingStorage(), lying));
  expect(script.steps.some((step) => step.includes("adopt"))).toBe(true);
  expect(script.steps.length).toBeLessThanOrEqual(4);
});

test("a store that does not wait for the device is caught by a power cut", async () => {
  class Careless extends FailingStorage {
    override disk(): Disk {
      return { ...super.disk(), syncData: () => Promise.resolve(), syncDirectory: () => Promise.resolve() };
    }
  }
  const { script } = await failureOn(scripted(() => new Careless()));
  expect(script.steps.some((step) => step.includes("power cut"))).toBe(true);
  expect(script.steps.length).toBeLessThanOrEqual(5);
});
