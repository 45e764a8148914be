/** The fold of a lane journal: compaction, strange events, and a second implementation that forgets nothing. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";

import {
  LaneCheckpointError,
  type LaneState,
  conflict,
  laneFold,
  laneLive,
  laneQueue,
} from "../spec/lane-lease/index.js";
import { readGranted, readRequest, writtenGrant } from "../spec/lane-lease/granted.js";
import { laneRequestInput } from "../spec/lane-lease/request.js";
import type { LaneEvent, LaneTerms } from "../spec/vocabulary/lane.js";
import { laneEndedMax, laneEvents, laneEventTypes, laneNotesMax } from "../spec/vocabulary/lane.js";
import { LaneJournal, secret, terms } from "./harness/lane-journal.js";

/** What may happen next, in random order. Numbers choose among what there is. */
type Act =
  | { readonly act: "acquire"; readonly claim: number; readonly waits: boolean }
  | {
      readonly act: "beat" | "release" | "adopt" | "force" | "kill";
      readonly lease: number;
      readonly by: number;
    }
  | { readonly act: "tick"; readonly ms: number }
  | { readonly act: "sweep" | "reboot" | "halt" };

const claims: readonly Partial<LaneTerms>[] = [
  { lane: "one", region: ["src/**"] },
  { lane: "one", region: [], mode: "shared" },
  { lane: "two", region: ["src/[ab].ts"], attachment: "detached" },
  { lane: "three", region: ["lib/*.ts", "src/a.ts"], mode: "shared", ttlMs: 50 },
  { lane: "four", region: [], attachment: "detached", ttlMs: 20 },
];

const number = fc.nat({ max: 7 });

/** Whose secret is given: mostly the lease's own, now and then another's. */
const speaker = ({ lease, by }: { readonly lease: number; readonly by: number }): string =>
  `l${by < 5 ? lease : by}`;

const many = { minLength: 10, maxLength: 60, size: "max" } as const;
const act: fc.Arbitrary<Act> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      act: fc.constant("acquire" as const),
      claim: fc.nat({ max: 4 }),
      waits: fc.boolean(),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      act: fc.constantFrom(
        "beat" as const,
        "release" as const,
        "adopt" as const,
        "force" as const,
        "kill" as const,
      ),
      lease: number,
      by: number,
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ act: fc.constant("tick" as const), ms: fc.nat({ max: 60 }) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      act: fc.constantFrom("sweep" as const, "reboot" as const, "halt" as const),
    }),
  },
);

/** A journal that acts are done to. Lease n is `l<n>`; its secret is its own, or its last adopter's. */
class Play extends LaneJournal {
  leases = 0;
  boots = 0;

  do(next: Act): unknown {
    switch (next.act) {
      case "acquire": {
        const id = `l${(this.leases += 1)}`;
        return this.acquire(
          id,
          { ttlMs: 100, holder: "h", ...claims[next.claim] },
          next.waits ? 30 : null,
        );
      }
      case "beat":
        return this.beat(`l${next.lease}`, speaker(next), next.by % 2 === 0 ? 1000 : 0);
      case "release":
        return this.release(`l${next.lease}`, speaker(next));
      case "adopt":
      case "force": {
        const token = this.state.leases.get(`l${next.lease}`)?.record.fencingToken ?? 1;
        return this.adopt(
          `l${next.lease}`,
          speaker({ ...next, by: 7 }),
          token,
          next.act === "force" ? "now" : null,
        );
      }
      case "kill":
        return this.gone.add(this.state.leases.get(`l${next.lease}`)?.record.fencingToken ?? 0);
      case "tick":
        return (this.nowMs += next.ms);
      case "sweep":
        return this.scavenge();
      case "reboot":
        this.bootId = `boot ${(this.boots += 1)}`;
        return (this.nowMs = 0);
      case "halt":
        return this.ask<"halt">({
          type: "halt",
          note: {
            handle: "x",
            leaseId: null,
            lane: null,
            command: null,
            reason: null,
            holder: null,
            runId: null,
          },
        });
    }
  }
}

