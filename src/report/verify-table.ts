/**
 * What `verify` found, as text: one table of laws, the agreement of the machines, what was not exercised,
 * every violation in full, mutants that survived, and a last line with the verdict.
 */
import type { LimitReached } from "../checker/index.js";
import type { CheckReport, LawReport, VerifyReport } from "../verify/result.js";
import { type Page, counterexampleText } from "./counterexample.js";
import { coverageLines } from "./coverage.js";
import { bytes, counted, duration, thousands } from "./numbers.js";
import { slug } from "./replay-line.js";
import { tableLines } from "./table.js";
import { wrap } from "./text.js";
import { inkOf, limitText, verdictText } from "./verdict-text.js";

export interface VerifyPage extends Page {
  readonly verbose: boolean;
}

const columns = [
  { title: "law" },
  { title: "claim" },
  { title: "checked on" },
  { title: "states", align: "right" },
  { title: "verdict" },
  { title: "mutants", align: "right" },
  { title: "time", align: "right" },
] as const;

export function verifyText(report: VerifyReport, page: VerifyPage): string {
  return [
    ...lawTable(report, page),
    "",
    ...agreementLines(report, page),
    "",
    ...coverageSection(report, page),
    ...searchSection(report, page),
    ...mutantSection(report, page),
    ...totalsLines(report),
    "",
    ...violations(report, page),
    ...breachesOutside(report, page),
    ...survivors(report, page),
    ...undecided(report, page),
    verdictLine(report, page),
    "",
  ].join("\n");
}

/** Laws by subject, in the order of the catalogue. */
function lawTable({ laws, bounds }: VerifyReport, page: VerifyPage): string[] {
  const { paint } = page;
  const subjects = [...new Set(laws.map(({ subject }) => subject))];
  const rows = subjects.flatMap((subject) => [
    [paint.bold(`${subject} laws`)],
    ...laws.filter((law) => law.subject === subject).map((law) => lawRow(law, bounds, page)),
  ]);
  const head = columns.map(({ title, ...rest }) => ({ ...rest, title: paint.dim(title) }));
  return tableLines(head, rows);
}

function lawRow(law: LawReport, bounds: VerifyReport["bounds"], { paint }: VerifyPage): string[] {
  const { id, title, status } = law;
  const later = bounds === "small" && status === "not-yet-checked";
  const verdict = later ? paint.dim(laterWord) : verdictText(status, paint);
  if (status === "not-yet-checked") {
    return [paint.dim(id), paint.dim(title), "", "", verdict, "", ""];
  }
  const places = placesOf(law.checked).map(({ on, states }) => ({ on, scope: thousands(states) }));
  const all = [...places, ...law.judged];
  const broken = [...law.mutants, ...law.judged.flatMap((one) => one.mutants)];
  const caught = broken.filter((mutant) => mutant.caught).length;
  const mutants = broken.length === 0 ? "" : `${caught}/${broken.length}`;
  return [
    id,
    title,
    all.map(({ on }) => on).join("\n"),
    all.map(({ scope }) => scope).join("\n"),
    verdict,
    caught === broken.length ? mutants : paint.bad(mutants),
    duration(law.seconds),
  ];
}

/** A quick look asks models alone; programs and source code are judged at the other bounds. */
const laterWord = "at default bounds only";

/** One line for each place and size: clauses checked in one search are one line. */
function placesOf(
  checked: readonly CheckReport[],
): readonly { readonly on: string; readonly states: number }[] {
  const places = new Map<string, { on: string; states: number }>();
  for (const { on, states } of checked) places.set(`${on} ${states}`, { on, states });
  return [...places.values()];
}

function agreementLines({ agreement }: VerifyReport, { paint, width }: VerifyPage): string[] {
  const { states, events, verdict, machines } = agreement;
  if (verdict === "vacuous") return ["agreement  no machine in these systems, nothing to compare"];
  const word = inkOf(verdict, paint)(agreementWord(verdict));
  const compared = `compiled machines and XState's transition: ${word}`;
  const amount = `${thousands(events)} pairs of record and event, ${thousands(states)} records`;
  const differing = machines.filter(({ difference }) => difference !== null);
  return [
    `agreement  ${compared} on ${amount}`,
    ...differing.flatMap(({ machine, on, difference }) =>
      wrap(`${machine} on ${on}: ${difference ?? ""}`, "  ", width).map(paint.bad),
    ),
  ];
}

