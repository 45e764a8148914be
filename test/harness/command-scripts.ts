/**
 * Scripts of commands that fast-check makes, on something that runs beside a model of it.
 *
 * Before new scripts every script that failed once is run again: they are files in `test/model/regressions`, one for
 * each, and a failure writes its own (not where CI is set, unless LEASEHOLD_KEEP_FAILURES is). A failure is shrunk and
 * told as numbered steps, with what was expected and what was seen, a line that the kit takes, and one that shows it again
 * here. LEASEHOLD_RUNS and LEASEHOLD_SEED ask for more; LEASEHOLD_PATH and LEASEHOLD_REPLAY are of such a line.
 */
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { expect } from "vitest";

import { type ConformanceScript, type Stepping, againWith, numbered, performAll, seenOnce, shortestShown } from "../../src/conformance/report.js";

/** What is wrong after a command. */
export interface Wrong {
  readonly expected: string;
  readonly seen: string;
}

/** The implementation with its model, during one script. */
export interface Running<C> extends Stepping<C, Wrong> {
  end(): Promise<void>;
}

/** What scripts are run on. Scripts of one scene are run on everything that has it. */
export interface Scripted<C> {
  readonly scene: string;
  readonly commands: readonly fc.Arbitrary<C>[];
  readonly parse: (command: unknown) => C;
  readonly text: (command: C) => string;
  begin(): Promise<Running<C>>;
}

export interface ScriptOptions {
  readonly runs?: number;
  readonly seed?: number;
  readonly commandsMax?: number;
  /** Where scripts that failed are kept; null: this one is meant to fail. */
  readonly keepIn?: string | null;
}

/** A script that failed, as its file has it: the kit takes it as it is. */
export interface KeptScript extends ConformanceScript {
  readonly found: string;
  /** Why it fails still; absent: it holds since it was mended, on everything of its scene. */
  readonly open?: string;
}

/** Characters of what was found that a file keeps: the end says it. */
const foundMax = 200;

export const keptFolder = fileURLToPath(new URL("../model/regressions", import.meta.url));
const root = fileURLToPath(new URL("../..", import.meta.url));

/** The scripts of a scene that failed once, by the names of their files. */
export function keptScripts(scene: string, folder = keptFolder): ReadonlyMap<string, KeptScript> {
  const files = readdirSync(folder).filter((name) => name.endsWith(".json")).sort();
  const read = (name: string): KeptScript => JSON.parse(readFileSync(`${folder}/${name}`, "utf8")) as KeptScript;
  return new Map(files.map((name) => [name, read(name)] as const).filter(([, one]) => one.scene === scene));
}

/** A script that the implementation does not hold on. */
export class ScriptFailure extends Error {
  override readonly name = "ScriptFailure";

  constructor(
    message: string,
    readonly script: ConformanceScript,
  ) {
    super(message);
  }
}

/** Runs the kept scripts, then new ones. Throws a `ScriptFailure` for the first that does not hold. */
export async function holdsOnScripts<C extends object>(subject: Scripted<C>, options: ScriptOptions = {}): Promise<void> {
  const { keepIn = keptFolder } = options;
  if (keepIn !== null) {
    for (const [file, { steps, open }] of keptScripts(subject.scene, keepIn)) {
      if (open !== undefined) continue;
      const { performed, wrong } = await run(subject, steps.map((step) => subject.parse(JSON.parse(step))));
      if (wrong !== null) throw failureOf(subject, performed, wrong, [`the script of ${file}`]);
    }
  }
  await search(subject, options);
}

/** What is found on something broken; nothing is kept of it. */
export async function failureOn<C extends object>(subject: Scripted<C>, options: ScriptOptions = {}): Promise<ScriptFailure> {
  try {
    await holdsOnScripts(subject, { runs: 200, ...options, keepIn: null });
  } catch (error) {
    if (error instanceof ScriptFailure) return error;
    throw error;
  }
  throw new Error("nothing was found");
}

/** Open scripts of the scene that hold: what was open is mended, and their files should say so. */
export async function mendedScripts<C extends object>(subject: Scripted<C>): Promise<readonly string[]> {
  const mended: string[] = [];
  for (const [file, { steps, open }] of keptScripts(subject.scene)) {
    if (open === undefined) continue;
    const { wrong } = await run(subject, steps.map((step) => subject.parse(JSON.parse(step))));
    if (wrong === null) mended.push(file);
  }
  return mended;
}

