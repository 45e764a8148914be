/**
 * Starts a run: lease of its work tree, record, work tree, session, in this order, each in the log before the next.
 *
 * What keeps a run from being asked for is a refusal and leaves nothing behind. What breaks after the record is
 * `launch.failed` with its step: the run is `failed(launch_<step>)` and keeps the error.
 */
import type { LoggedRun } from "../../spec/run/index.js";
import type { LaneRefusal } from "../../spec/lane-lease/index.js";
import {
  type Created,
  type SessionRef,
  beforeCode,
  ghTool,
  observerIdentity,
  sessionName,
} from "../gather/index.js";
import { type IssueSource, type Placement, type PullRequestSource, type RunLease, type TmuxSocket, factsOf, note } from "./facts.js";
import { carryOutStop } from "./actions.js";
import { type GitPlace, commitAt, gitPlace } from "./git-place.js";
import type { Host } from "./host.js";
import { whyNotStartable } from "./program-path.js";
import { settleRun } from "./settle.js";
import { freeLease, takeLease, treeLane } from "./tree-lease.js";

/** A run to start: what to run, where, and what it may hold. */
export interface StartRequest {
  readonly run: string;
  /** Name of a profile. */
  readonly agent: string;
  readonly issue: string | null;
  readonly branch: string | null;
  /** Absolute. */
  readonly directory: string;
  readonly command: readonly [string, ...string[]];
  /** Null: a process without a terminal. */
  readonly socket: TmuxSocket | null;
  /** Where a work tree for the branch is made first; absolute. Null: work in `directory`. */
  readonly worktree: string | null;
  /** Null: the commit that is checked out. */
  readonly base: string | null;
  /** Null: `gh` where it is there and the repository lies on GitHub, else none. */
  readonly pullRequests: PullRequestSource | null;
  readonly issues: IssueSource;
  /** False: it shares its work tree with whoever is in it. */
  readonly lease: boolean;
  /** Who starts it, for people. */
  readonly holder: string;
}

/** Nothing was started or recorded; the message says what to do. */
export type RefusedStart = {
  readonly outcome: "refused";
  readonly code: "unknown-profile" | "no-sessions" | "no-work-tree" | "unknown-issue" | "unknown-base" | "tree-taken";
  readonly message: string;
  readonly refusal: LaneRefusal | null;
};

/** What came of starting a run. `failed`: the run is recorded, and its launch did not get beyond `step`. */
export type Started =
  | { readonly outcome: "started"; readonly run: LoggedRun; readonly session: SessionRef; readonly notices: readonly string[] }
  | { readonly outcome: "failed"; readonly run: LoggedRun; readonly step: LaunchStep; readonly error: string }
  | RefusedStart;

type LaunchStep = "worktree" | "session";

/** Rejects with a `RunError` for a record that is none, or an id that is taken; with the errors of the stores. */
export async function startRun(host: Host, request: StartRequest): Promise<Started> {
  const planned = await plan(host, request);
  if ("outcome" in planned) return planned;
  const { runs } = host;
  const { run } = request;
  let lease: RunLease | null = null;
  if (request.lease) {
    const taken = await takeLease(host, run, treeLane(planned.directory), `${request.holder} ${run}`.slice(0, 200));
    if (taken.outcome === "refused")
      return { ...refusedStart("tree-taken", `somebody works in ${planned.directory} already.`), refusal: taken.refusal };
    lease = taken.lease;
  }
  try {
    await runs.store.create(recordOf(host, request, planned));
  } catch (error) {
    if (lease !== null) await freeLease(host, run);
    throw error;
  }
  await runs.store.note(run, note.placement, JSON.stringify(planned.placement));
  if (lease !== null) await runs.store.note(run, note.lease, JSON.stringify(lease));
  return await launch(host, request, planned, lease);
}

interface Plan {
  readonly directory: string;
  readonly placement: Placement;
  readonly notices: readonly string[];
}

async function plan(host: Host, request: StartRequest): Promise<Plan | RefusedStart> {
  const { system } = host;
  if (!system.profiles.some(({ name }) => name === request.agent)) {
    const names = system.profiles.map(({ name }) => name).join(", ");
    return refusedStart("unknown-profile", `there is no agent profile "${request.agent}"; known are ${names}.`);
  }
  const available = await system.sessionsAt(request).availability();
  if (available.kind === "unavailable") {
    const otherwise = request.socket === null ? "" : " Or start it with --session process.";
    return refusedStart("no-sessions", beforeCode(available.failure.message, otherwise));
  }
  const place = await gitPlace(system.exec, request.directory);
  const tree = await treeOf(host, request, place);
  if (tree !== null && "outcome" in tree) return tree;
  const pullRequests = request.pullRequests ?? (await pullRequestsAt(host, place, request.directory));
  const placement: Placement = { socket: request.socket, tree, pullRequests, issues: request.issues };
  const unknown = await issueObjection(host, request, placement);
  if (unknown !== null) return unknown;
  return { directory: request.worktree ?? tree?.path ?? request.directory, placement, notices: noticesOf(request, place, tree) };
}

