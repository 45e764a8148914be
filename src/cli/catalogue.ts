/** Looking up laws, systems and configurations by name; an unknown name is one clear error. */
import { type Law, laws } from "../../laws/index.js";
import type { Configuration, System } from "../../spec/kernel/index.js";
import { systems } from "../../spec/systems/index.js";
import { UsageError } from "./exit.js";
import { nearest } from "./suggest.js";

export { laws };

export function findLaw(id: string): Law {
  return found("law", id, laws, (law) => law.id);
}

export function findSystem(name: string): System {
  return found("system", name, systems, (system) => system.name);
}

export function findConfiguration(system: System, name: string): Configuration {
  return found(`configuration of ${system.name}`, name, system.configurations, (one) => one.name);
}

/** The configuration that a check or a mutant names; the first when it names none. */
export function configurationNamed(system: System, name: string | undefined): Configuration {
  const first = system.configurations[0];
  if (name === undefined && first !== undefined) return first;
  return findConfiguration(system, name ?? "");
}

/** `worker-plane/one-lease` as its system and the name of its configuration, if one is named. */
export function findPlace(place: string): {
  readonly system: System;
  readonly configuration: string | null;
} {
  const slash = place.indexOf("/");
  if (slash === -1) return { system: findSystem(place), configuration: null };
  const system = findSystem(place.slice(0, slash));
  return { system, configuration: findConfiguration(system, place.slice(slash + 1)).name };
}

function found<T>(what: string, name: string, all: readonly T[], nameOf: (one: T) => string): T {
  const one = all.find((candidate) => nameOf(candidate) === name);
  if (one !== undefined) return one;
  const names = all.map(nameOf).filter((known) => known !== "");
  const known = names.length === 0 ? "there is none" : `known are ${names.join(", ")}`;
  throw new UsageError(`no ${what} "${name}"; ${known}.${nearest(name, names)}`);
}
