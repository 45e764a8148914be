/** Lane leases: what each operation grants, refuses, records, and says to somebody who lost. */
import { beforeEach, describe, expect, test } from "vitest";
import { transition } from "xstate";

import {
  createLaneLeaseMachine,
  laneConfirmedAt,
  laneHistory,
  laneHolderProblem,
  laneLive,
  laneMustStop,
  laneNextBeatMs,
  laneProbes,
  laneQueue,
  laneRequest,
  laneShow,
  noLaneEvidence,
  standingOf,
} from "../spec/lane-lease/index.js";
import {
  laneCoalesceMsMax,
  laneHeartbeatMsOf,
  laneRenewDeadlineMsOf,
} from "../spec/vocabulary/lane.js";
import { LaneJournal } from "./harness/lane-journal.js";

let journal: LaneJournal;
beforeEach(() => {
  journal = new LaneJournal();
});

const types = (): readonly string[] =>
  journal.records.flatMap(({ events }) => events.map(({ type }) => type));
const granted = { outcome: "granted" } as const;
const refusedFor = (kind: string) => ({ outcome: "refused", refusal: { kind } }) as const;

describe("a request", () => {
  const kindOf = (input: unknown): string => laneRequest(input).invalid?.kind ?? "fine";

  test("has a lane with a printable name, a canonical region, and metadata of a bounded size", () => {
    expect(
      laneRequest({ lane: "cafe\u0301", holder: "h", region: ["./src//a.ts", "src/a.ts"] }).terms,
    ).toMatchObject({
      lane: "caf\u00e9",
      region: ["src/a.ts"],
      mode: "exclusive",
      attachment: "process",
      ttlMs: 60_000,
    });
    expect(kindOf({ lane: "  ", holder: "h" })).toBe("lane-empty");
    expect(kindOf({ lane: "x".repeat(201), holder: "h" })).toBe("lane-too-long");
    expect(kindOf({ lane: "a\nowner: b", holder: "h" })).toBe("lane-control-character");
    expect(kindOf({ lane: "a", holder: "h", region: ["../x"] })).toBe("path-escapes");
    expect(kindOf({ lane: "a", holder: "h", meta: { note: "x".repeat(5000) } })).toBe(
      "meta-too-large",
    );
    expect(
      kindOf({ lane: "a", holder: "h", region: Array.from({ length: 65 }, (_, i) => `f${i}`) }),
    ).toBe("region-too-large");
    expect(kindOf({ lane: "a", holder: "" })).toBe("not-a-request");
    expect(kindOf({ lane: "a", holder: "h", ttlMs: 0 })).toBe("not-a-request");
    expect(kindOf(null)).toBe("not-a-request");
  });

  test("names the field, what was found, and what to do", () => {
    expect(laneRequest({ lane: "a", holder: "h", region: ["ok", "/etc"] }).invalid).toEqual({
      kind: "path-absolute",
      field: "region.1",
      found: "/etc",
      hint: "write it relative to the root of the shared work",
    });
  });
});

