/**
 * Speed of the journal, as ratios to a raw append of 300 bytes with `fdatasync` in the same run. Prints Markdown.
 * CPU is user and system time of the processes that made the calls: it says more than the clock where others work.
 *
 * Run it on a quiet machine: `npx tsx test/bench/journal.bench.ts [directory]`; the directory has to be on the
 * disk to be measured and is removed afterwards. Raw and journal take turns, so that noise meets both.
 */
import { fork } from "node:child_process";
import * as fs from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { type Fold, type Journal, openJournal } from "../../src/journal/index.js";
import { type Round, inRounds, p50, roundMs } from "./members.js";

interface Tally {
  count: number;
}

const fold: Fold<Tally> = {
  name: "tally",
  version: 1,
  initial: () => ({ count: 0 }),
  apply(state) {
    state.count += 1;
    return state;
  },
  checkpoint: ({ count }) => ({ count }),
  restore: ({ count }) => ({ count: count as number }),
};

/** A record of about 300 bytes. */
const payload = { leaseId: "01j0000000000000000000000a", fencingToken: 4711, pad: "x".repeat(40) };
const root = process.argv[2] ?? fileURLToPath(new URL("../../.bench-journal", import.meta.url));
const processes = 8;

function open(directory: string, automatic = false): Promise<Journal<Tally>> {
  return openJournal({ directory, fold, lock: { waitMs: 60_000 }, ...(automatic ? {} : { compaction: false }) });
}

function add(journal: Journal<Tally>, durability: "durable" | "relaxed"): Promise<number> {
  return journal.transact(({ count }) => ({
    events: [{ type: "tally.added", data: payload }],
    durability,
    result: count,
  }));
}

async function timed(samples: number[], times: number, work: () => Promise<unknown> | undefined): Promise<void> {
  for (let index = 0; index < times; index += 1) {
    const started = performance.now();
    await work();
    samples.push(performance.now() - started);
  }
}

/** Calls a second of `callers` that each wait for their last call. */
async function rate(callers: number, calls: number, work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  const caller = async (): Promise<void> => {
    for (let index = 0; index < calls; index += 1) await work();
  };
  await Promise.all(Array.from({ length: callers }, caller));
  return (callers * calls * 1000) / (performance.now() - started);
}

/** CPU microseconds a call. */
async function cpuOf(calls: number, work: () => Promise<unknown>): Promise<string> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return `${((user + system) / calls).toFixed(1)} µs CPU`;
}

async function fill(directory: string, records: number): Promise<void> {
  const journal = await open(directory);
  await rate(500, records / 500, () => add(journal, "relaxed"));
  await journal.close();
}

function row(name: string, found: string, ratio: string, wanted: string): void {
  console.log(`| ${name} | ${found} | ${ratio} | ${wanted} |`);
}

/** Raw appends a second of one process: what the rates below are compared with, measured beside each. */
async function rawRate(calls = 2_000): Promise<number> {
  const raw = fs.openSync(join(root, "raw"), "a");
  const bytes = Buffer.alloc(300, "x");
  const samples: number[] = [];
  const started = performance.now();
  await timed(samples, calls, () => {
    fs.writeSync(raw, bytes);
    fs.fdatasyncSync(raw);
    return undefined;
  });
  fs.closeSync(raw);
  return (samples.length * 1000) / (performance.now() - started);
}

/** Median milliseconds of a raw append, and of a durable call on an empty and on a long log. */
async function benchSequential(): Promise<void> {
  await fill(join(root, "long"), 100_000);
  const raw = fs.openSync(join(root, "raw"), "a");
  const bytes = Buffer.alloc(300, "x");
  const [empty, long] = [await open(join(root, "empty")), await open(join(root, "long"))];
  const samples = { raw: [] as number[], empty: [] as number[], long: [] as number[] };
  for (let round = 0; round < 40; round += 1) {
    await timed(samples.raw, 50, () => {
      fs.writeSync(raw, bytes);
      fs.fdatasyncSync(raw);
      return undefined;
    });
    await timed(samples.empty, 50, () => add(empty, "durable"));
    await timed(samples.long, 50, () => add(long, "durable"));
  }
  const base = p50(samples.raw);
  const times = { empty: p50(samples.empty), long: p50(samples.long) };
  row("raw append and fdatasync, p50", `${base.toFixed(3)} ms`, "1", "");
  for (const [name, time] of Object.entries(times)) {
    row(`durable call, ${name} log, p50`, `${time.toFixed(3)} ms`, (time / base).toFixed(2), "at most 2");
  }
  row("long log to empty log", "", (times.long / times.empty).toFixed(2), "0.75 to 1.25");
  await rate(64, 300, () => add(empty, "durable"));
  const ratios: number[] = [];
  const rates: number[] = [];
  const cpu = await cpuOf(8 * 64 * 100, async () => {
    for (let round = 0; round < 8; round += 1) rates.push(await rate(64, 100, () => add(empty, "durable")));
  });
  for (let round = 0; round < 8; round += 1) {
    const one = await rawRate(500);
    ratios.push((await rate(64, 100, () => add(empty, "durable"))) / one);
  }
  row("64 durable callers", `${Math.round(p50(rates))}/s, ${cpu}`, p50(ratios).toFixed(1), "at least 10");
  await empty.close();
  await long.close();
  fs.closeSync(raw);
}

