/**
 * What keeps a verification from holding, one entry each, for those who show findings beside code: annotations of a
 * code host, and SARIF. The table says the same for people.
 */
import type { Judged } from "../verify/judged.js";
import type { CheckReport, LawReport, VerifyReport } from "../verify/result.js";
import { replayCommand } from "./replay-line.js";
import { limitText } from "./verdict-text.js";

/** One thing that does not hold. */
export interface VerifyProblem {
  /** Id of the law; `agreement` for a compiled machine that differs from its chart. */
  readonly rule: string;
  /** `warning`: not decided, because a limit was reached first. */
  readonly level: "error" | "warning";
  /** One line without the details. */
  readonly title: string;
  readonly message: string;
  /** The same from run to run for the same problem. */
  readonly key: string;
}

/** In the order of the catalogue. Empty if and only if the verdict is `holds`. */
export function problemsOf(report: VerifyReport): readonly VerifyProblem[] {
  const { agreement, bounds, laws } = report;
  const differing = agreement.machines.flatMap(({ machine, on, difference }) =>
    difference === null ? [] : [differs(machine, on, difference)],
  );
  return [...laws.flatMap((law) => [...ofChecks(law, bounds), ...ofMutants(law), ...ofJudged(law)]), ...differing];
}

function differs(machine: string, on: string, difference: string): VerifyProblem {
  const title = `The machine ${machine} is not compiled to what its chart says`;
  return { rule: "agreement", level: "error", title, message: `On ${on}: ${difference}`, key: `agreement ${machine} ${on}` };
}

function ofChecks(law: LawReport, bounds: VerifyReport["bounds"]): readonly VerifyProblem[] {
  return law.checked.flatMap(({ on, clause, kind, verdict, limit, counterexample }) => {
    if (verdict === "holds") return [];
    const key = `${law.id} ${on} ${kind} ${clause ?? ""}`.trim();
    const where = clause === null ? on : `${on} (${clause})`;
    if (verdict === "unknown") return [entry(law, key, "warning", `is not decided on ${where}`, limitOf(limit))];
    if (counterexample === null) return [entry(law, key, "error", `is ${verdict} on ${where}`, "its witness was never reached: it says nothing there")];
    const { breach, path } = counterexample;
    const message = `${breach}, after ${path.length - 1} steps. Replay: ${replayCommand(counterexample, { bounds })}`;
    return [entry(law, key, "error", `is ${verdict} on ${where}`, message)];
  });
}

function limitOf(limit: CheckReport["limit"]): string {
  return limit === null ? "it was not searched to its end" : limitText(limit);
}

function ofMutants(law: LawReport): readonly VerifyProblem[] {
  return law.mutants.flatMap(({ name, change, on, caught, limit }) => {
    if (caught) return [];
    const key = `${law.id}~${name}`;
    if (limit !== null) return [entry(law, key, "warning", `has a mutant that was not decided: ${name}`, `${change}, on ${on}; ${limitOf(limit)}`)];
    return [entry(law, key, "error", `does not catch its mutant "${name}"`, `${change}, on ${on}`)];
  });
}

function ofJudged(law: LawReport): readonly VerifyProblem[] {
  return law.judged.flatMap((judged) => [...ofVerdict(law, judged), ...survivors(law, judged)]);
}

function ofVerdict(law: LawReport, { on, verdict, breach, replay, scope }: Judged): readonly VerifyProblem[] {
  if (verdict === "holds" || (verdict !== "violated" && law.checked.length > 0)) return [];
  const level = verdict === "unknown" ? "warning" : "error";
  const message = `${breach ?? `judged in ${scope}`}${replay === null ? "" : `. Show it again: ${replay}`}`;
  return [entry(law, `${law.id} ${on}`, level, `is ${verdict} on the ${on}`, message)];
}

function survivors(law: LawReport, { on, mutants }: Judged): readonly VerifyProblem[] {
  return mutants
    .filter(({ caught }) => !caught)
    .map(({ name, change }) => entry(law, `${law.id}~${name} ${on}`, "error", `does not catch the broken ${on} "${name}"`, change));
}

function entry(
  { id, title, statement }: LawReport,
  key: string,
  level: VerifyProblem["level"],
  what: string,
  message: string,
): VerifyProblem {
  return { rule: id, level, title: `${id} ${title} ${what}`, message: `${message}\n${id}: ${statement}`, key };
}
