/** The index of the laws by subject, and the table of what closes each one. */
import { type Law, isPending, placeOf } from "../../../laws/law.js";
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
    `What closes each law besides its model stands in the [closure table](closure.md); the machines that they ` +
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
    "**document**: it has a page.",
    "**model**: it was checked on every state of a model within the bounds, and its mutants were caught.",
    "**implementation**: tests judge the running code by it, or a recorded log is judged by it (history).",
    "**run time**: code that runs defends it and names it.",
    "**lint**: a surface law closes it in source code, or it is one.",
  ];
  return page(
    "# Closure table",
    "[All laws](README.md)",
    "What stands behind each law. An empty cell says that nothing does.",
    list(meanings),
    table(["law", "document", "model", "implementation", "run time", "lint"], rows),
    note,
  );
}

function closureRow(law: Law, source: DocumentSource): readonly string[] {
  const report = reportOn(law, source);
  const { defended = [], judgedBy = [], surface = [] } = source.closures[law.id] ?? {};
  const caught = report.mutants.filter((one) => one.caught).length;
  const model = isPending(law) ? "" : `${statusWord(report.status)}, ${caught}/${report.mutants.length} mutants`;
  const names = [...judgedBy.map(baseName), ...report.judged.map(({ on }) => on)];
  const history = (law.history ?? []).length === 0 ? [] : ["history"];
  return [
    `${link(law)} ${law.title}`,
    "page",
    model,
    [...names.map(code), ...history].join("<br>"),
    [...new Set(defended.map(({ file }) => code(baseName(file))))].join("<br>"),
    law.subject === "surface" ? "it is one" : surface.map((id) => `[${id}](${lawFile(id)})`).join(", "),
  ];
}

function baseName(path: string): string {
  return path.split("/").at(-1) ?? path;
}
