/** Which models a replay can mean: the law, its mutant, the systems and configurations it is checked on. */
import { type Check, type Law, type Mutant, isPending, placeOf } from "../../laws/law.js";
import type { Bounds, Parameters, System } from "../../spec/kernel/index.js";
import { type CounterexampleFile, type ReplayLine, slug } from "../report/index.js";
import { configurationNamed, findLaw, findPlace } from "./catalogue.js";
import { UsageError } from "./exit.js";
import { checked, parametersOf } from "./parameters.js";

/** One model and the check to look at on it. */
export interface Candidate {
  readonly law: Law;
  readonly mutant: Mutant | null;
  readonly check: Check;
  readonly on: string;
  readonly system: System;
  readonly parameters: Parameters;
}

export interface ReplayPlace {
  readonly on?: string;
  readonly bounds?: Bounds;
  readonly set?: readonly string[];
}

/** Bounds in the order in which a line without bounds is tried. */
const boundsTried: readonly Bounds[] = ["default", "small", "deep"];

export function candidatesOfLine(line: ReplayLine, place: ReplayPlace): readonly Candidate[] {
  const law = findLaw(line.law);
  const mutant = line.mutant === null ? null : findMutant(law, line.mutant);
  const named = place.on === undefined ? null : findPlace(place.on);
  const scales = place.bounds === undefined ? boundsTried : [place.bounds];
  const checks = checksFor(law, mutant, named?.system ?? null);
  return scales.flatMap((bounds) =>
    checks.map((check) => {
      const system = mutant?.system ?? check.system;
      const wanted = named?.configuration ?? mutant?.configuration ?? check.configuration;
      const configuration = configurationNamed(system, wanted);
      // Parameters set on a bare system start from its defaults, as in `explore`.
      const bare = named !== null && named.configuration === null && place.set !== undefined;
      const parameters = parametersOf(system, bare ? {} : configuration.bounds[bounds], place.set ?? []);
      return {
        law,
        mutant,
        check,
        on: placeOf({ system, configuration: bare ? "" : configuration.name }),
        system,
        parameters,
      };
    }),
  );
}

export function candidatesOfFile(file: CounterexampleFile): readonly Candidate[] {
  const law = findLaw(file.law);
  const mutant = file.mutant === null ? null : findMutant(law, slug(file.mutant));
  const { system } = findPlace(file.on);
  const parameters = checked(system, file.parameters);
  const all = checksFor(law, mutant, system);
  const ofClause = all.filter(({ clause }) => (clause ?? null) === (file.clause ?? null));
  const checks = ofClause.length === 0 ? all : ofClause;
  return checks.map((check) => ({
    law,
    mutant,
    check,
    on: file.on,
    system: mutant?.system ?? system,
    parameters,
  }));
}

function checksFor(law: Law, mutant: Mutant | null, system: System | null): readonly Check[] {
  if (isPending(law)) throw new UsageError(`law ${law.id} is not yet checked here: ${law.pending}`);
  const wanted = mutant?.system ?? system;
  const checks =
    wanted === null ? law.checks : law.checks.filter((check) => check.system.name === wanted.name);
  if (checks.length > 0) return checks;
  const places = [...new Set(law.checks.map(placeOf))].join(", ");
  throw new UsageError(
    `law ${law.id} is not checked on ${wanted?.name ?? "any system"}; it is checked on ${places}.`,
  );
}

function findMutant(law: Law, wanted: string): Mutant {
  const found = law.mutants.find(({ name }) => slug(name) === wanted);
  if (found !== undefined) return found;
  const known = law.mutants.map(({ name }) => slug(name));
  const list = known.length === 0 ? "it has none" : `it has ${known.join(", ")}`;
  throw new UsageError(`law ${law.id} has no mutant "${wanted}"; ${list}.`);
}
