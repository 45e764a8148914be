/** What can go wrong with a lint run itself. A finding is a value; these are thrown. */

export type LintFailure =
  /** The configuration, or something it names, cannot be used; each problem has its place. */
  | {
      readonly code: "lint/configuration";
      readonly file: string;
      readonly problems: readonly Problem[];
    }
  /** A lock file that this version does not read. */
  | {
      readonly code: "lint/lock";
      readonly file: string;
      readonly found: string;
      /** A later version of leasehold wrote it. */
      readonly isNewer?: boolean;
    }
  /** A package the configuration needs is not installed. */
  | { readonly code: "lint/missing-package"; readonly name: string }
  /** Something asked for on the command line does not exist. */
  | { readonly code: "lint/usage"; readonly what: string }
  /** A limit was reached, so that the result would say less than it seems to. */
  | { readonly code: "lint/limit"; readonly limit: string; readonly value: number };

/** One thing wrong with the configuration. Lines and columns count from 1; 0 means the whole file. */
export interface Problem {
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

/** The lint could not run; `failure` has the code and its values. The message ends with the code. */
export class LintError extends Error {
  override readonly name = "LintError";
  readonly failure: LintFailure;

  constructor(failure: LintFailure) {
    super(`${messageOf(failure)} [${failure.code}]`);
    this.failure = failure;
  }
}

/** A `LintError` `lint/configuration` with these problems. */
export function configurationError(file: string, problems: readonly Problem[]): LintError {
  return new LintError({ code: "lint/configuration", file, problems });
}

function messageOf(failure: LintFailure): string {
  switch (failure.code) {
    case "lint/configuration":
      return failure.problems
        .map((problem) => `${placed(failure.file, problem)}: ${problem.message}`)
        .join("\n");
    case "lint/lock":
      return failure.isNewer === true
        ? `${failure.file}: found ${failure.found}. Install the leasehold that wrote it, or a newer one.`
        : `${failure.file}: found ${failure.found}. Delete it and run \`leasehold lint --update\` after a review.`;
    case "lint/missing-package":
      return `the configuration needs the package "${failure.name}", which is not installed here. Install it beside leasehold.`;
    case "lint/usage":
      return failure.what;
    case "lint/limit":
      return `reached ${failure.limit} = ${failure.value}. Narrow \`include\`, or lint parts of the tree on their own.`;
  }
}

function placed(file: string, { line, column }: Problem): string {
  return line === 0 ? file : `${file}:${line}:${column}`;
}
