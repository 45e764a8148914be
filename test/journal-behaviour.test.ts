/** What a caller sees of a journal on one process: decisions, order, refusals, folds, compaction, watching. */
import { setTimeout as sleep } from "node:timers/promises";

import { describe, expect, test } from "vitest";

import {
  type Fold,
  type Journal,
  JournalError,
  type JournalOptions,
  type JournalRecord,
  openJournal,
} from "../src/journal/index.js";
import { sharedCallsMin } from "../src/journal/limits.js";
import { simClock } from "./harness/sim-clock.js";
import { SimWorld } from "./harness/sim-disk.js";
import { appendId, type Ids, idsFold, openIds, tallyFold } from "./harness/sim-disk-scripts.js";

const directory = "/state";
const logPath = "/state/journal.ndjson";

function open<S>(world: SimWorld, fold: Fold<S>, more: Partial<JournalOptions<S>> = {}): Promise<Journal<S>> {
  return openJournal({ directory, fold, disk: world.process().disk, clock: simClock(), ...more });
}

async function idsOf(journal: Journal<Ids>): Promise<readonly number[]> {
  return (await journal.read()).state.ids.map(({ id }) => id);
}

async function take(records: AsyncIterable<JournalRecord>): Promise<JournalRecord[]> {
  const found: JournalRecord[] = [];
  for await (const record of records) found.push(record);
  return found;
}

async function failureOf(call: Promise<unknown>): Promise<JournalError["failure"]> {
  const error: unknown = await call.then(() => null, (reason: unknown) => reason);
  expect(error).toBeInstanceOf(JournalError);
  return (error as JournalError).failure;
}