async function benchRelaxed(): Promise<void> {
  const journal = await open(join(root, "relaxed"), true);
  await rate(64, 200, () => add(journal, "relaxed"));
  let found = 0;
  const cpu = await cpuOf(64 * 5_000, async () => {
    found = await rate(64, 5_000, () => add(journal, "relaxed"));
  });
  row("relaxed calls, 64 callers, compaction on", `${Math.round(found)}/s, ${cpu}`, "", "at least 100,000/s");
  await journal.close();
}

/** Each process makes durable calls one after the other. */
async function benchProcesses(): Promise<void> {
  const directory = join(root, "shared");
  await (await open(directory)).close();
  const children = Array.from({ length: processes }, () =>
    fork(fileURLToPath(import.meta.url), [root], { env: { ...process.env, JOURNAL_BENCH_CHILD: directory } }),
  );
  const { rate: found, ratio, fairness, cpu } = await inRounds(children, () => rawRate(1_000));
  row(`${processes} processes, durable calls`, `${Math.round(found)}/s, ${cpu.toFixed(0)} µs CPU`, ratio.toFixed(2), "at least 1");
  row("slowest process to the mean", "", fairness.toFixed(2), "at least 0.5");
}

/** Until its code is compiled a process needs several times the CPU. */
const warmCalls = 8_000;

async function runChild(directory: string): Promise<void> {
  const journal = await open(directory);
  for (let warm = 0; warm < warmCalls; warm += 1) await add(journal, "durable");
  process.on("message", (message) => {
    if (message === "go") void runRound(journal);
    else void journal.close().then(() => process.disconnect());
  });
  process.send?.("ready");
}

async function runRound(journal: Journal<Tally>): Promise<void> {
  const usage = process.cpuUsage();
  const end = performance.now() + roundMs;
  let calls = 0;
  let longest = 0;
  for (let started = performance.now(); started < end; calls += 1) {
    await add(journal, "durable");
    const now = performance.now();
    longest = Math.max(longest, now - started);
    started = now;
  }
  const { user, system } = process.cpuUsage(usage);
  const round: Round = { calls, longest, cpu: user + system };
  process.send?.(round);
}

async function benchOpen(): Promise<void> {
  const directory = join(root, "large");
  await fill(directory, 1_000_000);
  const bytes = fs.statSync(join(directory, "journal.ndjson")).size;
  for (let round = 0; round < 2; round += 1) {
    const started = performance.now();
    const before = process.cpuUsage();
    const journal = await open(directory);
    const { user, system } = process.cpuUsage(before);
    const seconds = (performance.now() - started) / 1000;
    if (round === 1) await journal.compact();
    await journal.close();
    const cpu = `${((user + system) / 1_000_000).toFixed(2)} µs CPU`;
    const found = `${seconds.toFixed(2)} s of ${(bytes / 1e6).toFixed(0)} B each, ${Math.round(1_000_000 / seconds)}/s, ${cpu}`;
    row("open 1,000,000 records, no checkpoint", found, "", "at least 300,000/s");
  }
  const started = performance.now();
  const journal = await open(directory);
  row("open the same, compacted", `${(performance.now() - started).toFixed(1)} ms`, "", "at most 50 ms");
  await journal.close();
}

const child = process.env["JOURNAL_BENCH_CHILD"];
if (child !== undefined) {
  await runChild(child);
} else {
  fs.rmSync(root, { recursive: true, force: true });
  fs.mkdirSync(root, { recursive: true });
  try {
    console.log("| what | found | ratio | wanted |\n| --- | --- | --- | --- |");
    await benchSequential();
    await benchRelaxed();
    await benchProcesses();
    await benchOpen();
  } finally {
    fs.rmSync(root, { recursive: true, force: true });
  }
}
