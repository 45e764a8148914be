/** What the commands around leases share: options, and how durations are written. */
import { type Command, InvalidArgumentError, Option } from "commander";

import { exitLines, leaseExit, leaseMeanings } from "./exit.js";

export interface StoreFlags {
  readonly dir?: string;
  readonly allowRemote?: true;
  readonly json?: true;
  readonly color: boolean;
}

/** `--dir`, `--json` and the rest that every command on a state directory takes. */
export function storeOptions(command: Command): Command {
  return command
    .option("--dir <path>", "the state directory (else LEASEHOLD_DIR, else the nearest .leasehold)")
    .addOption(new Option("--allow-remote", "use a filesystem that is not known to be local").hideHelp())
    .option("--json", "one JSON document on standard output")
    .option("--no-color", "plain text");
}

const unitsMs: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `500ms`, `60s`, `2m`, `1h`, `7d`, as milliseconds. */
export function durationMs(text: string): number {
  const [, count = "", unit = ""] = /^(\d{1,9}(?:\.\d{1,3})?)(ms|s|m|h|d)$/.exec(text) ?? [];
  const factor = unitsMs[unit];
  if (factor === undefined) {
    const hint = /^\d+$/.test(text) ? ` Did you mean ${text}s?` : "";
    throw new InvalidArgumentError(`It must be a number with a unit, such as 500ms, 60s, 2m, 1h or 7d.${hint}`);
  }
  return Number(count) * factor;
}

/** A fencing token. */
export function tokenNumber(text: string): number {
  if (/^\d{1,15}$/.test(text) && Number(text) > 0) return Number(text);
  throw new InvalidArgumentError("It must be a whole number of at least 1, as acquire printed it.");
}

export const leaseExitText = `
Exit codes:
${exitLines(leaseExit, leaseMeanings)}`;
