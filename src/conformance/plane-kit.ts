/**
 * Judges the worker plane of this package: random scripts on a plane in one process, every change of its master a
 * step that the laws are asked about and that the model `worker-plane-fenced` has to have.
 */
import { workerLeaseLaws } from "../../laws/worker-lease/index.js";
import { type FencedParameters, fencedParameters } from "../../spec/systems/worker-plane-fenced-state.js";
import { type Judged, scopeOf } from "./judged.js";
import { type Judge, PlaneBreach, askedChecks, createJudge } from "./plane-judge.js";
import { type SimulatedPlane, simulatedPlane } from "./simulated-plane.js";

/** How much of the plane is judged; the same seed gives the same scripts. */
export interface PlaneCheckOptions {
  readonly seed?: number;
  /** Scripts; default 30. */
  readonly runs?: number;
  /** Default 20. */
  readonly steps?: number;
}

/** What was judged on the worker plane. */
export interface PlaneReport {
  readonly judged: readonly Judged[];
  /** A step that the model does not have; null: there was none. */
  readonly divergence: string | null;
}

const parameters: FencedParameters = fencedParameters.parse({
  workers: 2,
  leases: 3,
  runs: 2,
  dispatchMax: 3,
  heartbeatTtl: 2,
  dispatchTtl: 2,
  waitBudget: 4,
  retention: 1,
});

/** Judges this package's master and workers on a simulated network and clock. */
export async function checkWorkerPlane(options: PlaneCheckOptions = {}): Promise<PlaneReport> {
  const { default: fc } = await import("fast-check");
  const { seed = 1, runs = 30, steps = 20 } = options;
  const judged = new Map<string, number>();
  const found = new Map<string | null, { readonly message: string; readonly script: readonly string[] }>();
  let [scripts, changes] = [0, 0];
  const judgedOn = async (bounds: FencedParameters, operations: readonly Operation[]): Promise<boolean> => {
    const judge = createJudge(bounds);
    const script: string[] = [];
    try {
      await walk(bounds, judge, operations, script);
    } catch (error) {
      if (!(error instanceof PlaneBreach)) throw error;
      if (!found.has(error.law)) found.set(error.law, { message: error.message, script });
    }
    scripts += 1;
    changes += judge.steps;
    for (const [key, times] of judge.judged) judged.set(key, (judged.get(key) ?? 0) + times);
    return found.size === 0;
  };
  for (const { bounds, script } of written) await judgedOn({ ...parameters, ...bounds }, script);
  const picks = fc.array(fc.nat(), { minLength: steps, maxLength: steps });
  const property = fc.asyncProperty(picks, (all) => judgedOn(parameters, all.map(operationOf)));
  const outcome = await fc.check(property, { seed, numRuns: runs, endOnFailure: true });
  if (outcome.failed && found.size === 0) throw new Error("a script that cannot be run", { cause: outcome.errorInstance });
  const laws = workerLeaseLaws.filter(({ id }) => askedChecks.some(({ law }) => law === id));
  return {
    divergence: found.get(null)?.message ?? null,
    judged: laws.map(({ id }): Judged => {
      const times = [...judged].reduce((sum, [key, count]) => (key.startsWith(`${id}#`) ? sum + count : sum), 0);
      const breach = found.get(id);
      return {
        law: id,
        on: "worker plane",
        verdict: breach !== undefined ? "violated" : times > 0 ? "holds" : "vacuous",
        scope: scopeOf(scripts, changes),
        scripts,
        steps: changes,
        judged: times,
        breach: breach?.message ?? null,
        replay: breach === undefined ? null : JSON.stringify(breach.script),
        mutants: [],
      };
    }),
  };
}

async function walk(bounds: FencedParameters, judge: Judge, operations: readonly Operation[], script: string[]): Promise<void> {
  const plane = await simulatedPlane(bounds, judge);
  try {
    for (const id of ["local", "remote"]) await plane.spawn(id);
    for (const operation of operations) {
      script.push(JSON.stringify(operation));
      await perform(plane, operation);
    }
  } finally {
    await plane.end();
  }
}

type Operation =
  | { readonly op: "spawn" | "crash" | "stop" | "freeze" | "thaw" | "hold" | "release"; readonly worker: string }
  | { readonly op: "lease"; readonly target: string; readonly effect: "capture" | "send" | "stop"; readonly run: string }
  | { readonly op: "end"; readonly which: number; readonly ok: boolean }
  | { readonly op: "say"; readonly which: number; readonly word: "succeeded" | "failed" | "progress" }
  | { readonly op: "ticks"; readonly count: number }
  | { readonly op: "restart" };

const remote = { worker: "remote" } as const;
const send = { op: "lease", target: "remote", effect: "send", run: "run-0" } as const;

/** What seldom happens by chance: words of an attempt that come when there is a newer one, or a verdict. */
const written: readonly { readonly bounds: Partial<FencedParameters>; readonly script: readonly Operation[] }[] = [
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

/** How often each kind comes. */
const kinds = [
  ...["lease", "lease", "lease", "lease", "lease", "end", "end", "end", "say", "say", "ticks", "ticks", "ticks"],
  ...["ticks", "spawn", "spawn", "crash", "freeze", "thaw", "hold", "release", "stop", "restart"],
] as const;

function operationOf(pick: number): Operation {
  const digit = <T>(place: number, from: readonly [T, ...T[]]): T => from[Math.floor(pick / place) % from.length] ?? from[0];
  const kind = kinds[pick % kinds.length] ?? "restart";
  const worker = digit(100, ["local", "remote"]);
  switch (kind) {
    case "lease": {
      const target = digit(100, ["", "local", "remote"]);
      return { op: kind, target, effect: digit(300, ["capture", "send", "stop"]), run: digit(900, ["run-0", "run-1"]) };
    }
    case "end":
      return { op: kind, which: Math.floor(pick / 100) % 4, ok: digit(400, [true, false]) };
    case "say":
      return { op: kind, which: Math.floor(pick / 100) % 6, word: digit(600, ["succeeded", "failed", "progress"]) };
    case "ticks":
      return { op: kind, count: digit(100, [1, 2, 3]) };
    case "restart":
      return { op: kind };
    default:
      return { op: kind as "spawn", worker };
  }
}

async function perform(plane: SimulatedPlane, step: Operation): Promise<void> {
  switch (step.op) {
    case "lease":
      return plane.lease(step);
    case "end": {
      const [execution] = plane.executions.splice(step.which % Math.max(plane.executions.length, 1), 1);
      execution?.end(step.ok ? { ok: true, result: "done" } : { ok: false, message: "no" });
      return plane.settle();
    }
    case "say":
      return plane.sayForAny(step.which, step.word);
    case "ticks":
      return plane.ticks(step.count);
    case "restart":
      return plane.restart();
    default:
      await plane[step.op](step.worker);
  }
}