describe("decisions", () => {
  /** What `count` durable calls of one moment do on the disk. */
  async function atOnce(count: number): Promise<readonly string[]> {
    const world = new SimWorld();
    const journal = await open(world, idsFold);
    await journal.transact(appendId(0, "durable"));
    const calls: string[] = [];
    world.hook = ({ name }) => void calls.push(name);
    const seen = await Promise.all(
      Array.from({ length: count }, (_, index) =>
        journal.transact(({ ids }, { seq }) => ({
          ...appendId(index + 1, "durable")({ ids }),
          result: { seen: ids.length, seq },
        })),
      ),
    );
    expect(seen).toEqual(seen.map((_, index) => ({ seen: index + 1, seq: index + 2 })));
    return calls.filter((name) => name === "append" || name === "syncData");
  }

  test("each sees what the ones before it did, and calls of one moment share a write and a sync", async () => {
    expect(await atOnce(sharedCallsMin - 1)).toEqual(["append", "syncData"]);
  });

  test("of many calls half are decided while the disk syncs the others", async () => {
    expect(await atOnce(sharedCallsMin)).toEqual(["append", "syncData", "append", "syncData"]);
  });

  test("a log that somebody wrote over is read anew, though it has the same length and its last line ends where it did", async () => {
    const [world, elsewhere] = [new SimWorld(), new SimWorld()];
    const journal = await open(world, idsFold);
    await journal.transact(appendId(1, "durable"));
    expect(await idsOf(journal)).toEqual([1]);
    await (await open(elsewhere, idsFold)).transact(appendId(6, "durable"));
    const bytes = elsewhere.cachedImage().get(logPath) ?? Buffer.alloc(0);
    expect(bytes.length).toBe(world.cachedImage().get(logPath)?.length);
    const { disk } = world.process();
    const file = disk.open(logPath, "lock");
    disk.overwrite(file, bytes, 0);
    disk.close(file);
    expect(await idsOf(journal)).toEqual([6]);
  });

  test("without events nothing is written, and a durable one waits until what it saw is durable", async () => {
    const world = new SimWorld();
    const [journal, other] = [await open(world, idsFold), await open(world, idsFold)];
    await other.transact(appendId(1, "relaxed"));
    const size = world.cachedImage().get(logPath)?.length;
    const calls: string[] = [];
    world.hook = ({ name }) => void calls.push(name);
    const look = (durability: "durable" | "relaxed"): Promise<number> =>
      journal.transact(({ ids }) => ({ events: [], durability, result: ids.length }));
    expect(await look("relaxed")).toBe(1);
    expect(calls).not.toContain("syncData");
    expect(await look("durable")).toBe(1);
    expect(calls.filter((name) => name === "syncData")).toHaveLength(1);
    expect(await look("durable")).toBe(1);
    expect(calls.filter((name) => name === "syncData")).toHaveLength(1);
    expect(world.cachedImage().get(logPath)?.length).toBe(size);
  });

  test("one that throws rejects its call alone and writes nothing", async () => {
    const journal = await open(new SimWorld(), idsFold);
    const calls = [
      journal.transact(appendId(1, "durable")),
      journal.transact(() => {
        throw new RangeError("mine");
      }),
      journal.transact(appendId(2, "durable")),
    ];
    const told = await Promise.allSettled(calls);
    expect(told.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
    await expect(calls[1]).rejects.toThrow(RangeError);
    expect(await idsOf(journal)).toEqual([1, 2]);
  });

  test("a fold that throws rejects that call, and the others are decided once more", async () => {
    const picky: Fold<Ids> = {
      ...idsFold,
      apply(state, event, place) {
        if (event.data["id"] === 2) throw new TypeError("no twos");
        return idsFold.apply(state, event, place);
      },
    };
    const journal = await open(new SimWorld(), picky);
    const told = await Promise.allSettled([1, 2, 3].map((id) => journal.transact(appendId(id, "durable"))));
    expect(told.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
    expect(await idsOf(journal)).toEqual([1, 3]);
  });

  test("several events are one record, there together or not at all", async () => {
    const journal = await open(new SimWorld(), idsFold);
    const events = [1, 2, 3].map((id) => ({ type: "id", data: { id } }));
    await journal.transact(() => ({ events, durability: "durable", result: null }));
    expect((await journal.read()).seq).toBe(1);
    expect(await take(journal.records())).toMatchObject([{ seq: 1, events }]);
  });

  test("who reads sees all that others wrote, wherever one read of the file ends", async () => {
    const world = new SimWorld();
    const { disk } = world.process();
    const [first, second] = [await open(world, idsFold), await open(world, idsFold)];
    const append = (pad: number) => first.transact(() => ({ events: [{ type: "id", data: { id: 0, pad: "x".repeat(pad) } }], durability: "durable", result: null }));
    const size = () => disk.stat(logPath)?.size ?? 0;
    // A byte or two beside it, where a number in the record becomes longer.
    for (let bytes = 16_300; bytes < 16_400; bytes += 1) {
      const before = (await second.read()).seq;
      const start = size();
      await append(100);
      await append(bytes - 2 * (size() - start) + 100);
      await append(1);
      expect((await second.read()).seq).toBe(before + 3);
    }
  });

  test("whileLocked runs before anybody else can decide", async () => {
    const world = new SimWorld();
    const [first, second] = [await open(world, idsFold), await open(world, idsFold)];
    const order: string[] = [];
    await Promise.all([
      first.transact((state) => ({ ...appendId(1, "durable")(state), whileLocked: () => order.push("locked") })),
      second.transact((state) => {
        order.push(`second sees ${state.ids.length}`);
        return appendId(2, "durable")(state);
      }),
    ]);
    expect(["locked,second sees 1", "second sees 0,locked"]).toContain(order.join());
  });

  test("a whileLocked that throws rejects its call alone, whose record stands; a clock that lies rejects all", async () => {
    let lying = false;
    const clock = { now: () => ({ bootId: "b", monotonicMs: lying ? -1 : 1, wallMs: 1 }) };
    const journal = await open(new SimWorld(), idsFold, { clock });
    const whileLocked = (): never => {
      throw new RangeError("mine");
    };
    const calls = [
      journal.transact((state) => ({ ...appendId(1, "durable")(state), whileLocked })),
      journal.transact(appendId(2, "durable")),
    ];
    expect((await Promise.allSettled(calls)).map(({ status }) => status)).toEqual(["rejected", "fulfilled"]);
    expect(await idsOf(journal)).toEqual([1, 2]);
    lying = true;
    expect(await failureOf(journal.transact(appendId(3, "durable")))).toMatchObject({ code: "journal/bad-event" });
    lying = false;
    await journal.transact(appendId(4, "durable"));
    expect(await idsOf(journal)).toEqual([1, 2, 4]);
  });

  test("the clock of the decision is the stamp of the record", async () => {
    const clock = simClock();
    const journal = await open(new SimWorld(), idsFold, { clock });
    clock.advance(500);
    const now = await journal.transact((state, at) => ({ ...appendId(1, "durable")(state), result: at.now }));
    expect((await take(journal.records()))[0]?.at).toEqual(now);
  });

  test.each([
    ["a type of the journal's own", "journal.checkpoint", {}],
    ["a type with a space", "two words", {}],
    ["an infinite number", "id", { a: Number.POSITIVE_INFINITY }],
    ["an integer that is not exact", "id", { a: 2 ** 60 }],
    ["too many levels", "id", JSON.parse(`{"a":${"[".repeat(80)}${"]".repeat(80)}}`) as { a: never }],
    ["too much data", "id", { a: "x".repeat(1 << 20) }],
  ])("an event with %s is refused before it is written", async (_, type, data) => {
    const journal = await open(new SimWorld(), idsFold);
    const call = journal.transact(() => ({ events: [{ type, data }], durability: "durable", result: null }));
    expect(await failureOf(call)).toMatchObject({ code: "journal/bad-event" });
    expect((await journal.read()).seq).toBe(0);
  });

  test("what is folded is what other processes read: undefined is absent, a key __proto__ is a key", async () => {
    const world = new SimWorld();
    const seen: string[] = [];
    const spy: Fold<null> = {
      name: "spy",
      version: 1,
      initial: () => null,
      apply: (_, { data }) => (seen.push(JSON.stringify(data)), null),
      checkpoint: () => ({}),
      restore: () => null,
    };
    const journal = await open(world, spy);
    const data = { ...(JSON.parse('{"__proto__":{"x":1},"b":2}') as object), a: undefined } as unknown as { b: 2 };
    await journal.transact(() => ({ events: [{ type: "t", data }], durability: "durable", result: null }));
    await (await open(world, spy)).close();
    expect(seen[0]).toBe(seen[1]);
    expect(({} as { x?: number }).x).toBeUndefined();
  });
});

describe("conditional append", () => {
  test("is refused with the number that the log has reached", async () => {
    const world = new SimWorld();
    const [first, second] = [await open(world, idsFold), await open(world, idsFold)];
    const event = { type: "id", data: { id: 1 } };
    expect(await first.append(0, [event])).toEqual({ appended: true, seq: 1 });
    expect(await second.append(0, [event])).toEqual({ appended: false, seq: 1 });
    expect(await second.append(1, [event], "relaxed")).toEqual({ appended: true, seq: 2 });
    expect((await first.read()).seq).toBe(2);
  });
});

describe("folds and versions", () => {
  test("another fold, or a newer version of it, does not open the log", async () => {
    const world = new SimWorld();
    await (await open(world, idsFold)).transact(appendId(1, "durable"));
    expect(await failureOf(open(world, { ...idsFold, name: "other" }))).toMatchObject({ code: "journal/foreign-fold" });
    await (await open(world, { ...idsFold, version: 3, upgrade: (data) => data })).compact();
    expect(await failureOf(open(world, idsFold))).toMatchObject({ code: "journal/foreign-fold" });
  });

  test("an older checkpoint goes through upgrade", async () => {
    const world = new SimWorld();
    const old = await open(world, idsFold);
    await old.transact(appendId(1, "durable"));
    await old.compact();
    expect(await failureOf(open(world, { ...idsFold, version: 2 }))).toMatchObject({ code: "journal/foreign-fold" });
    const upgraded = await open(world, { ...idsFold, version: 2, upgrade: () => ({ ids: [[7, 1]] }) });
    expect(await idsOf(upgraded)).toEqual([7]);
  });

  test("records of unknown types change nothing and survive compaction to the letter", async () => {
    const world = new SimWorld();
    const fold: Fold<Ids> = { ...idsFold, knows: (type) => type === "id" };
    const journal = await open(world, fold, { compaction: { recordsKept: 1 } });
    const strange = { type: "strange", data: { deep: ["\u2028", { a: 1 }] } };
    for (const id of [1, 2, 3, 4, 5]) {
      await journal.transact(appendId(id, "durable"));
      if (id === 2) await journal.append(2, [strange, { type: "id", data: { id: 99 } }]);
    }
    const before = await take(journal.records());
    await journal.compact();
    await journal.compact();
    const after = await take(journal.records());
    expect(after).toEqual([before[2], before[5]]);
    expect(await idsOf(journal)).toEqual([1, 2, 99, 3, 4, 5]);
    expect(await idsOf(await open(world, fold))).toEqual([1, 2, 99, 3, 4, 5]);
  });
});

describe("JL6: compaction", () => {
  test("the fold and the numbers go on as if nothing had happened, at every place of a log", async () => {
    for (let at = 0; at <= 6; at += 1) {
      const world = new SimWorld();
      const [first, second] = [await open(world, idsFold), await open(world, idsFold)];
      for (let id = 1; id <= 6; id += 1) {
        if (id === at) await first.compact();
        await (id % 2 === 0 ? first : second).transact(appendId(id, "durable"));
      }
      for (const journal of [first, second, await open(world, idsFold)]) {
        const { state, seq } = await journal.read();
        expect({ seq, ids: state.ids }).toEqual({
          seq: 6,
          ids: [1, 2, 3, 4, 5, 6].map((id) => ({ id, seq: id })),
        });
      }
    }
  });

  test("begins by itself past the size and the ratio, and keeps the log bounded", async () => {
    const world = new SimWorld();
    const journal = await open(world, tallyFold, { compaction: { bytesMin: 5_000, ratio: 3, recordsKept: 3 } });
    let largest = 0;
    for (let index = 0; index < 300; index += 1) {
      await journal.append(index, [{ type: "t", data: {} }], "relaxed");
      largest = Math.max(largest, world.cachedImage().get(logPath)?.length ?? 0);
    }
    expect(largest).toBeLessThan(6_000);
    expect((await journal.read()).state.count).toBe(300);
    expect((await (await open(world, tallyFold)).read()).seq).toBe(300);
  });
});

describe("records and watch", () => {
  test("records come from the number asked for, as far as they were kept", async () => {
    const journal = await openIds(new SimWorld().process().disk, 2);
    for (const id of [1, 2, 3, 4]) await journal.transact(appendId(id, "relaxed"));
    expect((await take(journal.records({ from: 3 }))).map(({ seq }) => seq)).toEqual([3, 4]);
    await journal.compact();
    await journal.transact(appendId(5, "relaxed"));
    expect((await take(journal.records())).map(({ seq }) => seq)).toEqual([3, 4, 5]);
  });

  test("a watcher gets each record once over compactions, and a checkpoint for what it came too late for", async () => {
    const world = new SimWorld();
    const journal = await openIds(world.process().disk, 1);
    const late = await openIds(world.process().disk, 1);
    for (const id of [1, 2, 3]) await journal.transact(appendId(id, "relaxed"));
    await journal.compact();
    const stop = new AbortController();
    const seen: string[] = [];
    const watching = (async () => {
      for await (const { seq, events } of late.watch({ from: 2, signal: stop.signal })) {
        seen.push(`${seq} ${events[0]?.type ?? ""}`);
      }
    })();
    for (let id = 4; id <= 9; id += 1) {
      await journal.transact(appendId(id, "relaxed"));
      if (id % 3 === 0) await journal.compact();
    }
    for (let waits = 0; !seen.includes("9 id") && waits < 200; waits += 1) await sleep(20);
    stop.abort();
    await watching;
    const ids = seen.filter((text) => text.endsWith(" id")).map((text) => Number.parseInt(text, 10));
    expect(seen.slice(0, 2)).toEqual(["3 id", "3 journal.checkpoint"]);
    expect(ids).toEqual([...new Set(ids)].sort((a, b) => a - b));
    expect(ids.at(-1)).toBe(9);
    const told = new Set([...ids, ...(seen.some((text) => /^[6-9] journal/.test(text)) ? [4, 5, 6, 7, 8] : [])]);
    expect([4, 5, 6, 7, 8, 9].filter((id) => !told.has(id))).toEqual([]);
  });
});

describe("damage", () => {
  async function damaged(): Promise<SimWorld> {
    const world = new SimWorld();
    const journal = await openIds(world.process().disk);
    for (const id of [1, 2, 3, 4]) await journal.transact(appendId(id, "durable"));
    const bytes = Buffer.from(world.cachedImage().get(logPath) ?? []);
    const at = bytes.indexOf('"id":2');
    bytes[at + 5] = 0x33;
    return new SimWorld(new Map([["/state/", Buffer.alloc(0)], [logPath, bytes]]));
  }

  test("reading goes on and says so, writing refuses and names the place", async () => {
    const journal = await open(await damaged(), idsFold);
    const { damage } = await journal.read();
    expect(await idsOf(journal)).toEqual([1, 3, 4]);
    expect(damage).toMatchObject([{ kind: "line", after: 1, before: 3 }]);
    for (const call of [journal.transact(appendId(5, "durable")), journal.compact()]) {
      expect(await failureOf(call)).toMatchObject({ code: "journal/corrupt", damage });
    }
    expect((await take(journal.records())).map(({ seq }) => seq)).toEqual([1, 3, 4]);
  });

  test("a torn tail is cut off by the next writer, with a copy beside it", async () => {
    const world = new SimWorld();
    const journal = await openIds(world.process().disk);
    await journal.transact(appendId(1, "durable"));
    const bytes = world.cachedImage().get(logPath) ?? Buffer.alloc(0);
    const torn = Buffer.concat([bytes, Buffer.from('{"v":1,"seq":2,"pre')]);
    const after = new SimWorld(new Map([["/state/", Buffer.alloc(0)], [logPath, torn]]));
    const again = await openIds(after.process().disk);
    expect((await again.read()).damage).toEqual([]);
    expect(again.recovered).toEqual([]);
    await again.transact(appendId(2, "durable"));
    expect(again.recovered).toMatchObject([{ offset: bytes.length, length: 19, after: 1 }]);
    const copy = again.recovered[0]?.copy ?? "";
    expect(after.cachedImage().get(copy)?.toString()).toBe('{"v":1,"seq":2,"pre');
    expect(await idsOf(again)).toEqual([1, 2]);
  });
});

describe("handles", () => {
  test("a closed one refuses, and closing waits for what is under way", async () => {
    const world = new SimWorld();
    const journal = await open(world, idsFold);
    const call = journal.transact(appendId(1, "durable"));
    await journal.close();
    await expect(call).resolves.toBe(1);
    await journal.close();
    expect(await failureOf(journal.transact(appendId(2, "durable")))).toMatchObject({ code: "journal/closed" });
    expect(await failureOf(journal.read())).toMatchObject({ code: "journal/closed" });
  });

  test("a read-only one makes nothing, takes no lock and refuses to write", async () => {
    const world = new SimWorld();
    expect(await failureOf(open(world, idsFold, { readOnly: true }))).toMatchObject({ code: "journal/absent" });
    expect(world.cachedImage().size).toBe(1);
    const writer = await open(world, idsFold);
    await writer.transact(appendId(1, "durable"));
    const reader = await open(world, idsFold, { readOnly: true });
    expect(await idsOf(reader)).toEqual([1]);
    expect(await failureOf(reader.transact(appendId(2, "durable")))).toMatchObject({ code: "journal/read-only" });
    expect(await failureOf(reader.compact())).toMatchObject({ code: "journal/read-only" });
  });

  test("two journals of different names share a directory and nothing else", async () => {
    const world = new SimWorld();
    const [one, two] = [await open(world, idsFold, { name: "one" }), await open(world, idsFold, { name: "one-two" })];
    await one.transact(appendId(1, "durable"));
    await two.transact(appendId(2, "durable"));
    expect([await idsOf(one), await idsOf(two)]).toEqual([[1], [2]]);
    expect(await failureOf(open(world, idsFold, { name: "../one" }))).toMatchObject({ code: "journal/bad-option" });
  });
});
