/** `leasehold run …` on the reference host, at its door: exit codes, what people and programs read, bad input. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";

import { openRuns } from "../src/run/index.js";
import { eventually } from "./harness/gathering.js";
import { type Outcome, type Place, type Running, leasehold, start } from "./harness/leasehold-command.js";

const folders: string[] = [];
const running: Running[] = [];
const detached: number[] = [];

function newPlace(env: Readonly<Record<string, string>> = {}): Place & { readonly state: string } {
  const cwd = realpathSync(mkdtempSync(join(tmpdir(), "leasehold-run-")));
  folders.push(cwd);
  return { cwd, env, state: join(cwd, ".leasehold") };
}

afterEach(async () => {
  for (const pid of detached.splice(0)) {
    process.kill(pid, "SIGTERM");
    await eventually(() => Promise.resolve(isAlive(pid)), (alive) => !alive);
  }
  for (const { child, ended } of running.splice(0)) {
    child.kill("SIGTERM");
    await ended;
  }
  for (const cwd of folders.splice(0)) {
    await endRuns(join(cwd, ".leasehold"));
    rmSync(cwd, { recursive: true, force: true });
  }
});

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** Ends what a test left behind: the group of each process it started, by number. */
async function endRuns(directory: string): Promise<void> {
  if (!existsSync(join(directory, "runs.ndjson"))) return;
  const runs = await openRuns({ directory, readOnly: true }).catch(() => null);
  for (const { notes } of (await runs?.store.list()) ?? []) {
    const pid = Number(notes["host.session"]?.split("/")[2] ?? 0);
    if (pid > 1 && isAlive(-pid)) process.kill(-pid, "SIGKILL");
  }
  await runs?.close();
}

const json = ({ stdout }: Outcome): unknown => JSON.parse(stdout);
const sleeper = ["start", "--session", "process", "--id", "r1", "--", "sleep", "300"] as const;

/** A process, so that no test here needs tmux. */
async function startSleeper(place: Place): Promise<void> {
  const { code, stdout, stderr } = await leasehold(place, "run", ...sleeper);
  expect({ code, stderr }, stdout).toEqual({ code: 0, stderr: "" });
}

