/**
 * ML2. Whenever nobody is in an attempt, one process that runs alone gets the lock within a bounded number of its
 * own calls. The clauses differ in what may have happened and in what the process may wait for; ours needs no
 * wait, and the others fail one each.
 */
import { type FileMutexVariant, fileMutex } from "../../spec/systems/file-mutex.js";
import {
  createAndSteal,
  directoryWithAge,
  pidFile,
} from "../../spec/systems/file-mutex-protocols.js";
import {
  type ActionIndex,
  type Breach,
  type Check,
  type ModelLaw,
  type ScriptCase,
  type ScriptOutcome,
  check,
} from "../law.js";
import { type Contenders, isOut } from "./contenders.js";

/** Calls of its own within which a process that runs alone gets the lock, in any of the protocols. */
const callsMax = 12;

export const deadlockFreedom: ModelLaw = {
  id: "ML2",
  title: "deadlock freedom",
  subject: "mutex",
  statement: "after all holders are dead or gone the lock can be taken",
  formal: `(∀ q: out(q)) ⇒ alone(p)^${callsMax} reaches critical(p)`,
  why:
    "A released lock that a late stealer restored blocked everybody for five minutes; a lock file without a body " +
    "blocked everybody for ever, because its age was read from the body.",
  checks: [
    alone(
      "two",
      "all have left, nobody died: at once",
      ({ processes }) => !anyDead(processes),
      false,
    ),
    alone("two", "somebody died: after the TTL", ({ processes }) => anyDead(processes), true),
    alone("clocks", "whoever died, whatever clocks did: at once", () => true, false),
  ],
  mutants: [
    {
      name: "released lock restored",
      change: "a late stealer moves a lock back that its owner has released meanwhile; 2 processes",
      system: fileMutex,
      configuration: "two",
      variant: {
        protocol: createAndSteal({ stealsEmpty: true, reentrant: false }),
      } satisfies FileMutexVariant,
    },
    {
      name: "empty lock file",
      change:
        "a lock file whose creator died before it wrote the body is never stolen; 2 processes",
      system: fileMutex,
      configuration: "two",
      variant: {
        protocol: createAndSteal({ stealsEmpty: false, reentrant: false }),
      } satisfies FileMutexVariant,
    },
    {
      name: "process id reused",
      change: "the process id in a left file belongs to somebody else by now; 2 processes",
      system: fileMutex,
      configuration: "clocks",
      variant: { protocol: pidFile() } satisfies FileMutexVariant,
    },
    {
      name: "clock set back",
      change:
        "the directory that a dead process left is young again when the clock is set back; 2 processes",
      system: fileMutex,
      configuration: "clocks",
      variant: { protocol: directoryWithAge() } satisfies FileMutexVariant,
    },
  ],
};

/** From states in which everybody is out and `when` holds; with `ttlPasses`, more than a TTL passes first. */
function alone(
  configuration: string,
  clause: string,
  when: (state: Contenders) => boolean,
  ttlPasses: boolean,
): Check {
  return check<Contenders>({
    system: fileMutex,
    configuration,
    kind: "convergence",
    clause,
    cases: (state, actions) =>
      state.processes.every(isOut) && when(state) ? attempts(state, actions, ttlPasses) : [],
    breach: notTaken,
    witness: ([outcome]) => outcome !== undefined && notTaken([outcome]) === null,
  });
}

function anyDead(processes: Contenders["processes"]): boolean {
  return processes.some(({ at }) => at === "dead");
}

function attempts(
  { processes }: Contenders,
  actions: ActionIndex,
  ttlPasses: boolean,
): ScriptCase[] {
  const wait = ttlPasses ? [actions.get("advanceClock").id] : [];
  return processes.flatMap(({ at }, process) => {
    if (at === "dead") return [];
    const calls = Array.from({ length: callsMax }, () => actions.get("step", { process }).id);
    return [{ label: `process ${process} alone`, scripts: [[...wait, ...calls]] }];
  });
}

function notTaken(outcomes: readonly ScriptOutcome<Contenders>[]): Breach {
  for (const { steps } of outcomes) {
    const process = steps.at(-1)?.action.args["process"] as number | undefined;
    if (process === undefined) return "the process cannot make a single call";
    if (steps.some(({ after }) => after.processes[process]?.at === "critical")) continue;
    return `nobody holds the lock, and process ${process} does not get it in ${steps.length} steps alone`;
  }
  return null;
}
