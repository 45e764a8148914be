/**
 * What the host keeps about a run beside its lifecycle: where it runs, its session, its lease, what was asked of
 * it. Kept as notes of the log of runs; no status is decided on them.
 */
import { z } from "zod";

import type { LoggedRun } from "../../spec/run/index.js";
import type { SessionRef } from "../gather/index.js";

/** A socket of tmux: a name in the user's folder of sockets, or a path. */
export const tmuxSocket = z.union([
  z.strictObject({ name: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, "letters, digits, _ and -, at most 64") }),
  z.strictObject({ path: z.string().startsWith("/").max(100) }),
]);
/** The tmux server of a run, by name or path. */
export type TmuxSocket = Readonly<z.infer<typeof tmuxSocket>>;

/** Where pull requests are looked up. Chosen when the run starts, never fallen back to. */
export const pullRequestSource = z.union([
  z.enum(["gh", "none"]),
  z.strictObject({ file: z.string().min(1).max(1_000) }),
]);
/** Where the pull requests of a run are looked up; `none`: nowhere. */
export type PullRequestSource = Readonly<z.infer<typeof pullRequestSource>> | "gh" | "none";

/** Where issues are. */
export const issueSource = z.union([z.literal("gh"), z.strictObject({ folder: z.string().min(1).max(1_000) })]);
/** Where the issue of a run is kept. */
export type IssueSource = Readonly<z.infer<typeof issueSource>> | "gh";

/** Decided when a run starts, so that every monitor after that looks at the same places. */
export const placement = z.strictObject({
  /** Null: the agent is a process without a terminal. */
  socket: tmuxSocket.nullable(),
  /** The top of its work tree and the commit its work starts from; null: not a work tree of git. */
  tree: z.strictObject({ path: z.string().min(1).max(2_000), base: z.string().min(1).max(200) }).nullable(),
  pullRequests: pullRequestSource,
  issues: issueSource,
});
/** Where a run works, and where its pull requests and issues are looked for. */
export type Placement = Readonly<z.infer<typeof placement>>;

/** A lease on a lane as the run keeps it; its secret is in a file of its own. */
const heldLease = z.strictObject({ leaseId: z.string(), fencingToken: z.int(), lane: z.string(), ttlMs: z.number() });
/** The lease a run holds on its work tree; without its secret. */
export type RunLease = Readonly<z.infer<typeof heldLease>>;

/** Names of the notes. */
export const note = {
  placement: "host.placement",
  session: "host.session",
  observer: "host.observer",
  lease: "lease",
  /** How the lease ended: `released`, or why it was lost. */
  leaseEnd: "lease.end",
  stopRequested: "stop.requested",
  stopError: "stop.error",
  issue: "issue",
  issueError: "issue.error",
  /** `seq` of the end after which the run's lease was freed and its issue marked. */
  settled: "host.settled",
  repair: "repair",
  gate: (kind: string): string => `gate.${kind}`,
} as const;

/** What the notes of a run say. */
export interface RunFacts {
  readonly placement: Placement | null;
  /** Null: its launch did not come so far. */
  readonly session: SessionRef | null;
  /** Null: none, or it ended. */
  readonly lease: RunLease | null;
  readonly stopRequested: boolean;
  readonly settled: boolean;
}

/** Reads the notes of a run. A note that cannot be read counts as absent. */
export function factsOf({ created, notes, changedAt }: LoggedRun): RunFacts {
  const place = parsed(placement, notes[note.placement]);
  const identity = notes[note.session] ?? null;
  return {
    placement: place,
    session: sessionOf(created.session, identity, place),
    lease: notes[note.leaseEnd] === undefined || notes[note.leaseEnd] === "" ? parsed(heldLease, notes[note.lease]) : null,
    stopRequested: notes[note.stopRequested] !== undefined,
    settled: notes[note.settled] === String(changedAt.seq),
  };
}

/** A session of tmux can be found by its name alone; a process cannot. */
function sessionOf(
  session: LoggedRun["created"]["session"],
  identity: string | null,
  place: Placement | null,
): SessionRef | null {
  if (session === null || place === null) return null;
  if (identity === null && session.kind === "process") return null;
  return { name: session.name, identity };
}

function parsed<T>(schema: z.ZodType<T>, text: string | undefined): T | null {
  if (text === undefined) return null;
  try {
    return schema.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}
