/** The plan: which searches answer which checks of which laws. Tasks are plain data, so that a thread can take one. */
import { type Check, type Law, isPending } from "../../laws/law.js";
import type { Configuration, System } from "../../spec/kernel/index.js";

/** A check of a law by its place in the law's list. */
export interface CheckRef {
  readonly law: string;
  readonly check: number;
}

/**
 * `space`: all checks of one configuration but responses, and the agreement of its machines. `response`: one
 * response check. `mutant`: one mutant of one law.
 */
export type Task =
  | {
      readonly kind: "space" | "response";
      readonly system: string;
      readonly configuration: string;
      readonly checks: readonly CheckRef[];
    }
  | { readonly kind: "mutant"; readonly law: string; readonly mutant: number };

/** A short name for progress lines. */
export function taskName(task: Task): string {
  if (task.kind === "mutant") return `${task.law} mutant ${task.mutant + 1}`;
  return `${task.kind} ${task.system}${task.configuration === "" ? "" : `/${task.configuration}`}`;
}

export function plan(laws: readonly Law[], systems: readonly string[] | null): Task[] {
  const wanted = (system: System): boolean => systems === null || systems.includes(system.name);
  const spaces = new Map<string, { system: string; configuration: string; checks: CheckRef[] }>();
  const responses: Task[] = [];
  const mutants: Task[] = [];
  for (const law of laws) {
    if (isPending(law)) continue;
    law.checks.forEach((check, index) => {
      if (!wanted(check.system)) return;
      const configuration = configurationOf(check).name;
      const ref = { law: law.id, check: index };
      const place = { system: check.system.name, configuration };
      const key = `${place.system}/${place.configuration}`;
      const group = spaces.get(key) ?? { ...place, checks: [] };
      spaces.set(key, group);
      if (check.kind === "response") responses.push({ kind: "response", ...place, checks: [ref] });
      else group.checks.push(ref);
    });
    law.mutants.forEach((mutant, index) => {
      if (wanted(mutant.system)) mutants.push({ kind: "mutant", law: law.id, mutant: index });
    });
  }
  const groups = [...spaces.values()];
  return [
    ...groups.map(({ system, configuration, checks }): Task => ({ kind: "space", system, configuration, checks })),
    ...responses,
    ...mutants,
  ];
}

/** The configuration a check or a mutant names; the system's first when it names none. */
export function configurationOf(place: Pick<Check, "system" | "configuration">): Configuration {
  const { system, configuration } = place;
  const found =
    configuration === undefined
      ? system.configurations[0]
      : system.configurations.find(({ name }) => name === configuration);
  if (found !== undefined) return found;
  const known = system.configurations.map(({ name }) => name).join(", ");
  throw new RangeError(`system ${system.name} has no configuration "${String(configuration)}", it has ${known}`);
}
