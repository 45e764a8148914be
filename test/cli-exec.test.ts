/** `leasehold exec`: the command's exit code, its environment, signals, and what becomes of it when the lease is lost. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";

import { openLeaseStore } from "../src/lease/index.js";
import { leasehold, start } from "./harness/leasehold-command.js";

const directories: string[] = [];

function newPlace(): { readonly cwd: string } {
  const cwd = mkdtempSync(join(tmpdir(), "leasehold-exec-"));
  directories.push(cwd);
  return { cwd };
}

afterEach(() => {
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true, force: true });
});

const sh = (script: string): string[] => ["--", "sh", "-c", script];
const node = (script: string): string[] => ["--", process.execPath, "-e", script];

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !readFileSync(`/proc/${pid}/stat`, "latin1").includes(") Z ");
  } catch {
    return false;
  }
}

async function gone(pid: number): Promise<void> {
  while (alive(pid)) await new Promise((resolve) => setTimeout(resolve, 20));
}

async function waiterIn({ cwd }: { readonly cwd: string }): Promise<void> {
  const store = await openLeaseStore({ directory: join(cwd, ".leasehold"), readOnly: true });
  while ((await store.live()).waiting.length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
  await store.close();
}

describe("exec", () => {
  it.each([
    [["exec", "a", ...sh("exit 0")], 0],
    [["exec", "a", ...sh("exit 7")], 7],
    [["exec", "a", ...sh("kill -KILL $$")], 137],
    [["exec", "a", ...sh("kill -TERM $$")], 143],
    [["exec", "a", "--", "/dev/null/below"], 126],
    [["exec", "a", "--", ""], 2],
    [["exec", "a", "--", "no-such-program"], 127],
    [["exec", "a", "--", "/"], 126],
    [["exec", "", ...sh("exit 0")], 122],
    [["exec", "a", "--dir", "/dev/null", ...sh("exit 0")], 125],
  ] as const)("%j ends with %i and leaves the lane free", async (args, code) => {
    const place = newPlace();
    expect(await leasehold(place, ...args)).toMatchObject({ code });
    if (code !== 125) expect((await leasehold(place, "lease", "live")).stdout).toMatch(/^no leases/);
  });

  it("gives the command its lane, lease and token, and no secret unless asked", async () => {
    const place = newPlace();
    const script = 'env | grep "^LEASEHOLD_" | sort';
    const { stdout } = await leasehold({ ...place, env: { LEASEHOLD_SECRET: "of somebody else" } }, "exec", "a", ...sh(script));
    expect(stdout).toMatch(/^LEASEHOLD_DIR=\/.*\/\.leasehold\nLEASEHOLD_FENCE=1\nLEASEHOLD_LANE=a\nLEASEHOLD_LEASE_ID=\w{26}\n$/);
    const passed = await leasehold(place, "exec", "a", "--pass-secret", ...sh(script));
    expect(passed.stdout).toMatch(/LEASEHOLD_SECRET=[\w-]{22}\n/);
  });

  it("keeps others out while it runs (121, 124), and lets one go first that waited", async () => {
    const place = newPlace();
    const first = start(place, "exec", "a", ...sh("echo in; while [ ! -e go ]; do sleep 0.05; done"));
    await first.printed("in");
    expect(await leasehold(place, "exec", "a", ...sh("exit 0"))).toMatchObject({ code: 121 });
    expect(await leasehold(place, "exec", "a", "--wait", "50ms", ...sh("exit 0"))).toMatchObject({ code: 124 });
    const second = leasehold(place, "exec", "a", "--wait", "30s", ...sh("echo second"));
    await waiterIn(place);
    writeFileSync(join(place.cwd, "go"), "");
    expect(await second).toMatchObject({ code: 0, stdout: "second\n" });
    expect(await first.ended).toMatchObject({ code: 0 });
  });

  it("passes signals on and ends as the command does", async () => {
    const place = newPlace();
    const script = 'process.on("SIGTERM", () => process.exit(9)); console.log("in"); setInterval(() => {}, 1000)';
    const running = start(place, "exec", "a", ...node(script));
    await running.printed("in");
    running.child.kill("SIGTERM");
    expect(await running.ended).toMatchObject({ code: 9 });
    expect((await leasehold(place, "lease", "live")).stdout).toMatch(/^no leases/);
  });

  it("ends the command and its descendants when the lease is taken away, and says so with 123", async () => {
    const place = newPlace();
    const running = start(place, "exec", "a", "--ttl", "2s", "--grace", "300ms", ...sh('trap "" TERM; sleep 1000 & echo "in $! $$"; wait; sleep 1000'));
    await running.printed("in ");
    await running.printed("\n");
    const store = await openLeaseStore({ directory: join(place.cwd, ".leasehold") });
    const [lease] = (await store.live()).leases;
    const adopted = await store.adopt({
      leaseId: lease?.grant.leaseId ?? "",
      expectedToken: 1,
      holder: "test",
      force: { because: "the test says so" },
    });
    expect(adopted.outcome).toBe("adopted");
    const { code, stdout, stderr } = await running.ended;
    await store.close();
    expect(code).toBe(123);
    expect(stderr).toMatch(/lease lost: somebody else took it over/);
    const pids = (/in (\d+) (\d+)/.exec(stdout) ?? []).slice(1).map(Number);
    expect(pids).toHaveLength(2);
    for (const pid of pids) await gone(pid);
  });

  it("killed, it leaves the lease to the command that still runs, and frees it with the command", async () => {
    const place = newPlace();
    const running = start(place, "exec", "a", ...sh('echo "in $$"; exec sleep 1000'));
    await running.printed("in ");
    await running.printed("\n");
    running.child.kill("SIGKILL");
    // The pipes stay open as long as the command lives: its end is not the end of exec.
    await new Promise((resolve) => running.child.once("exit", resolve));
    expect((await leasehold(place, "lease", "live")).stdout).toMatch(/^lane .*\na +held/);
    const live = JSON.parse((await leasehold(place, "lease", "live", "--json")).stdout) as { leases: unknown[] };
    expect(live.leases).toHaveLength(1);
    const waiting = leasehold(place, "exec", "a", "--wait", "30s", ...sh("echo next"));
    await waiterIn(place);
    process.kill(Number(/in (\d+)/.exec(running.output())?.[1]), "SIGKILL");
    expect(await waiting).toMatchObject({ code: 0, stdout: "next\n" });
  });
});