describe("acquire", () => {
  test("grants with a token above every earlier one, and the grant says everything that was asked", () => {
    expect(
      journal.acquire("a", { lane: "one", runId: "r1", children: ["c"], meta: { k: [1] } }),
    ).toMatchObject({
      ...granted,
      grant: {
        leaseId: "a",
        fencingToken: 1,
        lane: "one",
        runId: "r1",
        children: ["c"],
        meta: { k: [1] },
      },
    });
    expect(journal.acquire("b", { lane: "two" })).toMatchObject({ grant: { fencingToken: 2 } });
    journal.release("b");
    expect(journal.acquire("c", { lane: "two" })).toMatchObject({ grant: { fencingToken: 3 } });
  });

  test("refuses by naming who is in the way, how old its beat is, and when it is free at the latest", () => {
    journal.acquire("a", { lane: "one", region: ["src/**"], holder: "ann" });
    journal.nowMs = 10_000;
    expect(journal.acquire("b", { lane: "two", region: ["src/x/*.ts"] })).toMatchObject({
      outcome: "refused",
      refusal: {
        kind: "conflict",
        conflicts: [
          { leaseId: "a", lane: "one", holder: "ann", ageMs: 10_000, remainingMs: 50_000 },
        ],
      },
    });
  });

  test("two shared leases share, and an exclusive one waits for both", () => {
    const shared = { region: ["docs/**"], mode: "shared" } as const;
    expect(journal.acquire("a", { lane: "one", ...shared })).toMatchObject(granted);
    expect(journal.acquire("b", { lane: "one", ...shared })).toMatchObject(granted);
    const outcome = journal.acquire("c", { lane: "three", region: ["docs/a.md"] });
    expect(outcome).toMatchObject({ refusal: { conflicts: [{ leaseId: "a" }, { leaseId: "b" }] } });
  });

  test("the order of an empty region and a full one makes no difference", () => {
    expect(journal.acquire("a", { lane: "one" })).toMatchObject(granted);
    expect(journal.acquire("b", { lane: "two", region: ["**"] })).toMatchObject(granted);
    const other = new LaneJournal();
    expect(other.acquire("b", { lane: "two", region: ["**"] })).toMatchObject(granted);
    expect(other.acquire("a", { lane: "one" })).toMatchObject(granted);
  });

  test("a lane that differs from a live one in case only is refused with a hint", () => {
    journal.acquire("a", { lane: "Main" });
    expect(journal.acquire("b", { lane: "main" })).toMatchObject(refusedFor("case-twin"));
    expect(journal.acquire("c", { lane: "MAIN", mode: "shared" })).toMatchObject({
      refusal: { kind: "case-twin", hint: expect.stringContaining('"Main"') as string },
    });
    journal.release("a");
    expect(journal.acquire("d", { lane: "main" })).toMatchObject(granted);
  });

  test("frees what is dead in its way, in the same record", () => {
    journal.acquire("a", { lane: "one", attachment: "detached" });
    journal.nowMs = 60_000;
    expect(journal.acquire("b", { lane: "one" })).toMatchObject(refusedFor("conflict"));
    journal.nowMs = 60_001;
    expect(journal.acquire("b", { lane: "one" })).toMatchObject({
      ...granted,
      scavenged: [{ leaseId: "a", cause: "ttl", fencingToken: 1 }],
    });
    expect(journal.records.at(-1)?.events.map(({ type }) => type)).toEqual([
      "lane.scavenged",
      "lane.granted",
    ]);
  });

  test("a lease of a process that is gone is free at once, one that is detached is not", () => {
    journal.acquire("a", { lane: "one" });
    journal.acquire("b", { lane: "two", attachment: "detached" });
    journal.gone.add(1).add(2);
    expect(journal.acquire("c", { lane: "one" })).toMatchObject({
      scavenged: [{ cause: "process-gone" }],
    });
    expect(journal.acquire("d", { lane: "two" })).toMatchObject(refusedFor("conflict"));
  });

  test("an id is never used twice, not even after the lease has ended", () => {
    journal.acquire("a", { lane: "one" });
    expect(journal.acquire("a", { lane: "two" })).toMatchObject(refusedFor("lease-id-taken"));
    journal.release("a");
    expect(journal.acquire("a", { lane: "two" })).toMatchObject(refusedFor("lease-id-taken"));
  });

  test("a refusal is recorded once, however often the same is asked", () => {
    journal.acquire("a", { lane: "one" });
    for (let attempt = 0; attempt < 20; attempt += 1)
      journal.acquire(`b${attempt}`, { lane: "one", holder: "bob" });
    expect(types()).toEqual(["lane.granted", "lane.refused"]);
    journal.acquire("c", { lane: "one", holder: "eve" });
    expect(types()).toEqual(["lane.granted", "lane.refused", "lane.refused"]);
  });
});

