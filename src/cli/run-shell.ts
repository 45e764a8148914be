/**
 * Around every command on runs: opens the state directory for reading or as a host, and gives failures their message
 * and exit code. A directory that is not there has no runs, and nothing is made for a reader.
 */
import { beforeCode } from "../gather/failure.js";
import { HostError, type Host, openHost } from "../host/index.js";
import { printable } from "../gather/plain-text.js";
import { JournalError, describeDamage } from "../journal/index.js";
import { type LeaseListing, LeaseError } from "../lease/index.js";
import { RunError, type RunStore, type Runs, openRuns } from "../run/index.js";
import type { Painted } from "./lease-text.js";
import type { StoreFlags } from "./lease-options.js";
import { type Answer, answerOf, leaseExit, lines, openStore, reporting } from "./lease-shell.js";
import { type StateDirectory, makeStateDirectory, stateDirectory } from "./state-directory.js";
import { nearest } from "./suggest.js";

export const runExit = leaseExit;

/** Opens the directory as a host, making it when absent. */
export function asHost(flags: StoreFlags, work: (host: Host, directory: StateDirectory) => Promise<Answer>): Promise<number> {
  return told(flags, async () => {
    const directory = stateDirectory(flags.dir);
    makeStateDirectory(directory);
    const host = await openHost({ directory: directory.path, allowRemote: flags.allowRemote === true });
    try {
      return await work(host, directory);
    } finally {
      await host.close();
    }
  });
}

export interface Reader {
  readonly store: RunStore;
  readonly directory: string;
  /** What the leases of the directory are; null: there are none. */
  leases(): Promise<LeaseListing | null>;
}

/** Opens the directory for reading; without one, or without runs in it, the answer is `absent`. */
export function asReader(
  flags: StoreFlags,
  absent: (directory: StateDirectory) => Answer,
  work: (reader: Reader) => Promise<Answer>,
): Promise<number> {
  return told(flags, async () => {
    const directory = stateDirectory(flags.dir);
    const runs = await openedRuns(flags, directory);
    if (runs === null) return absent(directory);
    try {
      return await work({ store: runs.store, directory: directory.path, leases: () => listingOf(flags, directory) });
    } finally {
      await runs.close();
    }
  });
}

/** What is damaged in the log of runs is said first, and the exit code says it too. */
export async function withDamage({ store }: Reader, answer: Answer): Promise<Answer> {
  const damage = (await store.health()).damage.map(describeDamage);
  if (damage.length === 0) return answer;
  const { json, text } = answer;
  const said = (paint: Painted): string => damage.map((one) => `${paint.bad("damaged")}: ${printable(one)}\n`).join("");
  return answerOf(runExit.storage, { ...(json as object), damage }, (paint) => `${said(paint)}${text(paint)}`);
}

/** Null: there are none. */
async function openedRuns({ allowRemote }: StoreFlags, { path, exists }: StateDirectory): Promise<Runs | null> {
  if (!exists) return null;
  try {
    return await openRuns({ directory: path, readOnly: true, allowRemote: allowRemote === true });
  } catch (error) {
    if (error instanceof JournalError && error.failure.code === "journal/absent") return null;
    throw error;
  }
}

async function listingOf(flags: StoreFlags, directory: StateDirectory): Promise<LeaseListing | null> {
  try {
    const store = await openStore(flags, directory, true);
    try {
      return await store.live();
    } finally {
      await store.close();
    }
  } catch (error) {
    const { cause } = error instanceof LeaseError ? error : { cause: null };
    if (cause instanceof JournalError && cause.failure.code === "journal/absent") return null;
    throw error;
  }
}

/** The answer where there is no log of runs, to a question about one run. */
export function noRun(run: string): (directory: StateDirectory) => Answer {
  return ({ path }) => runFailure(new RunError({ code: "run/unknown", run, known: [] }), ` It is looked for in ${path}.`);
}

async function told(flags: StoreFlags, work: () => Promise<Answer>): Promise<number> {
  const guarded = async (): Promise<Answer> => {
    try {
      return await work();
    } catch (error) {
      if (error instanceof RunError || error instanceof HostError) return runFailure(error);
      throw error;
    }
  };
  return await reporting(flags, guarded);
}

function runFailure(error: RunError | HostError, more = ""): Answer {
  const { failure } = error;
  const hint = failure.code === "run/unknown" ? nearest(failure.run, failure.known) : "";
  const message = beforeCode(error.message, `${more}${hint}`);
  const json = { outcome: "failed", code: failure.code, message };
  return { ...answerOf(codeOf(failure.code), json, () => `error: ${lines(message)}\n`), failed: true };
}

function codeOf(code: RunError["failure"]["code"] | HostError["failure"]["code"]): number {
  switch (code) {
    case "run/unknown":
    case "run/invalid":
    case "host/bad-profile":
      return runExit.usage;
    case "run/exists":
    case "run/too-many":
      return runExit.refused;
    case "run/fenced":
      return runExit.lost;
    case "run/no-capability":
    case "run/closed":
      return runExit.storage;
  }
}
