/**
 * Speed of the lease store, as ratios to a raw append of 300 bytes with `fdatasync` in the same run. Prints Markdown.
 *
 * Run it on a quiet machine, after a build: `npx tsx test/bench/lease.bench.ts [directory]`; the directory has to be
 * on the disk to be measured and is removed afterwards. Raw and store take turns, so that noise meets both. CPU is
 * user and system time of the processes that made the calls: it says more than the clock where others work.
 */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import * as fs from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { type Acquired, type FileLeaseStore, openLeaseStore } from "../../dist/src/lease/index.js";
import { inRounds, p50, roundMs } from "./members.js";

const root = process.argv[2] ?? fileURLToPath(new URL("../../.bench-lease", import.meta.url));
const main = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));
const processes = 8;
/** Until its code is compiled a process needs several times the CPU: turns of a store of its own, then of the shared one. */
const warmTurns = { own: 5_000, shared: 3_000 };

type Granted = Extract<Acquired, { outcome: "granted" }>;
const proofOf = ({ grant, secret }: Granted) => ({ leaseId: grant.leaseId, secret });

const times = (ratio: number): string => `${ratio.toFixed(2)} ×`;
const milliseconds = (value: number): string => `${value.toFixed(3)} ms`;

async function granted(store: FileLeaseStore, lane: string): Promise<Granted> {
  const outcome = await store.acquire({ lane, holder: "bench", attachment: "detached" });
  if (outcome.outcome === "refused") throw new Error(JSON.stringify(outcome));
  return outcome;
}

function rawAppend(file: number, line: Buffer): Promise<void> {
  fs.writeSync(file, line);
  return new Promise((resolve, reject) => fs.fdatasync(file, (error) => (error === null ? resolve() : reject(error))));
}

interface Sequential {
  readonly raw: number;
  readonly acquire: number;
  readonly release: number;
}

/** Turns of raw append, acquire and release, each waited for. */
async function sequential(store: FileLeaseStore, rounds: number): Promise<Sequential> {
  const file = fs.openSync(join(root, `raw-${Math.random()}`), "a");
  const line = Buffer.alloc(300, "x");
  const samples = { raw: [] as number[], acquire: [] as number[], release: [] as number[] };
  for (let round = 0; round < rounds; round += 1) {
    const started = performance.now();
    await rawAppend(file, line);
    const appended = performance.now();
    const lease = await granted(store, "bench");
    const acquired = performance.now();
    await store.release(proofOf(lease));
    samples.raw.push(appended - started);
    samples.acquire.push(acquired - appended);
    samples.release.push(performance.now() - acquired);
  }
  fs.closeSync(file);
  return { raw: p50(samples.raw), acquire: p50(samples.acquire), release: p50(samples.release) };
}

/** Records without waiting for the disk in between: many relaxed beats, until there are so many. */
async function fill(store: FileLeaseStore, records: number): Promise<void> {
  const lease = await granted(store, "filler");
  for (let done = 0; done < records; done += 1000) {
    await Promise.all(Array.from({ length: 1000 }, () => store.heartbeat(proofOf(lease))));
  }
  await store.release(proofOf(lease));
}

async function benchSequential(): Promise<number> {
  console.log("| sequential, durable | raw p50 | acquire p50 | release p50 | acquire / raw | release / raw |");
  console.log("| --- | --- | --- | --- | --- | --- |");
  const store = await openLeaseStore({ directory: join(root, "sequential"), compaction: false });
  await sequential(store, 200);
  const rows: Sequential[] = [];
  for (const [name, records] of [["empty", 0], ["1,000 records", 1000], ["10,000 records", 9000], ["100,000 records", 90_000]] as const) {
    if (records > 0) await fill(store, records);
    const row = await sequential(store, 500);
    rows.push(row);
    const { raw, acquire, release } = row;
    console.log(`| ${name} | ${milliseconds(raw)} | ${milliseconds(acquire)} | ${milliseconds(release)} | ${times(acquire / raw)} | ${times(release / raw)} |`);
  }
  await store.close();
  const ratio = ({ acquire, raw }: Sequential): number => acquire / raw;
  const [first, last] = [rows[0], rows.at(-1)];
  if (first !== undefined && last !== undefined) console.log(`\nFrom empty to full: ${times(ratio(last) / ratio(first))}`);
  return 1000 / (first?.raw ?? Number.NaN);
}

