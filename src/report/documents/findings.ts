/**
 * What a verify run found, without times and without anything that differs from machine to machine: the one
 * generated file of the documents that only a search can make. Every page is made from it and the sources.
 *
 * Counterexamples are kept as paths. Reading them back replays each on the models as they are now; a path that
 * does not breach its law any more is an error, never a page.
 */
import { z } from "zod";

import type { Subject } from "../../../laws/law.js";
import type { Counterexample } from "../../checker/index.js";
import type { Judged } from "../../verify/judged.js";
import type { CheckReport, LawReport, MutantReport, VerifyReport } from "../../verify/result.js";
import { counted } from "../numbers.js";

const count = z.int().min(0);
const path = z.array(count).readonly();
const verdict = z.enum(["holds", "violated", "vacuous", "unknown"]);
const kind = z.enum(["invariant", "step", "response", "convergence", "hyper"]);

/** Where it was found, and the path; `check` is the clause's place, told apart by kind and clause. */
const foundPath = z.strictObject({ kind, clause: z.string().nullable(), path });

const checkFinding = z.strictObject({
  on: z.string(),
  kind,
  clause: z.string().nullable(),
  verdict,
  states: count,
  witness: path.nullable(),
});

const mutantFinding = z.strictObject({
  name: z.string(),
  on: z.string(),
  steps: count.nullable(),
  states: count,
  found: foundPath.nullable(),
});

const judgedFinding = z.strictObject({
  law: z.string(),
  on: z.string(),
  verdict,
  scope: z.string(),
  judged: count,
  breach: z.string().nullable(),
  replay: z.string().nullable(),
  mutants: z
    .array(z.strictObject({ name: z.string(), change: z.string(), caught: z.boolean() }))
    .readonly(),
});

const lawFinding = z.strictObject({
  id: z.string(),
  status: z.union([verdict, z.enum(["survived", "not-yet-checked"])]),
  checked: z.array(checkFinding).readonly(),
  mutants: z.array(mutantFinding).readonly(),
  judged: z.array(judgedFinding).readonly(),
});

const searchFinding = z.strictObject({
  on: z.string(),
  purpose: z.string(),
  parameters: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
  complete: z.boolean(),
  transitions: count,
  levels: z.array(count).readonly(),
});

const machineFinding = z.strictObject({
  machine: z.string(),
  pairs: count,
  taken: z.array(count).readonly(),
  oneSided: z.array(z.string()).readonly(),
});

export const findings = z.strictObject({
  leasehold: z.literal("findings"),
  version: z.literal(1),
  verdict: z.union([verdict, z.literal("survived")]),
  bounds: z.enum(["small", "default", "deep"]),
  laws: z.array(lawFinding).readonly(),
  searches: z.array(searchFinding).readonly(),
  agreement: z.strictObject({ verdict, states: count, events: count }),
  coverage: z
    .array(
      z.strictObject({
        system: z.string(),
        machines: z.array(machineFinding).readonly(),
        unreachedActions: z.array(z.string()).readonly(),
      }),
    )
    .readonly(),
});
export type Findings = Readonly<z.infer<typeof findings>>;
export type LawFinding = Findings["laws"][number];

/** Why a report makes no documents; null when it does. A search that was cut short found nothing to print. */
export function unfinished({ interrupted, searches }: VerifyReport): string | null {
  if (interrupted) return "the run was interrupted";
  const cut = searches.find(({ limit }) => limit !== null);
  return cut === undefined ? null : `the search of ${cut.on} reached a limit`;
}

export function findingsOf(report: VerifyReport): Findings {
  const { verdict: whole, bounds, laws, searches, agreement, coverage } = report;
  const parsed: unknown = {
    leasehold: "findings",
    version: 1,
    verdict: whole,
    bounds,
    laws: laws.map(lawFindingOf),
    searches: searches.map(({ on, purpose, parameters, complete, statistics }) => {
      const { transitions, levels } = statistics;
      return { on, purpose, parameters, complete, transitions, levels };
    }),
    agreement: { verdict: agreement.verdict, states: agreement.states, events: agreement.events },
    coverage: coverage.map(({ system, coverage: found }) => ({
      system,
      machines: found.machines.map(({ machine, pairs, transitions, oneSided }) => ({
        machine,
        pairs,
        taken: transitions.map(({ taken }) => taken),
        oneSided,
      })),
      unreachedActions: found.unreachedActions,
    })),
  };
  return findings.parse(parsed);
}

function lawFindingOf({ id, subject, status, checked, mutants, judged }: LawReport): unknown {
  return {
    id,
    status,
    judged: judged.map((one) => judgedFindingOf(one, subject)),
    checked: checked.map((check: CheckReport) => {
      const { on, clause, verdict: word, states, witness } = check;
      return { on, kind: check.kind, clause, verdict: word, states, witness: witness ?? null };
    }),
    mutants: mutants.map(({ name, on, steps, states, counterexample }: MutantReport) => ({
      name,
      on,
      steps,
      states,
      found: counterexample === null ? null : pathOf(counterexample),
    })),
  };
}

/** How many files a lint has read changes with every new file: the places it found say enough. */
function judgedFindingOf({ law, on, verdict: word, scope, judged, breach, replay, mutants }: Judged, subject: Subject): unknown {
  const looked = subject === "surface" ? counted(judged, "listed write") : scope;
  return { law, on, verdict: word, scope: looked, judged, breach, replay, mutants };
}

function pathOf({ kind: of, clause, path: ids }: Counterexample): unknown {
  return { kind: of, clause, path: ids };
}

/** One law a line of its own parts, so that a change of one is a small difference. */
export function findingsText(found: Findings): string {
  const { laws, searches, coverage, ...rest } = found;
  const list = (items: readonly unknown[]): string => items.map((one) => `    ${JSON.stringify(one)}`).join(",\n");
  const law = (one: LawFinding): string => {
    const { checked, mutants, judged, ...head } = one;
    const lines = (parts: readonly unknown[]): string =>
      parts.length === 0 ? "[]" : `[\n${parts.map((part) => `      ${JSON.stringify(part)}`).join(",\n")}\n    ]`;
    const opening = JSON.stringify(head).slice(0, -1);
    return [
      `    ${opening},`,
      `    "checked": ${lines(checked)},`,
      `    "mutants": ${lines(mutants)},`,
      `    "judged": ${lines(judged)}}`,
    ].join("\n");
  };
  return [
    `${JSON.stringify(rest, null, 2).slice(0, -2)},`,
    `  "laws": [\n${laws.map(law).join(",\n")}\n  ],`,
    `  "searches": [\n${list(searches)}\n  ],`,
    `  "coverage": [\n${list(coverage)}\n  ]\n}\n`,
  ].join("\n");
}

