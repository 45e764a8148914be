/**
 * Cold start of the bundled command, as ratios to `node -e 0` in the same run. Prints Markdown.
 *
 * Run it after a build: `npx tsx test/bench/start.bench.ts`. Empty program and command take turns, so that noise meets
 * both, and of each the least time counts: what others take from the machine only adds. Files are in the page cache;
 * the first start after boot is not measured. A command above its limit fails the run.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const main = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));
const state = mkdtempSync(join(tmpdir(), "leasehold-start-"));
const rounds = 15;

interface Case {
  readonly name: string;
  readonly args: (round: number) => readonly string[];
  /** Times of the empty program. */
  readonly atMost: number;
}

const cases: readonly Case[] = [
  { name: "--version", args: () => ["--version"], atMost: 2 },
  { name: "--help", args: () => ["--help"], atMost: 2.5 },
  {
    name: "lease acquire",
    args: (round) => ["lease", "acquire", `lane-${round}`, "--dir", state, "--json"],
    atMost: 4.5,
  },
  { name: "laws", args: () => ["laws"], atMost: 5 },
];

/** Milliseconds from the start of a process to its end. */
function start(args: readonly string[]): number {
  const began = performance.now();
  const { status, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });
  const took = performance.now() - began;
  if (status !== 0) throw new Error(`${args.join(" ")} ended with ${status}: ${stderr}`);
  return took;
}

const empty: number[] = [];
const took = cases.map((): number[] => []);
try {
  for (let round = 0; round < rounds; round += 1) {
    empty.push(start(["-e", "0"]));
    for (const [index, { args }] of cases.entries()) took[index]?.push(start([main, ...args(round)]));
  }
} finally {
  rmSync(state, { recursive: true, force: true });
}

const least = Math.min(...empty);
console.log(`Node ${process.version}, least of ${rounds} starts each, in turns\n`);
console.log("| command | milliseconds | of `node -e 0` | at most |");
console.log("| --- | --- | --- | --- |");
console.log(`| \`node -e 0\` | ${least.toFixed(0)} | 1.00 × | |`);
for (const [index, { name, atMost }] of cases.entries()) {
  const best = Math.min(...(took[index] ?? []));
  const ratio = best / least;
  console.log(`| \`${name}\` | ${best.toFixed(0)} | ${ratio.toFixed(2)} × | ${atMost} × |`);
  if (ratio > atMost) process.exitCode = 1;
}
