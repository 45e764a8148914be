/** The file `leasehold replay FILE` takes: enough to replay, and the trace for readers of the file. */
import { z } from "zod";

import type { Counterexample, TraceStep } from "../checker/index.js";

/** Longest path a file may carry. */
const pathMax = 100_000;

const path = z.array(z.int().min(0)).min(1).max(pathMax);
const value = z.union([z.string(), z.number(), z.boolean(), z.null()]);

const stepRecord = z.looseObject({
  index: z.int().min(0),
  action: z.string(),
  changes: z.array(z.looseObject({ field: z.string() })),
});

export const counterexampleFile = z.strictObject({
  leasehold: z.literal("counterexample"),
  version: z.literal(1),
  law: z.string().min(1),
  clause: z.string().nullable().optional(),
  mutant: z.string().nullable(),
  /** `system` or `system/configuration`. */
  on: z.string().min(1),
  parameters: z.record(z.string(), value),
  path,
  /** Scripts compared at the end of the path. */
  scripts: z
    .array(z.strictObject({ label: z.string(), path: z.array(z.int().min(0)).max(pathMax) }))
    .optional(),
  breach: z.string(),
  steps: z.array(stepRecord).max(pathMax),
});
export type CounterexampleFile = z.infer<typeof counterexampleFile>;

export function counterexampleJson(found: Counterexample): CounterexampleFile {
  const { law, clause, mutant, on, parameters, path: ids, branches, breach, steps } = found;
  const scripts = branches.map(({ label, path: script }) => ({ label, path: [...script] }));
  return counterexampleFile.parse({
    leasehold: "counterexample",
    version: 1,
    law,
    ...(clause === null ? {} : { clause }),
    mutant,
    on,
    parameters,
    path: [...ids],
    ...(scripts.length === 0 ? {} : { scripts }),
    breach,
    steps: steps.map(stepJson),
  });
}

function stepJson({ index, action, changes, effects }: TraceStep): CounterexampleFile["steps"][number] {
  return {
    index,
    action,
    // A field that is not there has no value; it is left out of the file as well.
    changes: changes.map(({ field, from, to }) => ({
      field,
      ...(from === undefined ? {} : { from }),
      ...(to === undefined ? {} : { to }),
    })),
    ...(effects.length === 0 ? {} : { effects: [...effects] }),
  };
}