function agreementWord(verdict: VerifyReport["agreement"]["verdict"]): string {
  switch (verdict) {
    case "holds":
      return "equal";
    case "violated":
      return "different";
    case "vacuous":
      return "not compared";
    case "unknown":
      return "not compared to the end";
  }
}

function coverageSection({ coverage }: VerifyReport, page: VerifyPage): string[] {
  if (coverage.length === 0) return [];
  return ["coverage", ...coverage.flatMap((one) => coverageLines(one.system, one.coverage, page)), ""];
}

function searchSection({ searches }: VerifyReport, { paint, verbose }: VerifyPage): string[] {
  if (!verbose || searches.length === 0) return [];
  const rows = searches.map(({ on, purpose, statistics, complete, limit }) => [
    on,
    purpose === "" ? "state space" : purpose,
    thousands(statistics.distinctStates),
    thousands(statistics.transitions),
    String(statistics.depth),
    `${thousands(statistics.statesPerSecond)}/s`,
    complete ? "complete" : limit === null ? "ended at a breach" : limitText(limit),
  ]);
  const head = ["search", "of", "states", "transitions", "depth", "rate", "end"].map((title, index) => ({
    title: paint.dim(title),
    align: index >= 2 && index <= 5 ? ("right" as const) : ("left" as const),
  }));
  return [...tableLines(head, rows), ""];
}

/** Every mutant with the length of its shortest counterexample, when all is asked for. */
function mutantSection({ laws }: VerifyReport, { paint, verbose }: VerifyPage): string[] {
  const rows = laws.flatMap(({ id, mutants }) =>
    mutants.map(({ name, on, steps, states, caught }) => [
      `${id}~${slug(name)}`,
      on,
      caught ? counted(steps ?? 0, "step") : paint.bad("not caught"),
      thousands(states),
    ]),
  );
  if (!verbose || rows.length === 0) return [];
  const head = ["mutant", "on", "caught in", "states"].map((title, index) => ({
    title: paint.dim(title),
    align: index >= 2 ? ("right" as const) : ("left" as const),
  }));
  return [...tableLines(head, rows), ""];
}

function totalsLines({ totals, seconds, jobs, bounds }: VerifyReport): string[] {
  const { distinctStates, transitions, peakRssBytes } = totals;
  const explored = `${counted(distinctStates, "distinct state")}, ${counted(transitions, "transition")}`;
  return [
    `total      ${explored}, bounds ${bounds}, ${duration(seconds)} in ${counted(jobs, "thread")}, ` +
      `peak ${bytes(peakRssBytes)}`,
  ];
}

function violations({ laws, bounds }: VerifyReport, page: VerifyPage): string[] {
  return laws.flatMap((law) =>
    law.checked.flatMap(({ counterexample }) =>
      counterexample === null ? [] : [counterexampleText(counterexample, law, page, { bounds })],
    ),
  );
}

/** Breaches of a running program or of source code: they have no trace of a model. */
function breachesOutside({ laws }: VerifyReport, { paint, width }: VerifyPage): string[] {
  return laws.flatMap(({ id, statement, judged }) =>
    judged.flatMap(({ on, scope, breach, replay, mutants }) => [
      ...(breach === null
        ? []
        : [
            paint.bad(`${id} violated: ${statement}`),
            ...wrap(`${on}, ${scope}`, "  on      ", width),
            ...breach.split("\n").flatMap((line) => wrap(line, "  breach  ", width)),
            ...(replay === null ? [] : [`  replay  ${replay}`]),
            "",
          ]),
      ...mutants
        .filter(({ caught }) => !caught)
        .flatMap(({ name, change }) => [
          paint.bad(`${id} misses ${name}, broken on purpose`),
          ...wrap(change, "  changed  ", width),
          `  looked   on ${on}, ${scope}`,
          "",
        ]),
    ]),
  );
}

