/**
 * What was judged outside of the models, by the same laws: running stores and hosts, and source code.
 *
 * Who judges is given from outside; here the answers are put into the report. A law that no model decides
 * holds when it was judged, and stays `not-yet-checked` when nobody did.
 */
import { type Verdict, worst } from "../checker/index.js";
import type { LawReport, VerifyReport } from "./result.js";

/** A broken program that the law has to catch. */
export interface JudgedMutant {
  readonly name: string;
  readonly change: string;
  readonly caught: boolean;
}

/** A law judged on a program or on sources, beside its models. */
export interface Judged {
  readonly law: string;
  /** `lane-lease store`, `run host`, `worker plane`, or the configuration of a lint. */
  readonly on: string;
  readonly verdict: Verdict;
  /** How much was looked at: scripts and steps, or files and writers. */
  readonly scope: string;
  /** How often the law had something to say. */
  readonly judged: number;
  readonly breach: string | null;
  /** The command that shows it again; null when there is none. */
  readonly replay: string | null;
  readonly mutants: readonly JudgedMutant[];
}

/** The report with what was judged in it: statuses, totals and the verdict follow. */
export function withJudged(report: VerifyReport, judged: readonly Judged[]): VerifyReport {
  const laws = report.laws.map((law) => lawWith(law, judged.filter((one) => one.law === law.id)));
  const mutants = judged.flatMap((one) => one.mutants);
  const statuses = laws.map(({ status }) => status);
  const failing = (["violated", "vacuous", "survived"] as const).find((one) => statuses.includes(one));
  const verdict = report.verdict === "holds" || report.verdict === "unknown" ? failing : undefined;
  return {
    ...report,
    laws,
    verdict: verdict ?? (statuses.includes("unknown") ? worstOf(report.verdict) : report.verdict),
    totals: {
      ...report.totals,
      holding: laws.filter(({ status }) => status === "holds").length,
      pending: laws.filter(({ status }) => status === "not-yet-checked").length,
      mutants: report.totals.mutants + mutants.length,
      caught: report.totals.caught + mutants.filter(({ caught }) => caught).length,
    },
  };
}

function worstOf(verdict: VerifyReport["verdict"]): VerifyReport["verdict"] {
  return verdict === "holds" ? "unknown" : verdict;
}

/** A breach outweighs all; a judge that says nothing of a law a model decides does not unsettle it. */
function lawWith(law: LawReport, judged: readonly Judged[]): LawReport {
  if (judged.length === 0) return law;
  const found = worst(judged.map(({ verdict }) => verdict));
  const survived = judged.some((one) => one.mutants.some(({ caught }) => !caught));
  const own = law.status === "not-yet-checked" ? null : law.status;
  if (found === "violated" || own === null) {
    return { ...law, judged, status: found === "holds" && survived ? "survived" : found };
  }
  if (own === "holds" && survived) return { ...law, judged, status: "survived" };
  return { ...law, judged };
}