describe("the queue", () => {
  test("serves in the order of coming, and asking again writes nothing", () => {
    journal.acquire("a", {});
    expect(journal.acquire("b", {}, 1000)).toMatchObject({
      outcome: "waiting",
      ticket: 2,
      remainingMs: 1000,
    });
    expect(journal.acquire("c", {}, 1000)).toMatchObject({ outcome: "waiting", ticket: 3 });
    const written = journal.records.length;
    journal.nowMs = 400;
    expect(journal.acquire("c", {}, 1000)).toMatchObject({
      outcome: "waiting",
      ticket: 3,
      remainingMs: 600,
    });
    expect(journal.acquire("b", {}, 1000)).toMatchObject({ outcome: "waiting", ticket: 2 });
    expect(journal.records).toHaveLength(written);
    journal.release("a");
    expect(journal.acquire("c", {}, 1000)).toMatchObject({
      refusal: { kind: "waiters-ahead", ahead: [{ ticket: 2 }] },
    });
    expect(journal.acquire("d", {})).toMatchObject(refusedFor("waiters-ahead"));
    expect(journal.acquire("b", {}, 1000)).toMatchObject({
      ...granted,
      grant: { fencingToken: 4 },
    });
    journal.release("b");
    expect(journal.acquire("c", {}, 1000)).toMatchObject(granted);
    expect(laneQueue(journal.state, journal.now(), noLaneEvidence)).toEqual([]);
  });

  test("a waiter whose process is gone, or whose time is over, is in nobody's way", () => {
    journal.acquire("a", {});
    journal.acquire("b", {}, 1000);
    journal.acquire("c", {}, 5000);
    journal.release("a");
    journal.gone.add(2);
    expect(journal.acquire("c", {}, 5000)).toMatchObject(granted);
    journal.acquire("d", {}, 100);
    journal.nowMs = 101;
    expect(journal.acquire("d", {}, 100)).toMatchObject(refusedFor("wait-over"));
    expect(journal.state.waiters.size).toBe(0);
    expect(types().filter((type) => type === "lane.withdrawn")).toHaveLength(2);
  });

  test("a waiter leaves when it says so", () => {
    journal.acquire("a", {});
    journal.acquire("b", {}, 1000);
    expect(journal.ask<"withdraw">({ type: "withdraw", waiterId: "w-b" }).outcome.outcome).toBe(
      "withdrawn",
    );
    expect(journal.ask<"withdraw">({ type: "withdraw", waiterId: "w-b" }).outcome.outcome).toBe(
      "not-waiting",
    );
    journal.release("a");
    expect(journal.acquire("c", {})).toMatchObject(granted);
  });

  test("those who want something else are not held up", () => {
    journal.acquire("a", { lane: "one" });
    journal.acquire("b", { lane: "one" }, 1000);
    expect(journal.acquire("c", { lane: "two" })).toMatchObject(granted);
  });
});

describe("heartbeat and release", () => {
  test("a beat refreshes, a young one may be elided and says how old the log's beat is", () => {
    journal.acquire("a", {});
    journal.nowMs = 10_000;
    expect(journal.beat("a", "a", 60_000)).toEqual({
      outcome: "coalesced",
      confirmedMs: 10_000,
      remainingMs: 50_000,
      fencingToken: 1,
    });
    journal.nowMs = 15_000;
    expect(journal.beat("a", "a", 60_000)).toMatchObject({
      outcome: "beaten",
      confirmedMs: 0,
      remainingMs: 60_000,
    });
    expect(journal.beat("a")).toMatchObject({ outcome: "beaten" });
  });

  test("setting the wall clock changes nothing, and elides nothing", () => {
    journal.acquire("a", { attachment: "detached" });
    journal.nowMs = 20_000;
    journal.wallMs = -3_600_000;
    expect(journal.beat("a", "a", 15_000)).toMatchObject({ outcome: "beaten" });
    journal.wallMs = 86_400_000;
    expect(journal.acquire("b", {})).toMatchObject(refusedFor("conflict"));
  });

  test("only the secret counts: no label, no other's secret, no empty one", () => {
    journal.acquire("a", { holder: "ann" });
    for (const stranger of ["b", "ann", ""]) {
      expect(journal.beat("a", stranger)).toMatchObject({
        outcome: "lost",
        reason: "unknown",
        cause: "not-its-secret",
      });
      expect(journal.release("a", stranger)).toMatchObject({ outcome: "lost", reason: "unknown" });
    }
    expect(journal.release("a")).toEqual({ outcome: "released" });
  });

  test("a holder that lost hears why: expired, adopted, released, scavenged, unknown", () => {
    for (const id of ["a", "b", "c", "d"]) journal.acquire(id, { lane: id, ttlMs: 1000 });
    journal.release("a");
    journal.adopt("b", "x", 2, "told to");
    journal.nowMs = 1001;
    expect(journal.beat("c")).toEqual({ outcome: "lost", reason: "expired", cause: "ttl" });
    expect(journal.release("c")).toEqual({ outcome: "lost", reason: "expired", cause: "ttl" });
    journal.scavenge();
    expect(journal.beat("a")).toEqual({ outcome: "lost", reason: "released", cause: null });
    expect(journal.beat("b")).toEqual({ outcome: "lost", reason: "adopted", cause: null });
    expect(journal.beat("c")).toEqual({ outcome: "lost", reason: "scavenged", cause: "ttl" });
    expect(journal.beat("d")).toMatchObject({ reason: "scavenged" });
    expect(journal.beat("nobody")).toEqual({
      outcome: "lost",
      reason: "unknown",
      cause: "no-such-lease",
    });
    const before = journal.records.length;
    journal.beat("c");
    expect(journal.records).toHaveLength(before);
  });
});

