/**
 * Judges a lane-lease store: random scripts of the model's actions are performed on it, after every step the state
 * it shows has to be the model's, and every law is asked; then it is hurt, see `lease-fault-kit.ts`. No test runner
 * inside; it returns data.
 *
 * The same seed and the same store give the same scripts. What is found is shrunk to the shortest script that
 * still shows it. Faults that a store cannot be given are left out.
 */
import type fc from "fast-check";

import type { Law } from "../../laws/law.js";
import { laneLeaseLaws } from "../../laws/lane-lease/index.js";
import { laneContention } from "../../spec/systems/lane-contention.js";
import { type AskedCheck, checksOn, createLawJudge } from "./law-judge.js";
import { overall } from "./judged.js";
import type { LeaseAdapter } from "./lease-adapter.js";
import { caseBeginnings, judgeCases } from "./lease-cases.js";
import { leaseFaultScene } from "./lease-commands.js";
import { LeaseFaultCheck, unaskedFaults } from "./lease-fault-kit.js";
import { type Scene, featuresOf, scenesFor } from "./lease-scenes.js";
import { type Choice, type ScriptRun, raceId, runLeaseScript } from "./lease-script.js";
import {
  type ConformanceReport,
  type ConformanceScript,
  Counterexamples,
  type Shown,
  firstWrong,
  numbered,
  shortestShown,
  strayed,
  verdictOf,
} from "./report.js";

/** How much of a store is judged, and by which laws. */
export interface LeaseCheckOptions {
  /** Which scripts; the same seed gives the same. Default 1. */
  readonly seed?: number;
  /** Scripts for each configuration of the model; default 60. */
  readonly runs?: number;
  /** Steps of one script; default 40. */
  readonly actions?: number;
  /** Only these laws; default all that speak of the system. */
  readonly laws?: readonly Law[];
  /** Only this script, as a report wrote it. */
  readonly script?: ConformanceScript;
}

/** What was judged on a store. */
export interface LeaseReport extends ConformanceReport {
  /**
   * What was not judged, a line each: faults that were not in the scripts because the adapter leaves out what they take, and
   * ends of scripts that too much might have been true of; with one of those the verdict is never `holds`.
   */
  readonly unasked: readonly string[];
}

/** Searches of one configuration: each looks for a law that no earlier one found breached. */
const searchesMax = 8;

/** Judges a store in every scene that its features allow, then with faults. What is found is in the report. */
export async function checkLeaseStore(adapter: LeaseAdapter, options: LeaseCheckOptions = {}): Promise<LeaseReport> {
  const plan = await planFor(adapter);
  const check = new LeaseCheck(adapter, options);
  if (options.script === undefined) await check.search(plan);
  else await check.replay(plan, options.script);
  return { ...check.report(), unasked: [...plan.unasked, ...check.unknown] };
}

/** What the adapter can be asked. */
interface Plan {
  readonly scenes: readonly Scene[];
  /** It can be hurt in one way at least. */
  readonly faulty: boolean;
  readonly unasked: readonly string[];
}

async function planFor(adapter: LeaseAdapter): Promise<Plan> {
  const store = await adapter.open();
  try {
    const client = await store.client("principal-0");
    const scenes = scenesFor(featuresOf(store, client));
    const unasked = unaskedFaults(store, client);
    const faulty = [store.failNext, client.dieAt, store.powerCut].some((call) => call !== undefined);
    await client.end();
    return { scenes, faulty, unasked };
  } finally {
    await store.close();
  }
}

class LeaseCheck {
  readonly #asked: readonly AskedCheck[];
  readonly #cases: readonly AskedCheck[];
  readonly #judged = new Map<string, number>();
  readonly #found = new Counterexamples();
  readonly #seed: number;
  readonly #faults: LeaseFaultCheck;
  #scripts = 0;
  #steps = 0;

  constructor(
    private readonly adapter: LeaseAdapter,
    private readonly options: LeaseCheckOptions,
  ) {
    const { laws = laneLeaseLaws, seed = 1 } = options;
    this.#seed = seed;
    this.#faults = new LeaseFaultCheck(adapter, this.#found);
    this.#asked = checksOn(laws, laneContention);
    this.#cases = checksOn(laws, laneContention, true);
  }

  async search({ scenes, faulty }: Plan): Promise<void> {
    const { default: fastCheck } = await import("fast-check");
    const { runs = 60, actions = 40 } = this.options;
    for (const scene of scenes) await this.#searchIn(scene, fastCheck, { runs, actions });
    if (faulty) await this.#faults.search(fastCheck, { seed: this.#seed, runs, steps: actions });
  }

