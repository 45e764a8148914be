/** Exit codes, and the error of a command that was asked for something it cannot do. */

export const exitCode = {
  holds: 0,
  violated: 1,
  usage: 2,
  unknown: 3,
  bug: 70,
  interrupted: 130,
} as const;

/** What was asked cannot be done: one message, exit code 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** Only `holds` passes. */
export function exitCodeOf(verdict: string): number {
  if (verdict === "holds") return exitCode.holds;
  return verdict === "unknown" ? exitCode.unknown : exitCode.violated;
}
