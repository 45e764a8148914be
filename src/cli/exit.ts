/**
 * Exit codes with what they mean, and the error of a command that was asked for something it cannot do. The help, the
 * manual and the page of errors say the meanings from here.
 */

export const exitCode = {
  holds: 0,
  violated: 1,
  usage: 2,
  unknown: 3,
  bug: 70,
  interrupted: 130,
} as const;

/** Of the commands that judge. */
export const judgingMeanings: Readonly<Record<Exclude<keyof typeof exitCode, "bug">, string>> = {
  holds: "all holds",
  violated: "a law is violated or vacuous, or a mutant survived",
  usage: "wrong usage, or an error in a model",
  unknown: "a limit was reached before everything was decided",
  interrupted: "interrupted; the report says what was known",
};

/** Of every command. */
export const bugMeaning = "a bug of ours; the stack is on standard error";

/** Of every command that works on a state directory. */
export const leaseExit = { done: 0, refused: 1, usage: 2, lost: 3, busy: 4, storage: 5 } as const;

export const leaseMeanings: Readonly<Record<keyof typeof leaseExit, string>> = {
  done: "done",
  refused: "refused: somebody else has it, it is not known, stale, or not sound",
  usage: "wrong usage, or what was asked for cannot be asked; nothing was done",
  lost: "the lease is lost",
  busy: "still busy at the end of the wait",
  storage: "the state directory cannot be used, or holds damage",
};

/** What `exec` adds to a code of its own: smaller ones are those of the command it runs. */
export const execOffset = 120;

/** The meanings as lines of a help text, smallest code first. */
export function exitLines<N extends string>(
  codes: Readonly<Record<N, number>>,
  meanings: Readonly<Record<N, string>>,
): string {
  const names = (Object.keys(meanings) as N[]).sort((one, other) => codes[one] - codes[other]);
  return names.map((name) => `  ${String(codes[name]).padEnd(3)}  ${meanings[name]}`).join("\n");
}

/** What was asked cannot be done: one message, exit code 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** Only `holds` passes. */
export function exitCodeOf(verdict: string): number {
  if (verdict === "holds") return exitCode.holds;
  return verdict === "unknown" ? exitCode.unknown : exitCode.violated;
}
