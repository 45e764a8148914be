/** The checks of one search while it runs: who is still undecided, what was witnessed, what was breached. */
import {
  type Check,
  type InvariantCheck,
  type ResponseCheck,
  type ScriptCase,
  type ScriptCheck,
  type StepCheck,
} from "../../laws/law.js";
import type { ActionInstance } from "../../spec/kernel/index.js";

/** A check to run, under a key of the caller's choice. */
export interface CheckRequest {
  readonly key: string;
  /** Id of the law, for the counterexample. */
  readonly law: string;
  readonly check: Check;
}

/** A place in the state space: state index, and the action taken from it when it is a step. */
export interface Place {
  readonly state: number;
  readonly action: number | null;
}

export interface LiveCheck<C extends Check = Check> {
  /** Its place in the request; stays when others are decided. */
  readonly number: number;
  readonly request: CheckRequest;
  readonly check: C;
  witness: Place | null;
  breach: { readonly place: Place; readonly reason: string; readonly which: ScriptCase | null } | null;
  /** Distinct states when the breach was found. */
  statesAtBreach: number;
}

export interface LiveChecks {
  readonly all: readonly LiveCheck[];
  invariants: LiveCheck<InvariantCheck>[];
  /** By action instance. */
  steps: LiveCheck<StepCheck>[][];
  scripts: LiveCheck<ScriptCheck>[];
  readonly response: LiveCheck<ResponseCheck> | null;
}

export function liveChecks(
  requests: readonly CheckRequest[],
  actions: readonly ActionInstance[],
): LiveChecks {
  const all = requests.map((request, number): LiveCheck => ({
    number,
    request,
    check: request.check,
    witness: null,
    breach: null,
    statesAtBreach: 0,
  }));
  const of = <C extends Check>(...kinds: Check["kind"][]): LiveCheck<C>[] =>
    all.filter((live) => kinds.includes(live.check.kind)) as LiveCheck<C>[];
  const responses = of<ResponseCheck>("response");
  if (responses.length > 0 && all.length > 1) {
    throw new RangeError("a response check is searched alone: its count is part of the state");
  }
  const steps = of<StepCheck>("step");
  return {
    all,
    invariants: of<InvariantCheck>("invariant"),
    steps: actions.map(({ name }) =>
      steps.filter(({ check }) => check.actions === undefined || check.actions.includes(name)),
    ),
    scripts: of<ScriptCheck>("convergence", "hyper"),
    response: responses[0] ?? null,
  };
}

/** Records a breach and takes the check out of the lists: its first breach is its shortest. */
export function settle(
  checks: LiveChecks,
  live: LiveCheck,
  breach: NonNullable<LiveCheck["breach"]>,
  states: number,
): void {
  live.breach = breach;
  live.statesAtBreach = states;
  checks.invariants = checks.invariants.filter((other) => other !== live);
  checks.scripts = checks.scripts.filter((other) => other !== live);
  checks.steps = checks.steps.map((list) => (list.includes(live as LiveCheck<StepCheck>) ? list.filter((other) => other !== live) : list));
}
