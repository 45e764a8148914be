/** Assertions: `invariant` and `unreachable` throw a `BugError`, which nobody catches. */

/** We are wrong: an assertion of our own failed. Report it; do not handle it. */
export class BugError extends Error {
  override readonly name = "BugError";
}

/** States what must hold here. The message says what was found, with its values. */
export function invariant(condition: boolean, message: string): asserts condition {
  if (!condition) throw new BugError(message);
}

/** Ends an exhaustive switch: a new variant does not compile until it is handled. */
export function unreachable(value: never): never {
  throw new BugError(`unhandled variant: ${JSON.stringify(value)}`);
}