const reopened = (state: LaneState): LaneState =>
  laneFold.restore(JSON.parse(JSON.stringify(laneFold.checkpoint(state))));

/** Everything that can be told apart from outside. */
const pictureOf = (state: LaneState): unknown => laneFold.checkpoint(state);

describe("compaction", () => {
  test("folding on from a checkpoint gives what folding on from the state gives, answers included", () => {
    fc.assert(
      fc.property(fc.array(act, many), fc.nat({ max: 40 }), (acts, cut) => {
        const straight = new Play();
        const compacted = new Play();
        acts.forEach((one, place) => {
          if (place === cut) compacted.state = reopened(compacted.state);
          expect(compacted.do(one)).toEqual(straight.do(one));
        });
        expect(pictureOf(compacted.state)).toEqual(pictureOf(straight.state));
        expect(compacted.state.byToken.size).toBe(compacted.state.leases.size);
        expect(pictureOf(reopened(straight.state))).toEqual(pictureOf(straight.state));
      }),
      { numRuns: 150, seed: 11 },
    );
  });

  test("replaying the log gives the state that the decisions were made on", () => {
    fc.assert(
      fc.property(fc.array(act, many), (acts) => {
        const play = new Play();
        acts.forEach((one) => play.do(one));
        let state = laneFold.initial();
        for (const { seq, at, events } of play.records) {
          for (const event of events) state = laneFold.apply(state, event, { seq, at });
        }
        expect(pictureOf(state)).toEqual(pictureOf(play.state));
        expect(state.unreadable.count).toBe(0);
      }),
      { numRuns: 200, seed: 12 },
    );
  });

  test("the mark of the tokens survives without any lease", () => {
    const journal = new LaneJournal();
    for (const id of ["a", "b", "c"]) {
      journal.acquire(id, {});
      journal.release(id);
    }
    journal.state = reopened(journal.state);
    expect(journal.acquire("d", {})).toMatchObject({ grant: { fencingToken: 4 } });
  });

  test("a checkpoint that is none is an error that names the field, never an empty state", () => {
    const whole = JSON.parse(JSON.stringify(laneFold.checkpoint(laneFold.initial()))) as Record<
      string,
      unknown
    >;
    for (const broken of [null, [], {}, { ...whole, tokenMark: "3" }, { ...whole, leases: [{}] }]) {
      expect(() => laneFold.restore(broken)).toThrow(LaneCheckpointError);
    }
    expect(() => laneFold.restore({ ...whole, tokenMark: -1 })).toThrow(
      /"tokenMark".*lane\/checkpoint-unreadable/,
    );
  });
});

describe("what holds after every step", () => {
  test("live leases do not conflict, tokens only rise, and what is over stays over", () => {
    fc.assert(
      fc.property(fc.array(act, many), (acts) => {
        const play = new Play();
        const over = new Set<number>();
        let mark = 0;
        for (const one of acts) {
          play.do(one);
          const stands = laneLive(play.state, play.now(), { gone: play.gone });
          const inForce = stands.filter(({ stands: how }) => how.standing !== "dead");
          for (const [place, { grant: left }] of inForce.entries()) {
            for (const { grant: right } of inForce.slice(place + 1))
              expect(conflict(left, right), `${left.leaseId} ${right.leaseId}`).toBe(false);
          }
          for (const { grant, stands: how } of stands) {
            if (how.standing === "live") expect(over.has(grant.fencingToken)).toBe(false);
            else over.add(grant.fencingToken);
          }
          expect(play.state.tokenMark).toBeGreaterThanOrEqual(mark);
          mark = play.state.tokenMark;
        }
      }),
      { numRuns: 300, seed: 13 },
    );
  });
});

/** A stupid second implementation of one boot: the whole list of grants, looked through every time. */
class Naive {
  readonly grants: {
    id: string;
    claim: LaneTerms;
    token: number;
    secret: string;
    beat: number;
    over: boolean;
  }[] = [];
  mark = 0;

  constructor(private readonly play: Play) {}

