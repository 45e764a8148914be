/**
 * The ports of this host: where agents run, whose pull requests and issues are looked at, which profiles there are.
 *
 * Everything follows from a run's placement, so that two monitors of one state directory look at the same places.
 */
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";

import { fieldProblem } from "../../spec/vocabulary/field-problem.js";
import {
  type AgentProfile,
  type Exec,
  type Issues,
  type ProcessTable,
  type PullRequests,
  type Sessions,
  type WorkTrees,
  agentProfile,
  builtInProfiles,
  cachedPullRequests,
  fileIssues,
  filePullRequests,
  ghIssues,
  ghPullRequests,
  gitWorkTrees,
  hostProcessTable,
  noPullRequests,
  nodeExec,
  printable,
  processSessions,
  tmuxSessions,
} from "../gather/index.js";
import { type Clock, hostClock } from "../journal/index.js";
import type { Placement } from "./facts.js";
import { HostError } from "./errors.js";

/**
 * The ports of a host: time, programs, processes, terminals, git, pull requests and issues. Tests put
 * others in.
 */
export interface HostSystem {
  readonly clock: Clock;
  readonly exec: Exec;
  readonly table: ProcessTable;
  readonly profiles: readonly AgentProfile[];
  readonly workTrees: WorkTrees;
  /** Sessions of a tmux socket, or processes without a terminal when there is none. */
  sessionsAt(place: Pick<Placement, "socket">): Sessions;
  /** Pull requests where a run's placement says to look for them. */
  pullRequestsOf(place: Pick<Placement, "pullRequests">, directory: string): PullRequests;
  /** Issues where a run's placement says they are. */
  issuesOf(place: Pick<Placement, "issues">, directory: string): Issues;
}

/** What the ports of a host are made from. */
export interface HostSystemOptions {
  /** State directory: logs of processes and profiles of one's own are in it. */
  readonly directory: string;
  readonly clock?: Clock;
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

/** Milliseconds; shorter than what the monitor gives one answer. */
const ghDeadlineMs = 10_000;
/** Files of profiles that are read, and bytes of one. */
const profilesMax = 100;

/**
 * The ports of this host. Throws a `HostError` for an agent profile of the state directory that cannot be
 * read.
 */
export function hostSystem({ directory, clock = hostClock(), environment }: HostSystemOptions): HostSystem {
  const exec = nodeExec(environment === undefined ? {} : { environment });
  const table = hostProcessTable(exec);
  const more = environment === undefined ? {} : { environment };
  const processes = processSessions({ table, directory: join(directory, "sessions"), ...more });
  const terminals = remembered((socket: string) =>
    tmuxSessions({ exec, table, socket: JSON.parse(socket) as Exclude<Placement["socket"], null> }),
  );
  const github = remembered((repository: string) =>
    cachedPullRequests(ghPullRequests({ exec, repository, deadlineMs: ghDeadlineMs }), clock),
  );
  return {
    clock,
    exec,
    table,
    profiles: profilesOf(join(directory, "profiles")),
    workTrees: gitWorkTrees({ exec }),
    sessionsAt: ({ socket }) => (socket === null ? processes : terminals(JSON.stringify(socket))),
    pullRequestsOf: ({ pullRequests }, repository) => {
      if (pullRequests === "none") return noPullRequests;
      return pullRequests === "gh" ? github(repository) : filePullRequests(pullRequests.file);
    },
    issuesOf: ({ issues }, repository) =>
      issues === "gh" ? ghIssues({ exec, repository, deadlineMs: ghDeadlineMs }) : fileIssues(issues.folder),
  };
}

function remembered<T>(make: (key: string) => T): (key: string) => T {
  const made = new Map<string, T>();
  return (key) => {
    const known = made.get(key) ?? make(key);
    made.set(key, known);
    return known;
  };
}

/** The profiles of the package, and those in the state directory: `profiles/NAME.json`, which go first. */
function profilesOf(folder: string): readonly AgentProfile[] {
  const own = namesIn(folder).map((name) => profileIn(join(folder, name)));
  const taken = new Set(own.map(({ name }) => name));
  return [...own, ...builtInProfiles.filter(({ name }) => !taken.has(name))];
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).filter((name) => name.endsWith(".json")).sort().slice(0, profilesMax);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") return [];
    throw new HostError({ code: "host/bad-profile", path: folder, found: code ?? "unknown" });
  }
}

function profileIn(path: string): AgentProfile {
  const bad = (found: string): HostError => new HostError({ code: "host/bad-profile", path, found });
  try {
    const document: unknown = JSON.parse(readFileSync(path, "utf8"));
    const result = agentProfile.safeParse(document);
    if (result.success) return result.data;
    const { field, found, hint } = fieldProblem(result.error.issues[0], document);
    throw bad(printable(`${field === "" ? "it" : field} is ${found}: ${hint}`));
  } catch (error) {
    if (error instanceof HostError) throw error;
    throw bad(error instanceof SyntaxError ? "no JSON" : ((error as NodeJS.ErrnoException).code ?? "unknown"));
  }
}
