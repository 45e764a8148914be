/** What a person does to a run, and what follows its end: in the log before it counts, and repeatable after a crash. */
import { chmodSync, existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

import type { Host, Started } from "../src/host/index.js";
import { factsOf, note, resolveRun, sendToRun, settleRun, startRun, stopRun } from "../src/host/index.js";
import { openRuns } from "../src/run/index.js";
import { type Pretended, openPretended, pretended, startRequest } from "./harness/hosting.js";
import { inFolder } from "./harness/runs.js";

interface Scene {
  readonly directory: string;
  readonly work: string;
  readonly world: Pretended;
  readonly host: Host;
}

async function scene(work: (scene: Scene) => Promise<void>): Promise<void> {
  await inFolder(async (folder) => {
    const directory = join(folder, "state");
    const world = pretended(directory);
    const host = await openPretended(directory, world);
    try {
      await work({ directory, work: folder, world, host });
    } finally {
      await host.close();
    }
  });
}

const pairOf = async ({ runs }: Host, run: string): Promise<string> => {
  const { status, reason } = (await runs.store.get(run)).view;
  return reason === null ? status : `${status}(${reason})`;
};

const started = (outcome: Started): Extract<Started, { outcome: "started" }> =>
  outcome.outcome === "started" ? outcome : expect.fail(JSON.stringify(outcome));

describe("start", () => {
  it("leaves a running run with its session noted, its lease taken and the secret readable by its owner alone", async () => {
    await scene(async ({ directory, work, host }) => {
      const { run, session } = started(await startRun(host, startRequest("r1", work)));
      const facts = factsOf(run);
      expect({ pair: await pairOf(host, "r1"), alive: run.view.wasAlive }).toEqual({ pair: "running", alive: true });
      expect(facts.session).toEqual(session);
      const { leases } = await host.leases.live();
      expect(leases.map(({ grant }) => [grant.lane, grant.attachment, grant.runId])).toEqual([[`tree ${work}`, "detached", "r1"]]);
      const file = join(directory, "secrets/run-r1");
      expect(statSync(file).mode & 0o777).toBe(0o600);
      const secret = host.secrets.read("r1")?.secret ?? expect.fail("no secret");
      expect(JSON.stringify(run)).not.toContain(secret);
      // What others can read is no secret any more.
      chmodSync(file, 0o644);
      expect(host.secrets.read("r1")).toBeNull();
    });
  });

  it("in a work tree that is taken is refused, names who has it, and leaves nothing behind", async () => {
    await scene(async ({ directory, work, host }) => {
      started(await startRun(host, startRequest("r1", work)));
      const second = await startRun(host, startRequest("r2", work));
      expect(second).toMatchObject({ outcome: "refused", code: "tree-taken", refusal: { conflicts: [{ holder: "tester r1" }] } });
      expect((await host.runs.store.list()).map(({ created }) => created.run)).toEqual(["r1"]);
      expect(readdirSync(join(directory, "secrets"))).toEqual(["run-r1"]);
    });
  });

  it("with an id that is taken leaves the lease of neither to anybody else", async () => {
    await scene(async ({ work, host }) => {
      started(await startRun(host, startRequest("r1", work, { lease: false })));
      await expect(startRun(host, startRequest("r1", work))).rejects.toThrow(/already/);
      expect((await host.leases.live()).leases).toEqual([]);
    });
  });

  it.each([
    ["unknown-profile", { agent: "nobody" }, /known are shell, generic/],
    ["no-work-tree", { worktree: "/tmp/none" }, /no work tree of git/],
  ] as const)("is refused (%s) before anything is recorded", async (code, changes, words) => {
    await scene(async ({ work, host }) => {
      const refused = await startRun(host, startRequest("r1", work, changes));
      expect(refused).toMatchObject({ outcome: "refused", code, message: expect.stringMatching(words) as string });
      expect(await host.runs.store.list()).toEqual([]);
    });
  });

  it("of a command that cannot be started is failed(launch_session) with the error, and frees the lease", async () => {
    await scene(async ({ work, host }) => {
      const failed = await startRun(host, startRequest("r1", work, { command: ["no-such-program"] }));
      expect(failed).toMatchObject({ outcome: "failed", step: "session", error: expect.stringContaining("no-such-program") as string });
      const { view, entries } = await host.runs.store.get("r1");
      expect([view.status, view.reason]).toEqual(["failed", "launch_session"]);
      const effects = entries.flatMap((entry) => (entry.type === "committed" ? entry.data.effects : []));
      expect(effects).toContainEqual({ type: "recordError", message: 'there is no program "no-such-program" in PATH.' });
      expect((await host.leases.live()).leases).toEqual([]);
    });
  });

  it("whose session cannot be made is failed(launch_session) as well", async () => {
    await scene(async ({ work, world, host }) => {
      world.sessions.broken = "out of order";
      expect(await startRun(host, startRequest("r1", work))).toMatchObject({ outcome: "failed", error: "out of order" });
      expect(await pairOf(host, "r1")).toBe("failed(launch_session)");
    });
  });

  it("that is stopped while its session is made ends canceled, with no session left", async () => {
    await scene(async ({ work, world, host }) => {
      world.sessions.before = async (what) => {
        if (what === "create") expect(await stopRun(host, "r1", "tester")).toMatchObject({ outcome: "failed" });
      };
      await startRun(host, startRequest("r1", work));
      expect({ pair: await pairOf(host, "r1"), live: world.sessions.live.size }).toEqual({ pair: "canceled", live: 0 });
    });
  });
});

describe("stop", () => {
  it("ends the session, then cancels, then frees the lease", async () => {
    await scene(async ({ directory, work, world, host }) => {
      started(await startRun(host, startRequest("r1", work)));
      world.sessions.before = async (what) => {
        if (what === "kill") expect(await pairOf(host, "r1")).toBe("running");
      };
      expect(await stopRun(host, "r1", "tester")).toMatchObject({ outcome: "stopped" });
      expect({ pair: await pairOf(host, "r1"), killed: world.sessions.killed }).toEqual({ pair: "canceled", killed: 1 });
      expect((await host.leases.live()).leases).toEqual([]);
      expect(existsSync(join(directory, "secrets/run-r1"))).toBe(false);
      expect(await stopRun(host, "r1", "tester")).toMatchObject({ outcome: "refused", message: expect.stringContaining("canceled") as string });
    });
  });

  it("LS6: a kill that failed is an error in the log, once, and never canceled; the next try cancels", async () => {
    await scene(async ({ work, world, host }) => {
      started(await startRun(host, startRequest("r1", work)));
      world.sessions.broken = "tmux hangs";
      for (const _ of [1, 2]) expect(await stopRun(host, "r1", "tester")).toMatchObject({ outcome: "failed", message: expect.stringContaining("tmux hangs") as string });
      const { entries } = await host.runs.store.get("r1");
      const errors = entries.filter((entry) => entry.type === "noted" && entry.data.name === note.stopError);
      expect({ pair: await pairOf(host, "r1"), errors: errors.length }).toEqual({ pair: "running", errors: 1 });
      world.sessions.broken = null;
      expect(await stopRun(host, "r1", "tester")).toMatchObject({ outcome: "stopped" });
      expect(await pairOf(host, "r1")).toBe("canceled");
    });
  });

  it("ends a session that was made by this run and no other of its name", async () => {
    await scene(async ({ work, world, host }) => {
      started(await startRun(host, startRequest("r1", work)));
      world.sessions.live.set("run-r1", { identity: "somebody-else's", text: "" });
      await stopRun(host, "r1", "tester");
      expect({ pair: await pairOf(host, "r1"), killed: world.sessions.killed, live: world.sessions.live.size }).toEqual({
        pair: "canceled",
        killed: 0,
        live: 1,
      });
    });
  });
});

describe("send", () => {
  it("types and says so at the commit point; a run that ended or has no session is refused", async () => {
    await scene(async ({ work, world, host }) => {
      started(await startRun(host, startRequest("r1", work)));
      await host.runs.commits.commit("r1", { type: "status.asserted", status: "waiting", source: "user" });
      expect(await sendToRun(host, "r1", { text: "go on", enter: true, keys: ["Down"] })).toMatchObject({ outcome: "sent" });
      expect({ pair: await pairOf(host, "r1"), sent: world.sessions.sent, pressed: world.sessions.pressed }).toEqual({
        pair: "running",
        sent: ["go on"],
        pressed: ["Down"],
      });
      world.sessions.live.clear();
      expect(await sendToRun(host, "r1", { text: "x", enter: true, keys: [] })).toMatchObject({ outcome: "refused" });
      await stopRun(host, "r1", "tester");
      expect(await sendToRun(host, "r1", { text: "x", enter: true, keys: [] })).toMatchObject({ outcome: "refused" });
    });
  });
});

describe("resolve and what follows an end", () => {
  it("done marks the issue resolved once, also when a crash came in between", async () => {
    await scene(async ({ work, world, host }) => {
      started(await startRun(host, startRequest("r1", work, { issue: "7" })));
      world.issuesBroken = "read-only file system";
      expect(await resolveRun(host, "r1")).toMatchObject({ outcome: "resolved", settled: { trouble: "read-only file system" } });
      expect({ pair: await pairOf(host, "r1"), resolved: world.resolved }).toEqual({ pair: "done", resolved: [] });
      world.issuesBroken = null;
      expect(await settleRun(host, "r1")).toEqual({ trouble: null, issue: "resolved" });
      for (const _ of [1, 2]) await settleRun(host, "r1");
      expect(world.resolved).toEqual(["7"]);
      expect(factsOf(await host.runs.store.get("r1")).settled).toBe(true);
    });
  });

  it("resolve leaves the status of a run that ended, and marks its issue", async () => {
    await scene(async ({ work, world, host }) => {
      started(await startRun(host, startRequest("r1", work, { issue: "7" })));
      await stopRun(host, "r1", "tester");
      expect(world.resolved).toEqual([]);
      expect(await resolveRun(host, "r1")).toMatchObject({ outcome: "already-ended" });
      expect({ pair: await pairOf(host, "r1"), resolved: world.resolved }).toEqual({ pair: "canceled", resolved: ["7"] });
    });
  });
});

it("what one process sends clears what another has read: the next prompt is confirmed anew (L6)", async () => {
  await scene(async ({ directory, work, host }) => {
    started(await startRun(host, startRequest("r1", work)));
    const monitor = await openRuns({ directory });
    const prompt = { type: "pane.captured", text: "ready", signal: { prompt: true } } as const;
    const reads = async (): Promise<string> => (await monitor.commits.commit("r1", prompt)).view.status;
    expect([await reads(), await reads()]).toEqual(["running", "waiting"]);
    await sendToRun(host, "r1", { text: "go on", enter: true, keys: [] });
    expect([await reads(), await reads()]).toEqual(["running", "waiting"]);
    await monitor.close();
  });
});