  private dead(one: Naive["grants"][number]): boolean {
    const gone = one.claim.attachment === "process" && this.play.gone.has(one.token);
    return one.over || gone || this.play.nowMs - one.beat > one.claim.ttlMs;
  }

  acquire(id: string, claim: LaneTerms): string {
    const inTheWay = this.grants.some((one) => !this.dead(one) && conflict(one.claim, claim));
    if (inTheWay) return "refused";
    for (const one of this.grants)
      if (this.dead(one) && conflict(one.claim, claim)) one.over = true;
    this.mark += 1;
    this.grants.push({
      id,
      claim,
      token: this.mark,
      secret: id,
      beat: this.play.nowMs,
      over: false,
    });
    return `granted ${this.mark}`;
  }

  holder(id: string, by: string, release: boolean): string {
    const one = this.grants.find((grant) => grant.id === id);
    if (one === undefined || this.dead(one) || one.secret !== by) return "lost";
    if (release) one.over = true;
    else one.beat = this.play.nowMs;
    return release ? "released" : "beaten";
  }

  live(): readonly string[] {
    return this.grants.filter((one) => !this.dead(one)).map(({ id }) => id);
  }
}

test("a list of grants that is looked through every time gives the same answers", () => {
  const step = fc.oneof(
    fc.record({ act: fc.constant("acquire" as const), claim: fc.nat({ max: 4 }) }),
    fc.record({
      act: fc.constantFrom("beat" as const, "release" as const),
      lease: number,
      by: number,
    }),
    fc.record({ act: fc.constant("tick" as const), ms: fc.nat({ max: 60 }) }),
    fc.record({ act: fc.constant("kill" as const), lease: number, by: number }),
  );
  fc.assert(
    fc.property(fc.array(step, many), (steps) => {
      const play = new Play();
      const naive = new Naive(play);
      for (const one of steps) {
        if (one.act === "acquire") {
          const id = `l${(play.leases += 1)}`;
          const claim = terms({ lane: "", holder: id, ttlMs: 100, ...claims[one.claim] });
          const answer = play.acquire(id, claim);
          const found =
            answer.outcome === "granted" ? `granted ${answer.grant.fencingToken}` : answer.outcome;
          expect(found).toBe(naive.acquire(id, claim));
        } else if (one.act === "beat" || one.act === "release") {
          const answer =
            one.act === "beat"
              ? play.beat(`l${one.lease}`, speaker(one))
              : play.release(`l${one.lease}`, speaker(one));
          expect(answer.outcome).toBe(
            naive.holder(`l${one.lease}`, speaker(one), one.act === "release"),
          );
        } else play.do(one);
        const live = laneLive(play.state, play.now(), { gone: play.gone });
        expect(
          live.filter(({ stands }) => stands.standing === "live").map(({ grant }) => grant.leaseId),
        ).toEqual(naive.live());
      }
    }),
    { numRuns: 300, seed: 14 },
  );
});

