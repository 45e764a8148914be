/** The laws as text and as JSON: all in a table, or one in full. No verdicts: nothing is checked here. */
import { type Law, type SourceMutant, isPending, placeOf } from "../../laws/law.js";
import type { Page } from "./counterexample.js";
import { slug } from "./replay-line.js";
import { tableLines } from "./table.js";
import { wrap } from "./text.js";

export function lawsText(laws: readonly Law[], { paint }: Page): string {
  const rows = laws.map((law) => {
    if (isPending(law)) {
      const mutants = sourceMutantsOf(law).length;
      return [law.id, law.title, law.subject, "not yet checked here", mutants === 0 ? "" : String(mutants)].map(paint.dim);
    }
    const places = [...new Set(law.checks.map(placeOf))];
    return [law.id, law.title, law.subject, places.join("\n"), String(law.mutants.length)];
  });
  const head = ["law", "claim", "subject", "checked on", "mutants"].map((title) => paint.dim(title));
  const columns = head.map((title, index) =>
    index === 4 ? { title, align: "right" as const } : { title },
  );
  return [...tableLines(columns, rows), ""].join("\n");
}

export function lawText(law: Law, { paint, width }: Page): string {
  return [
    paint.bold(`${law.id} ${law.title}`),
    "",
    ...wrap(law.statement, "  ", width),
    "",
    `  formal   ${law.formal}`,
    ...wrap(law.why, "  why      ", width),
    `  subject  ${law.subject}`,
    "",
    ...(isPending(law) ? pendingLines(law.pending, width) : checkedLines(law, width)),
    ...sourceMutantLines(law, width),
    "",
  ].join("\n");
}

/** Changes of source code that the lint has to catch; a law of another subject has none. */
function sourceMutantsOf(law: Law): readonly SourceMutant[] {
  return "sourceMutants" in law ? law.sourceMutants : [];
}

function sourceMutantLines(law: Law, width: number): string[] {
  const mutants = sourceMutantsOf(law);
  if (mutants.length === 0) return [];
  return [
    "",
    "  mutants the lint must catch",
    ...mutants.flatMap(({ name, change, file }) => [
      `    ${law.id}~${slug(name)} in ${file}`,
      ...wrap(change, "      ", width),
    ]),
  ];
}

function pendingLines(pending: string, width: number): string[] {
  return ["  not yet checked here", ...wrap(pending, "  needs    ", width)];
}

function checkedLines(law: Exclude<Law, { pending: string }>, width: number): string[] {
  return [
    "  checked on",
    ...law.checks.map((check) => {
      const clause = check.clause === undefined ? "" : `  ${check.clause}`;
      return `    ${placeOf(check)}  ${check.kind}${clause}`;
    }),
    "",
    "  mutants it must catch",
    ...law.mutants.flatMap((mutant) => [
      `    ${law.id}~${slug(mutant.name)} on ${placeOf(mutant)}`,
      ...wrap(mutant.change, "      ", width),
    ]),
  ];
}

export function lawJson(law: Law) {
  const { id, title, subject, statement, formal, why } = law;
  return {
    id,
    title,
    subject,
    statement,
    formal,
    why,
    pending: isPending(law) ? law.pending : null,
    checks: law.checks.map((check) => ({
      on: placeOf(check),
      kind: check.kind,
      clause: check.clause ?? null,
    })),
    mutants: [
      ...law.mutants.map((mutant) => ({
        name: mutant.name,
        change: mutant.change,
        on: placeOf(mutant),
      })),
      ...sourceMutantsOf(law).map(({ name, change, file }) => ({ name, change, on: file })),
    ],
  };
}