async function treeOf(
  { system }: Host,
  { base, worktree, branch }: StartRequest,
  place: GitPlace,
): Promise<Placement["tree"] | RefusedStart> {
  if (place.kind !== "tree") {
    if (worktree === null && base === null) return null;
    const why = place.kind === "unseen" ? place.failure.message : "this is no work tree of git.";
    return refusedStart("no-work-tree", `a work tree or a base was asked for: ${why}`);
  }
  if (worktree !== null && branch === null)
    return refusedStart("no-work-tree", "a work tree is made for a branch: name it with --branch.");
  const commit = base === null ? place.commit : await commitAt(system.exec, place.top, base);
  if (base !== null && commit === null)
    return refusedStart("unknown-base", `the base "${base}" is no commit of ${place.top}. Fetch it, or name another.`);
  return commit === null ? null : { path: worktree ?? place.top, base: commit };
}

async function pullRequestsAt({ system }: Host, place: GitPlace, cwd: string): Promise<"gh" | "none"> {
  if (place.kind !== "tree" || !place.onGitHub) return "none";
  const command = { program: ghTool.program, args: ["--version"], cwd, deadlineMs: 10_000, outputMax: 10_000, keep: "tail" } as const;
  const execution = await system.exec(command);
  return execution.kind === "ended" && execution.status === 0 ? "gh" : "none";
}

async function issueObjection(host: Host, { issue, directory }: StartRequest, place: Placement): Promise<RefusedStart | null> {
  if (issue === null) return null;
  const sight = await host.system.issuesOf(place, directory).show(issue);
  if (sight.kind === "found") return null;
  const where = place.issues === "gh" ? "the repository on GitHub" : place.issues.folder;
  const why = sight.kind === "invisible" ? sight.failure.message : `there is no issue "${issue}" in ${where}.`;
  return refusedStart("unknown-issue", why);
}

const noTreeNotice =
  "no work tree of git with a commit: what the run leaves behind is not seen, and its end is never taken for done or failed.";

function noticesOf({ branch }: StartRequest, place: GitPlace, tree: Placement["tree"]): string[] {
  const notices: string[] = [];
  if (place.kind === "unseen") notices.push(place.failure.message);
  if (tree === null) notices.push(noTreeNotice);
  if (branch === null) notices.push("no branch (--branch): pull requests are not looked for.");
  return notices;
}

function refusedStart(code: RefusedStart["code"], message: string): RefusedStart {
  return { outcome: "refused", code, message, refusal: null };
}

function recordOf({ system }: Host, request: StartRequest, { directory }: Plan) {
  const { run, agent, branch, issue, command, socket, worktree } = request;
  const kind: "tmux" | "process" = socket === null ? "process" : "tmux";
  return {
    run,
    agent,
    branch,
    issue,
    directory: worktree === null ? request.directory : directory,
    command: [...command],
    session: { kind, name: sessionName(`run-${run}`) },
    startedAt: system.clock.now().wallMs,
  };
}

async function launch(host: Host, request: StartRequest, planned: Plan, lease: RunLease | null): Promise<Started> {
  const { store, commits } = host.runs;
  const { run } = request;
  const made = await worktreeMade(host, request, planned);
  if (made !== null) return await launchFailed(host, run, "worktree", made);
  await commits.commit(run, { type: "launch.progressed", stage: "ready" });
  const record = await store.get(run);
  const cwd = record.created.directory ?? request.directory;
  const port = host.system.sessionsAt(planned.placement);
  const obstacle = await whyNotStartable(request.command[0], cwd);
  if (obstacle !== null) return await launchFailed(host, run, "session", `${obstacle}.`);
  const created = await port.create({
    name: record.created.session?.name ?? sessionName(`run-${run}`),
    argv: request.command,
    cwd,
    env: {
      LEASEHOLD_RUN: run,
      LEASEHOLD_DIR: host.directory,
      ...(lease === null ? {} : { LEASEHOLD_LANE: lease.lane, LEASEHOLD_FENCE: String(lease.fencingToken) }),
    },
  });
  if (created.kind !== "created") return await launchFailed(host, run, "session", messageOf(created));
  const { session } = created;
  try {
    await store.note(run, note.session, session.identity);
  } catch (error) {
    // Nobody would find it again.
    await port.kill(session);
    throw error;
  }
  await commits.commit(run, { type: "launch.progressed", stage: "agentStarted" });
  // Created means seen alive, by this start of this command: the monitor has to see it by itself before it attests.
  await commits.commit(run, { type: "session.alive", observer: observerIdentity({ channel: port.channel }) });
  if (factsOf(await store.get(run)).stopRequested) await carryOutStop(host, run);
  return { outcome: "started", run: await store.get(run), session, notices: planned.notices };
}

/** Null: there was none to make, or it is there. */
async function worktreeMade({ system }: Host, request: StartRequest, { placement }: Plan): Promise<string | null> {
  const { worktree, branch, directory } = request;
  if (worktree === null || branch === null || placement.tree === null) return null;
  const { base } = placement.tree;
  const made = await system.workTrees.create({ path: worktree, branch, base, repository: directory });
  if (made.kind === "created") return null;
  return made.kind === "refused" ? made.message : made.failure.message;
}

async function launchFailed(host: Host, run: string, step: LaunchStep, error: string): Promise<Started> {
  const { store, commits } = host.runs;
  await commits.commit(run, { type: "launch.failed", step, error: error.slice(0, 10_000) });
  await settleRun(host, run);
  return { outcome: "failed", run: await store.get(run), step, error };
}

function messageOf(created: Exclude<Created, { readonly kind: "created" }>): string {
  return created.kind === "refused" ? created.message : created.failure.message;
}
