/** What the definitions of commands share: argument parsers, options and the shape of help. */
import { InvalidArgumentError, Option } from "commander";

/** Receives the work of the chosen command and keeps its exit code. */
export type Run = (work: () => Promise<number>) => Promise<void>;

export function bounds(description: string): Option {
  return new Option("--bounds <size>", description).choices(["small", "default", "deep"]);
}

export function examples(...lines: readonly string[]): string {
  return `\nExamples:\n${lines.map((line) => `  $ leasehold ${line}`).join("\n")}`;
}

export function positive(text: string): number {
  const value = Number(text);
  if (/^\d{1,12}$/.test(text) && value > 0) return value;
  throw new InvalidArgumentError("It must be a whole number of at least 1.");
}

export function collect(value: string, previous: readonly string[] | undefined): readonly string[] {
  return [...(previous ?? []), value];
}
