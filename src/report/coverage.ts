/** Coverage notes: what a search never exercised, by name. Nothing is said of what it did. */
import type { Coverage } from "../checker/index.js";
import { counted } from "./numbers.js";
import type { Page } from "./counterexample.js";
import { wrap } from "./text.js";

/** Names shown of a list that is not asked for in full. */
const namesMax = 6;

export interface CoverageOptions extends Page {
  readonly verbose: boolean;
}

/** Lines about one system; a single line when all was exercised. */
export function coverageLines(name: string, coverage: Coverage, options: CoverageOptions): string[] {
  const machines = coverage.machines.map(({ machine, unreached, oneSided }) => ({
    machine,
    unreached,
    oneSided,
  }));
  const notes = [
    ...machines.flatMap(({ machine, unreached }) =>
      note(`${machine}: transitions not reached`, unreached, options),
    ),
    ...machines.flatMap(({ machine, oneSided }) => note(`${machine}: one-sided guards`, oneSided, options)),
    ...note("actions never enabled", coverage.unreachedActions, options),
  ];
  return [`  ${options.paint.bold(name)}  ${summary(coverage)}`, ...notes];
}

function summary({ machines, actions, unreachedActions }: Coverage): string {
  const all = machines.reduce((sum, { transitions }) => sum + transitions.length, 0);
  const missed = machines.reduce((sum, { unreached }) => sum + unreached.length, 0);
  const guards = machines.reduce((sum, machine) => sum + machine.guards.length, 0);
  const oneSided = machines.reduce((sum, machine) => sum + machine.oneSided.length, 0);
  const ofMachines = [
    `${all - missed} of ${counted(all, "transition")} reached`,
    `${guards - oneSided} of ${counted(guards, "guard")} both ways`,
  ];
  return [
    ...(machines.length === 0 ? [] : ofMachines),
    `${actions.length - unreachedActions.length} of ${counted(actions.length, "action")} enabled`,
  ].join(", ");
}

function note(
  title: string,
  names: readonly string[],
  { verbose, width, paint }: CoverageOptions,
): string[] {
  if (names.length === 0) return [];
  const shown = verbose ? names : names.slice(0, namesMax);
  const rest = names.length - shown.length;
  if (verbose)
    return [`    ${paint.warn(`${title} (${names.length})`)}`, ...shown.map((name) => `      ${name}`)];
  const more = rest === 0 ? "" : `; ${rest} more with --verbose`;
  return wrap(`${title} (${names.length}): ${shown.join("; ")}${more}`, "    ", width).map((line, index) =>
    index === 0 ? line.replace(title, paint.warn(title)) : line,
  );
}