describe("an age that nobody knows", () => {
  beforeEach(() => {
    journal.nowMs = 100_000;
    journal.acquire("p", { lane: "p" });
    journal.acquire("d", { lane: "d", attachment: "detached" });
    journal.bootId = "next boot";
    journal.nowMs = 5000;
  });

  test("another boot ends the leases of processes at once", () => {
    expect(journal.beat("p")).toEqual({ outcome: "lost", reason: "expired", cause: "other-boot" });
    expect(journal.acquire("q", { lane: "p" })).toMatchObject({
      scavenged: [{ cause: "other-boot" }],
    });
  });

  test("a detached lease of another boot serves nobody and yields to nobody, and is free one TTL later", () => {
    expect(journal.beat("d", "d", 60_000)).toEqual({
      outcome: "lost",
      reason: "unknown",
      cause: "age-unknown",
    });
    expect(journal.fence(2, { lane: "d" })).toMatchObject({ outcome: "stale", why: "unknown" });
    expect(journal.acquire("e", { lane: "d" })).toMatchObject({
      refusal: { conflicts: [{ ageMs: null, remainingMs: null }] },
    });
    journal.nowMs = 65_000;
    expect(journal.acquire("e", { lane: "d" })).toMatchObject({
      refusal: { conflicts: [{ remainingMs: 0 }] },
    });
    journal.nowMs = 65_001;
    expect(journal.acquire("e", { lane: "d" })).toMatchObject({
      ...granted,
      scavenged: [{ cause: "age-unknown" }],
    });
  });

  test("a stamp of the future is as unknown, and immortal no more", () => {
    journal.acquire("f", { lane: "f", attachment: "detached" });
    journal.nowMs = 1000;
    expect(journal.beat("f", "f", 60_000)).toMatchObject({ outcome: "lost", cause: "age-unknown" });
    expect(journal.scavenge()).toMatchObject({ doubted: ["d", "f"] });
    journal.nowMs = 61_001;
    expect(journal.scavenge()).toMatchObject({
      scavenged: [
        { leaseId: "d", cause: "age-unknown" },
        { leaseId: "f", cause: "age-unknown" },
      ],
    });
  });

  test("its holder can give it back, and somebody can take it over by force", () => {
    journal.acquire("e", { lane: "e", attachment: "detached" });
    expect(journal.scavenge()).toMatchObject({ doubted: ["d"] });
    expect(journal.adopt("d", "x", 2)).toMatchObject(refusedFor("evidence-missing"));
    expect(journal.adopt("d", "x", 2, "it is mine")).toMatchObject({
      outcome: "adopted",
      evidence: "forced",
    });
    expect(journal.beat("d", "x")).toMatchObject({ outcome: "beaten" });
    journal.bootId = "boot after that";
    expect(journal.release("e")).toEqual({ outcome: "released" });
  });
});

describe("adopt", () => {
  test("needs evidence that the holder is gone, or force, which is recorded", () => {
    journal.acquire("a", { holder: "ann", region: ["src/**"], children: ["c"], ttlMs: 1000 });
    expect(journal.adopt("a", "bob", 1)).toMatchObject(refusedFor("evidence-missing"));
    journal.gone.add(1);
    journal.nowMs = 900;
    expect(journal.adopt("a", "bob", 1)).toMatchObject({
      outcome: "adopted",
      evidence: "process-gone",
      grant: {
        leaseId: "a",
        fencingToken: 2,
        holder: "bob",
        region: ["src/**"],
        children: ["c"],
        ttlMs: 1000,
      },
    });
    journal.nowMs = 1900;
    expect(journal.beat("a", "bob")).toMatchObject({ outcome: "beaten", fencingToken: 2 });
    expect(journal.beat("a")).toMatchObject({ outcome: "lost", reason: "adopted" });
    expect(journal.adopt("a", "eve", 2, "bob is stuck")).toMatchObject({ evidence: "forced" });
    expect(journal.records.at(-1)?.events[0]?.data).toMatchObject({
      evidence: "forced",
      because: "bob is stuck",
    });
  });

  test("one of two adopters wins, the other hears that the token moved", () => {
    journal.acquire("a", {});
    journal.gone.add(1);
    expect(journal.adopt("a", "bob", 1)).toMatchObject({ outcome: "adopted" });
    expect(journal.adopt("a", "eve", 1)).toMatchObject({
      refusal: { kind: "token-moved", conflicts: [{ holder: "bob" }] },
    });
    expect(journal.adopt("a", "eve", 1, "really")).toMatchObject(refusedFor("token-moved"));
  });

  test("what is over cannot be adopted, by no force", () => {
    journal.acquire("a", { ttlMs: 1000 });
    journal.nowMs = 1001;
    journal.gone.add(1);
    expect(journal.adopt("a", "bob", 1, "please")).toMatchObject({
      outcome: "lost",
      reason: "expired",
    });
    journal.scavenge();
    expect(journal.adopt("a", "bob", 1, "please")).toMatchObject({
      outcome: "lost",
      reason: "scavenged",
    });
    expect(journal.adopt("never", "bob", 1)).toMatchObject({
      outcome: "lost",
      cause: "no-such-lease",
    });
  });
});

