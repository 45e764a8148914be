/** A host for tests: sessions, pull requests and issues that tests make up, on a real state directory. */
import type { ExitStatus, Issues, KeyName, ProcessIdentity, PullRequests, SessionRef, Sessions } from "../../src/gather/index.js";
import { builtInProfiles, nodeExec, noPullRequests } from "../../src/gather/index.js";
import { type Host, type HostSystem, type StartRequest, hostSystem, openHost } from "../../src/host/index.js";
import { hostClock } from "../../src/journal/index.js";

/** Sessions in memory: what they show and whether they can be seen or ended is the test's to say. */
export class PretendSessions implements Sessions {
  readonly channel = "pretend";
  readonly sent: string[] = [];
  readonly pressed: KeyName[] = [];
  readonly live = new Map<string, { identity: string; text: string }>();
  /** Not null: why nothing can be seen or done. */
  broken: string | null = null;
  killed = 0;
  /** A process that does not end with its session. */
  leftover: ProcessIdentity | null = null;
  /** Called before a session is ended, typed to, or made. */
  before: (what: "create" | "kill" | "send" | "press") => void | Promise<void> = () => undefined;
  #made = 0;

  availability(): ReturnType<Sessions["availability"]> {
    return Promise.resolve({ kind: "available", version: "pretend" });
  }

  async create({ name }: { readonly name: string }): ReturnType<Sessions["create"]> {
    await this.before("create");
    if (this.broken !== null) return this.#failed();
    this.#made += 1;
    const identity = `pretend/${this.#made}`;
    this.live.set(name, { identity, text: "" });
    return { kind: "created", session: { name, identity } };
  }

  look(session: SessionRef): ReturnType<Sessions["look"]> {
    if (this.broken !== null) return Promise.resolve({ kind: "invisible", failure: this.#failed().failure });
    const found = this.#found(session);
    if (found === null) return Promise.resolve(this.#gone());
    return Promise.resolve({ kind: "alive", identity: found.identity, process: null });
  }

  capture(session: SessionRef): ReturnType<Sessions["capture"]> {
    const found = this.#found(session);
    return Promise.resolve(found === null ? this.#gone() : { kind: "pane", text: found.text });
  }

  async send(session: SessionRef, text: string): ReturnType<Sessions["send"]> {
    await this.before("send");
    if (this.broken !== null) return this.#failed();
    if (this.#found(session) === null) return this.#gone();
    this.sent.push(text);
    return { kind: "sent" };
  }

  async press(session: SessionRef, keys: readonly KeyName[]): ReturnType<Sessions["press"]> {
    await this.before("press");
    if (this.broken !== null) return this.#failed();
    if (this.#found(session) === null) return this.#gone();
    this.pressed.push(...keys);
    return { kind: "sent" };
  }

  async kill(session: SessionRef): ReturnType<Sessions["kill"]> {
    await this.before("kill");
    if (this.broken !== null) return this.#failed();
    if (this.#found(session) === null) return this.#gone();
    this.killed += 1;
    this.live.delete(session.name);
    return { kind: "killed", leftover: this.leftover };
  }

  shows(run: string, text: string): void {
    const session = this.live.get(`run-${run}`);
    if (session !== undefined) session.text = text;
  }

  #found({ name, identity }: SessionRef): { identity: string; text: string } | null {
    const found = this.live.get(name);
    return found === undefined || (identity !== null && identity !== found.identity) ? null : found;
  }

  #failed() {
    return { kind: "failed", failure: { code: "program-failed", message: this.broken ?? "" } } as const;
  }

  #gone() {
    const exit: ExitStatus | null = null;
    return { kind: "gone", class: "session_absent", detail: "no-session", exit } as const;
  }
}

export interface Pretended {
  readonly sessions: PretendSessions;
  readonly system: HostSystem;
  readonly resolved: string[];
  pullRequests: PullRequests;
  /** Not null: why issues cannot be resolved. */
  issuesBroken: string | null;
}

export function pretended(directory: string, changes: Partial<HostSystem> = {}): Pretended {
  const sessions = new PretendSessions();
  const resolved: string[] = [];
  const issues: Issues = {
    show: (id) => Promise.resolve({ kind: "found", issue: { id, title: id, status: "open" } }),
    resolve: (id) => {
      if (made.issuesBroken !== null)
        return Promise.resolve({ kind: "failed", failure: { code: "not-permitted", message: made.issuesBroken } });
      resolved.push(id);
      return Promise.resolve({ kind: "resolved" });
    },
  };
  const made: Pretended = {
    sessions,
    resolved,
    pullRequests: noPullRequests,
    issuesBroken: null,
    system: {
      ...hostSystem({ directory }),
      clock: hostClock(),
      exec: nodeExec(),
      profiles: builtInProfiles,
      sessionsAt: () => sessions,
      pullRequestsOf: () => made.pullRequests,
      issuesOf: () => issues,
      ...changes,
    },
  };
  return made;
}

export function openPretended(directory: string, { system }: Pretended): Promise<Host> {
  return openHost({ directory, system });
}

export function startRequest(run: string, directory: string, changes: Partial<StartRequest> = {}): StartRequest {
  return {
    run,
    agent: "generic",
    issue: null,
    branch: null,
    directory,
    command: ["sh"],
    socket: { name: "pretend" },
    worktree: null,
    base: null,
    pullRequests: "none",
    issues: { folder: directory },
    lease: true,
    holder: "tester",
    ...changes,
  };
}
