/** The index of the laws by subject, and the table of what closes each one. */
import type { Closure, Place } from "../../../laws/closure.js";
import { type Law, isPending, placeOf } from "../../../laws/law.js";
import { worst } from "../../checker/index.js";
import type { LawReport } from "../../verify/result.js";
import { thousands } from "../numbers.js";
import { reportOn } from "./law-page.js";
import { code, list, note, page, prose, section, table } from "./markdown.js";
import { type DocumentSource, lawFile, subjectTitles, subjectsOf } from "./source.js";
import { statusWord } from "./status.js";

const link = ({ id }: Law): string => `[${id}](${lawFile(id)})`;

export function lawIndex(source: DocumentSource): string {
  const { laws, report } = source;
  const { totals, bounds } = report;
  const summary =
    `${totals.holding} of ${totals.laws} laws hold on ${thousands(totals.distinctStates)} distinct states ` +
    `(bounds ${code(bounds)}); ${totals.caught} of ${totals.mutants} mutants are caught. ` +
    "A law holds only if it was seen to bite and if it fails on each of its mutants.";
  return page(
    "# Laws",
    summary,
    "What closes each law besides its model stands in the [closure table](closure.md); the machines that they " +
      "constrain are [drawn and listed](../machines/README.md).",
    ...subjectsOf(laws).map((subject) =>
      section(
        subjectTitles[subject],
        table(
          ["law", "statement", "status", "checked on"],
          laws.filter((law) => law.subject === subject).map((law) => indexRow(law, source)),
        ),
      ),
    ),
    section("Systems they are checked on", systemsTable(source)),
    note,
  );
}

function indexRow(law: Law, source: DocumentSource): readonly string[] {
  const { status } = reportOn(law, source);
  const places = isPending(law) ? [] : [...new Set(law.checks.map(placeOf))];
  return [`${link(law)} ${law.title}`, prose(law.statement), statusWord(status), places.map(code).join("<br>")];
}

function systemsTable({ systems, report }: DocumentSource): string {
  const rows = systems.flatMap(({ name, title, configurations }) =>
    configurations.map((one) => {
      const on = one.name === "" ? name : `${name}/${one.name}`;
      const search = report.searches.find((found) => found.on === on && found.purpose === "");
      const states = search === undefined ? "" : thousands(search.statistics.distinctStates);
      const depth = search === undefined ? "" : String(search.statistics.depth);
      return [code(on), title, prose(one.purpose), states, depth];
    }),
  );
  return table(["system", "title", "purpose of the configuration", "states", "depth"], rows);
}

/** Law × what it is closed by. */
export function closureTable(source: DocumentSource): string {
  const { laws } = source;
  const rows = laws.map((law) => closureRow(law, source));
  const meanings = [
    "**document**: its page.",
    "**model**: its verdict on every state of its models within the bounds, and the mutants that were caught; or " +
      "why no model decides it.",
    "**implementation**: the programs that the conformance kit asks it of, the tests that judge running code, and " +
      "*audit* where `leasehold audit` judges recorded logs by it.",
    "**run time**: the files that keep it while a program runs.",
    "**lint**: the surface laws that close it in source code; or why there is no rule.",
  ];
  return page(
    "# Closure table",
    "[All laws](README.md)",
    "What stands behind each law.",
    list(meanings),
    table(["law", "document", "model", "implementation", "run time", "lint"], rows),
    note,
  );
}

function closureRow(law: Law, source: DocumentSource): readonly string[] {
  const closure = source.closures[law.id];
  return [
    `${link(law)} ${law.title}`,
    `[page](${lawFile(law.id)})`,
    modelCell(law, reportOn(law, source)),
    implementationCell(law, reportOn(law, source), closure?.judgedBy ?? []),
    names(closure?.defended ?? []).join("<br>"),
    lintCell(law, closure?.surface ?? []),
  ];
}

function modelCell(law: Law, { checked, mutants }: LawReport): string {
  if (isPending(law)) return law.subject === "surface" ? "*none: it is about source code*" : "*none: it is about programs*";
  const verdict = worst(checked.map((one) => one.verdict));
  return `${verdict}, ${mutants.filter((one) => one.caught).length}/${mutants.length} mutants`;
}

function implementationCell(law: Law, { judged }: LawReport, judgedBy: readonly Place[]): string {
  const asked = judged.map(({ on, verdict }) => `${prose(on)}: ${verdict}`);
  const audited = (law.history ?? []).length === 0 ? [] : ["*audit*"];
  return [...asked, ...names(judgedBy), ...audited].join("<br>");
}

function lintCell({ subject }: Law, surface: Closure["surface"]): string {
  if (typeof surface !== "string") return surface.map((id) => `[${id}](${lawFile(id)})`).join(", ");
  return subject === "surface" ? prose(surface) : `*none: ${prose(surface)}*`;
}

/** Names of files without their folders, each once. */
function names(places: readonly Place[]): readonly string[] {
  return [...new Set(places.map(({ file }) => code(file.split("/").at(-1) ?? file)))];
}
