/** The lease store at its door: what it grants, who waits, who is dead, and what it does when the disk fails. */
import { chmodSync, mkdirSync, readFileSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";

import type { LaneRequestInput } from "../spec/lane-lease/index.js";
import { type Disk, nodeDisk } from "../src/journal/index.js";
import { type FileLeaseStore, LeaseError, type LeaseStore, withLease } from "../src/lease/index.js";
import { cleanUpLeases, newDirectory, openStore, turnableClock } from "./harness/lease-directory.js";

cleanUpLeases();

const build = { lane: "build", holder: "somebody" } as const;

async function granted(store: LeaseStore, request: LaneRequestInput = build) {
  const outcome = await store.acquire(request);
  if (outcome.outcome !== "granted") throw new Error(JSON.stringify(outcome));
  return { leaseId: outcome.grant.leaseId, secret: outcome.secret, grant: outcome.grant };
}

async function failureOf(work: Promise<unknown>): Promise<string> {
  const error: unknown = await work.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(LeaseError);
  return (error as LeaseError).failure.code;
}

const proofOf = ({ leaseId, secret }: { leaseId: string; secret: string }) => ({ leaseId, secret });

describe("a lease", () => {
  it("keeps others out until it is released, and says who is in the way", async () => {
    const store = await openStore();
    const lease = await granted(store);
    const refused = await store.acquire({ lane: "build", holder: "other" });
    expect(refused).toMatchObject({
      outcome: "refused",
      refusal: { kind: "conflict", conflicts: [{ holder: "somebody", fencingToken: 1, leaseId: lease.leaseId }] },
    });
    expect(await store.release(proofOf(lease))).toEqual({ outcome: "released" });
    expect((await granted(store)).grant.fencingToken).toBe(2);
  });

  it("of a process is free as soon as its handle closes; a detached one is not", async () => {
    const directory = newDirectory();
    const first = await openStore({ directory });
    const second = await openStore({ directory });
    await granted(first, { ...build, attachment: "process" });
    await granted(first, { ...build, lane: "docs", attachment: "detached" });
    expect((await second.acquire(build)).outcome).toBe("refused");
    await first.close();
    expect(await second.acquire(build)).toMatchObject({
      outcome: "granted",
      scavenged: [{ lane: "build", cause: "process-gone" }],
    });
    expect((await second.acquire({ ...build, lane: "docs" })).outcome).toBe("refused");
  });

  it("of another boot is dead when it hangs on a process, and in doubt for one TTL when it does not", async () => {
    const directory = newDirectory();
    const clock = turnableClock();
    const store = await openStore({ directory, clock });
    await granted(store, { ...build, attachment: "process" });
    await granted(store, { ...build, lane: "docs", attachment: "detached" });
    clock.bootId = "boot-2";
    clock.monotonicMs = 10;
    expect(await store.acquire(build)).toMatchObject({ outcome: "granted", scavenged: [{ cause: "other-boot" }] });
    expect((await store.acquire({ ...build, lane: "docs" })).outcome).toBe("refused");
    clock.monotonicMs += 60_001;
    expect(await store.acquire({ ...build, lane: "docs" })).toMatchObject({
      outcome: "granted",
      scavenged: [{ cause: "age-unknown" }],
    });
  });

  it("does not care how far the wall clock jumps", async () => {
    const clock = turnableClock();
    const store = await openStore({ clock });
    const lease = await granted(store);
    for (const wallMs of [0, 4_000_000_000_000, 5]) {
      clock.wallMs = wallMs;
      expect((await store.acquire(build)).outcome).toBe("refused");
      expect((await store.heartbeat(proofOf(lease))).outcome).toBe("beaten");
    }
  });

  it("is beaten, elided and lost with the reasons told apart", async () => {
    const clock = turnableClock();
    const store = await openStore({ clock });
    const lease = await granted(store);
    clock.monotonicMs += 5000;
    const bytes = (): number => readFileSync(join(store.directory, "journal.ndjson")).length;
    const before = bytes();
    expect(await store.heartbeat(proofOf(lease), { coalesceMs: 10_000 })).toMatchObject({
      outcome: "coalesced",
      confirmedMs: 5000,
      remainingMs: 55_000,
    });
    expect(bytes()).toBe(before);
    expect(await store.heartbeat(proofOf(lease))).toMatchObject({ outcome: "beaten", remainingMs: 60_000 });
    clock.monotonicMs += 60_001;
    expect(await store.heartbeat(proofOf(lease))).toMatchObject({ outcome: "lost", reason: "expired" });
    await store.scavenge();
    expect(await store.heartbeat(proofOf(lease))).toMatchObject({ outcome: "lost", reason: "scavenged" });
    expect(await store.heartbeat({ leaseId: lease.leaseId, secret: "x" })).toMatchObject({ reason: "unknown" });
    expect(await store.heartbeat({ leaseId: "nobody", secret: "x" })).toMatchObject({ reason: "unknown" });
  });

  it("hears its holder only: the word of a stranger frees nothing", async () => {
    const directory = newDirectory();
    const store = await openStore({ directory });
    const lease = await granted(store, { ...build, attachment: "process" });
    const wrong = { leaseId: lease.leaseId, secret: "AAAAAAAAAAAAAAAAAAAAAA" };
    expect(await store.release(wrong)).toMatchObject({ outcome: "lost", reason: "unknown" });
    expect(await store.heartbeat(wrong)).toMatchObject({ outcome: "lost", reason: "unknown" });
    const other = await openStore({ directory });
    expect((await other.acquire(build)).outcome).toBe("refused");
    expect((await other.live()).leases[0]?.stands.standing).toBe("live");
  });

  it("is adopted by one of two who saw the same token", async () => {
    const directory = newDirectory();
    const first = await openStore({ directory });
    const lease = await granted(first, { ...build, attachment: "process" });
    await first.close();
    const [a, b] = [await openStore({ directory }), await openStore({ directory })];
    const request = { leaseId: lease.leaseId, expectedToken: 1, holder: "heir" };
    const outcomes = await Promise.all([a.adopt(request), b.adopt(request)]);
    expect(outcomes.map(({ outcome }) => outcome).sort()).toEqual(["adopted", "refused"]);
    expect(outcomes.find(({ outcome }) => outcome === "refused")).toMatchObject({ refusal: { kind: "token-moved" } });
    expect(await a.heartbeat(proofOf(lease))).toMatchObject({ outcome: "lost", reason: "adopted" });
  });

  it("shows its life, also after a compaction as far as it is kept, and never a hash", async () => {
    const store = await openStore();
    const lease = await granted(store);
    await store.heartbeat(proofOf(lease));
    await store.release(proofOf(lease));
    const { entries, complete } = await store.history(lease.leaseId);
    expect(entries.map(({ type }) => type)).toEqual(["lane.granted", "lane.beaten", "lane.released"]);
    expect(complete).toBe(true);
    // Fields that its record leaves out are shown all the same.
    expect(entries[0]?.data).toMatchObject({ lane: "build", process: {}, runId: null, children: [], meta: {}, waiterId: null });
    expect(JSON.stringify([entries, await store.show(lease.leaseId), await store.live()])).not.toMatch(/[0-9a-f]{64}/);
    await store.compact();
    expect((await store.show(lease.leaseId)).lease).toMatchObject({ shown: "ended", cause: null });
    expect((await granted(store)).grant.fencingToken).toBe(2);
  });
});

describe("a secret", () => {
  it("is in no file, no answer but the grant's, and no error", async () => {
    const store = await openStore();
    const lease = await granted(store);
    const refused = await store.acquire(build);
    const heir = await store.adopt({
      leaseId: lease.leaseId,
      expectedToken: 1,
      holder: "heir",
      force: { because: "the test says so" },
    });
    const secrets = [lease.secret, heir.outcome === "adopted" ? heir.secret : ""];
    const answers = [refused, await store.live(), await store.show(lease.leaseId), await store.history(lease.leaseId)];
    const errors = await Promise.all(
      [store.heartbeat({ leaseId: "not an id!", secret: lease.secret }), store.release({ leaseId: "", secret: lease.secret })].map(
        (call) => call.then(JSON.stringify, (error: unknown) => `${String(error)} ${JSON.stringify(error)}`),
      ),
    );
    await store.compact();
    const files = readdirSync(store.directory).map((name) => readFileSync(join(store.directory, name), "latin1"));
    const text = [...answers.map((one) => JSON.stringify(one)), ...errors, ...files].join("\n");
    for (const secret of secrets) {
      expect(secret).toMatch(/^[\w-]{22}$/);
      expect(text).not.toContain(secret);
    }
  });
});

/** Somebody waits, and has looked for the last time before it sleeps. */
async function asleep(store: FileLeaseStore): Promise<void> {
  await vi.waitFor(async () => expect((await store.live()).waiting).toHaveLength(1));
  await new Promise((resolve) => setTimeout(resolve, 200));
}

/** Long before a wait or a TTL is over. */
function soon<T>(work: Promise<T>): Promise<T | "too late"> {
  return Promise.race([work, new Promise<"too late">((resolve) => setTimeout(resolve, 20_000, "too late"))]);
}

describe("waiting", () => {
  it("is first come, first served, over two handles, and records one refusal for each waiter", async () => {
    const directory = newDirectory();
    const [a, b] = [await openStore({ directory }), await openStore({ directory })];
    const lease = await granted(a);
    const order: string[] = [];
    const wait = async (store: FileLeaseStore, holder: string): Promise<void> => {
      const outcome = await store.acquire({ lane: "build", holder }, { waitMs: 30_000 });
      if (outcome.outcome !== "granted") throw new Error(JSON.stringify(outcome));
      order.push(holder);
      await store.release({ leaseId: outcome.grant.leaseId, secret: outcome.secret });
    };
    const waits: Promise<void>[] = [];
    for (const [store, holder] of [[a, "one"], [b, "two"], [a, "three"], [b, "four"]] as const) {
      waits.push(wait(store, holder));
      await vi.waitFor(async () => expect((await a.live()).waiting.at(-1)?.holder).toBe(holder));
    }
    expect((await a.acquire({ lane: "build", holder: "late" })).outcome).toBe("refused");
    await a.release(proofOf(lease));
    await Promise.all(waits);
    expect(order).toEqual(["one", "two", "three", "four"]);
    const refusals = (await a.live()).notes.filter(({ type }) => type === "lane.refused");
    expect(refusals).toHaveLength(5);
  });

  it("ends with the process in the way, without a word in the log", async () => {
    const directory = newDirectory();
    const [holder, waiter] = [await openStore({ directory }), await openStore({ directory })];
    await granted(holder, { ...build, attachment: "process" });
    const waiting = waiter.acquire(build, { waitMs: 60_000 });
    await asleep(waiter);
    await holder.close();
    expect(await soon(waiting)).toMatchObject({ outcome: "granted", scavenged: [{ cause: "process-gone" }] });
  });

  it("ends with the release of a lease that no process stands behind", async () => {
    const directory = newDirectory();
    const [holder, waiter] = [await openStore({ directory }), await openStore({ directory })];
    const lease = await granted(holder, { ...build, attachment: "detached" });
    const waiting = waiter.acquire(build, { waitMs: 60_000 });
    await asleep(waiter);
    await holder.release(proofOf(lease));
    expect(await soon(waiting)).toMatchObject({ outcome: "granted" });
  });

  it("is not held up by a waiter whose process ended", async () => {
    const directory = newDirectory();
    const [a, b, c] = [await openStore({ directory }), await openStore({ directory }), await openStore({ directory })];
    const lease = await granted(a);
    const gone = b.acquire(build, { waitMs: 30_000 }).catch((error: unknown) => error);
    await vi.waitFor(async () => expect((await a.live()).waiting).toHaveLength(1));
    const waiting = c.acquire(build, { waitMs: 30_000 });
    await vi.waitFor(async () => expect((await a.live()).waiting).toHaveLength(2));
    await b.close();
    await a.release(proofOf(lease));
    expect((await waiting).outcome).toBe("granted");
    expect(await gone).toBeInstanceOf(LeaseError);
  });

  it("ends at its deadline, and by its signal, and leaves the queue both times", async () => {
    const store = await openStore();
    await granted(store);
    expect(await store.acquire(build, { waitMs: 30 })).toMatchObject({ refusal: { kind: "wait-over" } });
    const controller = new AbortController();
    const waiting = store.acquire(build, { waitMs: 30_000, signal: controller.signal });
    await vi.waitFor(async () => expect((await store.live()).waiting).toHaveLength(1));
    controller.abort(new Error("enough"));
    await expect(waiting).rejects.toThrow("enough");
    expect((await store.live()).waiting).toEqual([]);
    const log = readFileSync(join(store.directory, "journal.ndjson"), "utf8");
    expect(log.match(/"type":"lane.withdrawn"/g)).toHaveLength(2);
    expect(log).toMatch(/"cause":"deadline"[^]*"cause":"cancelled"/);
  });

  it("ends when the TTL of what is in the way is over", async () => {
    const store = await openStore();
    await granted(store, { ...build, ttlMs: 60 });
    expect(await store.acquire(build, { waitMs: 30_000 })).toMatchObject({
      outcome: "granted",
      scavenged: [{ cause: "ttl" }],
    });
  });
});

describe("what cannot be asked", () => {
  const requests: readonly (readonly [name: string, request: unknown, words: RegExp])[] = [
    ["an empty lane", { ...build, lane: "" }, /lane is "": give the lane a name/],
    ["a blank lane", { ...build, lane: "  " }, /give the lane a name/],
    ["an overlong lane", { ...build, lane: "x".repeat(201) }, /at most 200/],
    ["a control character", { ...build, lane: "a\u0000b" }, /printable/],
    ["a line separator", { ...build, lane: "a\u2028b" }, /printable/],
    ["a region that leaves the root", { ...build, region: ["../x"] }, /leaves the root/],
    ["an absolute path", { ...build, region: ["/etc/**"] }, /region\.0/],
    ["a negative ttl", { ...build, ttlMs: -1 }, /ttlMs/],
    ["an absurd ttl", { ...build, ttlMs: 1e15 }, /ttlMs/],
    ["a ttl that is no number", { ...build, ttlMs: Number.NaN }, /ttlMs/],
    ["no holder", { lane: "build" }, /holder/],
    ["an overlong holder", { ...build, holder: "x".repeat(201) }, /holder/],
    ["an unknown mode", { ...build, mode: "mine" }, /mode/],
    ["meta beyond its size", { ...build, meta: { text: "x".repeat(5000) } }, /meta/],
    ["nothing at all", null, /request/],
  ];
  it.each(requests)("%s is a typed failure that says what to write", async (_name, request, words) => {
    const store = await openStore();
    const call = store.acquire(request as LaneRequestInput);
    await expect(call).rejects.toThrow(words);
    expect(await failureOf(call)).toBe("lease/invalid-request");
    expect((await store.live()).leases).toEqual([]);
  });

  it("includes waits, tokens and ids that are none", async () => {
    const store = await openStore();
    expect(await failureOf(store.acquire(build, { waitMs: -1 }))).toBe("lease/invalid-request");
    expect(await failureOf(store.acquire(build, { waitMs: Infinity }))).toBe("lease/invalid-request");
    expect(await failureOf(store.checkFence(0, { lane: "build" }))).toBe("lease/invalid-request");
    expect(await failureOf(store.checkFence(1.5, { lane: "" }))).toBe("lease/invalid-request");
    expect(await failureOf(store.heartbeat({ leaseId: "a b", secret: "" }))).toBe("lease/invalid-request");
    expect(await failureOf(store.adopt({ leaseId: "x", expectedToken: -1, holder: "me" }))).toBe("lease/invalid-request");
    expect(await failureOf(store.halt({ handle: "" }))).toBe("lease/invalid-request");
    expect(await failureOf(store.spawn({ lane: "\u0007", holder: "me" }))).toBe("lease/invalid-request");
  });

  it("a twin in another case is refused with what to write", async () => {
    const store = await openStore();
    await granted(store);
    expect(await store.acquire({ ...build, lane: "Build" })).toMatchObject({
      refusal: { kind: "case-twin", hint: expect.stringContaining('"build"') as string },
    });
  });

  it("keys of prototypes are data like any other", async () => {
    const store = await openStore();
    const meta = JSON.parse('{"__proto__":{"polluted":true},"constructor":1}') as Record<string, never>;
    await granted(store, { ...build, lane: "__proto__", meta });
    expect((await store.live()).leases[0]?.grant.lane).toBe("__proto__");
    expect(({} as { polluted?: true }).polluted).toBeUndefined();
    expect((await store.show("__proto__")).lease).toBeNull();
    expect((await store.acquire({ ...build, lane: "__proto__" })).outcome).toBe("refused");
  });
});

describe("a place that cannot be used", () => {
  it("a file, a link, a filesystem that is not local and a foreign owner are told apart", async () => {
    const file = newDirectory();
    writeFileSync(file, "");
    await expect(openStore({ directory: file })).rejects.toThrow(/not-a-directory|not a directory|state directory/);
    const link = newDirectory();
    symlinkSync(dirname(newDirectory()), link);
    await expect(openStore({ directory: link })).rejects.toThrow(/symbolic link/);
    const remote: Disk = { ...nodeDisk(), filesystem: () => ({ type: 0x6969, freeBytes: 1e9 }) };
    await expect(openStore({ disk: remote })).rejects.toThrow(/nfs.*not known to be local/);
    await expect(openStore({ disk: remote, allowRemote: true })).resolves.toBeDefined();
    await expect(openStore({ disk: { ...nodeDisk(), uid: 12345 } })).rejects.toThrow(/belongs to user/);
  });

  it("a holders file that is a link is not followed", async () => {
    const directory = newDirectory();
    mkdirSync(directory, { mode: 0o700 });
    writeFileSync(join(dirname(directory), "elsewhere"), "");
    symlinkSync("../elsewhere", join(directory, "holders"));
    await expect(openStore({ directory })).rejects.toThrow(/symbolic link/);
  });

  it.skipIf(process.geteuid?.() === 0)("a directory whose mode lets nobody write fails and grants nothing (skipped for root, whom no mode keeps out: see the read-only mount)", async () => {
    const directory = newDirectory();
    mkdirSync(directory, { mode: 0o500 });
    expect(await failureOf(openStore({ directory }))).toBe("lease/unavailable");
    chmodSync(directory, 0o700);
  });

  it("a log of a newer version is read, and writing says which version it takes", async () => {
    const store = await openStore();
    await granted(store);
    await store.close();
    const log = join(store.directory, "journal.ndjson");
    const newer = readFileSync(log, "utf8").replaceAll('{"v":1,', '{"v":2,');
    writeFileSync(log, newer);
    const codes = [await failureOf(openStore({ directory: store.directory }).then((again) => again.acquire(build)))];
    expect(["lease/newer-version", "lease/damaged"]).toContain(codes[0]);
  });

  it("damage is in every listing, and nothing is granted over it", async () => {
    const store = await openStore();
    await granted(store);
    await granted(store, { ...build, lane: "docs" });
    await store.close();
    const log = join(store.directory, "journal.ndjson");
    const lines = readFileSync(log, "utf8").split("\n");
    lines[1] = (lines[1] ?? "").replace("build", "bUild");
    writeFileSync(log, lines.join("\n"));
    const again = await openStore({ directory: store.directory });
    expect((await again.live()).damage).toHaveLength(1);
    expect(await failureOf(again.acquire({ ...build, lane: "third" }))).toBe("lease/damaged");
  });

  it("a read-only handle answers queries and changes nothing", async () => {
    const store = await openStore();
    await granted(store, { ...build, attachment: "process" });
    const reader = await openStore({ directory: store.directory, readOnly: true });
    expect((await reader.live()).leases[0]?.stands.standing).toBe("live");
    expect(await failureOf(reader.acquire({ ...build, lane: "x" }))).toBe("lease/read-only");
    await store.close();
    expect((await reader.live()).leases[0]?.stands).toMatchObject({ standing: "dead", cause: "process-gone" });
  });

  it("a read error is never an empty answer", async () => {
    const directory = newDirectory();
    const store = await openStore({ directory });
    await granted(store);
    let broken = false;
    const node = nodeDisk();
    const disk: Disk = {
      ...node,
      read: (...args) => {
        if (broken) throw Object.assign(new Error("EIO"), { code: "EIO" });
        return node.read(...args);
      },
      stat: (path) => {
        if (broken) throw Object.assign(new Error("EIO"), { code: "EIO" });
        return node.stat(path);
      },
    };
    const reader = await openStore({ directory, disk });
    await granted(store, { ...build, lane: "docs" });
    broken = true;
    expect(await failureOf(reader.live())).toBe("lease/unavailable");
    expect(await failureOf(reader.acquire({ ...build, lane: "x" }))).toBe("lease/unavailable");
  });
});

describe("an outcome that is not known", () => {
  async function failingOnce() {
    const node = nodeDisk();
    let failures = 0;
    const disk: Disk = {
      ...node,
      syncData: (file) => {
        if (failures === 0) return node.syncData(file);
        failures -= 1;
        return Promise.reject(Object.assign(new Error("EIO"), { code: "EIO" }));
      },
    };
    const store = await openStore({ disk });
    return { store, fail: () => (failures = 1) };
  }

  it.each(["process", "detached"] as const)("of acquire (%s) is settled by the same call", async (attachment) => {
    const { store, fail } = await failingOnce();
    await granted(store, { ...build, lane: "other" });
    fail();
    expect(await failureOf(store.acquire({ ...build, attachment }))).toBe("lease/unknown-outcome");
    const again = await granted(store, { ...build, attachment });
    expect((await store.heartbeat(proofOf(again))).outcome).toBe("beaten");
    expect((await store.live()).leases.filter(({ grant }) => grant.lane === "build")).toHaveLength(1);
  });

  it("of release is settled by the same call", async () => {
    const { store, fail } = await failingOnce();
    const lease = await granted(store);
    fail();
    expect(await failureOf(store.release(proofOf(lease)))).toBe("lease/unknown-outcome");
    expect(await store.release(proofOf(lease))).toEqual({ outcome: "released" });
    expect(await store.release(proofOf(lease))).toMatchObject({ outcome: "lost", reason: "released" });
  });

  it("of adopt is settled by the same call", async () => {
    const { store, fail } = await failingOnce();
    const lease = await granted(store);
    const request = { leaseId: lease.leaseId, expectedToken: 1, holder: "heir", force: { because: "why not" } };
    fail();
    expect(await failureOf(store.adopt(request))).toBe("lease/unknown-outcome");
    const adopted = await store.adopt(request);
    expect(adopted).toMatchObject({ outcome: "adopted", grant: { fencingToken: 2 } });
  });
});

describe("calls at the same time on one store", () => {
  it("are exclusive and lose nothing, in whatever order the disk answers", async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), fc.integer({ min: 2, max: 5 }), async (scheduler, callers) => {
        const node = nodeDisk();
        const disk: Disk = { ...node, syncData: (file) => scheduler.schedule(node.syncData(file)) };
        const directory = newDirectory();
        const opening = openStore({ directory, disk });
        const store = await scheduler.waitFor(opening);
        let inside = 0;
        const tokens: number[] = [];
        const caller = async (holder: string): Promise<void> => {
          const outcome = await store.acquire({ lane: "one", holder }, { waitMs: 60_000 });
          if (outcome.outcome !== "granted") throw new Error(JSON.stringify(outcome));
          inside += 1;
          expect(inside).toBe(1);
          tokens.push(outcome.grant.fencingToken);
          const proof = { leaseId: outcome.grant.leaseId, secret: outcome.secret };
          expect((await store.heartbeat(proof)).outcome).toBe("beaten");
          inside -= 1;
          expect(await store.release(proof)).toEqual({ outcome: "released" });
        };
        await scheduler.waitFor(Promise.all(Array.from({ length: callers }, (_, place) => caller(`c${place}`))));
        expect(tokens).toEqual([...tokens].sort((a, b) => a - b));
        expect(new Set(tokens).size).toBe(callers);
        expect((await store.live()).leases).toEqual([]);
        await scheduler.waitFor(store.close());
      }),
      { numRuns: 20 },
    );
  });
});

