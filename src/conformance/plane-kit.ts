/**
 * Judges the worker plane of this package: random scripts on a plane in one process, every change of its master a
 * step that the laws are asked about and that the model `worker-plane-fenced` has to have.
 */
import { workerLeaseLaws } from "../../laws/worker-lease/index.js";
import { type FencedParameters, fencedParameters } from "../../spec/systems/worker-plane-fenced-state.js";
import type { MasterOptions } from "../worker-plane/index.js";
import { overall } from "./judged.js";
import { PlaneBreach, askedChecks, createJudge } from "./plane-judge.js";
import { type PlaneOperation, operationOf, operationText, performOn, planeOperation } from "./plane-operations.js";
import {
  type ConformanceReport,
  type ConformanceScript,
  type Divergence,
  Counterexamples,
  type Shown,
  numbered,
  shortestShown,
  strayed,
  verdictOf,
} from "./report.js";
import { simulatedPlane } from "./simulated-plane.js";

/** How much of the plane is judged; the same seed gives the same scripts. */
export interface PlaneCheckOptions {
  readonly seed?: number;
  /** Scripts; default 30. */
  readonly runs?: number;
  /** Default 20. */
  readonly steps?: number;
  /** Only this script, as a report wrote it. */
  readonly script?: ConformanceScript;
  /** A changed master, to see that it is caught. */
  readonly change?: (options: MasterOptions) => MasterOptions;
}

/** What was judged on the worker plane. */
export interface PlaneReport extends ConformanceReport {
  /** A step that the model does not have; null: there was none. */
  readonly divergence: string | null;
}

/** The bounds that scripts run within: two workers, three leases, two runs. */
export const planeParameters: FencedParameters = fencedParameters.parse({
  workers: 2,
  leases: 3,
  runs: 2,
  dispatchMax: 3,
  heartbeatTtl: 2,
  dispatchTtl: 2,
  waitBudget: 4,
  retention: 1,
});

const sceneName = "worker-plane";

/** Judges this package's master and workers on a simulated network and clock. */
export async function checkWorkerPlane(options: PlaneCheckOptions = {}): Promise<PlaneReport> {
  const { default: fc } = await import("fast-check");
  const { seed = 1, runs = 30, steps = 20, script } = options;
  const check = new PlaneCheck(options.change);
  if (script !== undefined) {
    await check.judge(planeParameters, script.steps.map((step) => planeOperation.parse(JSON.parse(step))));
    return check.report(seed);
  }
  for (const { bounds, script: known } of written) await check.judge({ ...planeParameters, ...bounds }, known);
  const picks = fc.array(fc.nat(), { minLength: steps, maxLength: steps });
  const property = fc.asyncProperty(picks, (all) => check.judge(planeParameters, all.map(operationOf)));
  await fc.check(property, { seed, numRuns: runs, endOnFailure: true });
  if (check.error !== null) throw check.error;
  return check.report(seed);
}

interface PlaneFound {
  readonly script: readonly PlaneOperation[];
  readonly breach: PlaneBreach;
}

class PlaneCheck {
  /** Thrown by the plane, and none of the laws' business. */
  error: Error | null = null;
  readonly #judged = new Map<string, number>();
  readonly #found = new Counterexamples();
  #scripts = 0;
  #steps = 0;

  constructor(private readonly change: PlaneCheckOptions["change"]) {}

  /** False: something new was found. What shows it is shortened. */
  async judge(bounds: FencedParameters, operations: readonly PlaneOperation[]): Promise<boolean> {
    const breach = await this.#run(bounds, operations);
    if (breach === null) return true;
    if (this.#found.has(breach.law)) return false;
    const again = async (script: readonly PlaneOperation[]): Promise<PlaneFound | null> => {
      const found = await this.#run(bounds, script);
      return found?.law === breach.law ? { script, breach: found } : null;
    };
    this.#put(await shortestShown({ script: operations, breach }, ({ script }) => script, again));
    return false;
  }

  report(seed: number): PlaneReport {
    const tally = { on: "worker plane", scripts: this.#scripts, steps: this.#steps, judged: this.#judged };
    const laws = workerLeaseLaws.filter(({ id }) => askedChecks.some(({ law }) => law === id));
    const judged = laws.map(({ id }) => verdictOf(id, tally, this.#found.of(id)));
    return {
      name: tally.on,
      verdict: overall(judged, !this.#found.has(null)),
      judged,
      counterexamples: this.#found.all,
      seed,
      scripts: this.#scripts,
      steps: this.#steps,
      divergence: this.#found.of(null)?.breach ?? null,
    };
  }

  async #run(bounds: FencedParameters, operations: readonly PlaneOperation[]): Promise<PlaneBreach | null> {
    const judge = createJudge(bounds);
    try {
      const plane = await simulatedPlane(bounds, judge, this.change);
      try {
        for (const id of ["local", "remote"]) await plane.spawn(id);
        for (const operation of operations) await performOn(plane, operation);
      } finally {
        await plane.end();
      }
    } catch (error) {
      if (error instanceof PlaneBreach) return error;
      this.error ??= error instanceof Error ? error : new Error(String(error));
      throw error;
    } finally {
      this.#scripts += 1;
      this.#steps += judge.steps;
      for (const [key, times] of judge.judged) this.#judged.set(key, (this.#judged.get(key) ?? 0) + times);
    }
    return null;
  }

  #put({ run: { script, breach: found }, repeated }: Shown<PlaneFound>): void {
    const { law, message, expected, seen } = found;
    const divergence: Divergence | null = expected === null ? null : { step: script.length, expected, seen };
    const breach = divergence === null ? message : strayed(divergence);
    const steps = script.map((step) => JSON.stringify(step));
    const text = numbered(script.map(operationText), message, divergence);
    this.#found.put({ law, breach, divergence, script: { scene: sceneName, steps }, repeated, text });
  }
}

const remote = { worker: "remote" } as const;
const send = { op: "lease", target: "remote", effect: "send", run: "run-0" } as const;

/** What seldom happens by chance: words of an attempt that come when there is a newer one, or a verdict. */
const written: readonly { readonly bounds: Partial<FencedParameters>; readonly script: readonly PlaneOperation[] }[] = [
  {
    bounds: { waitBudget: 6 },
    script: [send, { op: "hold", ...remote }, { op: "end", which: 0, ok: true }, { op: "ticks", count: 3 }, { op: "release", ...remote }],
  },
  {
    bounds: { waitBudget: 2, dispatchTtl: 1 },
    script: [
      send,
      { op: "hold", ...remote },
      { op: "end", which: 0, ok: true },
      { op: "ticks", count: 3 },
      { op: "say", which: 1, word: "succeeded" },
      { op: "say", which: 0, word: "failed" },
    ],
  },
];