describe("runs", () => {
  it("are started, listed, shown, logged and stopped", async () => {
    const place = newPlace();
    await startSleeper(place);
    expect(statSync(join(place.state, "secrets/run-r1")).mode & 0o777).toBe(0o600);
    const secret = readFileSync(join(place.state, "secrets/run-r1"), "utf8").trim().split(" ")[1] ?? "";
    const listed = await leasehold(place, "run", "ps");
    expect(listed.stdout).toMatch(/^run +status +reason +age +agent +branch +PR +observer +lease\nr1 +running +- +\d.* generic +- +- +- +held \(1\)\nno monitor: /);
    expect(json(await leasehold(place, "run", "ps", "--json"))).toMatchObject({
      runs: [{ run: "r1", status: "running", reason: null, agent: "generic", lease: { state: "held", fencingToken: 1 } }],
      monitor: null,
      damage: [],
    });
    const shown = await leasehold(place, "run", "show", "r1");
    expect(shown.stdout).toMatch(/^run +r1\nstatus +running\n/);
    expect(shown.stdout).toContain("command   sleep 300\n");
    const log = await leasehold(place, "run", "log", "r1");
    expect(log.stdout).toMatch(/created +queued +generic: sleep 300\n[\s\S]*queued → booting by daemon\n[\s\S]*booting → running by daemon/);
    expect(json(await leasehold(place, "run", "log", "r1", "--json"))).toMatchObject({ run: "r1", created: { command: ["sleep", "300"] } });
    expect(shown.stdout + log.stdout + listed.stdout).not.toContain(secret);
    expect(await leasehold(place, "run", "send", "r1", "hello")).toMatchObject({ code: 1, stdout: expect.stringMatching(/^refused: .*without a terminal/) as string });
    expect(await leasehold(place, "run", "stop", "r1")).toMatchObject({ code: 0, stdout: "stopped r1: canceled\n" });
    expect(await leasehold(place, "run", "stop", "r1")).toMatchObject({ code: 1, stdout: "refused: run r1 has ended already: canceled.\n" });
    expect((await leasehold(place, "run", "ps")).stdout).toMatch(/^no runs under way\n1 ended: /);
    expect((await leasehold(place, "lease", "live")).stdout).toMatch(/^no leases/);
  });

  it("of an empty directory are none, and asking makes nothing", async () => {
    const place = newPlace();
    expect(await leasehold(place, "run", "ps")).toMatchObject({ code: 0, stdout: `no runs (there are none in ${place.state})\n` });
    expect(json(await leasehold(place, "run", "ps", "--json"))).toEqual({ runs: [], ended: 0, monitor: null, damage: [] });
    expect(await leasehold(place, "run", "show", "r1")).toMatchObject({ code: 2 });
    expect(existsSync(place.state)).toBe(false);
  });

  it("keep the command of one that could not be started, and why", async () => {
    const place = newPlace();
    const failed = await leasehold(place, "run", "start", "--session", "process", "--id", "r1", "--", "no-such-program", "x");
    expect(failed).toMatchObject({ code: 1, stdout: expect.stringMatching(/^failed r1: failed \(launch_session\)\n {2}there is no program "no-such-program" in PATH/) as string });
    expect((await leasehold(place, "run", "log", "r1")).stdout).toMatch(/launch\.failed +booting → failed \(launch_session\) by daemon +there is no program/);
  });

  it("are repaired by a person with a reason that is kept, and resolved with their issue", async () => {
    const place = newPlace();
    mkdirSync(join(place.cwd, "issues"));
    writeFileSync(join(place.cwd, "issues/7.md"), "# Mend it\n");
    const started = await leasehold(place, "run", "start", "--session", "process", "--id", "r1", "--issue", "7", "--", "sleep", "300");
    expect(started.code).toBe(0);
    const repaired = await leasehold(place, "run", "repair", "r1", "--status", "unknown", "--because", "the host was replaced");
    expect(repaired).toMatchObject({ code: 0, stdout: "repaired r1: running → unknown (asserted)\n" });
    expect(await leasehold(place, "run", "repair", "r1", "--status", "unknown", "--because", "again")).toMatchObject({ code: 1 });
    expect((await leasehold(place, "run", "log", "r1")).stdout).toContain("the host was replaced");
    const resolved = await leasehold(place, "run", "resolve", "r1");
    const left = "  its session is still there; end it with: leasehold run stop r1\n";
    expect(resolved).toMatchObject({ code: 0, stdout: `resolved r1: done\n  issue 7: resolved\n${left}` });
    expect(await leasehold(place, "run", "stop", "r1")).toMatchObject({ code: 0, stdout: "its session is ended; ended before: r1: done\n" });
    expect(await leasehold(place, "run", "stop", "r1")).toMatchObject({ code: 1, stdout: "refused: run r1 has ended already: done.\n" });
    expect(readFileSync(join(place.cwd, "issues/7.md"), "utf8")).toContain("status: resolved");
  });
});

describe("the monitor", () => {
  it("goes on in the background, refuses a second one and says who it is, and ends at SIGTERM", async () => {
    const place = newPlace();
    await startSleeper(place);
    const first = json(await leasehold(place, "run", "monitor", "--detach", "--tick", "100ms", "--json")) as { pid: number; log: string };
    detached.push(first.pid);
    expect(statSync(first.log).mode & 0o777).toBe(0o600);
    const second = await leasehold(place, "run", "monitor");
    expect(second.code).toBe(1);
    expect(second.stdout).toMatch(/^refused: somebody else has it\.\n {2}lane "run-monitor" is held by \S+@\S+ \(token \d+\)/);
    const third = await leasehold(place, "run", "monitor", "--detach");
    expect(third).toMatchObject({ code: 1, stdout: expect.stringMatching(/^refused: somebody else has it/) as string });
    expect((await leasehold(place, "run", "ps")).stdout).toContain(`process ${first.pid}, every 100 ms`);
    await leasehold(place, "run", "stop", "r1");
    detached.length = 0;
    process.kill(first.pid, "SIGTERM");
    await eventually(() => Promise.resolve(isAlive(first.pid)), (alive) => !alive);
    expect((await leasehold(place, "lease", "live")).stdout).toMatch(/^no leases/);
    expect(readFileSync(first.log, "utf8")).toMatch(/^monitoring [\s\S]*monitor ended\n$/);
  });

  it("prints one JSON object a line, and watch and wait hear what it commits", async () => {
    const place = newPlace();
    const monitor = start(place, "run", "monitor", "--tick", "100ms", "--json");
    const watch = start(place, "run", "watch", "--json");
    running.push(monitor, watch);
    await monitor.printed('"started"');
    await eventually(() => Promise.resolve(existsSync(join(place.state, "runs.ndjson"))), (there) => there);
    const script = "sleep 1; echo '[run completed]'; sleep 300";
    await leasehold(place, "run", "start", "--session", "process", "--id", "r1", "--", "sh", "-c", script);
    expect(await leasehold(place, "run", "wait", "r1", "--timeout", "20s")).toMatchObject({ code: 0, stdout: "r1: done\n" });
    expect(await leasehold(place, "run", "wait", "r1", "--for", "waiting")).toMatchObject({ code: 1, stdout: "r1: done; it ended without waiting\n" });
    await watch.printed('"done"');
    const changes = watch.output().trim().split("\n").map((line) => JSON.parse(line) as { to: { status: string } });
    expect(changes.map(({ to }) => to.status).slice(-1)).toEqual(["done"]);
    for (const line of monitor.output().trim().split("\n")) expect(JSON.parse(line)).toHaveProperty("type");
    // Its lease is beaten by a thread: one that does not start would say so here.
    expect(monitor.output()).not.toMatch(/"type":"trouble","run":null/);
  });
});

