/**
 * Judges a host of runs: scripts of commits by two processes, with failing calls, ticks, crashes and power cuts,
 * compared with the system `run-host`; scripts of observations, compared with the run machine; scripts of `run-monitor`,
 * see `monitor-kit.ts`; and the log of each, judged by the history checks. No test runner inside; it returns data. Faults
 * that a host cannot be given are left out.
 */
import type { Law } from "../../laws/law.js";
import { runLaws } from "../../laws/run/index.js";
import type { Model } from "../../spec/kernel/index.js";
import { runHost, type RunHostState } from "../../spec/systems/run-host.js";
import { runMonitor } from "../../spec/systems/run-monitor.js";
import { createAuditor } from "./audit.js";
import { type Judged, overall } from "./judged.js";
import { type AskedCheck, checksOn, createLawJudge } from "./law-judge.js";
import { MonitorCheck } from "./monitor-kit.js";
import { monitorSceneNames } from "./monitor-scene.js";
import { monitorPlan } from "./monitor-walks.js";
import {
  type ConformanceReport,
  type ConformanceScript,
  Counterexamples,
  type Shown,
  numbered,
  shortestShown,
  strayed,
  verdictOf,
} from "./report.js";
import type { RunHostAdapter } from "./run-adapter.js";
import { type RunCommand, commandText, commandsOf, everyObservation, observationsOf, runCommand } from "./run-commands.js";
import { type RunFault, RunScript } from "./run-script.js";

/** How much of a host is judged, and by which laws. */
export interface RunCheckOptions {
  /** Which scripts; the same seed gives the same. Default 1. */
  readonly seed?: number;
  /** Scripts of each kind; default 30. */
  readonly runs?: number;
  /** Commands or observations of one script; default 15. */
  readonly steps?: number;
  /** Only these laws. */
  readonly laws?: readonly Law[];
  /** Only this script, as a report wrote it. */
  readonly script?: ConformanceScript;
}

/** Not enough for a bound to be reached. */
const changesMax = 1_000;

/** Of so many scripts of each kind there is one walk of each configuration of `run-monitor`. */
const walkShare = 2;
const unwatched =
  "not asked: the adapter has no `monitored`, and so the host cannot be given the world, the policy and the clock of run-monitor";

/** The model that a host is compared with. */
export function runHostModel(): Model<RunHostState> {
  return runHost.build({ runs: 2, changesMax });
}

/**
 * Judges a host of runs: every observation, then random scripts of commands and of observations; and with `monitored`
 * scripts of `run-monitor`, whose world is the kit's.
 */
export async function checkRunHost(adapter: RunHostAdapter, options: RunCheckOptions = {}): Promise<ConformanceReport> {
  const { default: fc } = await import("fast-check");
  const { seed = 1, runs = 30, steps = 15, script } = options;
  const check = new RunCheck(adapter, options);
  if (script === undefined) {
    const how = { seed, numRuns: runs, endOnFailure: true };
    const picks = fc.array(fc.nat(), { minLength: steps, maxLength: steps });
    await check.judge(everyObservation);
    await fc.check(fc.asyncProperty(picks, (all) => check.judge(all.flatMap(commandsOf))), how);
    await fc.check(fc.asyncProperty(picks, (all) => check.judge(observationsOf(all))), how);
    await check.watched?.search(await monitorPlan(options.laws ?? runLaws, { seed, walks: Math.ceil(runs / walkShare), steps: 2 * steps }));
  } else if ((await check.watched?.replay(script)) !== true) {
    if (monitorSceneNames.includes(script.scene)) throw new RangeError(`"${script.scene}": ${unwatched}`);
    await check.judge(script.steps.map((step) => runCommand.parse(JSON.parse(step))));
  }
  if (check.error !== null) throw check.error;
  return check.report(seed);
}

interface Judgement {
  readonly performed: readonly RunCommand[];
  readonly faults: readonly RunFault[];
}

class RunCheck {
  /** Thrown by the host's adapter, and none of the laws' business. */
  error: Error | null = null;
  readonly #model = runHostModel();
  /** By the laws of `run-monitor`; null: the host has no part for it. */
  readonly watched: MonitorCheck | null;
  readonly #asked: readonly AskedCheck[];
  readonly #monitored: ReadonlySet<string>;
  readonly #laws: readonly Law[];
  readonly #judged = new Map<string, number>();
  readonly #found = new Counterexamples();
  #scripts = 0;
  #steps = 0;

