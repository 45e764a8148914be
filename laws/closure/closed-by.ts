/** What a closure is made of, and short ways to write one down. Data about files; nothing here decides anything. */

/** Something in a file that has to do with a law. */
export interface Place {
  /** From the root of the repository. */
  readonly file: string;
  /** What stands in the file; null: the id of the law does. */
  readonly at: string | null;
}

/** A source file that keeps the law at run time, and how it does so, in a few words. */
export interface Defence extends Place {
  readonly how: string;
}

/** A test that judges the running implementation, not the model; `how` when the law is not its own subject. */
export interface Judging extends Place {
  readonly how: string | null;
}

/** A change of the statement, or of what it was called, since it was first written down. */
export interface Amendment {
  readonly from: string;
  readonly to: string;
  readonly because: string;
}

export interface Closure {
  readonly defended: readonly Defence[];
  readonly judgedBy: readonly Judging[];
  /** Surface laws that close it in source code; nothing: why none does. */
  readonly surface: readonly string[] | string;
  /** What can happen all the same, in sentences. */
  readonly limits?: readonly string[];
  /** Oldest first. */
  readonly amended?: readonly Amendment[];
}

/** The file names the law. */
export const by = (file: string, how: string): Defence => ({ file, at: null, how });

/** The file does not name the law; `at` is the text in it that keeps it. */
export const where = (file: string, at: string, how: string): Defence => ({ file, at, how });

/** The test names the law. */
export const test = (file: string): Judging => ({ file, at: null, how: null });

/** The test does not name the law, or names it beside others: `at` is in it, and `how` says what it does. */
export const asks = (file: string, at: string, how: string): Judging => ({ file, at, how });
