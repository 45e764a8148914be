/**
 * Failures of gathering as data: what could not be read or done, and why.
 *
 * Nothing here is thrown. A reader that cannot see answers `invisible`; an action that could not be carried
 * out answers `failed`; an action that must not be carried out answers `refused`. None of them says anything
 * about the run: blindness is not evidence.
 */
import type { Command, Execution } from "./exec.js";
import { printable } from "./plain-text.js";

/** Everything that can be wrong with the world, by code. */
export const failureCodes = [
  "program-missing",
  "program-failed",
  "not-permitted",
  "timed-out",
  "oversized",
  "garbled",
  "folder-missing",
  "folder-invalid",
  "base-unknown",
  "foreign-server",
  "socket-removed",
  "identity-missing",
  "process-unknown",
  "not-stopped",
  "sign-in-needed",
  "rate-limited",
] as const;
/** Code of a failure. */
export type FailureCode = (typeof failureCodes)[number];

/** `message`: what was being done, what was found, what to do next; ends with the code. */
export interface Failure {
  readonly code: FailureCode;
  readonly message: string;
}

/** It could not be seen. Not the same as not being there. */
export interface Invisible {
  readonly kind: "invisible";
  readonly failure: Failure;
}

/** An action that the world did not let happen. */
export interface Failed {
  readonly kind: "failed";
  readonly failure: Failure;
}

/** An action that was not tried, or was turned down: an answer, not a failure. */
export interface Refused<C extends string> {
  readonly kind: "refused";
  readonly code: C;
  readonly message: string;
}

/** A failure whose message ends with its code, as people report it. */
export function failure(code: FailureCode, message: string): Failure {
  return { code, message: `${message} [gather/${code}]` };
}

/** A message with more words in front of the code it ends with. */
export function beforeCode(message: string, more: string): string {
  const code = / \[[a-z-]+\/[a-z-]+\]$/.exec(message);
  return code === null ? `${message}${more}` : `${message.slice(0, code.index)}${more}${code[0]}`;
}

/** An observation that could not be made; never to be read as an absence. */
export function invisible(code: FailureCode, message: string): Invisible {
  return { kind: "invisible", failure: failure(code, message) };
}

/** An action that was tried and did not succeed. */
export function failed(code: FailureCode, message: string): Failed {
  return { kind: "failed", failure: failure(code, message) };
}

/** An action that was not tried, for what was asked. */
export function refused<C extends string>(code: C, message: string): Refused<C> {
  return { kind: "refused", code, message: `${message} [gather/${code}]` };
}

/** A program the gatherers call: what to install, and what cannot be done without it. */
export interface Tool {
  readonly program: string;
  readonly package: string;
  readonly without: string;
}

/** Longest part of a program's own words that is passed on, in characters. */
const quoteMax = 400;

/** A program's own words, safe to print. */
export function quoted(text: string): string {
  const words = printable(text.trim());
  return words === "" ? "no message" : `"${words.length > quoteMax ? `${words.slice(0, quoteMax)}…` : words}"`;
}

/** Why an execution gave no answer. `doing` is a clause: "reading the work tree /w". */
export function failureOf(
  doing: string,
  tool: Tool,
  command: Pick<Command, "cwd" | "deadlineMs" | "outputMax">,
  execution: Execution,
): Failure {
  switch (execution.kind) {
    case "not-started":
      return notStarted(doing, tool, command, execution);
    case "timed-out":
      return failure(
        "timed-out",
        `${doing}: ${tool.program} gave no answer within ${command.deadlineMs} ms and was stopped. ` +
          "Look whether the machine or a network file system hangs.",
      );
    case "oversized":
      return failure(
        "oversized",
        `${doing}: ${tool.program} wrote more than the ${command.outputMax} bytes that are read. ` +
          "Raise the bound, or look at what it prints.",
      );
    case "ended":
      return failure(
        "program-failed",
        `${doing}: ${tool.program} ended with ${endingOf(execution)} and said ${quoted(execution.errors)}.`,
      );
  }
}

function notStarted(
  doing: string,
  tool: Tool,
  command: Pick<Command, "cwd">,
  execution: Extract<Execution, { kind: "not-started" }>,
): Failure {
  switch (execution.cause) {
    case "program-missing":
      return failure(
        "program-missing",
        `${doing}: there is no program "${tool.program}" in PATH. ` +
          `Install the package ${tool.package}. Without it: ${tool.without}.`,
      );
    case "folder-missing":
      return failure("folder-missing", `${doing}: the folder ${printable(command.cwd ?? "")} is not there.`);
    case "not-permitted":
      return failure("not-permitted", `${doing}: the host may not start ${tool.program}: ${execution.detail}.`);
    case "other":
      return failure("program-failed", `${doing}: ${tool.program} did not start: ${execution.detail}.`);
  }
}

/** "status 3" or "signal SIGKILL". */
export function endingOf({ status, signal }: Extract<Execution, { kind: "ended" }>): string {
  return status === null ? `signal ${signal ?? "unknown"}` : `status ${status}`;
}