it("wait gives up at its timeout with 4", async () => {
  const place = newPlace();
  await startSleeper(place);
  const waited = await leasehold(place, "run", "wait", "r1", "--for", "waiting", "--timeout", "200ms");
  expect(waited).toMatchObject({ code: 4, stdout: "r1: running after 200 ms\n" });
});

describe("bad input", () => {
  const cases = [
    [["show", "nobody"], /there is no run "nobody" in this state directory; .*r1.*ps --all/],
    [["show", "r2"], /Nearest: "r1"\. \[run\/unknown\]/],
    [["send", "r1"], /give a text to type, or keys to press/],
    [["send", "r1", "--key", "Entr"], /there is no key "Entr"; known are Enter/],
    [["wait", "nobody"], /there is no run/],
    [["wait", "r1", "--for", "wating"], /there is no status "wating" to wait for; known are ended, .*Nearest: "waiting"/],
    [["wait", "r1", "--timeout", "5"], /Did you mean 5s\?/],
    [["repair", "r1", "--status", "broken", "--because", "x"], /there is no status "broken"; known are queued/],
    [["repair", "r1", "--status", "failed", "--reason", "sesion_dead", "--because", "x"], /Nearest: "session_dead"/],
    [["repair", "r1", "--status", "failed"], /required option '--because <text>'/],
    [["repair", "r1", "--status", "failed", "--because", " "], /say why with --because/],
    [["monitor", "--tick", "1ms"], /--tick is from 20ms to 1h/],
    [["start", "--agent", "codx", "--no-lease", "--session", "process", "--", "true"], /there is no agent profile "codx"; known are .*Nearest: "codex"/],
    [["start", "--id", "Not An Id", "--no-lease", "--session", "process", "--", "true"], /run is "Not An Id": it is to be lower-case letters, digits and hyphens/],
    [["start", "--cwd", "nowhere", "--", "true"], /cannot use the folder nowhere: ENOENT/],
    [["start", "--tmux-socket", "a b", "--", "true"], /socket of tmux is a name/],
    [["start", "--pull-requests", "hg", "--", "true"], /takes gh, none or file:PATH.*Nearest: "gh"/],
    [["strt"], /Did you mean start\?/],
  ] as const;

  it("is one message and exit code 2 each", async () => {
    const place = newPlace();
    const runs = await openRuns({ directory: place.state });
    await runs.store.create({ run: "r1", agent: "generic", branch: null, issue: null, directory: null, command: [], session: null, startedAt: 0 });
    await runs.close();
    const waiting = [...cases];
    const lane = async (): Promise<void> => {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
        const [args, words] = next;
        const { code, stdout, stderr } = await leasehold(place, "run", ...args);
        expect({ args, code }, stdout + stderr).toEqual({ args, code: 2 });
        expect(stdout + stderr).toMatch(words);
        expect((stdout + stderr).trim().split("\n").length).toBeLessThanOrEqual(3);
      }
    };
    await Promise.all([lane(), lane(), lane()]);
  });

  it("an id that is taken, an unknown issue, a base that is none and a taken work tree are refused with 1", async () => {
    const place = newPlace();
    await startSleeper(place);
    const process = ["run", "start", "--session", "process"] as const;
    const cases = [
      [["--id", "r1", "--no-lease"], /there is a run "r1" already/],
      [["--issue", "99", "--no-lease"], /there is no issue "99" in .*issues/],
      [["--base", "HEAD", "--no-lease"], /no work tree of git/],
      [[], /refused: somebody else has it\.\n.*Use another work tree/],
    ] as const;
    for (const [flags, words] of cases) {
      const { code, stdout, stderr } = await leasehold(place, ...process, ...flags, "--", "true");
      expect({ flags, code }).toEqual({ flags, code: 1 });
      expect((stdout + stderr).replaceAll("\n", " ")).toMatch(new RegExp(words.source.replaceAll(String.raw`\n`, " ")));
    }
  });

  it("tmux and git missing: which package, and what works without", async () => {
    const place = newPlace();
    const bin = join(place.cwd, "bin");
    mkdirSync(bin);
    for (const name of ["sh", "env", "mkdir", "mv", "sleep"]) symlinkSync(execFileSync("which", [name], { encoding: "utf8" }).trim(), join(bin, name));
    const bare = { ...place, env: { PATH: bin } };
    const refused = await leasehold(bare, "run", "start", "--", "sleep", "300");
    expect(refused).toMatchObject({ code: 1, stdout: expect.stringMatching(/^refused: .*no program "tmux" in PATH\. Install the package tmux\..*--session process/) as string });
    const started = await leasehold(bare, "run", ...sleeper);
    expect(started.code).toBe(0);
    expect(started.stdout).toMatch(/no program "git" in PATH\. Install the package git/);
    expect(await leasehold(bare, "run", "stop", "r1")).toMatchObject({ code: 0 });
  });

  it("a log from a newer version, a directory that is a file and a broken profile say so", async () => {
    const place = newPlace();
    await startSleeper(place);
    await leasehold(place, "run", "stop", "r1");
    mkdirSync(join(place.state, "profiles"));
    writeFileSync(join(place.state, "profiles/mine.json"), "{}");
    const profile = await leasehold(place, "run", "stop", "r1");
    expect(profile).toMatchObject({ code: 2, stderr: expect.stringMatching(/^error: reading the agent profile .*mine\.json: name is missing: it is to be a string\. /) as string });
    rmSync(join(place.state, "profiles"), { recursive: true });
    writeFileSync(join(place.cwd, "file"), "");
    for (const args of [["ps"], ["start", "--", "true"], ["send", "r1", "x"], ["monitor"], ["monitor", "--detach"], ["watch"]]) {
      const stderr = expect.stringMatching(/^error: .*as a state directory: it is a file\. Name a directory\./) as string;
      const [name = "", ...rest] = args;
      expect({ args, ...(await leasehold(place, "run", name, "--dir", "file", ...rest)) }).toMatchObject({ args, code: 5, stderr });
    }
    const log = join(place.state, "runs.ndjson");
    writeFileSync(log, readFileSync(log, "utf8").replace(/"v":1/, '"v":9'));
    for (const args of [["ps"], ["monitor"]]) {
      const { code, stdout, stderr } = await leasehold(place, "run", ...args);
      expect({ args, code }, stdout + stderr).toMatchObject({ args, code: 5 });
    }
  });

  it("control characters in names and commands are written out, and never reach the terminal", async () => {
    const place = newPlace();
    const nasty = "\u001b]0;owned\u0007\u009b2J";
    const args = ["--session", "process", "--id", "r1", "--branch", `b${nasty}`, "--", "sh", "-c", `: '${nasty}'; sleep 300`];
    await leasehold(place, "run", "start", ...args);
    for (const command of [["ps"], ["show", "r1"], ["log", "r1", "--json"]]) {
      const { stdout } = await leasehold(place, "run", ...command);
      expect({ command, control: /(?!\n)\p{Cc}/u.exec(stdout)?.[0] }).toEqual({ command, control: undefined });
    }
  });

  it("every command has help with an example and exit codes", async () => {
    const place = newPlace();
    const names = ["start", "ps", "show", "log", "watch", "send", "stop", "resolve", "repair", "monitor", "wait"];
    const helped = async (name: string): Promise<void> => {
      const { code, stdout } = await leasehold(place, "run", name, "--help");
      expect({ name, code }).toEqual({ name, code: 0 });
      expect(stdout).toContain("  $ leasehold run ");
      expect(stdout).toMatch(/Exit code/);
    };
    for (let at = 0; at < names.length; at += 3) await Promise.all(names.slice(at, at + 3).map(helped));
  });
});
