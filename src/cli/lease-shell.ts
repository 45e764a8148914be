/**
 * Around every command on a state directory: finds and opens the store, prints the answer, and gives failures their
 * message and exit code. A directory that is not there is empty to a reader, and nothing is made for one.
 */
import { hostname, userInfo } from "node:os";

import { laneLabelMax } from "../../spec/vocabulary/lane.js";
import { printable } from "../gather/plain-text.js";
import { type FileLeaseStore, LeaseError, openLeaseStore } from "../lease/index.js";
import { leaseExit } from "./exit.js";
import { type Painted, painted } from "./lease-text.js";
import type { StoreFlags } from "./lease-options.js";
import { print, printJson } from "./output.js";
import { type StateDirectory, makeStateDirectory, stateDirectory } from "./state-directory.js";

export { leaseExit };

/** What a command found: for programs, for people, and the exit code. */
export interface Answer {
  readonly json: unknown;
  readonly text: (paint: Painted) => string;
  readonly code: number;
  /** It is no answer but what kept one from being found: for standard error. */
  readonly failed?: true;
}

export function answerOf(code: number, json: unknown, text: (paint: Painted) => string): Answer {
  return { code, json, text };
}

/** Opens the store for writing, making it when absent. */
export function writing(flags: StoreFlags, work: (store: FileLeaseStore) => Promise<Answer>): Promise<number> {
  return reporting(flags, async () => {
    const directory = stateDirectory(flags.dir);
    makeStateDirectory(directory);
    return await using(flags, directory, false, work);
  });
}

/** Opens the store for reading; `absent` is the answer where there is none. */
export function reading(
  flags: StoreFlags,
  absent: (directory: StateDirectory) => Answer,
  work: (store: FileLeaseStore) => Promise<Answer>,
): Promise<number> {
  return reporting(flags, async () => {
    const directory = stateDirectory(flags.dir);
    if (!directory.exists) return absent(directory);
    try {
      return await using(flags, directory, true, work);
    } catch (error) {
      if (isAbsent(error)) return absent(directory);
      throw error;
    }
  });
}

export async function openStore(
  { allowRemote }: Pick<StoreFlags, "allowRemote">,
  { path }: StateDirectory,
  readOnly: boolean,
): Promise<FileLeaseStore> {
  return openLeaseStore({ directory: path, readOnly, allowRemote: allowRemote === true });
}

async function using(
  flags: StoreFlags,
  directory: StateDirectory,
  readOnly: boolean,
  work: (store: FileLeaseStore) => Promise<Answer>,
): Promise<Answer> {
  const store = await openStore(flags, directory, readOnly);
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}

/** Prints the answer or the failure, and returns the exit code. */
export async function reporting(flags: StoreFlags, work: () => Promise<Answer>): Promise<number> {
  const { json, text, code, failed } = await work().catch(failureOf);
  if (flags.json === true) await printJson(json);
  else if (failed === true) await say(text(painted(flags.color)));
  else await print(text(painted(flags.color)));
  return code;
}

/** On standard error. */
export function say(text: string): Promise<void> {
  return new Promise((resolve) => {
    process.stderr.write(text, () => resolve());
  });
}

/** What the world did not let happen; anything else goes on up. */
export function failureOf(error: unknown): Answer {
  if (!isFailure(error)) throw error;
  const { message, failure } = error;
  const code = codeOf(failure.code);
  const json = { outcome: "failed", code: failure.code, message };
  return { code, json, text: () => `error: ${lines(message)}\n`, failed: true };
}

/** What was found may hold anything: no line of it acts on a terminal. */
export function lines(message: string): string {
  return message.split("\n").map(printable).join("\n");
}

type Failing = Error & { readonly failure: { readonly code: string } };

function isFailure(error: unknown): error is Failing {
  return error instanceof LeaseError || (error instanceof Error && error.name === "JournalError");
}

function codeOf(code: string): number {
  if (code === "lease/invalid-request") return leaseExit.usage;
  if (code === "journal/repair-refused") return leaseExit.refused;
  return code === "lease/busy" || code === "journal/locked" ? leaseExit.busy : leaseExit.storage;
}

function isAbsent(error: unknown): boolean {
  const cause = error instanceof LeaseError ? error.cause : error;
  return cause instanceof Error && (cause as Partial<Failing>).failure?.code === "journal/absent";
}

/** Who asks, for people. */
export function defaultHolder(): string {
  let name = "someone";
  try {
    name = userInfo().username;
  } catch {
    // A user without an entry in the password file.
  }
  return `${name}@${hostname()}`.slice(0, laneLabelMax);
}