function survivors({ laws }: VerifyReport, { paint, width }: VerifyPage): string[] {
  return laws.flatMap((law) =>
    law.mutants
      .filter(({ caught, limit }) => !caught && limit === null)
      .flatMap(({ name, change, on, states }) => [
        paint.bad(`${law.id} misses mutant ${name}`),
        ...wrap(change, "  changed  ", width),
        `  looked   on ${on}, ${counted(states, "state")}, all of them`,
        "",
      ]),
  );
}

/** Lines about what was not decided, when not all of them are asked for. */
const undecidedMax = 12;

/** Vacuous checks by name; what was not decided, and why. */
function undecided({ laws, interrupted }: VerifyReport, { paint, verbose }: VerifyPage): string[] {
  const checks = laws.flatMap(({ id, checked }) =>
    checked.map(({ on, clause, verdict, limit }) => {
      const place = `${id}${clause === null ? "" : ` (${clause})`} on ${on}`;
      return { place, verdict, limit };
    }),
  );
  const mutants = laws.flatMap((law) =>
    law.mutants
      .filter(({ caught, limit }) => !caught && limit !== null)
      .map(({ name, limit }) => ({ place: `${law.id} on mutant ${name}`, limit })),
  );
  const vacuous = checks
    .filter(({ verdict }) => verdict === "vacuous")
    .map(({ place }) => paint.bad(`${place}: vacuous, no state in which it bites was reached`));
  const unknown = [...checks.filter(({ verdict }) => verdict === "unknown"), ...mutants].map(
    ({ place, limit }) => paint.warn(`${place}: unknown${reasonText(limit, interrupted)}`),
  );
  const shown = verbose ? unknown : unknown.slice(0, undecidedMax);
  const rest = unknown.length - shown.length;
  const more = rest === 0 ? [] : [paint.dim(`${rest} more unknown with --verbose`)];
  const lines = [...vacuous, ...shown, ...more];
  return lines.length === 0 ? [] : [...lines, ""];
}

/** The time limit of the whole run stops its searches from outside, as Ctrl-C does. */
function reasonText(limit: LimitReached | null, interrupted: boolean): string {
  if (limit === null) return "";
  return limit.limit === "interrupted" && !interrupted ? ", the time was up" : `, ${limitText(limit)}`;
}

export function verdictLine(report: VerifyReport, { paint }: Pick<VerifyPage, "paint">): string {
  const { verdict, totals, laws, interrupted } = report;
  const { holding, pending, distinctStates, caught, mutants } = totals;
  const checked = totals.laws - pending;
  const blamed = laws.filter(({ status }) => status === verdict).map(({ id }) => id);
  const of =
    holding === checked ? counted(holding, "law") : `${holding} of ${counted(checked, "law")} hold`;
  const named = verdict === "holds" || blamed.length === 0 ? "" : `${blamed.join(", ")}; `;
  const parts = [
    `${named}${of} on ${counted(distinctStates, "state")}`,
    `${caught} of ${counted(mutants, "mutant")} caught`,
    ...(pending === 0 ? [] : [`${counted(pending, "law")} ${whyPending(report)}`]),
  ];
  const word = verdict === "survived" ? "mutant survived" : verdict;
  const stopped = interrupted ? ", interrupted" : "";
  return inkOf(verdict, paint)(`${word}: ${parts.join(", ")}${agreementNote(report)}${stopped}`);
}

/** What to do about the laws that nobody was asked. */
function whyPending({ bounds, laws }: VerifyReport): string {
  if (bounds === "small") return `judged ${laterWord}`;
  const pending = laws.filter(({ status }) => status === "not-yet-checked");
  const aboutSources = pending.every(({ subject }) => subject === "surface");
  return aboutSources ? "about source code not judged here, see `leasehold lint`" : "not yet checked here";
}

/** Said only when something is wrong with it. */
function agreementNote({ agreement }: VerifyReport): string {
  switch (agreement.verdict) {
    case "holds":
    case "vacuous":
      return "";
    case "violated":
      return ", compiled machines differ from XState's transition";
    case "unknown":
      return `, agreement with XState's transition ${agreementWord(agreement.verdict)}`;
  }
}
