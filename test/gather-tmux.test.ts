/**
 * Sessions on a real tmux server: what is alive, what is gone and how, what cannot be seen. Each test has a
 * socket of its own, and its servers are ended by their process numbers.
 */
import { mkdirSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

import {
  type NewSession,
  type SessionRef,
  type TmuxOptions,
  type TmuxSessions,
  hostProcessTable,
  nodeExec,
  processSessions,
  tmuxSessions,
} from "../src/gather/index.js";
import { eventually, temporaryFolder, whyWithout } from "./harness/gathering.js";

const reason = whyWithout("tmux", "-V");
const exec = nodeExec();
const table = hostProcessTable(exec);

let folder: ReturnType<typeof temporaryFolder>;
let servers: Set<number>;

beforeEach(() => {
  folder = temporaryFolder("tmux");
  servers = new Set();
});

afterEach(async () => {
  for (const pid of servers) endServer(pid);
  for (const pid of servers) await eventually(() => table.look(pid), ({ kind }) => kind !== "running");
  folder.remove();
});

function endServer(pid: number): void {
  try {
    process.kill(pid, "SIGTERM");
  } catch {
    // It ended with its last session.
  }
}

async function serverEnded(pid: number): Promise<void> {
  endServer(pid);
  await eventually(() => table.look(pid), ({ kind }) => kind !== "running");
}

const socket = (): string => join(folder.path, "s");

function channel(options: Partial<TmuxOptions> = {}): TmuxSessions {
  return tmuxSessions({ exec, table, socket: { path: socket() }, ...options });
}

function serverOf({ identity }: SessionRef): number {
  return Number(identity?.split("/")[2]);
}

/** A session that runs until its end is called for. */
async function started(sessions: TmuxSessions, session: Partial<NewSession> = {}) {
  const made = await sessions.create({ name: "run-1", argv: ["cat"], cwd: folder.path, ...session });
  if (made.kind !== "created") throw new Error(JSON.stringify(made));
  servers.add(serverOf(made.session));
  return made.session;
}

async function paneText(sessions: TmuxSessions, session: SessionRef, part: string): Promise<string> {
  const pane = await eventually(
    () => sessions.capture(session, 100),
    (seen) => seen.kind === "pane" && seen.text.includes(part),
  );
  return pane.kind === "pane" ? pane.text : "";
}

describe.skipIf(reason !== null)(`tmux sessions${reason === null ? "" : ` (skipped: ${reason})`}`, () => {
  test("a session is alive from its creation on, takes text, and is gone when it was ended", async () => {
    const sessions = channel();
    const session = await started(sessions);
    expect(await sessions.look(session)).toMatchObject({ kind: "alive", identity: session.identity });
    expect(await sessions.send(session, "first; $HOME #{pid} ;", { enter: true })).toEqual({ kind: "sent" });
    expect(await paneText(sessions, session, "#{pid} ;\nfirst")).toContain("first; $HOME #{pid} ;");
    expect(await sessions.kill(session)).toEqual({ kind: "killed", leftover: null });
    await eventually(() => sessions.look(session), ({ kind }) => kind === "gone");
  });

  test("keys are pressed by their names", async () => {
    const sessions = channel();
    const session = await started(sessions);
    expect(await sessions.send(session, "typed", { enter: false })).toEqual({ kind: "sent" });
    expect(await sessions.press(session, ["Space", "y", "Enter"])).toEqual({ kind: "sent" });
    expect(await paneText(sessions, session, "typed y\ntyped y")).toBeTruthy();
  });

  test("a text longer than one message of tmux arrives whole", async () => {
    const sessions = channel();
    const session = await started(sessions, { argv: ["sh", "-c", "stty -echo; echo ready; exec cat"] });
    await paneText(sessions, session, "ready");
    const lines = Array.from({ length: 90 }, (_, line) => `${line}:${"é😀".repeat(40)};`);
    await sessions.send(session, lines.join("\n"), { enter: true });
    expect(await paneText(sessions, session, "\n89:")).toBe(["ready", ...lines].join("\n"));
  });

  test("arguments, variables and folder reach the program as they are", async () => {
    const sessions = channel();
    const cwd = join(folder.path, "a #{pid} 'folder';");
    mkdirSync(cwd);
    const script = 'printf "<%s>" "$@" "$V" "$PWD"; exec cat';
    const odd = ["a;", ";", "\\;", "#{pid}", "{", "}", "$HOME", "'", '"', "x y", "-x", ""];
    const session = await started(sessions, {
      argv: ["sh", "-c", script, "name", ...odd],
      env: { V: "1;2;" },
      cwd,
    });
    const shown = [...odd, "1;2;", cwd].map((word) => `<${word}>`).join("");
    expect(await paneText(sessions, session, "folder';>")).toBe(shown);
  });

  test("a program without arguments is not read by a shell", async () => {
    const sessions = channel();
    const session = await started(sessions, { argv: ["cat; touch shell-was-here"] });
    await eventually(() => sessions.look(session), ({ kind }) => kind === "gone");
    expect(readdirSync(folder.path)).not.toContain("shell-was-here");
  });

  test("a program that ended is gone, and its last words can be read", async () => {
    const sessions = channel();
    const session = await started(sessions, { argv: ["sh", "-c", "echo last words; sleep 0.3; exit 3"] });
    await paneText(sessions, session, "last words");
    const sight = await eventually(() => sessions.look(session), ({ kind }) => kind === "gone");
    expect(sight).toMatchObject({ kind: "gone", class: "session_absent", detail: "pane-dead" });
    // tmux does not reap every process: then it does not know how it ended.
    expect([3, null]).toContain(sight.kind === "gone" ? sight.exit?.status : undefined);
    expect(await paneText(sessions, session, "last words")).not.toBe("");
    expect(await sessions.list()).toMatchObject({ sessions: [{ name: "run-1", dead: true }] });
    expect(await sessions.kill(session)).toMatchObject({ detail: "pane-dead" });
    expect(await eventually(() => sessions.list(), ({ kind }) => kind === "listed")).toEqual({
      kind: "listed",
      sessions: [],
    });
  });

  test("a program that closed its terminal and works on is alive", async () => {
    const sessions = channel();
    const script = "trap '' HUP; exec </dev/null >/dev/null 2>&1; while :; do sleep 0.05; done";
    const session = await started(sessions, { argv: ["sh", "-c", script] });
    const dead = (seen: Awaited<ReturnType<TmuxSessions["list"]>>): boolean =>
      seen.kind === "listed" && seen.sessions[0]?.dead === true;
    await eventually(() => sessions.list(), dead);
    const sight = await sessions.look(session);
    if (sight.kind !== "alive" || sight.process === null) throw new Error(JSON.stringify(sight));
    process.kill(sight.process.pid, "SIGKILL");
    expect(await eventually(() => sessions.look(session), ({ kind }) => kind === "gone")).toMatchObject({
      detail: "pane-dead",
    });
  });

  test("a session made anew under the same name is not the one that was meant", async () => {
    const sessions = channel();
    await started(sessions, { name: "other" });
    const old = await started(sessions);
    await sessions.kill(old);
    const fresh = await started(sessions);
    expect(await sessions.look(old)).toMatchObject({ kind: "gone", detail: "session-replaced" });
    expect(await sessions.send(old, "x", { enter: true })).toMatchObject({ kind: "gone" });
    expect(await sessions.kill(old)).toMatchObject({ kind: "gone", detail: "session-replaced" });
    expect(await sessions.look(fresh)).toMatchObject({ kind: "alive" });
    expect(await sessions.look({ name: "run-1", identity: null })).toMatchObject({ kind: "alive" });
  });

  test("no session and no server are told apart", async () => {
    const sessions = channel();
    const meant = { name: "run-1", identity: null };
    expect(await sessions.look(meant)).toMatchObject({ class: "server_absent", detail: "no-server" });
    const other = await started(sessions, { name: "run-10" });
    expect(await sessions.look(meant)).toMatchObject({ class: "session_absent", detail: "no-session" });
    await serverEnded(serverOf(other));
    // In its last moments a server answers with nonsense, which is blindness.
    const isGone = ({ kind }: { readonly kind: string }): boolean => kind === "gone";
    const absent = { class: "server_absent", detail: "no-server" };
    expect(await eventually(() => sessions.look(other), isGone)).toMatchObject(absent);
    expect(await eventually(() => sessions.capture(other, 10), isGone)).toMatchObject(absent);
    expect(await eventually(() => sessions.list(), ({ kind }) => kind === "listed")).toEqual({
      kind: "listed",
      sessions: [],
    });
  });

  test("a session whose server was replaced is gone for certain", async () => {
    const sessions = channel();
    const old = await started(sessions);
    await serverEnded(serverOf(old));
    await started(sessions);
    expect(await sessions.look(old)).toMatchObject({ class: "server_absent", detail: "server-replaced" });
    expect(await sessions.capture(old, 10)).toMatchObject({ detail: "server-replaced" });
  });

  test("a server whose socket was removed is not absent: it cannot be seen", async () => {
    const sessions = channel();
    const session = await started(sessions);
    rmSync(socket());
    const sight = await sessions.look(session);
    expect(sight).toMatchObject({ kind: "invisible", failure: { code: "socket-removed" } });
    expect(JSON.stringify(sight)).toContain(`process ${serverOf(session)} runs`);
  });

  test("another server at the socket says nothing of a session whose own server lives", async () => {
    const sessions = channel();
    const session = await started(sessions);
    renameSync(socket(), `${socket()}.moved`);
    await started(sessions, { name: "other" });
    const foreign = { kind: "invisible", failure: { code: "foreign-server" } };
    expect(await sessions.look(session)).toMatchObject(foreign);
    expect(await sessions.capture(session, 10)).toMatchObject(foreign);
    await started(sessions);
    expect(await sessions.look(session)).toMatchObject(foreign);
    expect(await sessions.capture(session, 10)).toMatchObject(foreign);
    expect(await sessions.send(session, "x", { enter: true })).toMatchObject({ kind: "failed" });
    expect(await sessions.kill(session)).toMatchObject({ kind: "failed", failure: { code: "foreign-server" } });
    const moved = channel({ socket: { path: `${socket()}.moved` } });
    expect(await moved.look(session)).toMatchObject({ kind: "alive" });
  });

  test("a socket that the host inherited through its environment is not looked at", async () => {
    const elsewhere = join(folder.path, "elsewhere");
    mkdirSync(elsewhere);
    const inherited = { ...process.env, TMUX: join(elsewhere, "s,1,0"), TMUX_TMPDIR: elsewhere };
    const named = { socket: { name: "own" }, socketFolder: folder.path };
    const session = await started(channel(named));
    const exec = nodeExec({ environment: inherited });
    expect(await channel({ ...named, exec }).look(session)).toMatchObject({ kind: "alive" });
  });

  test("sequences, control characters and broken UTF-8 do not pass", async () => {
    const sessions = channel();
    const printed = String.raw`\033[31mred\033[0m \033]0;title\007 bad\377\376 bell\007 \303\251 end`;
    const session = await started(sessions, { argv: ["sh", "-c", `printf '${printed}'; exec cat`] });
    const text = await paneText(sessions, session, "end");
    expect(text).toContain("red");
    expect(text).toContain("é end");
    expect(/\p{Cc}/u.test(text.replaceAll("\n", ""))).toBe(false);
  });

  test("what must not be created is refused, and says why", async () => {
    const sessions = channel();
    await started(sessions);
    const base: NewSession = { name: "run-2", argv: ["cat"], cwd: folder.path };
    const codeOf = async (session: Partial<NewSession>): Promise<string> => {
      const made = await sessions.create({ ...base, ...session });
      return made.kind === "refused" ? made.code : made.kind;
    };
    expect(await codeOf({ name: "run-1" })).toBe("name-taken");
    expect(await codeOf({ name: "a.b:c" })).toBe("name-invalid");
    expect(await codeOf({ cwd: join(folder.path, "none") })).toBe("folder-missing");
    expect(await codeOf({ argv: ["cat", "a\0b"] })).toBe("command-invalid");
    expect(await codeOf({ argv: ["X=1"] })).toBe("command-invalid");
    expect(await codeOf({ env: { "A B": "1" } })).toBe("command-invalid");
    expect(await codeOf({ argv: ["cat", "x".repeat(20_000)] })).toBe("command-too-long");
    const text = await sessions.send({ name: "run-1", identity: null }, "\u001b[A", { enter: false });
    expect(text).toMatchObject({ kind: "refused", code: "text-invalid" });
  });

  test("a process that does not end with its session is told", async () => {
    const sessions = channel({ killGraceMs: 200 });
    const session = await started(sessions, {
      argv: ["sh", "-c", "trap '' HUP; echo ready; while :; do sleep 0.05; done"],
    });
    await paneText(sessions, session, "ready");
    const killed = await sessions.kill(session);
    if (killed.kind !== "killed" || killed.leftover === null) throw new Error(JSON.stringify(killed));
    process.kill(killed.leftover.pid, "SIGKILL");
  });

  test("a session can be made while the server goes away with its last one", async () => {
    const sessions = channel();
    for (let time = 0; time < 5; time += 1) {
      const session = await started(sessions);
      expect(await sessions.kill(session)).toMatchObject({ kind: "killed" });
    }
  });

  test("identities of another kind of session are not guessed at", async () => {
    const sessions = channel();
    const session = { ...(await started(sessions)), identity: "process/x/1/2/0000000000000000" };
    expect(await sessions.look(session)).toMatchObject({ failure: { code: "identity-missing" } });
    const processes = processSessions({ table, directory: folder.path });
    expect(await processes.look({ name: "run-1", identity: null })).toMatchObject({
      failure: { code: "identity-missing" },
    });
  });

  test("the channel names its socket, and the program says its version", async () => {
    expect(channel().channel).toBe(`tmux:${socket()}`);
    expect(await channel().availability()).toMatchObject({ kind: "available" });
  });
});