  /** The script, and then the comparisons of scripts that the laws make from where it ends. */
  async replay({ scenes }: Plan, script: ConformanceScript): Promise<void> {
    if (script.scene === leaseFaultScene) return this.#faults.replay(script);
    const scene = scenes.find(({ name }) => name === script.scene);
    if (scene === undefined) {
      const names = [...scenes.map(({ name }) => name), leaseFaultScene].join(", ");
      throw new RangeError(`"${script.scene}" is no scene of this store, whose scenes are ${names}`);
    }
    const ids = script.steps.map((label) => (label === "race" ? raceId : idOf(scene, label)));
    const run = await this.#run(scene, ids);
    this.#keep(scene, { run, repeated: true });
    if (run.findings.length === 0 && run.divergence === null) await this.#compare(scene, run.ids);
  }

  async #searchIn(
    scene: Scene,
    fastCheck: typeof fc,
    { runs, actions }: { readonly runs: number; readonly actions: number },
  ): Promise<void> {
    const script = fastCheck.array(fastCheck.nat(), { minLength: actions, maxLength: actions });
    for (let search = 0; search < searchesMax; search += 1) {
      const how = { seed: this.#seed, numRuns: runs };
      const run = await firstWrong(fastCheck, script, how, async (picks) => this.#ifNew(await this.#pick(scene, picks)));
      if (run === null) break;
      const again = async (ids: readonly number[]): Promise<ScriptRun | null> => this.#ifNew(await this.#run(scene, ids));
      this.#keep(scene, await shortestShown(run, ({ ids }) => ids, again));
    }
    for (const beginning of caseBeginnings) {
      const before = beginning.map((label) => scene.actions.findIndex((one) => one.label === label));
      await this.#compare(scene, before);
    }
  }

  async #compare(scene: Scene, before: readonly number[]): Promise<void> {
    const compared = (): ReturnType<typeof judgeCases> => judgeCases(this.adapter, scene, before, this.#cases, this.#judged);
    const found = await compared();
    const again = found.length === 0 ? [] : await compared();
    const steps = before.map((id) => scene.actions[id]?.label ?? "");
    for (const { law, breach, told } of found) {
      const repeated = again.some((one) => one.law === law);
      this.#found.put({ law, breach, divergence: null, script: { scene: scene.name, steps }, repeated, text: numbered(told, breach) });
    }
  }

  get unknown(): readonly string[] {
    return this.#faults.unknown;
  }

  report(): ConformanceReport {
    const tally = { on: this.adapter.name, scripts: this.#scripts, steps: this.#steps, judged: this.#judged };
    const laws = new Set([...this.#asked, ...this.#cases].map(({ law }) => law));
    const judged = [...laws].map((law) => verdictOf(law, tally, this.#found.of(law)));
    const verdict = overall(judged, !this.#found.has(null));
    return {
      name: this.adapter.name,
      verdict: verdict === "holds" && this.unknown.length > 0 ? "unknown" : verdict,
      judged,
      counterexamples: this.#found.all,
      seed: this.#seed,
      scripts: this.#scripts + this.#faults.scripts,
      steps: this.#steps + this.#faults.steps,
    };
  }

  /** A script whose steps are picked among the possible ones as it goes on. */
  #pick(scene: Scene, picks: readonly number[]): Promise<ScriptRun> {
    return this.#run(scene, picks.map((pick) => ({ pick })));
  }

  async #run(scene: Scene, choices: readonly Choice[]): Promise<ScriptRun> {
    // Force takes a lease from a holder that lives: only the laws that are stated for that are asked.
    const { forces } = scene.parameters;
    const asked = this.#asked.filter(({ check }) => !forces || check.configuration === scene.name);
    const judge = createLawJudge(asked, scene.model, this.#judged);
    const run = await runLeaseScript(this.adapter, scene, choices, judge);
    this.#scripts += 1;
    this.#steps += run.steps.length;
    return run;
  }

  /** Null: nothing is wrong that was not found before. */
  #ifNew(run: ScriptRun): ScriptRun | null {
    const { findings, divergence } = run;
    const isNew = findings.length > 0 ? findings.some(({ law }) => !this.#found.has(law)) : divergence !== null && !this.#found.has(null);
    return isNew ? run : null;
  }

  #keep(scene: Scene, { run: { steps, findings, divergence }, repeated }: Shown<ScriptRun>): void {
    const script = { scene: scene.name, steps };
    for (const { law, breach } of findings) {
      this.#found.put({ law, breach, divergence, script, repeated, text: numbered(steps, breach, divergence) });
    }
    if (findings.length > 0 || divergence === null) return;
    const breach = strayed(divergence);
    this.#found.put({ law: null, breach, divergence, script, repeated, text: numbered(steps, breach, divergence) });
  }
}

function idOf(scene: Scene, label: string): number {
  const action = scene.actions.find((one) => one.label === label);
  if (action !== undefined) return action.id;
  const names = [...new Set(scene.actions.map(({ name }) => name))].join(", ");
  throw new RangeError(`"${label}" is no step of "${scene.name}", whose steps are race, ${names}`);
}