/** Microseconds of CPU that this process used. */
function cpuSince(usage: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(usage);
  return user + system;
}

/** Raw appends a second of one process, now. */
async function rawRate(): Promise<number> {
  const file = fs.openSync(join(root, "raw"), "a");
  const line = Buffer.alloc(300, "x");
  const started = performance.now();
  const calls = 1_000;
  for (let call = 0; call < calls; call += 1) await rawAppend(file, line);
  fs.closeSync(file);
  return (calls * 1000) / (performance.now() - started);
}

async function benchConcurrent(): Promise<void> {
  const store = await openLeaseStore({ directory: join(root, "concurrent"), compaction: false });
  const callers = 64;
  const turns = 60;
  const work = async (caller: number): Promise<void> => {
    for (let turn = 0; turn < turns; turn += 1) await store.release(proofOf(await granted(store, `lane ${caller}`)));
  };
  const all = (): Promise<unknown> => Promise.all(Array.from({ length: callers }, (_, caller) => work(caller)));
  for (let warm = 0; warm < 4; warm += 1) await all();
  const ratios: number[] = [];
  let seconds = 0;
  let cpu = 0;
  const rounds = 6;
  for (let round = 0; round < rounds; round += 1) {
    const raw = await rawRate();
    const [started, usage] = [performance.now(), process.cpuUsage()];
    await all();
    const took = (performance.now() - started) / 1000;
    cpu += cpuSince(usage);
    seconds += took;
    ratios.push((callers * turns * 2) / took / raw);
  }
  const calls = rounds * callers * turns * 2;
  const found = `${Math.round(calls / seconds)}/s, ${(cpu / calls).toFixed(1)} µs CPU`;
  console.log(`| 64 callers, acquire and release | ${found} | ${times(p50(ratios))} of raw |`);
  const lease = await granted(store, "beaten");
  for (const [name, coalesceMs] of [["heartbeats, 1,000 at a time", 0], ["heartbeats, elided", 10_000]] as const) {
    const [before, usage] = [performance.now(), process.cpuUsage()];
    for (let batch = 0; batch < 100; batch += 1)
      await Promise.all(Array.from({ length: 1000 }, () => store.heartbeat(proofOf(lease), { coalesceMs })));
    const rate = 100_000 / ((performance.now() - before) / 1000);
    console.log(`| ${name} | ${Math.round(rate)}/s, ${(cpuSince(usage) / 100_000).toFixed(1)} µs CPU | |`);
  }
  await store.close();
}

const member = `
  const { openLeaseStore } = await import(process.env.LEASE_MODULE);
  const open = (directory) => openLeaseStore({ directory, lockWaitMs: 60000, compaction: false });
  const turnOf = async (store, lane) => {
    const lease = await store.acquire({ lane, holder: "bench", attachment: "detached" });
    await store.release({ leaseId: lease.grant.leaseId, secret: lease.secret });
  };
  const own = await open(process.env.LEASE_DIRECTORY + "-" + process.pid);
  const caller = async (_, lane) => {
    for (let warm = 0; warm < ${warmTurns.own / 50}; warm += 1) await turnOf(own, "lane " + lane);
  };
  await Promise.all(Array.from({ length: 50 }, caller));
  await own.close();
  const store = await open(process.env.LEASE_DIRECTORY);
  const turn = () => turnOf(store, "lane " + process.pid);
  for (let warm = 0; warm < ${warmTurns.shared}; warm += 1) await turn();
  process.on("message", async (message) => {
    if (message === "end") {
      await store.close();
      process.disconnect();
      return;
    }
    const usage = process.cpuUsage();
    const until = performance.now() + ${roundMs};
    let calls = 0;
    let longest = 0;
    while (performance.now() < until) {
      const started = performance.now();
      await turn();
      longest = Math.max(longest, performance.now() - started);
      calls += 2;
    }
    const { user, system } = process.cpuUsage(usage);
    process.send({ calls, longest, cpu: user + system });
  });
  process.send("ready");
`;

