/**
 * A counterexample in the Informal Trace Format of Apalache and Quint, for their trace viewers.
 *
 * Integers are `#bigint`, as the format's revision of 2023 demands. It has no null: null is written as
 * unserializable. The action taken and its arguments use the variable names of Quint. Scripts behind the
 * path are left out: the format has no branches.
 */
import type { Counterexample, TraceStep } from "../checker/index.js";

type ItfValue = string | boolean | readonly ItfValue[] | { readonly [key: string]: ItfValue };

export interface ItfTrace {
  readonly "#meta": Readonly<Record<string, ItfValue>>;
  readonly vars: readonly string[];
  readonly states: readonly Readonly<Record<string, unknown>>[];
}

const actionTaken = "mbt::actionTaken";
const picks = "mbt::nondetPicks";

export function itfTrace(found: Counterexample): ItfTrace {
  const fields = new Set(found.steps.flatMap(({ state }) => Object.keys(recordOf(state))));
  return {
    "#meta": {
      format: "ITF",
      "format-description": "https://apalache-mc.org/docs/adr/015adr-trace.html",
      source: found.on,
      status: "violation",
      description: `${found.law}: ${found.breach}`,
      ...(found.mutant === null ? {} : { mutant: found.mutant }),
    },
    vars: [...fields, actionTaken, picks],
    states: found.steps.map(itfState),
  };
}

function itfState(step: TraceStep): Readonly<Record<string, unknown>> {
  const values = Object.entries(recordOf(step.state)).map(
    ([key, value]) => [key, itfValue(value)] as const,
  );
  return {
    "#meta": { index: step.index },
    ...Object.fromEntries(values),
    [actionTaken]: step.name,
    [picks]: itfValue(step.args),
  };
}

function itfValue(value: unknown): ItfValue {
  if (typeof value === "string" || typeof value === "boolean") return value;
  if (typeof value === "number" && Number.isInteger(value)) return { "#bigint": value.toString() };
  if (Array.isArray(value)) return value.map(itfValue);
  if (typeof value === "object" && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, itfValue(part)]));
  }
  return { "#unserializable": String(value) };
}

function recordOf(state: unknown): Readonly<Record<string, unknown>> {
  return typeof state === "object" && state !== null
    ? (state as Readonly<Record<string, unknown>>)
    : { state };
}