async function search<C extends object>(subject: Scripted<C>, options: ScriptOptions): Promise<void> {
  const { env } = process;
  const { keepIn = keptFolder, commandsMax = 25 } = options;
  const seed = Number(env["LEASEHOLD_SEED"] ?? options.seed ?? 20_240_601);
  const numRuns = Number(env["LEASEHOLD_RUNS"] ?? options.runs ?? 25);
  const [path, replayPath] = [env["LEASEHOLD_PATH"], env["LEASEHOLD_REPLAY"]];
  let failing: readonly C[] = [];
  const steps = subject.commands.map((one) => one.map((command) => new Step(command, subject.text)));
  const scripts = fc.commands(steps, { maxCommands: commandsMax, size: "max", ...(replayPath === undefined ? {} : { replayPath }) });
  const property = fc.asyncProperty(scripts, async (script) => {
    const real = await subject.begin();
    const performed: C[] = [];
    try {
      await fc.asyncModelRun(() => ({ model: { performed, running: real }, real }), script);
    } catch (error) {
      failing = performed;
      throw error;
    } finally {
      await real.end();
    }
  });
  const found = await fc.check(property, { seed, numRuns, ...(path === undefined ? {} : { path }) });
  if (!found.failed) return;
  if (!(found.errorInstance instanceof Strayed)) throw found.errorInstance;
  const seen = { performed: failing, wrong: found.errorInstance.wrong };
  const shown = await shortestShown<typeof seen, C>(seen, ({ performed }) => performed, async (script) => {
    const { performed, wrong } = await run(subject, script);
    return wrong === null ? null : { performed, wrong };
  });
  const { performed, wrong } = shown.run;
  const replay = /replayPath="([^"]*)"/.exec(fc.stringify(found.counterexample?.[0]))?.[1] ?? "";
  const line = lineOf(`LEASEHOLD_SEED=${seed} LEASEHOLD_PATH=${found.counterexamplePath} LEASEHOLD_REPLAY=${replay}`);
  const lines = shown.repeated ? [line] : [seenOnce, line];
  const failure = failureOf(subject, performed, wrong, lines);
  const kept = keepIn !== null && (env["CI"] === undefined || env["LEASEHOLD_KEEP_FAILURES"] !== undefined);
  throw kept ? failureOf(subject, performed, wrong, [...lines, `kept as ${keep(failure, keepIn)}`]) : failure;
}

/** Writes the script where the next run finds it. */
export function keep({ script, message }: ScriptFailure, folder: string): string {
  const hash = createHash("sha256").update(JSON.stringify(script.steps)).digest("hex").slice(0, 8);
  const file = `${folder}/${script.scene}-${hash}.json`;
  const seen = message.split("\n").find((line) => line.trimStart().startsWith("seen")) ?? message;
  const kept: KeptScript = { ...script, found: seen.trim().slice(-foundMax) };
  mkdirSync(folder, { recursive: true });
  writeFileSync(file, `${JSON.stringify(kept, null, 2)}\n`);
  return relative(root, file);
}

/** The one line that shows a failure again. */
function lineOf(settings: string): string {
  const { testPath, currentTestName } = expect.getState();
  const file = testPath === undefined ? "" : relative(root, testPath);
  return `${settings} npx vitest run --config test/vitest.config.ts ${file} -t ${JSON.stringify(currentTestName ?? "")}`;
}

class Strayed extends Error {
  constructor(readonly wrong: Wrong) {
    super(`expected ${wrong.expected}, seen ${wrong.seen}`);
  }
}

interface Model<C> {
  readonly performed: C[];
  readonly running: Running<C>;
}

class Step<C> implements fc.AsyncCommand<Model<C>, Running<C>> {
  constructor(
    private readonly command: C,
    private readonly text: (command: C) => string,
  ) {}

  check = ({ running }: Readonly<Model<C>>): boolean => running.can(this.command);

  async run({ performed }: Model<C>, real: Running<C>): Promise<void> {
    performed.push(this.command);
    const wrong = await real.step(this.command);
    if (wrong !== null) throw new Strayed(wrong);
  }

  toString = (): string => this.text(this.command);
}

async function run<C>(subject: Scripted<C>, script: readonly C[]) {
  const running = await subject.begin();
  try {
    return await performAll(running, script);
  } finally {
    await running.end();
  }
}

function failureOf<C>({ scene, text }: Scripted<C>, performed: readonly C[], wrong: Wrong, more: readonly string[]): ScriptFailure {
  const script = { scene, steps: performed.map((command) => JSON.stringify(command)) };
  const told = numbered(performed.map(text), [againWith(script), ...more].join("\n"), { ...wrong, step: performed.length });
  return new ScriptFailure(told, script);
}
