/** Which checks an exploration runs, and which of their verdicts it may judge. */
import { type Check, type Law, isPending, placeOf } from "../../laws/law.js";
import type { System } from "../../spec/kernel/index.js";
import type { CheckRequest, Verdict } from "../checker/index.js";
import { configurationNamed, findLaw, laws } from "./catalogue.js";
import { UsageError } from "./exit.js";

/** What was asked for that bears on the checks. */
export interface RequestFlags {
  readonly configuration?: string;
  readonly symmetry?: true;
  readonly law?: readonly string[];
}

/** A law that has checks on the system which were not run or not judged. */
export interface Left {
  readonly id: string;
  readonly reason: string;
}

export interface Requests {
  readonly space: readonly CheckRequest[];
  /** Each is searched alone. */
  readonly responses: readonly CheckRequest[];
  readonly left: readonly Left[];
}

/**
 * Invariants and steps of every law of the system; of laws that are named, all checks. A check that several
 * configurations share runs once.
 */
export function requestsFor(system: System, flags: RequestFlags): Requests {
  const named = flags.law?.map((id) => findLaw(id));
  const space: CheckRequest[] = [];
  const responses: CheckRequest[] = [];
  const left: Left[] = [];
  for (const law of named ?? laws) {
    const checks = checksOn(law, system, flags);
    if (named !== undefined && checks.length === 0) throw new UsageError(notCheckedOn(law, system));
    checks.forEach((check, place) => {
      const request = { key: `${law.id}#${place}`, law: law.id, check };
      const plain = check.kind === "invariant" || check.kind === "step";
      if (named === undefined && !plain) return;
      if (flags.symmetry === true && (check.symmetric === false || check.kind === "response")) {
        left.push({ id: law.id, reason: "it tells the ids apart, and the search treats them alike" });
      } else if (check.kind === "response") responses.push(request);
      else space.push(request);
    });
  }
  return { space, responses, left };
}

/**
 * Parts requests by what can be said of them: a check of another configuration than the one asked for may well
 * find nothing to bite on here, and is then no vacuous law.
 */
export function judged(
  system: System,
  requests: Requests,
  verdictOf: (key: string) => Verdict | undefined,
  flags: RequestFlags,
): { readonly checks: readonly CheckRequest[]; readonly left: readonly Left[] } {
  const all = [...requests.space, ...requests.responses];
  const elsewhere = all.filter(
    ({ key, check }) => verdictOf(key) === "vacuous" && !belongs(system, check, flags),
  );
  const left = elsewhere.map(({ law, check }) => ({
    id: law,
    reason: `no state in which it bites was reached; it is checked on ${placeOf(check)}`,
  }));
  return {
    checks: all.filter((request) => !elsewhere.includes(request)),
    left: [...requests.left, ...left],
  };
}

/** A named law is always judged, and so is every law when no configuration is asked for. */
function belongs(system: System, check: Check, { configuration, law }: RequestFlags): boolean {
  if (configuration === undefined || law !== undefined) return true;
  return configurationNamed(system, check.configuration).name === configuration;
}

/** Checks of the configuration asked for first, so that they stand for their twins. */
function checksOn(law: Law, system: System, flags: RequestFlags): readonly Check[] {
  const checks = law.checks.filter((check) => check.system.name === system.name);
  const own = checks.filter((check) => belongs(system, check, flags));
  const ordered = [...own, ...checks.filter((check) => !own.includes(check))];
  return ordered.filter((check, place) => ordered.findIndex((other) => areTwins(check, other)) === place);
}

/** The same check, stated for several configurations. */
function areTwins(a: Check, b: Check): boolean {
  const parts = (check: Check): Readonly<Record<string, unknown>> => ({ ...check, configuration: null });
  const [left, right] = [parts(a), parts(b)];
  const keys = new Set([...Object.keys(left), ...Object.keys(right)]);
  return [...keys].every((key) => left[key] === right[key]);
}

function notCheckedOn(law: Law, system: System): string {
  const places = isPending(law)
    ? "not yet checked here"
    : `checked on ${[...new Set(law.checks.map(placeOf))].join(", ")}`;
  return `law ${law.id} is not checked on ${system.name}; it is ${places}.`;
}
