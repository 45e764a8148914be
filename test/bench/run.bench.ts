/**
 * What a monitor costs: 1,000 runs at a tick of 5 s, and a commit as a ratio to a raw append of 300 bytes with
 * `fdatasync` in the same run. Prints Markdown. Run it on a quiet machine: `npx tsx test/bench/run.bench.ts [directory]`;
 * the directory has to be on the disk to be measured and is removed afterwards.
 *
 * Gatherers are simulated: what a tick costs here is the machine, the commit point and the log, not tmux.
 */
import * as fs from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import type { LoggedRun } from "../../spec/run/index.js";
import { type Gatherer, Monitor, type Runs, hostTimer, openRuns } from "../../src/run/index.js";

const root = process.argv[2] ?? fileURLToPath(new URL("../../.bench-run", import.meta.url));
const runCount = 1_000;
const tickMs = 5_000;
const ticks = 6;
/** One in so many panes changes in a tick. */
const changing = 20;
const paneLines = 50;

function row(name: string, found: string, ratio: string, wanted: string): void {
  console.log(`| ${name} | ${found} | ${ratio} | ${wanted} |`);
}

function p50(samples: number[]): number {
  return samples.sort((a, b) => a - b)[samples.length >> 1] ?? Number.NaN;
}

const base = Array.from({ length: paneLines }, (_, line) => `line ${line} of a pane that says something ${"x".repeat(40)}`).join("\n");

/** Every session lives; one pane in twenty differs from the tick before. */
function simulated(): Gatherer & { tick: number } {
  const gatherer = {
    tick: 0,
    pullRequest: () => Promise.resolve(null),
    session: () => Promise.resolve({ type: "session.alive", observer: "local:bench" } as const),
    evidence: () => Promise.resolve(null),
    pane: ({ created }: LoggedRun) => {
      const number = Number(created.run.slice(1));
      const turn = number % changing === gatherer.tick % changing ? gatherer.tick : 0;
      return Promise.resolve({ type: "pane.captured", text: `${turn} ${base}`, signal: {} } as const);
    },
  };
  return gatherer;
}

async function create(runs: Runs, count: number): Promise<void> {
  const now = runs.store.clock.now().wallMs;
  const names = Array.from({ length: count }, (_, index) => `r${index}`);
  await Promise.all(
    names.map(async (run) => {
      const session = { kind: "tmux", name: run } as const;
      await runs.store.create({ run, agent: "codex", branch: null, issue: null, directory: "/w", command: ["codex"], session, startedAt: now });
      await runs.commits.commit(run, { type: "launch.progressed", stage: "agentStarted" });
    }),
  );
}

async function benchMonitor(): Promise<void> {
  globalThis.gc?.();
  const before = process.memoryUsage().rss;
  const runs = await openRuns({ directory: join(root, "monitor") });
  await create(runs, runCount);
  const gatherer = simulated();
  const monitor = new Monitor({ store: runs.store, commits: runs.commits, gatherer, timer: hostTimer, tickMs });
  await monitor.tick();
  let most = 0;
  const started = process.cpuUsage();
  const from = performance.now();
  for (let tick = 1; tick <= ticks; tick += 1) {
    gatherer.tick = tick;
    const began = performance.now();
    await monitor.tick();
    most = Math.max(most, process.memoryUsage().rss);
    const rest = tickMs - (performance.now() - began);
    if (rest > 0) await new Promise((resolve) => setTimeout(resolve, rest));
  }
  const { user, system } = process.cpuUsage(started);
  const seconds = (performance.now() - from) / 1000;
  const share = (user + system) / 1e6 / seconds;
  row(`${runCount} runs, a tick of ${tickMs / 1000} s`, `${(share * 100).toFixed(1)} % of a core`, "", "under 10 %");
  row("memory beyond the baseline", `${Math.round((most - before) / 1e6)} MB`, "", "under 200 MB");
  await runs.close();
}

async function timed(samples: number[], times: number, work: (index: number) => Promise<unknown> | undefined): Promise<void> {
  for (let index = 0; index < times; index += 1) {
    const started = performance.now();
    await work(index);
    samples.push(performance.now() - started);
  }
}

/** Commits that write: a run that waits and is answered, in turn. Raw and commit take turns, so that noise meets both. */
async function benchCommits(): Promise<void> {
  const runs = await openRuns({ directory: join(root, "commits") });
  await create(runs, 64);
  const raw = fs.openSync(join(root, "raw"), "a");
  const bytes = Buffer.alloc(300, "x");
  const samples = { raw: [] as number[], commit: [] as number[] };
  const turn = async (run: string, index: number): Promise<void> => {
    const observation = index % 2 === 0 ? ({ type: "status.asserted", status: "waiting", source: "user" } as const) : ({ type: "feedback.delivered" } as const);
    await runs.commits.commit(run, observation);
  };
  for (let round = 0; round < 20; round += 1) {
    await timed(samples.raw, 50, () => {
      fs.writeSync(raw, bytes);
      fs.fdatasyncSync(raw);
      return undefined;
    });
    await timed(samples.commit, 50, (index) => turn("r0", index));
  }
  const [floor, one] = [p50(samples.raw), p50(samples.commit)];
  row("raw append and fdatasync, p50", `${floor.toFixed(3)} ms`, "1", "");
  row("commit that writes, p50", `${one.toFixed(3)} ms`, (one / floor).toFixed(2), "");
  const started = performance.now();
  const each = 100;
  await Promise.all(
    Array.from({ length: 64 }, async (_, run) => {
      for (let index = 0; index < each; index += 1) await turn(`r${run}`, index);
    }),
  );
  const rate = (64 * each * 1000) / (performance.now() - started);
  row("64 runs that commit at once", `${Math.round(rate)}/s`, ((rate * floor) / 1000).toFixed(1), "");
  const quiet: number[] = [];
  const alive = { type: "session.alive", observer: "local:bench" } as const;
  await runs.commits.commit("r1", alive);
  await timed(quiet, 2_000, () => runs.commits.commit("r1", alive));
  row("commit that writes nothing, p50", `${p50(quiet).toFixed(3)} ms`, "", "");
  fs.closeSync(raw);
  await runs.close();
}

fs.rmSync(root, { recursive: true, force: true });
fs.mkdirSync(root, { recursive: true });
try {
  console.log(`${cpus().length} × ${cpus()[0]?.model ?? "processor"}, Node ${process.version}\n`);
  console.log("| what | found | ratio | wanted |\n| --- | --- | --- | --- |");
  await benchCommits();
  await benchMonitor();
} finally {
  fs.rmSync(root, { recursive: true, force: true });
}
