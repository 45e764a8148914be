/**
 * How a secret reaches a command: in a file that only its owner reads, or in the environment; never as an argument,
 * which every process of the host can see. A file holds one line: lease id, blank, secret.
 */
import { constants, closeSync, lstatSync, openSync, readFileSync, rmSync, writeSync } from "node:fs";

import type { HolderProof } from "../lease/index.js";
import { UsageError } from "./exit.js";

/** Longest file that is read. */
const bytesMax = 4096;

export interface SecretFile {
  write(proof: HolderProof): void;
  /** Nothing was granted: an empty file goes again. */
  discardUnwritten(): void;
}

/** Makes the file before anything is granted: a secret that cannot be kept is not asked for. */
export function newSecretFile(path: string): SecretFile {
  const file = attempt(path, "make", () =>
    openSync(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW, 0o600),
  );
  let written = false;
  return {
    write: ({ leaseId, secret }) => {
      writeSync(file, `${leaseId} ${secret}\n`);
      written = true;
    },
    discardUnwritten: () => {
      closeSync(file);
      if (!written) rmSync(path, { force: true });
    },
  };
}

/** From the file, else from the environment. */
export function givenProof(leaseId: string | undefined, path: string | undefined): HolderProof {
  const { env } = process;
  const [first = "", second] = path === undefined ? [env["LEASEHOLD_SECRET"] ?? ""] : wordsOf(path);
  const secret = second ?? first;
  if (secret === "")
    throw new UsageError("this needs the secret of the lease: name its file with --secret-file, or set LEASEHOLD_SECRET.");
  const id = leaseId ?? (second === undefined ? env["LEASEHOLD_LEASE_ID"] : first);
  if (id === undefined || id === "")
    throw new UsageError("this needs the id of the lease: give it as an argument, or set LEASEHOLD_LEASE_ID.");
  return { leaseId: id, secret };
}

function wordsOf(path: string): string[] {
  const text = attempt(path, "read", () => {
    const { size, mode } = lstatSync(path);
    if (size > bytesMax) throw new UsageError(`${path} has ${size} bytes, a secret file is one short line.`);
    if ((mode & 0o077) !== 0 && process.platform !== "win32")
      throw new UsageError(`others can read ${path}; make it yours alone with: chmod 600 ${path}`);
    return readFileSync(path, "utf8");
  });
  return text.trim().split(/\s+/);
}

function attempt<T>(path: string, doing: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    const hint = code === "EEXIST" ? "It is there already: name another one, or remove it." : `It gave ${code}.`;
    throw new UsageError(`cannot ${doing} the secret file ${path}. ${hint}`);
  }
}
