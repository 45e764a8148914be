/** Runs one task of the plan to its end, in slices, so that it can be watched and stopped. */
import { type Check, type Law, type Mutant, isPending, placeOf } from "../../laws/law.js";
import type { Bounds, System } from "../../spec/kernel/index.js";
import {
  type CheckRequest,
  type Progress,
  type Search,
  type SearchResult,
  type Verdict,
  createSearch,
} from "../checker/index.js";
import { type Agreement, agreementOf } from "./agreement.js";
import { type CheckRef, type Task, configurationOf } from "./plan.js";

export type TaskResult =
  | {
      readonly kind: "space" | "response";
      readonly on: string;
      readonly search: SearchResult;
      readonly agreement: readonly Agreement[];
      readonly seconds: number;
    }
  | {
      readonly kind: "mutant";
      readonly on: string;
      readonly verdict: Verdict;
      readonly search: SearchResult;
      readonly seconds: number;
    };

/** What a running task asks of whoever runs it. */
export interface Supervision {
  readonly laws: readonly Law[];
  readonly bounds: Bounds;
  /** True when the task is to end with what it knows. */
  stop(): boolean;
  /** Called after each slice; awaited, so that a host may turn its event loop. */
  slice(progress: Progress): Promise<void> | void;
  /** Seconds from any origin. */
  now(): number;
}

/** States expanded between two looks at the supervision. */
const sliceMax = 8192;

export async function runTask(task: Task, supervision: Supervision): Promise<TaskResult> {
  const started = supervision.now();
  if (task.kind === "mutant") {
    const result = await runMutant(task.law, task.mutant, supervision);
    return { ...result, seconds: supervision.now() - started };
  }
  const requests = task.checks.map((ref) => requestOf(ref, supervision.laws));
  const system = systemOf(task, supervision.laws);
  const configuration = configurationOf({ system, configuration: task.configuration });
  const keepFirings = task.kind === "space";
  const model = system.build(configuration.bounds[supervision.bounds], undefined, { keepFirings });
  const on = placeOf(task.configuration === "" ? { system } : { system, configuration: task.configuration });
  const learning = learningFor(supervision.bounds);
  const search = await drive(createSearch(model, { checks: requests, on, ...learning }), supervision);
  const agreement = keepFirings ? model.machines.map((machine) => agreementOf(machine, () => supervision.stop())) : [];
  return { kind: task.kind, on, search, agreement, seconds: supervision.now() - started };
}

/** Spaces of small bounds are over before learning pays. */
function learningFor(bounds: Bounds): { readonly learnAfter?: number } {
  return bounds === "small" ? { learnAfter: Infinity } : {};
}

async function drive(search: Search, supervision: Supervision): Promise<SearchResult> {
  while (!search.advance(sliceMax)) {
    if (supervision.stop()) search.interrupt();
    else await supervision.slice(search.progress());
  }
  return search.result();
}

/** Looks for a breach of the law in every configuration where the law is checked, or in the one the mutant names. */
async function runMutant(
  lawId: string,
  index: number,
  supervision: Supervision,
): Promise<Omit<Extract<TaskResult, { kind: "mutant" }>, "seconds">> {
  const law = lawOf(lawId, supervision.laws);
  const mutant = law.mutants[index] as Mutant;
  let last: Omit<Extract<TaskResult, { kind: "mutant" }>, "seconds"> | null = null;
  for (const group of mutantGroups(law, mutant)) {
    const parameters = group.configuration.bounds[supervision.bounds];
    const model = mutant.system.build(parameters, mutant.variant);
    const place = { system: mutant.system, configuration: group.configuration.name };
    const search = createSearch(model, {
      checks: group.requests,
      stopWhenViolated: true,
      on: placeOf(place),
      mutant: mutant.name,
    });
    const result = await drive(search, supervision);
    const verdicts = result.checks.map(({ verdict }) => verdict);
    const caught = verdicts.includes("violated");
    const verdict = caught ? "violated" : result.complete ? "holds" : "unknown";
    last = { kind: "mutant", on: placeOf(place), verdict, search: result };
    if (caught || supervision.stop()) return last;
  }
  if (last === null) throw new RangeError(`${lawId}: no check of the law is on the system of mutant "${mutant.name}"`);
  return last;
}

interface MutantGroup {
  readonly configuration: ReturnType<typeof configurationOf>;
  readonly requests: readonly CheckRequest[];
}

/** Checks by configuration; a response check is searched alone. */
function mutantGroups(law: Law, mutant: Mutant): MutantGroup[] {
  const groups = new Map<string, { configuration: MutantGroup["configuration"]; requests: CheckRequest[] }>();
  law.checks.forEach((check: Check, place) => {
    if (check.system.name !== mutant.system.name) return;
    const named = mutant.configuration ?? check.configuration;
    const configuration = configurationOf(
      named === undefined ? { system: mutant.system } : { system: mutant.system, configuration: named },
    );
    if (mutant.configuration === undefined || configurationOf(check).name === configuration.name) {
      const key = `${configuration.name}${check.kind === "response" ? `#${place}` : ""}`;
      const group = groups.get(key) ?? { configuration, requests: [] };
      groups.set(key, group);
      group.requests.push({ key: `${law.id}#${place}`, law: law.id, check });
    }
  });
  return [...groups.values()];
}

function requestOf({ law, check }: CheckRef, laws: readonly Law[]): CheckRequest {
  const found = lawOf(law, laws).checks[check];
  if (found === undefined) throw new RangeError(`law ${law} has no check number ${check}`);
  return { key: `${law}#${check}`, law, check: found };
}

function lawOf(id: string, laws: readonly Law[]): Law {
  const law = laws.find((one) => one.id === id);
  if (law === undefined) throw new RangeError(`no law ${id}`);
  return law;
}

function systemOf(task: { readonly system: string }, laws: readonly Law[]): System {
  for (const law of laws) {
    if (isPending(law)) continue;
    for (const { system } of law.checks) if (system.name === task.system) return system;
  }
  throw new RangeError(`no law is checked on a system ${task.system}`);
}
