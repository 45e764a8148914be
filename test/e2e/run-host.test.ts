/**
 * Runs end to end: real tmux sessions, a real repository, the built command as monitor. Waits are for facts, with a
 * bound; monitors are killed by their process number. Not injected: full disks and power cuts, which are the journal's.
 */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterAll, afterEach, beforeEach, describe, expect, it } from "vitest";

import { tmuxSessions } from "../../src/gather/index.js";
import {
  type Host,
  type HostSystem,
  factsOf,
  hostSystem,
  monitorRuns,
  note,
  openHost,
  resolveRun,
  sendToRun,
  startRun,
  stopRun,
} from "../../src/host/index.js";
import { eventually, whyWithout } from "../harness/gathering.js";
import { ghStandIn } from "../harness/gh-standin.js";
import { startRequest } from "../harness/hosting.js";
import { killingTmux } from "../harness/killing-tmux.js";
import { type Running, leasehold, start } from "../harness/leasehold-command.js";

const missing = whyWithout("tmux", "-V") ?? whyWithout("git", "--version");
const tickMs = 100;
/** Longest wait for a fact. */
const waitMaxMs = 12_000;

const root = realpathSync(mkdtempSync(join(tmpdir(), "leasehold-e2e-")));
const otherSocket = { path: join(root, "other") } as const;

let socket = { path: "" };
let folder = "";
let directory = "";
let tree = "";
let host: Host;
let system: HostSystem;
const monitors: Running[] = [];
let count = 0;

function git(...args: readonly string[]): void {
  const name = ["-c", "user.name=e2e", "-c", "user.email=e2e@localhost"];
  execFileSync("git", ["-C", tree, ...name, ...args], { stdio: "ignore" });
}

function newRepository(): void {
  mkdirSync(tree, { recursive: true });
  git("init", "--quiet", "--initial-branch=main");
  writeFileSync(join(tree, "file"), "one\n");
  git("add", "file");
  git("commit", "--quiet", "-m", "one");
}

beforeEach(async () => {
  count += 1;
  folder = join(root, String(count));
  directory = join(folder, "state");
  tree = join(folder, "tree");
  socket = { path: join(folder, "tmux") };
  newRepository();
  system = hostSystem({ directory });
  host = await openHost({ directory, system });
});

afterEach(async () => {
  for (const { child, ended } of monitors.splice(0)) {
    child.kill("SIGKILL");
    await ended;
  }
  for (const { created } of await host.runs.store.active()) await stopRun(host, created.run, "e2e");
  await host.close();
  if (existsSync(socket.path)) whyWithout("tmux", "-S", socket.path, "kill-server");
});

afterAll(() => {
  rmSync(root, { recursive: true, force: true });
});

function monitor(env: Readonly<Record<string, string>> = {}): Running {
  const place = { cwd: folder, env: { LEASEHOLD_DIR: directory, ...env } };
  const running = start(place, "run", "monitor", "--tick", `${tickMs}ms`);
  monitors.push(running);
  return running;
}

async function killed({ child, ended }: Running): Promise<void> {
  child.kill("SIGKILL");
  await ended;
}

const pairOf = async (run: string): Promise<string> => {
  const { status, reason } = (await host.runs.store.get(run)).view;
  return reason === null ? status : `${status}(${reason})`;
};

/** Every pair a run went through. */
async function pathOf(run: string): Promise<string[]> {
  const { entries } = await host.runs.store.get(run);
  return entries.flatMap((entry) => {
    const set = entry.type === "committed" ? entry.data.effects.find((effect) => effect.type === "setStatus") : undefined;
    if (set?.type !== "setStatus") return [];
    return [set.reason === null ? set.status : `${set.status}(${set.reason})`];
  });
}