describe("events that a journal of ours does not hold", () => {
  const place = { seq: 9, at: { bootId: "boot", monotonicMs: 0, wallMs: 0 } };
  const grant = (token: number, leaseId = `l${token}`): LaneEvent => ({
    type: "lane.granted",
    data: {
      leaseId,
      fencingToken: token,
      secretHash: secret(leaseId),
      ...terms({ lane: `lane ${token}`, holder: "h" }),
      waiterId: null,
    },
  });

  test("unknown types change nothing, and unknown fields are passed over", () => {
    const state = laneFold.initial();
    laneFold.apply(state, { type: "lane.painted", data: { leaseId: "l1" } }, place);
    laneFold.apply(state, { type: "run.started", data: {} }, place);
    expect(pictureOf(state)).toEqual(pictureOf(laneFold.initial()));
    expect([laneFold.knows("lane.painted"), laneFold.knows("lane.granted")]).toEqual([false, true]);
    const { type, data } = grant(1);
    laneFold.apply(state, { type, data: { ...data, colour: "red" } }, place);
    expect([...state.leases.keys()]).toEqual(["l1"]);
  });

  test("a known type that cannot be read is counted, and nothing is granted any more", () => {
    const journal = new LaneJournal();
    journal.acquire("a", {});
    laneFold.apply(journal.state, { type: "lane.granted", data: { leaseId: "b" } }, place);
    expect(journal.state.unreadable).toEqual({
      count: 1,
      first: [{ seq: 9, type: "lane.granted" }],
    });
    expect(journal.acquire("c", { lane: "free" })).toMatchObject({
      refusal: { kind: "unreadable-record", hint: expect.stringContaining("record 9") as string },
    });
    expect(journal.beat("a")).toMatchObject({ outcome: "beaten" });
    expect(reopened(journal.state).unreadable.count).toBe(1);
  });

  test("a second grant of one id, and a token that was given before, are no grants", () => {
    const state = laneFold.initial();
    for (const event of [grant(2), grant(2, "other"), grant(1), grant(3, "l2")])
      laneFold.apply(state, event, place);
    expect([...state.leases.keys()]).toEqual(["l2"]);
    expect([state.tokenMark, state.unreadable.count]).toEqual([2, 3]);
  });

  test("anything at all is taken without a throw, and no junk becomes a lease", () => {
    const type = fc.oneof(fc.constantFrom(...laneEventTypes), fc.string());
    const fields = fc.constantFrom(
      "leaseId",
      "fencingToken",
      "cause",
      "lane",
      "holder",
      "__proto__",
      "at",
    );
    const value = fc.oneof(
      fc.jsonValue({ maxDepth: 3 }),
      fc.constantFrom("l1", 1, -1, 1e999, Number.NaN, undefined),
    );
    const data = fc.oneof(value, fc.dictionary(fields, value));
    fc.assert(
      fc.property(fc.array(fc.record({ type, data }), { maxLength: 20 }), (events) => {
        const state = laneFold.initial();
        laneFold.apply(state, grant(1), place);
        for (const event of events) laneFold.apply(state, event, place);
        expect([...state.leases.keys()].filter((id) => id !== "l1")).toEqual([]);
        laneFold.restore(laneFold.checkpoint(state));
      }),
      { numRuns: 1000, seed: 15 },
    );
  });
});