describe("checkFence", () => {
  test("takes the newest token over a lane or a path, and no other", () => {
    journal.acquire("a", { lane: "one", region: ["src/**"], ttlMs: 1000 });
    expect(journal.fence(1, { lane: "one" })).toMatchObject({
      outcome: "current",
      remainingMs: 1000,
    });
    expect(journal.fence(1, { path: "./src/a.ts" })).toMatchObject({ outcome: "current" });
    expect(journal.fence(1, { path: "lib/a.ts" })).toEqual({
      outcome: "stale",
      why: "not-covered",
      newest: null,
    });
    expect(journal.fence(1, { path: "../a.ts" })).toMatchObject({ why: "invalid-path" });
    expect(journal.fence(7, { lane: "one" })).toEqual({
      outcome: "stale",
      why: "unknown",
      newest: 1,
    });
    journal.nowMs = 1001;
    expect(journal.fence(1, { lane: "one" })).toMatchObject({ why: "expired", newest: null });
    journal.acquire("b", { lane: "two", region: ["src/a.ts"] });
    expect(journal.fence(1, { path: "src/a.ts" })).toEqual({
      outcome: "stale",
      why: "scavenged",
      newest: 2,
    });
    journal.adopt("b", "eve", 2, "now");
    expect(journal.fence(2, { lane: "two" })).toEqual({
      outcome: "stale",
      why: "adopted",
      newest: 3,
    });
    journal.release("b", "eve");
    expect(journal.fence(2, { lane: "two" })).toMatchObject({ why: "adopted" });
    expect(journal.fence(3, { lane: "two" })).toMatchObject({ why: "released" });
  });
});

describe("notes and queries", () => {
  test("a halt and a spawn are recorded and change no lease", () => {
    journal.acquire("a", {});
    const before = structuredClone(laneLive(journal.state, journal.now(), noLaneEvidence));
    journal.ask<"halt">({
      type: "halt",
      note: {
        handle: "run-1",
        leaseId: "a",
        lane: null,
        command: "kill 1",
        reason: null,
        holder: null,
        runId: null,
      },
    });
    journal.ask<"spawn">({
      type: "spawn",
      note: { lane: "lane", holder: "h", runId: null, reason: null },
    });
    expect(laneLive(journal.state, journal.now(), noLaneEvidence)).toEqual(before);
    expect([journal.state.halts.length, journal.state.spawns.length]).toEqual([1, 1]);
    expect(journal.acquire("b", { lane: "lane" })).toMatchObject(refusedFor("conflict"));
  });

  test("live, show and history tell the same story, and no hash of a secret", () => {
    journal.acquire("a", { ttlMs: 1000 });
    journal.nowMs = 500;
    journal.beat("a");
    journal.nowMs = 1501;
    expect(laneLive(journal.state, journal.now(), noLaneEvidence)).toMatchObject([
      { grant: { leaseId: "a" }, stands: { standing: "dead", cause: "ttl" } },
    ]);
    journal.scavenge();
    expect(laneShow(journal.state, "a", journal.now(), noLaneEvidence)).toMatchObject({
      shown: "ended",
      cause: "ttl",
    });
    expect(laneShow(journal.state, "never", journal.now(), noLaneEvidence)).toBeNull();
    const life = journal.records.flatMap((record) => laneHistory(record, "a"));
    expect(life.map(({ seq, type }) => [seq, type])).toEqual([
      [1, "lane.granted"],
      [2, "lane.beaten"],
      [3, "lane.scavenged"],
    ]);
    expect(JSON.stringify(life)).not.toContain("secretHash");
  });

  test("what a shell may probe are the tokens of processes and the tickets of waiters", () => {
    journal.acquire("a", { lane: "a" });
    journal.acquire("b", { lane: "b", attachment: "detached" });
    journal.acquire("c", { lane: "a" }, 1000);
    expect(laneProbes(journal.state)).toEqual([1, 3]);
  });
});

