/** What `verify` found, as JSON. Fields are added over time, never renamed. */
import type { LawReport, VerifyReport } from "../verify/result.js";
import { type CounterexampleFile, counterexampleJson } from "./counterexample-json.js";

/** Plain JSON data: nothing in it is undefined. */
export function verifyJson(report: VerifyReport) {
  const { verdict, seconds, bounds, jobs, interrupted, laws, agreement, searches, coverage, totals } =
    report;
  return {
    verdict,
    seconds,
    bounds,
    jobs,
    interrupted,
    laws: laws.map(lawJson),
    agreement: {
      states: agreement.states,
      events: agreement.events,
      verdict: agreement.verdict,
      machines: agreement.machines,
    },
    searches,
    coverage: coverage.map(({ system, coverage: found }) => ({
      system,
      machines: found.machines.map(({ machine, unreached, oneSided, transitions, guards, pairs }) => ({
        machine,
        transitions: transitions.length,
        guards: guards.length,
        pairs,
        unreached,
        oneSided,
      })),
      unreachedActions: found.unreachedActions,
      actions: found.actions,
    })),
    totals,
  };
}

function lawJson(report: LawReport) {
  const { id, title, subject, statement, status, pending, seconds, checked, mutants, judged } = report;
  return {
    id,
    title,
    subject,
    statement,
    status,
    pending,
    seconds,
    judged,
    checked: checked.map(({ on, kind, clause, verdict, states, witnessed, limit, counterexample }) => ({
      on,
      kind,
      verdict,
      states,
      witnessed,
      clause,
      limit,
      counterexample: fileOf(counterexample),
    })),
    mutants: mutants.map(({ name, change, on, caught, steps, states, limit, counterexample }) => ({
      name,
      caught,
      steps,
      change,
      on,
      states,
      limit,
      path: counterexample?.path ?? null,
    })),
  };
}

function fileOf(found: LawReport["checked"][number]["counterexample"]): CounterexampleFile | null {
  return found === null ? null : counterexampleJson(found);
}