function members(count: number): readonly ChildProcess[] {
  const env = {
    ...process.env,
    LEASE_MODULE: new URL("../../dist/src/lease/index.js", import.meta.url).href,
    LEASE_DIRECTORY: join(root, `processes-${count}`),
  };
  return Array.from({ length: count }, () =>
    spawn(process.execPath, ["--input-type=module", "-e", member], { env, stdio: ["ignore", "inherit", "inherit", "ipc"] }),
  );
}

async function benchProcesses(): Promise<void> {
  console.log("\n| processes on lanes of their own | total | of one raw appender | slowest / mean | longest turn | CPU a call |");
  console.log("| --- | --- | --- | --- | --- | --- |");
  for (const count of [1, 2, 4, processes]) {
    const { rate, ratio, fairness, longestMs, cpu } = await inRounds(members(count), rawRate);
    console.log(
      `| ${count} | ${Math.round(rate)}/s | ${times(ratio)} | ${fairness.toFixed(2)} | ${longestMs.toFixed(0)} ms | ${cpu.toFixed(0)} µs |`,
    );
  }
}

/** Whole processes, in turns; the smallest of each, which the least was in the way of. */
function benchCommand(): void {
  const once = (args: readonly string[]): number => {
    const started = performance.now();
    const { status } = spawnSync(process.execPath, args, { env: { ...process.env, LEASEHOLD_DIR: join(root, "command") } });
    if (status !== 0) throw new Error(`${args.join(" ")} ended with ${status ?? "a signal"}`);
    return performance.now() - started;
  };
  const bare: number[] = [];
  const acquire: number[] = [];
  for (let turn = 0; turn < 20; turn += 1) {
    bare.push(once(["-e", "0"]));
    acquire.push(once([main, "lease", "acquire", `lane ${turn}`]));
  }
  const [least, leastBare] = [Math.min(...acquire), Math.min(...bare)];
  console.log("\n| whole process | least | p50 |");
  console.log("| --- | --- | --- |");
  console.log(`| node -e 0 | ${leastBare.toFixed(0)} ms | ${p50(bare).toFixed(0)} ms |`);
  console.log(`| leasehold lease acquire | ${least.toFixed(0)} ms (${times(least / leastBare)}) | ${p50(acquire).toFixed(0)} ms (${times(p50(acquire) / p50(bare))}) |`);
}

async function benchBytes(): Promise<void> {
  const store = await openLeaseStore({ directory: join(root, "bytes"), compaction: false });
  const size = (): number => fs.statSync(join(store.directory, "journal.ndjson")).size;
  const before = size();
  const lease = await granted(store, "bench");
  const acquired = size();
  await store.heartbeat(proofOf(lease));
  const beaten = size();
  await store.release(proofOf(lease));
  console.log("\n| bytes of one | |\n| --- | --- |");
  console.log(`| acquire | ${acquired - before} |\n| heartbeat | ${beaten - acquired} |\n| release | ${size() - beaten} |`);
  await store.close();
  const kept = await openLeaseStore({ directory: join(root, "kept") });
  let largest = 0;
  const log = join(kept.directory, "journal.ndjson");
  const beatenLease = await granted(kept, "bench");
  for (let batch = 0; batch < 400; batch += 1) {
    await Promise.all(Array.from({ length: 500 }, () => kept.heartbeat(proofOf(beatenLease))));
    largest = Math.max(largest, fs.statSync(log).size);
  }
  console.log(`| journal after 200,000 beats, compacting by itself | ${fs.statSync(log).size} (never above ${largest}) |`);
  await kept.close();
}

fs.mkdirSync(root, { recursive: true });
try {
  const rawPerSecond = await benchSequential();
  console.log(`\n| in one process (raw: ${Math.round(rawPerSecond)}/s) | | |\n| --- | --- | --- |`);
  await benchConcurrent();
  await benchProcesses();
  benchCommand();
  await benchBytes();
} finally {
  fs.rmSync(root, { recursive: true, force: true });
}