describe("the holder's side", () => {
  const at = (monotonicMs: number) => ({ bootId: "boot", monotonicMs, wallMs: 0 });
  const ttl = { ttlMs: 60_000 };

  test("defaults are a beat every 15 s and a deadline of 40 s for a TTL of 60 s", () => {
    expect([
      laneHeartbeatMsOf(60_000),
      laneRenewDeadlineMsOf(60_000),
      laneCoalesceMsMax(60_000),
    ]).toEqual([15_000, 40_000, 15_000]);
  });

  test("a holder stops at its deadline, or when its clock makes no sense", () => {
    expect(laneMustStop(at(0), at(39_999), ttl)).toBe(false);
    expect(laneMustStop(at(0), at(40_000), ttl)).toBe(true);
    expect(laneMustStop(at(1), at(0), ttl)).toBe(true);
    expect(laneMustStop({ ...at(0), bootId: "other" }, at(0), ttl)).toBe(true);
    expect(laneMustStop(at(0), at(10), { ttlMs: 100, renewDeadlineMs: 10 })).toBe(true);
  });

  test("it counts from when the beat was sent, and further back when it was elided", () => {
    expect(laneConfirmedAt(at(100), 30)).toEqual(at(70));
    expect(laneNextBeatMs(at(70), at(100), ttl)).toBe(14_970);
    expect(laneNextBeatMs(at(0), at(20_000), ttl)).toBe(0);
  });

  test("a deadline at the TTL or behind it is refused", () => {
    expect(laneHolderProblem(ttl)).toBeNull();
    expect(laneHolderProblem({ ttlMs: 100, renewDeadlineMs: 99 })).toBeNull();
    expect(laneHolderProblem({ ttlMs: 100, renewDeadlineMs: 100 })).toContain("100");
    expect(laneHolderProblem({ ttlMs: 100, renewDeadlineMs: 0 })).toContain("0");
  });
});

describe("the machine", () => {
  test("XState runs the chart as it stands: granted, doubted after a reboot, scavenged a TTL later", () => {
    const machine = createLaneLeaseMachine();
    const stamp = (bootId: string, monotonicMs: number) => ({ bootId, monotonicMs, wallMs: 0 });
    let snapshot = machine.resolveState({
      value: "vacant",
      context: machine.config.context as never,
    });
    const events = [
      {
        type: "lease.granted",
        fencingToken: 1,
        ttlMs: 10,
        attachment: "detached",
        at: stamp("a", 5),
      },
      { type: "lease.doubted", fencingToken: 1, holderGone: false, at: stamp("b", 0) },
      { type: "lease.scavenged", fencingToken: 1, holderGone: false, at: stamp("b", 11) },
    ] as const;
    const seen = events.map((event) => {
      [snapshot] = transition(machine, snapshot, event);
      return snapshot.value;
    });
    expect(seen).toEqual([{ inForce: "live" }, { inForce: "doubted" }, { ended: "scavenged" }]);
    expect(snapshot.hasTag("ended")).toBe(true);
  });

  test("how a lease stands: at the TTL it lives, one millisecond later it is dead", () => {
    const record = {
      fencingToken: 1,
      ttlMs: 10,
      attachment: "detached",
      heartbeatAt: { bootId: "a", monotonicMs: 5, wallMs: 0 },
      doubtedAt: null,
    } as const;
    const after = (monotonicMs: number) =>
      standingOf(record, { bootId: "a", monotonicMs, wallMs: 0 }, true);
    expect(after(15)).toEqual({ standing: "live", ageMs: 10, remainingMs: 0 });
    expect(after(16)).toEqual({ standing: "dead", cause: "ttl" });
    expect(after(4)).toEqual({ standing: "doubtful", remainingMs: null });
  });
});