async function becomes(run: string, ...pairs: readonly string[]): Promise<string> {
  const end = Date.now() + waitMaxMs;
  for (;;) {
    const now = await pairOf(run);
    if (pairs.includes(now)) return now;
    if (Date.now() > end) throw new Error(`run ${run} is ${now}, not ${pairs.join(" or ")}: ${(await pathOf(run)).join(" → ")}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

/** Says that it waits, reads a line, then does what the line says. */
const agent = [
  'printf "starting\\n"',
  'printf "[run waiting]\\n"',
  "read line",
  'printf "working on %s\\n" "$line"',
  "sleep 0.4",
  'case "$line" in commit) echo two >file; git -c user.name=a -c user.email=a@localhost commit --quiet -am two ;; done) printf "[run completed]\\n"; sleep 60 ;; esac',
].join("\n");

const begin = async (run: string, script: string, changes = {}): Promise<void> => {
  const request = startRequest(run, tree, { socket, command: ["sh", "-c", script], ...changes });
  expect(await startRun(host, request)).toMatchObject({ outcome: "started" });
};

const say = async (run: string, text: string): Promise<void> => {
  expect(await sendToRun(host, run, { text, enter: true, keys: [] })).toMatchObject({ outcome: "sent" });
};

/** tmux as a person would call it. */
function tmux(...args: readonly string[]): string {
  return execFileSync("tmux", ["-S", socket.path, ...args], { encoding: "utf8" });
}

describe.skipIf(missing !== null)(`a run on this host${missing === null ? "" : ` (skipped: ${missing})`}`, () => {
  it("starts, waits, is answered, commits, exits and waits for a person, whatever moment the monitor is killed in", async () => {
    let watching = monitor();
    await watching.printed("monitoring");
    await begin("r1", agent);
    await killed(watching);
    watching = monitor();
    await becomes("r1", "waiting");
    await killed(watching);
    watching = monitor();
    await say("r1", "commit");
    await killed(watching);
    watching = monitor();
    await becomes("r1", "waiting(session_ended)");
    await killed(watching);
    monitor();
    expect(await pathOf("r1")).toEqual(["booting", "running", "waiting", "running", "waiting(session_ended)"]);
    expect(factsOf(await host.runs.store.get("r1")).lease).not.toBeNull();
    await resolveRun(host, "r1");
    expect(await pairOf("r1")).toBe("done");
  });

  it("is stopped: session gone, canceled, lease free; the monitor has nothing left to do", async () => {
    const watching = monitor();
    await begin("r1", "sleep 600");
    await watching.printed("monitoring");
    const { process } = await sight("r1");
    expect(await stopRun(host, "r1", "tester")).toMatchObject({ outcome: "stopped" });
    expect(await pairOf("r1")).toBe("canceled");
    // It may have ended and not be reaped yet.
    await eventually(() => system.table.look(process), ({ kind }) => kind !== "running");
    const { leases } = await host.leases.live();
    expect(leases.map(({ grant }) => grant.lane)).toEqual(["run-monitor"]);
    expect(await pathOf("r1")).toEqual(["booting", "running", "canceled"]);
  });

  it("says that it is done, and its issue's file is marked resolved", async () => {
    const folderOfIssues = join(folder, "issues");
    mkdirSync(folderOfIssues);
    writeFileSync(join(folderOfIssues, "7.md"), "---\nstatus: open\n---\n# Mend it\n");
    monitor();
    await begin("r1", agent, { issue: "7", issues: { folder: folderOfIssues } });
    await becomes("r1", "waiting");
    await say("r1", "done");
    await becomes("r1", "done");
    const end = Date.now() + waitMaxMs;
    while (!readFileSync(join(folderOfIssues, "7.md"), "utf8").includes("status: resolved")) {
      if (Date.now() > end) throw new Error("the issue was not marked");
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
  });

  it("that is done while its agent goes on keeps its session until somebody ends it; its status stays", async () => {
    monitor();
    await begin("r1", 'printf "[run completed]\\n"; sleep 600');
    await becomes("r1", "done");
    expect(sessions()).toEqual(["run-r1"]);
    expect(await stopRun(host, "r1", "tester")).toMatchObject({ outcome: "session-ended" });
    expect(sessions()).toEqual([]);
    expect(await stopRun(host, "r1", "tester")).toMatchObject({ outcome: "refused", message: expect.stringContaining("has ended already: done") as string });
    expect(await pathOf("r1")).toEqual(["booting", "running", "done"]);
  });

  it("whose session is killed under a steady observer is failed(session_dead) when its work tree is clean", async () => {
    monitor();
    await begin("r1", "sleep 600");
    await observed("r1");
    tmux("kill-session", "-t", "=run-r1");
    await becomes("r1", "failed(session_dead)");
  });

  it("whose work tree vanished is lost and never failed", async () => {
    monitor();
    await begin("r1", "sleep 600");
    await observed("r1");
    rmSync(tree, { recursive: true });
    tmux("kill-session", "-t", "=run-r1");
    await becomes("r1", "unknown(session_lost)");
  });

  it("in a work tree of its own works there, and a tree that cannot be made is failed(launch_worktree)", async () => {
    const worktree = join(folder, "fix");
    await begin("r1", "sleep 600", { branch: "fix", worktree });
    const { created } = await host.runs.store.get("r1");
    expect({ directory: created.directory, head: readFileSync(join(worktree, "file"), "utf8") }).toEqual({ directory: worktree, head: "one\n" });
    const { leases } = await host.leases.live();
    expect(leases.map(({ grant }) => grant.lane)).toEqual([`tree ${worktree}`]);
    mkdirSync(join(folder, "taken"));
    const request = startRequest("r2", tree, { socket, branch: "other", worktree: join(folder, "taken") });
    expect(await startRun(host, request)).toMatchObject({ outcome: "failed", step: "worktree", error: expect.stringContaining("something at that path") as string });
    expect(await pairOf("r2")).toBe("failed(launch_worktree)");
    expect((await host.leases.live()).leases).toHaveLength(1);
  });

  it("looked at by a poisoned observer is unknown(observer_unverified), never failed, and heals by itself", async () => {
    await begin("r1", "sleep 600");
    await watched(system, async () => await observed("r1"));
    // Another socket, and a table of processes in which the server of the run is not: nothing tells it apart.
    const table: HostSystem["table"] = { ...system.table, look: () => Promise.resolve({ kind: "absent" }) };
    const poisoned = { ...system, sessionsAt: () => tmuxSessions({ exec: system.exec, table, socket: otherSocket }) };
    await watched(poisoned, async () => {
      await becomes("r1", "unknown(observer_unverified)");
      await new Promise((resolve) => setTimeout(resolve, 6 * tickMs));
      expect(await pairOf("r1")).toBe("unknown(observer_unverified)");
    });
    await watched(system, async () => await becomes("r1", "running"));
    expect(await pathOf("r1")).toEqual(["booting", "running", "unknown(observer_unverified)", "running"]);
  });

  it("looked for at another socket while its server runs is not seen, which is no evidence", async () => {
    await begin("r1", "sleep 600");
    const elsewhere = { ...system, sessionsAt: () => tmuxSessions({ ...system, socket: otherSocket }) };
    await watched(elsewhere, () => new Promise((resolve) => setTimeout(resolve, 6 * tickMs)));
    expect(await pathOf("r1")).toEqual(["booting", "running"]);
  });

  it("shows oversized panes, broken UTF-8 and escape sequences as plain text, and none of it reaches a terminal", async () => {
    const nasty = String.raw`printf '\033]0;owned\007\033[31mred\033[0m \377\376 \302\233 2J\n'; yes x | head -c 300000; printf '\033]52;c;ZXZpbA==\007[run waiting]\n'; sleep 600`;
    monitor();
    await begin("r1", nasty);
    await becomes("r1", "waiting");
    for (const args of [["run", "show", "r1", "--pane"], ["run", "show", "r1", "--pane", "--json"], ["run", "log", "r1"], ["run", "ps"]]) {
      const { code, stdout } = await leasehold({ cwd: folder, env: { LEASEHOLD_DIR: directory } }, ...args);
      expect({ args, code, control: /(?!\n)\p{Cc}/u.test(stdout) }).toEqual({ args, code: 0, control: false });
    }
  });

  it("without a terminal ends with what it left behind: exit and commit are seen", async () => {
    monitor();
    const commit = "sleep 0.5; echo two >file; git -c user.name=a -c user.email=a@localhost commit --quiet -am two";
    await begin("r1", commit, { socket: null });
    await becomes("r1", "waiting(session_ended)");
    expect(await sendToRun(host, "r1", { text: "x", enter: true, keys: [] })).toMatchObject({ outcome: "refused" });
  });
});

describe.skipIf(missing !== null)(`a run whose pull requests gh shows${missing === null ? "" : ` (skipped: ${missing})`}`, () => {
  it("keeps its status while gh is blind, however gone its session is, and ends as its pull request does", async () => {
    const gh = ghStandIn(folder);
    const PATH = `${gh.bin}${delimiter}${process.env["PATH"] ?? ""}`;
    git("remote", "add", "origin", "https://github.com/o/r.git");
    const args = ["run", "start", "--id", "r1", "--branch", "fix", "--tmux-socket", socket.path, "--", "sleep", "600"];
    const started = await leasehold({ cwd: tree, env: { LEASEHOLD_DIR: directory, PATH } }, ...args);
    expect(started).toMatchObject({ code: 0, stdout: expect.stringContaining("looked for through gh") as string });
    gh.shows({ fails: { status: 1, errors: "GraphQL: API rate limit already exceeded for user ID 1.\n" } });
    const watching = monitor({ PATH });
    await observed("r1");
    tmux("kill-session", "-t", "=run-r1");
    await watching.printed("[gather/rate-limited]");
    gh.shows({ fails: { status: 4, errors: "To get started with GitHub CLI, please run:  gh auth login\n" } });
    await watching.printed("[gather/sign-in-needed]");
    await new Promise((resolve) => setTimeout(resolve, 5 * tickMs));
    expect(await pairOf("r1")).toBe("running");
    gh.shows({ pullRequests: [{ number: 5, state: "OPEN", headRefName: "fix" }] });
    await becomes("r1", "pr_open");
    // It ended after the run began: an earlier one of this branch would be an earlier run's.
    gh.shows({ pullRequests: [{ number: 5, state: "MERGED", headRefName: "fix", closedAt: new Date(Date.now() + 60_000).toISOString() }] });
    await becomes("r1", "done");
    expect(await pathOf("r1")).toEqual(["booting", "running", "pr_open", "done"]);
  });
});

const bySignal = { code: -1 };

describe.skipIf(missing !== null)(`SIGKILL at a named point${missing === null ? "" : ` (skipped: ${missing})`}`, () => {
  it.each(["before", "after"] as const)("of the monitor, %s tmux ended the session of a run that is to stop: the next one finishes it", async (when) => {
    await begin("r1", "sleep 600");
    const first = monitor({ PATH: killingTmux(folder, { at: "kill-session", when, pid: null }) });
    await observed("r1");
    await host.runs.store.note("r1", note.stopRequested, "tester");
    expect(await first.ended).toMatchObject(bySignal);
    // Nothing was recorded that is not so: the wish stands, and no end is claimed.
    expect(await pairOf("r1")).toBe("running");
    expect(sessions()).toEqual(when === "before" ? ["run-r1"] : []);
    monitor();
    await becomes("r1", "canceled");
    expect(await pathOf("r1")).toEqual(["booting", "running", "canceled"]);
    expect(sessions()).toEqual([]);
    await leaseFree();
  });

  it.each(["before", "after"] as const)("of `run stop` itself, %s tmux ended the session: the monitor finishes it", async (when) => {
    await begin("r1", "sleep 600");
    const PATH = killingTmux(folder, { at: "kill-session", when, pid: null });
    expect(await leasehold({ cwd: folder, env: { LEASEHOLD_DIR: directory, PATH } }, "run", "stop", "r1")).toMatchObject(bySignal);
    expect(await pairOf("r1")).toBe("running");
    monitor();
    await becomes("r1", "canceled");
    expect(await pathOf("r1")).toEqual(["booting", "running", "canceled"]);
  });

  it.each(["before", "after"] as const)("of the monitor, %s tmux made the session of a launch: the next one sees the run", async (when) => {
    const first = monitor();
    await first.printed("monitoring");
    const { pid = 0 } = first.child;
    const PATH = killingTmux(folder, { at: "new-session", when: "after", pid });
    const early = when === "before" ? killed(first) : Promise.resolve();
    const started = leasehold({ cwd: tree, env: { LEASEHOLD_DIR: directory, PATH } }, "run", "start", "--id", "r1", "--tmux-socket", socket.path, "--", "sh", "-c", agent);
    await early;
    expect(await started).toMatchObject({ code: 0 });
    expect(await first.ended).toMatchObject(bySignal);
    monitor();
    await becomes("r1", "waiting");
    expect(await pathOf("r1")).toEqual(["booting", "running", "waiting"]);
  });

  it("of `run start`, after tmux made the session: the monitor finds it by its name, and nothing is lost", async () => {
    const PATH = killingTmux(folder, { at: "new-session", when: "after", pid: null });
    const place = { cwd: tree, env: { LEASEHOLD_DIR: directory, PATH } };
    expect(await leasehold(place, "run", "start", "--id", "r1", "--tmux-socket", socket.path, "--", "sh", "-c", agent)).toMatchObject(bySignal);
    expect(await pairOf("r1")).toBe("booting");
    monitor();
    await becomes("r1", "waiting");
    await say("r1", "commit");
    await becomes("r1", "waiting(session_ended)");
  });

  it("of `run start`, before tmux made the session: no session, no verdict before the grace is over, and it can be stopped", async () => {
    const PATH = killingTmux(folder, { at: "new-session", when: "before", pid: null });
    const place = { cwd: tree, env: { LEASEHOLD_DIR: directory, PATH } };
    expect(await leasehold(place, "run", "start", "--id", "r1", "--tmux-socket", socket.path, "--", "sh", "-c", agent)).toMatchObject(bySignal);
    const watching = monitor();
    await watching.printed("monitoring");
    await new Promise((resolve) => setTimeout(resolve, 6 * tickMs));
    expect(await pairOf("r1")).toBe("booting");
    expect(await stopRun(host, "r1", "tester")).toMatchObject({ outcome: "failed", message: expect.stringContaining("being launched") as string });
    expect(await pathOf("r1")).toEqual(["booting"]);
    await host.runs.commits.commit("r1", { type: "status.asserted", status: "canceled", source: "user" });
  });

  it.each(["capture-pane", "send-keys"] as const)("of the monitor in the middle of %s: the prompt and its answer are seen by the next one", async (at) => {
    const first = monitor({ PATH: killingTmux(folder, { at: at === "send-keys" ? "list-panes" : at, when: "after", pid: null }) });
    await begin("r1", agent);
    expect(await first.ended).toMatchObject(bySignal);
    const second = monitor();
    await becomes("r1", "waiting");
    if (at === "send-keys") {
      // The answer is typed, and the monitor dies before it hears of it.
      const PATH = killingTmux(folder, { at, when: "after", pid: second.child.pid ?? 0 });
      expect(await leasehold({ cwd: folder, env: { LEASEHOLD_DIR: directory, PATH } }, "run", "send", "r1", "commit")).toMatchObject({ code: 0 });
      expect(await second.ended).toMatchObject(bySignal);
      monitor();
    } else {
      await say("r1", "commit");
    }
    await becomes("r1", "waiting(session_ended)");
  });
});

describe.skipIf(missing !== null)(`two monitors${missing === null ? "" : ` (skipped: ${missing})`}`, () => {
  it("one that was suspended with an observation in its hands writes it no more once another one has begun", async () => {
    await begin("r1", "sleep 600");
    // Seen alive, this run would be running again: what the first monitor holds back is not without effect.
    await host.runs.commits.commit("r1", { type: "status.asserted", status: "unknown", reason: "session_lost", source: "user" });
    const first = monitor({ PATH: killingTmux(folder, { at: "list-panes", when: "after", pid: null, signal: "STOP" }) });
    await first.printed("monitoring");
    const { pid = 0 } = first.child;
    await eventually(() => Promise.resolve(readFileSync(`/proc/${pid}/stat`, "utf8")), (stat) => /\) T /.test(stat));
    const mine = (await host.leases.live()).leases.find(({ grant }) => grant.lane === "run-monitor")?.grant ?? expect.fail("no lease");
    const force = { because: "the test says that it hangs" };
    const adopted = await host.leases.adopt({ leaseId: mine.leaseId, expectedToken: mine.fencingToken, holder: "e2e", force });
    if (adopted.outcome !== "adopted") expect.fail(adopted.outcome);
    await host.leases.release({ leaseId: mine.leaseId, secret: adopted.secret });
    tmux("kill-session", "-t", "=run-r1");
    const second = monitor();
    await second.printed("monitoring");
    await becomes("r1", "unknown(observer_unverified)");
    first.child.kill("SIGCONT");
    expect(await first.ended).toMatchObject({ code: 3, stdout: expect.stringContaining("another monitor has taken over") as string });
    expect(await pathOf("r1")).toEqual(["booting", "running", "unknown(session_lost)", "unknown(observer_unverified)"]);
  });
});

/** Sessions that the real tmux has. */
function sessions(): string[] {
  try {
    const args = ["-S", socket.path, "list-sessions", "-F", "#{session_name}"];
    return execFileSync("tmux", args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim().split("\n");
  } catch {
    return [];
  }
}

async function leaseFree(): Promise<void> {
  await eventually(
    () => host.leases.live(),
    ({ leases }) => leases.every(({ grant }) => grant.lane === "run-monitor"),
  );
}

async function sight(run: string): Promise<{ readonly process: number }> {
  const logged = await host.runs.store.get(run);
  const { placement, session } = factsOf(logged);
  if (placement === null || session === null) throw new Error(`run ${run} has no session`);
  const seen = await system.sessionsAt(placement).look(session);
  if (seen.kind !== "alive" || seen.process === null) throw new Error(`the session of run ${run} is ${seen.kind}`);
  return { process: seen.process.pid };
}

/** Resolves when a monitor saw it alive itself. */
async function observed(run: string): Promise<void> {
  const end = Date.now() + waitMaxMs;
  while ((await host.runs.store.get(run)).notes["host.observer"] === undefined) {
    if (Date.now() > end) throw new Error(`nobody observed run ${run}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

/** While a monitor in this process looks through these ports. */
async function watched(ports: HostSystem, work: () => Promise<unknown>): Promise<void> {
  const stop = new AbortController();
  const its: Host = { ...host, system: ports };
  const ended = monitorRuns({ host: its, tickMs, acknowledge: false, holder: "e2e", signal: stop.signal, onEvent: () => undefined });
  try {
    await work();
  } finally {
    stop.abort();
    await ended;
  }
}