  constructor(
    private readonly adapter: RunHostAdapter,
    { laws = runLaws }: RunCheckOptions,
  ) {
    this.#laws = laws;
    this.#asked = checksOn(laws, runHost);
    this.#monitored = new Set([...checksOn(laws, runMonitor), ...checksOn(laws, runMonitor, true)].map(({ law }) => law));
    const open = adapter.monitored?.bind(adapter);
    this.watched = open === undefined ? null : new MonitorCheck(open, laws, this.#judged, this.#found);
  }

  /** False: something new was found. What shows it is shortened. */
  async judge(script: readonly RunCommand[]): Promise<boolean> {
    try {
      const found = await this.#run(script);
      const isNew = ({ faults }: Judgement): boolean => faults.some(({ law }) => !this.#found.has(law));
      if (!isNew(found)) return found.faults.length === 0;
      const law = found.faults.find((one) => !this.#found.has(one.law))?.law;
      const again = async (shorter: readonly RunCommand[]): Promise<Judgement | null> => {
        const run = await this.#run(shorter);
        return run.faults.some((one) => one.law === law) ? run : null;
      };
      this.#keep(await shortestShown(found, ({ performed }) => performed, again));
      return false;
    } catch (error) {
      this.error ??= error instanceof Error ? error : new Error(String(error));
      return false;
    }
  }

  report(seed: number): ConformanceReport {
    const scripts = this.#scripts + (this.watched?.scripts ?? 0);
    const steps = this.#steps + (this.watched?.steps ?? 0);
    const tally = { on: this.adapter.name, scripts, steps, judged: this.#judged };
    const asked = new Set([...this.#asked.map(({ law }) => law), ...this.#monitored]);
    const able = this.#laws.filter(({ id, history }) => history !== undefined || asked.has(id));
    const judged = able.map(({ id, history }): Judged => {
      const one = verdictOf(id, tally, this.#found.of(id));
      const unasked = this.watched === null && history === undefined && this.#monitored.has(id);
      return unasked ? { ...one, scope: unwatched } : one;
    });
    const verdict = overall(judged, !this.#found.has(null));
    return { name: this.adapter.name, verdict, judged, counterexamples: this.#found.all, seed, scripts, steps };
  }

  async #run(script: readonly RunCommand[]): Promise<Judgement> {
    const judge = createLawJudge(this.#asked, this.#model, this.#judged);
    const running = await RunScript.begin(await this.adapter.open(), this.#model, judge);
    const performed: RunCommand[] = [];
    try {
      let faults: readonly RunFault[] = [];
      for (const command of script) {
        if (!running.can(command)) continue;
        performed.push(command);
        faults = await running.step(command);
        if (faults.length > 0) break;
      }
      const { judged, breaches } = await auditOf(running, this.#laws);
      for (const [law, times] of Object.entries(judged)) {
        this.#judged.set(`${law}#history`, (this.#judged.get(`${law}#history`) ?? 0) + times);
      }
      return { performed, faults: [...faults, ...breaches] };
    } finally {
      await running.close();
      this.#scripts += 1;
      this.#steps += performed.length;
    }
  }

  #keep({ run: { performed, faults }, repeated }: Shown<Judgement>): void {
    const script: ConformanceScript = { scene: "run-host", steps: performed.map((command) => JSON.stringify(command)) };
    for (const { law, breach, divergence: seen } of faults) {
      const divergence = seen === null ? null : { ...seen, step: performed.length };
      const why = divergence === null ? breach : strayed(divergence);
      const text = numbered(performed.map(commandText), why, divergence);
      this.#found.put({ law, breach: why, divergence, script, repeated, text });
    }
  }
}

/** What the history checks say of the log so far. */
export async function auditOf(script: RunScript, laws: readonly Law[]) {
  const auditor = createAuditor(laws);
  for (const { events, place } of await script.records()) auditor.record(events, place);
  const { judged, breaches } = auditor.audit;
  const faults = breaches.map(({ law, seq, reason }): RunFault => ({ law, breach: `record ${seq}: ${reason}`, divergence: null }));
  return { judged, breaches: faults };
}
