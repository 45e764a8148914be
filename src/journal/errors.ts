/** What can go wrong around a journal, as data and as a sentence. A refusal is a value and not in here. */
import type { Damage } from "./types.js";

/** `doing` says what was being done; `path` is the file or directory it was done to. */
export type JournalFailure =
  | { readonly code: "journal/corrupt"; readonly path: string; readonly damage: readonly Damage[] }
  | { readonly code: "journal/locked"; readonly path: string; readonly waitedMs: number; readonly holder: string | null }
  | { readonly code: "journal/lock-unsupported"; readonly path: string; readonly found: string }
  | { readonly code: "journal/newer-version"; readonly path: string; readonly needed: number; readonly known: number }
  | { readonly code: "journal/foreign-fold"; readonly path: string; readonly found: string; readonly expected: string }
  | { readonly code: "journal/not-local"; readonly path: string; readonly filesystem: string }
  | { readonly code: "journal/read-failed"; readonly path: string; readonly doing: string; readonly errno: string }
  | { readonly code: "journal/write-failed"; readonly path: string; readonly doing: string; readonly errno: string }
  | { readonly code: "journal/no-space"; readonly path: string; readonly doing: string; readonly errno: string }
  | { readonly code: "journal/unknown-outcome"; readonly path: string; readonly doing: string; readonly errno: string }
  | { readonly code: "journal/not-a-directory"; readonly path: string; readonly found: string }
  | { readonly code: "journal/not-a-file"; readonly path: string; readonly found: string }
  | { readonly code: "journal/foreign-owner"; readonly path: string; readonly owner: number; readonly self: number }
  | { readonly code: "journal/open-to-others"; readonly path: string; readonly mode: string }
  | { readonly code: "journal/symlink"; readonly path: string }
  | { readonly code: "journal/read-only"; readonly path: string }
  | { readonly code: "journal/absent"; readonly path: string }
  | { readonly code: "journal/exists"; readonly path: string }
  | { readonly code: "journal/closed"; readonly path: string }
  | { readonly code: "journal/bad-event"; readonly found: string }
  | { readonly code: "journal/bad-option"; readonly option: string; readonly found: string }
  | { readonly code: "journal/repair-refused"; readonly path: string; readonly found: string };

/** Code of a failure. */
export type JournalFailureCode = JournalFailure["code"];

/** The log could not be used as asked; `failure` has the code and what was found. */
export class JournalError extends Error {
  override readonly name = "JournalError";
  readonly failure: JournalFailure;

  constructor(failure: JournalFailure, options?: { readonly cause: unknown }) {
    super(`${describeJournalFailure(failure)} [${failure.code}]`, options);
    this.failure = failure;
  }
}

/** What was being done, what was found, what to do. */
export function describeJournalFailure(failure: JournalFailure): string {
  switch (failure.code) {
    case "journal/corrupt":
      return corrupt(failure.path, failure.damage);
    case "journal/locked":
      return (
        `cannot write ${failure.path}: its process lock was not free for ${failure.waitedMs} ms; ` +
        `${failure.holder === null ? "who holds it is not known" : `it seems to be held by ${failure.holder}`}. ` +
        "Try again, or look at what that process is doing; the lock is free as soon as it ends."
      );
    case "journal/lock-unsupported":
      return (
        `cannot lock ${failure.path}: ${failure.found}. ` +
        "The journal needs locks on byte ranges by open file, as Linux has them."
      );
    case "journal/newer-version":
      return (
        `cannot use ${failure.path}: it holds records of version ${failure.needed}, this program ` +
        `knows version ${failure.known}. Use a program that knows version ${failure.needed}.`
      );
    case "journal/foreign-fold":
      return (
        `cannot open ${failure.path}: its checkpoint is of ${failure.found}, this program folds ` +
        `${failure.expected}. Open it with the program that wrote it.`
      );
    case "journal/not-local":
      return (
        `cannot open ${failure.path}: it is on ${failure.filesystem}, which is not known to be local, and ` +
        "locks and syncs there may not do what they say. Use a directory on a local disk, or allow a " +
        "remote one if a single host uses it and you know how it locks."
      );
    default:
      return describeRest(failure);
  }
}

type Rest = Exclude<
  JournalFailure,
  {
    code:
      | "journal/corrupt"
      | "journal/locked"
      | "journal/lock-unsupported"
      | "journal/newer-version"
      | "journal/foreign-fold"
      | "journal/not-local";
  }
>;