describe("changes", () => {
  it("are seen as they happen, in order, without hashes", async () => {
    const store = await openStore();
    await granted(store);
    const controller = new AbortController();
    const seen: string[] = [];
    const watching = (async () => {
      for await (const { type, data } of store.watch({ signal: controller.signal })) {
        expect(JSON.stringify(data)).not.toContain("secretHash");
        seen.push(type);
        if (seen.length === 3) controller.abort();
      }
    })();
    const other = await openStore({ directory: store.directory });
    await new Promise((resolve) => setTimeout(resolve, 50));
    const lease = await granted(other, { ...build, lane: "docs" });
    await other.heartbeat(proofOf(lease));
    await other.release(proofOf(lease));
    await watching;
    expect(seen).toEqual(["lane.granted", "lane.beaten", "lane.released"]);
  });
});

describe("work under a lease", () => {
  const beats = "timer";

  it("gets the lane, and frees it at the end and when it throws", async () => {
    const store = await openStore();
    const done = await withLease(store, build, async ({ fencingToken }) => Promise.resolve(fencingToken), { beats });
    expect(done).toEqual({ outcome: "done", value: 1, trouble: null });
    const failing = withLease(store, build, () => Promise.reject(new Error("work failed")), { beats });
    await expect(failing).rejects.toThrow("work failed");
    expect((await store.live()).leases).toEqual([]);
    await granted(store);
    expect(await withLease(store, build, () => Promise.resolve(1), { beats })).toMatchObject({ outcome: "refused" });
  });

  it("is told when somebody takes the lease away", async () => {
    const store = await openStore();
    const outcome = await withLease(
      store,
      { ...build, ttlMs: 2000 },
      async (lease, signal) => {
        await store.adopt({ leaseId: lease.leaseId, expectedToken: 1, holder: "x", force: { because: "test" } });
        await vi.waitUntil(() => signal.aborted, { timeout: 30_000 });
        return (signal.reason as Error).message;
      },
      { beats },
    );
    expect(outcome).toMatchObject({ outcome: "lost", reason: "adopted", work: { status: "fulfilled" } });
  });

  it("is told at the renew deadline when no beat can be confirmed, before the TTL is over (NL8)", async () => {
    const clock = turnableClock();
    const store = await openStore({ clock });
    const outcome = await withLease(
      { ...store, heartbeat: () => new Promise(() => undefined), elsewhere: null },
      { ...build, ttlMs: 600 },
      async (lease, signal) => {
        clock.monotonicMs += 399;
        expect(lease.lost()).toBeNull();
        clock.monotonicMs += 1;
        expect(lease.lost()?.reason).toBe("renew-deadline");
        expect(signal.aborted).toBe(true);
        expect((await store.acquire(build)).outcome).toBe("refused");
        throw new Error("stopped");
      },
      { beats },
    ).catch((error: unknown) => error);
    expect(outcome).toMatchObject({ outcome: "lost", reason: "renew-deadline", work: { status: "rejected" } });
  });
});
