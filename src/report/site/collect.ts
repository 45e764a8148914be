/** A report as the data of its page: values become text here, so that the page only shows. */
import type { Law } from "../../../laws/law.js";
import type { Counterexample, TraceStep } from "../../checker/index.js";
import type { LawReport } from "../../verify/result.js";
import { chartSvg, type Layout } from "../charts/dot.js";
import { lawsOn } from "../charts/reading.js";
import { reportOn } from "../documents/law-page.js";
import { type DocumentSource, subjectTitles } from "../documents/source.js";
import { statusWord } from "../documents/status.js";
import { plainPaint } from "../paint.js";
import { replayCommand } from "../replay-line.js";
import { valueText } from "../text.js";
import { effectText } from "../trace-fields.js";
import { verdictLine } from "../verify-table.js";
import type { SiteChart, SiteCoverage, SiteData, SiteLaw, SitePlay, SiteSearch, SiteStep } from "./data.js";

export function siteData(source: DocumentSource, layout: Layout): SiteData {
  const { report, charts } = source;
  const plays: SitePlay[] = [];
  const play = (found: Counterexample | null): number | null =>
    found === null ? null : plays.push(playOf(found, source)) - 1;
  const shown = source.laws.filter(({ id }) => report.laws.some((law) => law.id === id));
  return {
    verdict: report.verdict,
    summary: verdictLine(report, { paint: plainPaint }),
    bounds: report.bounds,
    laws: shown.map((law) => siteLaw(law, reportOn(law, source), source, play)),
    plays,
    charts: charts.map((chart): SiteChart => ({
      id: chart.id,
      svg: chartSvg(chart, layout),
      laws: chart.compiled.transitions.map((one) => lawsOn(chart, one, source.constraints)),
    })),
    searches: report.searches.map(siteSearch),
    coverage: report.coverage.flatMap(({ system, coverage: { machines } }) =>
      machines.map(({ machine, transitions, oneSided }): SiteCoverage => ({ system, machine, transitions, oneSided })),
    ),
    idle: report.coverage.map(({ system, coverage }) => ({ system, actions: coverage.unreachedActions })),
  };
}

function siteLaw(
  law: Law,
  report: LawReport,
  source: DocumentSource,
  play: (found: Counterexample | null) => number | null,
): SiteLaw {
  const { id, title, subject, statement, formal, why } = law;
  const { status, pending, checked, mutants, judged } = report;
  const { defended = [], judgedBy = [], surface = [], limits = [], amended = [] } = source.closures[id] ?? {};
  const place = (how: string | null, file: string): string => (how === null ? file : `${how} (${file})`);
  return {
    ...{ id, title, subject: subjectTitles[subject], statement, formal, why, status, pending },
    statusText: statusWord(status),
    states: Math.max(0, ...checked.map(({ states }) => states)),
    checks: checked.map(({ counterexample, on, kind, clause, verdict, states }) => ({
      ...{ on, kind, clause, verdict, states },
      play: play(counterexample),
    })),
    mutants: mutants.map(({ counterexample, name, change, on, caught, steps, states }) => ({
      ...{ name, change, on, caught, steps, states },
      play: play(counterexample),
    })),
    judged: judged.map((one) => ({
      ...{ on: one.on, scope: one.scope, times: one.judged, verdict: one.verdict },
      mutants: one.mutants.map(({ name, change, caught }) => ({ name, change, caught })),
    })),
    transitions: transitionsOf(id, source),
    defended: defended.map(({ file, how }) => place(how, file)),
    judgedBy: judgedBy.map(({ file, how }) => place(how, file)),
    surface: typeof surface === "string" ? [] : surface,
    noSurface: typeof surface === "string" ? surface : null,
    limits,
    amended: amended.map(({ from, to, because }) => `${from} → ${to}. Because ${because}.`),
  };
}

function transitionsOf(id: string, { charts, constraints }: DocumentSource): SiteLaw["transitions"] {
  return charts.flatMap((chart) => {
    const own = chart.compiled.transitions.filter((one) => lawsOn(chart, one, constraints).includes(id));
    return own.length === 0 ? [] : [{ chart: chart.id, rows: own.map(({ index }) => index) }];
  });
}

function playOf(found: Counterexample, { report: { bounds } }: DocumentSource): SitePlay {
  const { law, mutant, on, clause, breach, parameters, steps, branches } = found;
  const values = Object.entries(parameters).map(([name, value]) => `${name}=${valueText(value)}`);
  return {
    ...{ law, mutant, on, clause, breach },
    replay: replayCommand(found, { bounds }),
    bounds: values.join(" "),
    steps: steps.map(siteStep),
    scripts: branches.map(({ label, steps: script }) => ({ label, steps: script.map(siteStep) })),
  };
}

function siteStep({ action, actors, changes, effects }: TraceStep): SiteStep {
  return {
    action,
    actors,
    changes: changes.map(({ field, from, to }) => [field, textOf(from), textOf(to)]),
    effects: effects.map(effectText),
  };
}

function textOf(value: unknown): string | null {
  return value === undefined ? null : valueText(value);
}

function siteSearch({ on, purpose, parameters, complete, statistics }: DocumentSource["report"]["searches"][number]): SiteSearch {
  const { distinctStates, transitions, depth, levels } = statistics;
  const values = Object.entries(parameters).map(([name, value]) => `${name}=${valueText(value)}`);
  return { on, purpose, parameters: values.join(" "), complete, statistics: { distinctStates, transitions, depth, levels } };
}