function describeRest(failure: Rest): string {
  switch (failure.code) {
    case "journal/read-failed":
      return `cannot ${failure.doing} ${failure.path}: ${failure.errno}. Nothing is assumed about what could not be read.${adviceOn(failure.errno)}`;
    case "journal/write-failed":
      return `cannot ${failure.doing} ${failure.path}: ${failure.errno}. Nothing was recorded.${adviceOn(failure.errno)}`;
    case "journal/no-space":
      return `cannot ${failure.doing} ${failure.path}: ${failure.errno}. Nothing was recorded; free some space.`;
    case "journal/unknown-outcome":
      return (
        `cannot ${failure.doing} ${failure.path}: ${failure.errno}. The record may or may not be in the log; ` +
        "the next call settles that from the log, so read before you repeat."
      );
    case "journal/not-a-directory":
      return `cannot use ${failure.path} as a state directory: it is ${failure.found}. Name a directory.`;
    case "journal/not-a-file":
      return `cannot use ${failure.path}: it is ${failure.found}, not a file. Move it away.`;
    case "journal/foreign-owner":
      return (
        `cannot use ${failure.path}: it belongs to user ${failure.owner}, this process runs as user ` +
        `${failure.self}. Run as its owner, or use a state directory of your own.`
      );
    case "journal/open-to-others":
      return (
        `cannot use ${failure.path}: others may write to it (mode ${failure.mode}), and what is in it could be anybody's. ` +
        `Make it yours alone with: chmod 700 ${failure.path}. Or name a directory below it that is not there yet.`
      );
    case "journal/symlink":
      return `cannot use ${failure.path}: it is a symbolic link, and none is followed. Name what it points to.`;
    case "journal/read-only":
      return `cannot write ${failure.path}: it was opened for reading only.`;
    case "journal/absent":
      return `cannot read ${failure.path}: there is no journal. Name another state directory, or write to make one.`;
    case "journal/exists":
      return `cannot import into ${failure.path}: there is a journal already. Import into an empty directory.`;
    case "journal/closed":
      return `cannot use ${failure.path}: this handle was closed. Open the journal again.`;
    case "journal/bad-event":
      return `cannot append: ${failure.found}. Nothing was recorded.`;
    case "journal/bad-option":
      return `cannot open a journal with ${failure.option}: ${failure.found}.`;
    case "journal/repair-refused":
      return `cannot repair ${failure.path}: ${failure.found}. Nothing was changed.`;
  }
}

/** What an errno code asks for, as a sentence behind another; empty for those that say nothing by themselves. */
function adviceOn(errno: string): string {
  switch (errno) {
    case "EROFS":
      return " The filesystem is mounted read-only: mount it writable, or use another directory.";
    case "EACCES":
    case "EPERM":
      return " This user may not: look at the owner and the mode, or use another directory.";
    case "EIO":
      return " The device failed: look at the kernel's log.";
    case "EMFILE":
    case "ENFILE":
      return " Too many files are open: close some, or raise the limit (ulimit -n).";
    default:
      return "";
  }
}

function corrupt(path: string, damage: readonly Damage[]): string {
  const first = damage[0];
  if (first?.kind === "header") {
    const newer = first.detail.startsWith("it is of version");
    return (
      `cannot use ${path}: its first line cannot be read, and everything rests on it (${first.length} bytes: ` +
      `${first.detail}). ${newer ? "Use the program that wrote it." : "Bring a copy back, or move the file away and begin anew."}`
    );
  }
  const where = first === undefined ? "" : ` The first: ${describeDamage(first)}.`;
  return (
    `cannot write ${path}: ${damage.length} damaged ${damage.length === 1 ? "place" : "places"} in it, and no ` +
    `crash leaves such.${where} Look at it with verify, then tell repair what to do; until then it can be read only.`
  );
}

/** One damaged place as a phrase. */
export function describeDamage({ offset, length, after, before, detail }: Damage): string {
  const next = before === null ? "nothing sound behind it" : `record ${before} behind it`;
  return `${length} bytes at byte ${offset}, after record ${after}, ${next}: ${detail}`;
}

/** The errno code of an error of the disk; its message when it has none. */
export function errnoOf(error: unknown): string {
  if (error instanceof Error && "code" in error && typeof error.code === "string") return error.code;
  return error instanceof Error ? error.message : String(error);
}

/** Wraps what a reading call threw. */
export function readFailed(path: string, doing: string, cause: unknown): JournalError {
  if (cause instanceof JournalError) return cause;
  const errno = errnoOf(cause);
  if (errno === "ELOOP") return new JournalError({ code: "journal/symlink", path }, { cause });
  return new JournalError({ code: "journal/read-failed", path, doing, errno }, { cause });
}

/** An error of the disk that nobody wrapped yet; any other error is left as it is. */
export function wrapped(path: string, cause: unknown): unknown {
  const ofDisk = cause instanceof Error && "syscall" in cause;
  return ofDisk ? readFailed(path, "use", cause) : cause;
}

/** The result of a reading call; what it throws is wrapped. */
export function guarded<T>(path: string, doing: string, call: () => T): T {
  try {
    return call();
  } catch (cause) {
    throw readFailed(path, doing, cause);
  }
}

/** Wraps what a writing call threw before anything was recorded. */
export function writeFailed(path: string, doing: string, cause: unknown): JournalError {
  if (cause instanceof JournalError) return cause;
  const errno = errnoOf(cause);
  if (errno === "ELOOP") return new JournalError({ code: "journal/symlink", path }, { cause });
  const code = ["ENOSPC", "EDQUOT", "EFBIG"].includes(errno) ? "journal/no-space" : "journal/write-failed";
  return new JournalError({ code, path, doing, errno }, { cause });
}