describe("grants and requests read by hand", () => {
  const plain = {
    leaseId: "l1",
    fencingToken: 1,
    secretHash: secret("l1"),
    ...terms({ lane: "one", region: ["src/**"], holder: "h", process: { pid: 7, startedAt: "9" }, children: ["c"] }),
    waiterId: null,
  };
  const odd = fc.oneof(
    fc.constantFrom(0, -1, 1.5, 2 ** 53, 1e300, "", "l2", "exclusive", "shared", "detached", "process"),
    fc.constantFrom(null, undefined, true, [], [""], [1], ["a"], {}, { pid: 0 }, { pid: 1 }, { a: 1 }),
    fc.constantFrom({ pid: 1, startedAt: null, more: 1 }, JSON.parse('{"__proto__":1}') as object),
    fc.constantFrom("x".repeat(64), "x".repeat(201), "f".repeat(64), Array.from({ length: 65 }, () => "a")),
  );

  test("as the schema reads them, whatever is in their fields", () => {
    expect(readGranted(plain)).toEqual(laneEvents["lane.granted"].parse(plain));
    let quick = 0;
    const changed = fc.dictionary(fc.constantFrom(...Object.keys(plain), "more"), odd, { maxKeys: 2 });
    fc.assert(
      fc.property(changed, fc.subarray(Object.keys(plain), { maxLength: 5 }), (change, out) => {
        const data: Record<string, unknown> = { ...plain, ...change };
        for (const field of out) if (!(field in change)) Reflect.deleteProperty(data, field);
        const read = readGranted(data);
        const schema = laneEvents["lane.granted"].safeParse(data);
        quick += read === null ? 0 : 1;
        if (read !== null) expect({ success: true, data: read }).toEqual(schema);
      }),
      { numRuns: 3000, seed: 7 },
    );
    expect(quick).toBeGreaterThan(300);
  });

  test("what is left out of a record is read as it was", () => {
    const may = <T>(value: T, otherwise: T): fc.Arbitrary<T> => fc.constantFrom(value, otherwise);
    const grants = fc.record({
      process: may<LaneTerms["process"]>({ pid: 7, startedAt: null }, null),
      runId: may<string | null>("run", null),
      children: may(["c"], []),
      envDigest: may<string | null>("digest", null),
      meta: may<LaneTerms["meta"]>({ a: null }, {}),
      waiterId: may<string | null>("w1", null),
    });
    fc.assert(
      fc.property(grants, (fields) => {
        const granted = { ...plain, ...fields };
        const written = writtenGrant(granted);
        expect(laneEvents["lane.granted"].parse(JSON.parse(JSON.stringify(written)))).toEqual(granted);
        expect(readGranted(written)).toEqual("a" in fields.meta ? null : granted);
        const said = Object.entries(fields).filter(([, value]) => !["null", "[]", "{}"].includes(JSON.stringify(value)));
        expect(Object.keys(written).filter((field) => field in fields).sort()).toEqual(said.map(([field]) => field).sort());
      }),
    );
  });

  test("requests as their schema reads them, with fields left out, of another kind or of a class", () => {
    const { lane, region, mode, holder, process, attachment, ttlMs, runId, children, envDigest } = plain;
    const asked = { lane, region, mode, holder, process, attachment, ttlMs, runId, children, envDigest };
    const hole: unknown[] = Object.assign([], { 1: "a" });
    const listed = Object.assign([], { pid: 7, startedAt: "9" });
    const odder = Object.assign(["a"], { [Symbol.iterator]: undefined });
    const strange = fc.constantFrom<unknown[]>(hole, listed, odder, "src", new Date(0), new Map(), new Set(["a"]), Number.NaN, Number.POSITIVE_INFINITY);
    const changed = fc.dictionary(fc.constantFrom(...Object.keys(asked), "meta", "more"), fc.oneof(odd, strange), { maxKeys: 3 });
    const left = fc.subarray(["region", "mode", "process", "attachment", "ttlMs", "runId", "children", "envDigest"]);
    let quick = 0;
    fc.assert(
      fc.property(changed, left, (change, out) => {
        const input: Record<string, unknown> = { ...asked, ...change };
        for (const field of out) if (!(field in change)) Reflect.deleteProperty(input, field);
        const read = readRequest(input);
        quick += read === null ? 0 : 1;
        if (read !== null) expect({ success: true, data: read }).toEqual(laneRequestInput.safeParse(input));
      }),
      { numRuns: 3000, seed: 8 },
    );
    expect(quick).toBeGreaterThan(300);
    const given = { ...asked, process: { pid: 7, startedAt: "9" } };
    const read = readRequest(given);
    given.process.pid = 8;
    (given.region as string[]).push("docs");
    (given.children as string[]).push("d");
    expect(read).toMatchObject({ process: { pid: 7 }, region: ["src/**"], children: ["c"] });
  });

  test("and nothing else at all", () => {
    for (const junk of [null, undefined, 1, "granted", [], [plain], {}, Object.assign([], plain)]) {
      if (!Array.isArray(junk)) expect(readGranted(junk)).toBeNull();
      expect(readRequest(junk)).toBeNull();
    }
  });
});

test("what is remembered of the past is bounded", () => {
  const journal = new LaneJournal();
  journal.acquire("keeper", { lane: "kept" });
  for (let index = 0; index < laneEndedMax + 100; index += 1) {
    journal.acquire(`l${index}`, { lane: `lane ${index}` });
    journal.release(`l${index}`);
    journal.acquire(`x${index}`, { lane: "kept", holder: `h${index}` });
  }
  expect(journal.state.ended.size).toBeLessThanOrEqual(laneEndedMax);
  expect(journal.state.ended.has(`l${laneEndedMax + 99}`)).toBe(true);
  expect(journal.state.ended.has("l0")).toBe(false);
  expect(journal.state.refusals).toHaveLength(laneNotesMax);
  expect([...journal.state.leases.keys()]).toEqual(["keeper"]);
  expect(laneQueue(journal.state, journal.now(), { gone: new Set() })).toEqual([]);
});
