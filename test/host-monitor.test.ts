/** The monitor of a state directory: one at a time, fenced; stops, gates, leases and ends are carried out by it. */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

import {
  type Host,
  HostGatherer,
  type MonitorEnd,
  type MonitorEvent,
  factsOf,
  monitorLane,
  monitorRuns,
  note,
  startRun,
  stopRun,
} from "../src/host/index.js";
import type { LaneRequestInput } from "../spec/lane-lease/index.js";
import { defaultRunPolicy } from "../spec/vocabulary/index.js";
import { noPullRequests } from "../src/gather/index.js";
import { identityOf } from "../src/gather/process-table.js";
import { fileSecrets } from "../src/host/secrets.js";
import { freeLease, takeLease, treeLane } from "../src/host/tree-lease.js";
import { type HolderProof, type LeaseStore, openLeaseStore } from "../src/lease/index.js";
import { openRuns } from "../src/run/index.js";
import { eventually } from "./harness/gathering.js";
import { type Pretended, openPretended, pretended, startRequest } from "./harness/hosting.js";
import { inFolder } from "./harness/runs.js";
import { simClock } from "./harness/sim-clock.js";

interface Watched {
  readonly events: MonitorEvent[];
  readonly ended: Promise<MonitorEnd>;
  stop(): Promise<MonitorEnd>;
  /** Resolves when so many further ticks are over. */
  ticks(count: number): Promise<void>;
}

interface Scene {
  readonly directory: string;
  readonly work: string;
  readonly world: Pretended;
  readonly host: Host;
  watch(host?: Host, tickMs?: number): Watched;
}

async function scene(work: (scene: Scene) => Promise<void>): Promise<void> {
  await inFolder(async (folder) => {
    const directory = join(folder, "state");
    const world = pretended(directory);
    const host = await openPretended(directory, world);
    const watching: Watched[] = [];
    const watch = (by: Host = host, tickMs = 20): Watched => {
      const watched = watchedBy(by, tickMs);
      watching.push(watched);
      return watched;
    };
    try {
      await work({ directory, work: folder, world, host, watch });
    } finally {
      for (const watched of watching) await watched.stop();
      await host.close();
    }
  });
}

function watchedBy(host: Host, tickMs: number): Watched {
  const events: MonitorEvent[] = [];
  const stop = new AbortController();
  const options = { host, tickMs, acknowledge: true, holder: "monitor", signal: stop.signal };
  const ended = monitorRuns({ ...options, onEvent: (event) => void events.push(event) });
  const ticksSoFar = (): number => events.filter(({ type }) => type === "tick").length;
  return {
    events,
    ended,
    stop: async () => {
      stop.abort();
      return await ended;
    },
    ticks: async (count) => {
      const from = ticksSoFar();
      await eventually(() => Promise.resolve(ticksSoFar()), (now) => now >= from + count);
    },
  };
}

const pairOf = async ({ runs }: Host, run: string): Promise<string> => {
  const { status, reason } = (await runs.store.get(run)).view;
  return reason === null ? status : `${status}(${reason})`;
};

const becomes = (host: Host, run: string, pair: string): Promise<string> =>
  eventually(() => pairOf(host, run), (now) => now === pair);

describe("one monitor", () => {
  it("a second one is refused and hears who holds it; the first one's end lets another in", async () => {
    await scene(async ({ directory, world, host, watch }) => {
      const first = watch();
      await first.ticks(1);
      const other = await openPretended(directory, world);
      expect(await watch(other).ended).toMatchObject({ outcome: "refused", refusal: { conflicts: [{ holder: "monitor" }] } });
      expect(await first.stop()).toEqual({ outcome: "ended" });
      expect((await host.leases.live()).leases).toEqual([]);
      const third = watch(other);
      await third.ticks(1);
      await third.stop();
      await other.close();
    });
  });

  it("whose lease was taken over ends as lost and commits nothing any more", async () => {
    await scene(async ({ work, world, host, watch }) => {
      await startRun(host, startRequest("r1", work));
      const watched = watch();
      await watched.ticks(2);
      const { leases } = await host.leases.live();
      const mine = leases.find(({ grant }) => grant.lane === monitorLane)?.grant ?? expect.fail("no lease");
      const force = { because: "test" };
      await host.leases.adopt({ leaseId: mine.leaseId, expectedToken: mine.fencingToken, holder: "other", force });
      const ticks = (): number => watched.events.filter(({ type }) => type === "tick").length;
      const before = ticks();
      expect(await watched.ended).toMatchObject({ outcome: "lost" });
      // The one that was under way: it does not have to miss a beat to know.
      expect(ticks() - before).toBeLessThanOrEqual(1);
      const { seq } = await host.runs.store.health();
      world.sessions.live.clear();
      await new Promise((resolve) => setTimeout(resolve, 200));
      expect((await host.runs.store.health()).seq).toBe(seq);
    });
  });
});

describe("the log of runs checks the fence itself", () => {
  it("what a suspended monitor gathered before another one began is refused, even though it never asked for its lease again", async () => {
    await scene(async ({ directory, work, world, host, watch }) => {
      await startRun(host, startRequest("r1", work));
      let resume: () => void = () => undefined;
      const suspended = new Promise<void>((resolve) => (resume = resolve));
      // It has looked, and is stopped between that and the commit: nothing of it runs until the other one monitors.
      const { store, commits } = host.runs;
      expect(await store.raiseFence(1)).toBe(1);
      const late = suspended.then(() => commits.commit("r1", { type: "session.alive", observer: "local:late" }, { fence: 1 }));
      const statusLate = suspended.then(() => commits.commit("r1", { type: "user.stopped" }, { fence: 1 }));
      const other = await openPretended(directory, world);
      const watched = watch(other);
      await watched.ticks(2);
      const before = await store.get("r1");
      resume();
      await expect(statusLate).rejects.toMatchObject({ failure: { code: "run/fenced", fence: 1 } });
      await expect(store.note("r1", "host.observer", "local:late", { fence: 1 })).rejects.toMatchObject({ failure: { code: "run/fenced" } });
      await late.catch(() => undefined);
      expect((await store.get("r1")).view).toEqual(before.view);
      await watched.stop();
      await other.close();
    });
  });

  it("a monitor that is told so by the log ends as lost", async () => {
    await scene(async ({ work, world, host, watch }) => {
      await startRun(host, startRequest("r1", work));
      const watched = watch();
      await watched.ticks(2);
      // As if its lease's end had not reached it: only the log knows of the other one.
      expect(await host.runs.store.raiseFence(1_000)).toBe(1_000);
      await host.runs.store.note("r1", note.stopRequested, "tester");
      expect(await watched.ended).toEqual({ outcome: "lost", reason: "adopted" });
      expect(await pairOf(host, "r1")).toBe("running");
      expect(world.sessions.live.size).toBe(1);
    });
  });

  it("L20: a log that is older than the journal of leases, whose tokens began again, is taken over, and counts on", async () => {
    await scene(async ({ work, host, watch }) => {
      await startRun(host, startRequest("r1", work, { lease: false }));
      const { store, commits } = host.runs;
      // The lease of the one that is late had the number that the new journal of leases gives first.
      expect(await store.raiseFence(1)).toBe(1);
      const watched = watch();
      await watched.ticks(1);
      expect(watched.events[0]).toMatchObject({ type: "started", fencingToken: 1, fence: 2 });
      expect(await store.fence()).toBe(2);
      await expect(commits.commit("r1", { type: "user.stopped" }, { fence: 1 })).rejects.toMatchObject({ failure: { code: "run/fenced", fence: 1, newest: 2 } });
      await expect(store.raiseFence(2)).resolves.toBeNull();
      // Somebody raised another one since that was seen.
      await expect(store.raiseFence(1, { instead: 1 })).resolves.toBeNull();
    });
  });

  it("the fence survives compaction and a restart; people's commands pass it", async () => {
    await scene(async ({ directory, work, world, host }) => {
      await startRun(host, startRequest("r1", work));
      await host.runs.store.raiseFence(7);
      await host.runs.store.compact();
      const other = await openPretended(directory, world);
      expect(await other.runs.store.fence()).toBe(7);
      expect(await other.runs.store.raiseFence(6)).toBeNull();
      await other.runs.commits.commit("r1", { type: "status.asserted", status: "waiting", source: "user" });
      expect(await pairOf(host, "r1")).toBe("waiting");
      await other.close();
    });
  });
});

const trust = "Is this a project you created or one you trust?\n1. Yes, I trust this folder\n2. No\n";

/** A monitor that is suspended in a call, on a clock that only tests move. */
interface Late {
  readonly host: Host;
  readonly work: string;
  readonly world: Pretended;
  /** The next call by this name, of the log or of the leases, waits, and so does everything that follows it. */
  suspendIn(call: Call, how?: Suspending): void;
  /** Waits here until the monitor has been superseded. */
  suspended(): Promise<void>;
  watch(): Watched;
  /**
   * Once it is suspended: its lease runs out, another one takes the lane and raises its token, and it goes on.
   * `replaced`: the journal of leases is replaced before the other one takes the lane.
   */
  supersede(how?: { readonly replaced?: boolean; readonly meanwhile?: () => Promise<void> }): Promise<void>;
}

type Call = "get" | "checkFence" | "raiseFence" | "note" | "heartbeat" | "acquire";

interface Suspending {
  /** When it has its answer; before the call by default. */
  readonly answered?: boolean;
  /** Only a call with these arguments. */
  readonly when?: (args: readonly unknown[]) => boolean;
}

async function late(work: (late: Late) => Promise<void>): Promise<void> {
  await inFolder(async (folder) => {
    const directory = join(folder, "state");
    const clock = simClock();
    const world = pretended(directory, { clock });
    let leases = await openLeaseStore({ directory, clock });
    const runs = await openRuns({ directory, clock });
    let reach: () => void = () => undefined;
    const reached = new Promise<void>((resolve) => (reach = resolve));
    let resume: () => void = () => undefined;
    const resumed = new Promise<void>((resolve) => (resume = resolve));
    const suspended = (): Promise<void> => {
      reach();
      return resumed;
    };
    let waits: (Suspending & { readonly call: Call }) | null = null;
    /** What `now` answers with, but for the call that waits. */
    const waiting = <T extends object>(now: () => T): T =>
      new Proxy(now(), {
        get: (_first, key) => {
          const value = Reflect.get(now(), key) as unknown;
          if (typeof value !== "function") return value;
          return (...args: readonly unknown[]) => {
            const call = (): unknown => Reflect.apply(value, now(), args) as unknown;
            const { answered = false, when = () => true } = waits ?? {};
            if (key !== waits?.call || !when(args)) return call();
            waits = null;
            if (!answered) return suspended().then(call);
            return (async () => {
              const answer = await call();
              await suspended();
              return answer;
            })();
          };
        },
      });
    const store = waiting(() => runs.store);
    const { system } = world;
    const host: Host = { directory, leases: waiting(() => leases), system, secrets: fileSecrets(directory), policy: defaultRunPolicy, runs: { ...runs, store }, close: runs.close };
    const watched: Watched[] = [];
    const scene: Late = {
      host,
      work: folder,
      world,
      suspendIn: (call, how = {}) => void (waits = { call, ...how }),
      suspended,
      watch: () => {
        const one = watchedBy(host, 20);
        watched.push(one);
        return one;
      },
      supersede: async ({ replaced = false, meanwhile = () => Promise.resolve() } = {}) => {
        await reached;
        clock.advance(120_000);
        if (replaced) {
          await leases.close();
          leases = await openLeaseStore({ directory: join(folder, "replaced"), clock });
        }
        const acquired = await leases.acquire({ lane: monitorLane, holder: "other" });
        const token = acquired.outcome === "granted" ? acquired.grant.fencingToken : expect.fail("the lease did not run out");
        expect(await runs.store.raiseFence(token)).toBe(token);
        await meanwhile();
        resume();
      },
    };
    try {
      await work(scene);
    } finally {
      resume();
      for (const one of watched) await one.stop();
      await runs.close();
      await leases.close();
    }
  });
}

describe("a monitor that was suspended past its lease before it raised its token stays out (L20)", () => {
  it("its successor's token stays the newest", async () => {
    await late(async ({ host, suspendIn, watch, supersede }) => {
      suspendIn("raiseFence");
      const watched = watch();
      await supersede();
      expect(await watched.ended).toEqual({ outcome: "lost", reason: "adopted" });
      expect(watched.events).toEqual([]);
      expect(await host.runs.store.fence()).toBe(2);
    });
  });

  it("also where the journal of leases was replaced, and its successor's lease has the number of its own", async () => {
    await late(async ({ host, suspendIn, watch, supersede }) => {
      suspendIn("raiseFence");
      const watched = watch();
      await supersede({ replaced: true });
      expect(await watched.ended).toEqual({ outcome: "lost", reason: "adopted" });
      expect(watched.events).toEqual([]);
      expect(await host.runs.store.fence()).toBe(1);
    });
  });
});

describe("a monitor that was suspended past its lease, and superseded, asks the log before each effect (L20)", () => {
  it("a session that is to be stopped is left to its successor", async () => {
    await late(async ({ host, work, world, suspendIn, watch, supersede }) => {
      await startRun(host, startRequest("r1", work, { lease: false }));
      await host.runs.store.note("r1", note.stopRequested, "tester");
      suspendIn("get");
      const watched = watch();
      await supersede();
      expect(await watched.ended).toMatchObject({ outcome: "lost" });
      expect({ killed: world.sessions.killed, pair: await pairOf(host, "r1") }).toEqual({ killed: 0, pair: "running" });
    });
  });

  it("an issue that is to be marked is left to its successor, and so is the lease of the run", async () => {
    await late(async ({ host, work, world, suspendIn, watch, supersede }) => {
      await startRun(host, startRequest("r1", work, { issue: "7" }));
      await host.runs.commits.commit("r1", { type: "status.asserted", status: "done", source: "user" });
      suspendIn("get");
      const watched = watch();
      await supersede();
      expect(await watched.ended).toMatchObject({ outcome: "lost" });
      expect(world.resolved).toEqual([]);
      expect(host.secrets.read("r1")).not.toBeNull();
    });
  });

  it("an issue is left to its successor although the lease of the run was freed before", async () => {
    await late(async ({ host, work, world, suspendIn, watch, supersede }) => {
      await startRun(host, startRequest("r1", work, { issue: "7" }));
      await host.runs.commits.commit("r1", { type: "status.asserted", status: "done", source: "user" });
      suspendIn("note", { answered: true, when: ([, name]) => name === note.leaseEnd });
      const watched = watch();
      await supersede();
      expect(await watched.ended).toMatchObject({ outcome: "lost" });
      expect(world.resolved).toEqual([]);
      expect((await host.runs.store.get("r1")).notes[note.leaseEnd]).toBe("released");
    });
  });

  it("the lease of a run that ran out is not taken again", async () => {
    await late(async ({ host, work, suspendIn, watch, supersede }) => {
      await startRun(host, startRequest("r1", work));
      const proof = host.secrets.read("r1") ?? expect.fail("no secret");
      await host.leases.release(proof);
      suspendIn("heartbeat", { answered: true, when: ([of]) => (of as HolderProof).leaseId === proof.leaseId });
      const watched = watch();
      await supersede();
      expect(await watched.ended).toMatchObject({ outcome: "lost" });
      expect((await host.leases.live()).leases.map(({ grant }) => grant.lane)).toEqual([monitorLane]);
      expect(host.secrets.read("r1")).toEqual(proof);
    });
  });

  it("the secret of a lease that its successor took again stays, and no end of it is noted", async () => {
    await late(async ({ host, work, suspendIn, watch, supersede }) => {
      await startRun(host, startRequest("r1", work));
      const proof = host.secrets.read("r1") ?? expect.fail("no secret");
      await host.leases.release(proof);
      suspendIn("acquire", { when: ([request]) => (request as LaneRequestInput).lane !== monitorLane });
      const watched = watch();
      await supersede({
        meanwhile: async () => {
          expect(await takeLease(host, "r1", treeLane(work), "other")).toMatchObject({ outcome: "granted" });
        },
      });
      expect(await watched.ended).toMatchObject({ outcome: "lost" });
      const kept = host.secrets.read("r1") ?? expect.fail("the successor's secret is gone");
      expect(await host.leases.heartbeat(kept)).toMatchObject({ outcome: "beaten" });
      expect((await host.runs.store.get("r1")).notes[note.leaseEnd]).toBeUndefined();
    });
  });

  it("the end of a session and the signal to what is left of it are one effect: a process is not left behind unseen", async () => {
    await late(async ({ host, work, world, suspended, watch, supersede }) => {
      await startRun(host, startRequest("r1", work, { lease: false }));
      await host.runs.store.note("r1", note.stopRequested, "tester");
      const child = spawn("sleep", ["600"], { stdio: "ignore" });
      try {
        world.sessions.leftover = await identityOf(host.system.table, child.pid ?? expect.fail("no process"));
        world.sessions.before = (what) => (what === "kill" ? suspended() : undefined);
        const watched = watch();
        await supersede();
        expect(await watched.ended).toMatchObject({ outcome: "lost" });
        await eventually(() => Promise.resolve(child.signalCode), (signal) => signal === "SIGKILL");
        expect(await pairOf(host, "r1")).toBe("running");
      } finally {
        child.kill("SIGKILL");
      }
    });
  });

  it("no key of a gate is pressed that was to be pressed before", async () => {
    await late(async ({ host, work, world, suspendIn, watch, supersede }) => {
      await startRun(host, startRequest("r1", work, { agent: "claude", lease: false }));
      world.sessions.shows("r1", trust);
      suspendIn("checkFence");
      const watched = watch();
      await supersede();
      expect(await watched.ended).toMatchObject({ outcome: "lost" });
      expect(world.sessions.pressed).toEqual([]);
    });
  });

  it("what it looked at before it was suspended is carried out, is not recorded, and is the last of it", async () => {
    await late(async ({ host, work, world, suspended, watch, supersede }) => {
      for (const run of ["r1", "r2"]) {
        await startRun(host, startRequest(run, work, { agent: "claude", lease: false }));
        world.sessions.shows(run, trust);
      }
      world.sessions.before = (what) => (what === "press" ? suspended() : undefined);
      const watched = watch();
      await supersede();
      expect(await watched.ended).toMatchObject({ outcome: "lost" });
      expect(world.sessions.pressed).toEqual(["Enter"]);
      for (const run of ["r1", "r2"]) expect((await host.runs.store.get(run)).notes["gate.trust"]).toBeUndefined();
    });
  });
});

describe("runs", () => {
  it("are observed by one identity a start, noted once; another start is another observer", async () => {
    await scene(async ({ work, host, watch }) => {
      await startRun(host, startRequest("r1", work));
      const first = watch();
      await first.ticks(3);
      await first.stop();
      const second = watch();
      await second.ticks(3);
      await second.stop();
      const { entries } = await host.runs.store.get("r1");
      const observers = entries.flatMap((entry) => (entry.type === "noted" && entry.data.name === note.observer ? [entry.data.value] : []));
      expect([observers.length, new Set(observers).size]).toEqual([2, 2]);
    });
  });

  it("that were never launched are judged after the grace, and before it nothing is said", async () => {
    await scene(async ({ host, watch }) => {
      const old = { agent: "generic", branch: null, issue: null, directory: null, command: [], session: { kind: "process", name: "x" } } as const;
      const now = host.system.clock.now().wallMs;
      await host.runs.store.create({ ...old, run: "young", startedAt: now });
      await host.runs.store.create({ ...old, run: "old", startedAt: now - 200_000 });
      watch();
      await becomes(host, "old", "unknown(never_alive)");
      expect(await pairOf(host, "young")).toBe("queued");
    });
  });

  it("of another host, which saw them alive, are not judged from here", async () => {
    await scene(async ({ host, watch }) => {
      const theirs = { run: "r1", agent: "generic", branch: null, issue: null, directory: null, command: [], startedAt: 0 };
      await host.runs.store.create({ ...theirs, session: { kind: "tmux", name: "theirs" } });
      await host.runs.commits.commit("r1", { type: "launch.progressed", stage: "agentStarted" });
      await host.runs.commits.commit("r1", { type: "session.alive", observer: "worker:w:1" });
      const before = await host.runs.store.get("r1");
      const watched = watch();
      await watched.ticks(5);
      expect(await host.runs.store.get("r1")).toEqual(before);
      expect(await stopRun(host, "r1", "tester")).toMatchObject({ outcome: "failed", message: expect.stringContaining("not recorded here") as string });
    });
  });

  it("that cannot be seen keep their status, and why is told once", async () => {
    await scene(async ({ work, world, host, watch }) => {
      await startRun(host, startRequest("r1", work));
      const watched = watch();
      await watched.ticks(2);
      world.sessions.broken = "tmux hangs";
      await watched.ticks(6);
      expect(await pairOf(host, "r1")).toBe("running");
      const told = (): string[] => watched.events.flatMap((event) => (event.type === "trouble" ? [event.message] : []));
      expect(told().filter((message) => message.includes("tmux hangs"))).toEqual(["session: tmux hangs"]);
      world.sessions.broken = null;
      await watched.ticks(2);
      expect(watched.events).toContainEqual({ type: "seen-again", run: "r1", at: "session" });
    });
  });

  it("a session whose identity its launch could not note is found by its name and noted", async () => {
    await scene(async ({ host, world, watch }) => {
      const placement = { socket: { name: "x" }, tree: null, pullRequests: "none", issues: { folder: "/" } };
      await host.runs.store.create({ run: "r1", agent: "generic", branch: null, issue: null, directory: null, command: [], session: { kind: "tmux", name: "run-r1" }, startedAt: null });
      await host.runs.store.note("r1", note.placement, JSON.stringify(placement));
      await world.sessions.create({ name: "run-r1" });
      const watched = watch();
      await watched.ticks(2);
      expect((await host.runs.store.get("r1")).notes[note.session]).toBe("pretend/1");
    });
  });
});

describe("a stop that is pending", () => {
  it("is carried out before the session's absence is judged", async () => {
    await scene(async ({ work, world, host, watch }) => {
      await startRun(host, startRequest("r1", work));
      // The command that asked for it was killed before it could do it.
      await host.runs.store.note("r1", note.stopRequested, "tester");
      world.sessions.broken = "tmux hangs";
      const watched = watch();
      await watched.ticks(4);
      expect(await pairOf(host, "r1")).toBe("running");
      world.sessions.broken = null;
      await becomes(host, "r1", "canceled");
      expect(world.sessions.live.size).toBe(0);
    });
  });

  it("whose command was killed after the session ended is still canceled, not failed", async () => {
    await scene(async ({ work, world, host, watch }) => {
      await startRun(host, startRequest("r1", work));
      const watched = watch();
      await watched.ticks(2);
      await host.runs.store.note("r1", note.stopRequested, "tester");
      world.sessions.live.clear();
      await becomes(host, "r1", "canceled");
    });
  });
});

describe("a gate that may be acknowledged", () => {
  it("is answered once it is confirmed, once, keys first and then the note", async () => {
    await scene(async ({ work, world, host, watch }) => {
      await startRun(host, startRequest("r1", work, { agent: "claude" }));
      world.sessions.shows("r1", trust);
      world.sessions.before = async (what) => {
        if (what !== "press") return;
        const { view, notes } = await host.runs.store.get("r1");
        expect({ reason: view.reason, note: notes["gate.trust"] }).toEqual({ reason: "gate_trust", note: undefined });
      };
      const watched = watch();
      await eventually(() => Promise.resolve(world.sessions.pressed), (pressed) => pressed.length > 0);
      await watched.ticks(6);
      expect(world.sessions.pressed).toEqual(["Enter"]);
      expect((await host.runs.store.get("r1")).notes["gate.trust"]).toBe("Enter");
      await watched.stop();
      const again = watch();
      await again.ticks(6);
      expect(world.sessions.pressed).toEqual(["Enter"]);
    });
  });

  it("that asks for a person is never answered", async () => {
    await scene(async ({ work, world, host, watch }) => {
      await startRun(host, startRequest("r1", work, { agent: "codex" }));
      world.sessions.shows("r1", "Sign in with ChatGPT\nPress Enter to continue\n");
      const watched = watch();
      await becomes(host, "r1", "waiting(gate_login)");
      await watched.ticks(4);
      expect(world.sessions.pressed).toEqual([]);
    });
  });
});

describe("leases of runs", () => {
  it("are beaten, are taken again when they ran out, and are freed when the run ends", async () => {
    await scene(async ({ work, world, host, watch }) => {
      await startRun(host, startRequest("r1", work));
      const before = factsOf(await host.runs.store.get("r1")).lease ?? expect.fail("no lease");
      // It ran out while nobody beat it, and was cleared away.
      const proof = host.secrets.read("r1") ?? expect.fail("no secret");
      await host.leases.release(proof);
      const watched = watch();
      await watched.ticks(2);
      const after = factsOf(await host.runs.store.get("r1")).lease ?? expect.fail("no lease");
      expect(after.fencingToken).toBeGreaterThan(before.fencingToken);
      world.sessions.shows("r1", "[run completed]");
      await becomes(host, "r1", "done");
      await eventually(async () => (await host.leases.live()).leases.map(({ grant }) => grant.lane), (lanes) => lanes.length === 1);
      await eventually(() => Promise.resolve(host.secrets.read("r1")), (proof) => proof === null);
    });
  });

  it("are freed with their own secret; one that was written meanwhile stays", async () => {
    await scene(async ({ work, host }) => {
      await startRun(host, startRequest("r1", work));
      const { secrets } = host;
      const newer = { leaseId: "newer", secret: "x" };
      const release: LeaseStore["release"] = async (proof) => {
        await secrets.write("r1", newer);
        return await host.leases.release(proof);
      };
      expect(await freeLease({ leases: { ...host.leases, release }, secrets }, "r1")).toBe("released");
      expect(secrets.read("r1")).toEqual(newer);
    });
  });

  it("that somebody else has by now are noted as lost, and the run goes on", async () => {
    await scene(async ({ work, host, watch }) => {
      await startRun(host, startRequest("r1", work));
      await host.leases.release(host.secrets.read("r1") ?? expect.fail("no secret"));
      await host.leases.acquire({ lane: `tree ${work}`, holder: "intruder", attachment: "detached" });
      const watched = watch();
      await watched.ticks(2);
      const { notes, view } = await host.runs.store.get("r1");
      expect({ how: notes[note.leaseEnd], status: view.status }).toEqual({
        how: expect.stringContaining("intruder has it") as string,
        status: "running",
      });
    });
  });
});

it("a done run's issue is marked by whoever monitors next when the end was not followed up", async () => {
  await scene(async ({ work, world, host, watch }) => {
    await startRun(host, startRequest("r1", work, { issue: "7" }));
    await host.runs.commits.commit("r1", { type: "status.asserted", status: "done", source: "user" });
    const watched = watch();
    await eventually(() => Promise.resolve(world.resolved), (resolved) => resolved.length > 0);
    await watched.ticks(3);
    expect(world.resolved).toEqual(["7"]);
    expect(host.secrets.read("r1")).toBeNull();
  });
});

it("panes are paced, life is not: a resting pane is captured less often than its session is looked at", async () => {
  await scene(async ({ work, world, host }) => {
    await startRun(host, startRequest("r1", work));
    let now = host.system.clock.now();
    const system = { ...world.system, clock: { now: () => now } };
    const gatherer = new HostGatherer({ system, tickMs: 5_000 });
    const run = await host.runs.store.get("r1");
    let panes = 0;
    for (let tick = 0; tick < 120; tick += 1) {
      expect(await gatherer.session(run)).toMatchObject({ type: "session.alive" });
      if ((await gatherer.pane(run)) !== null) panes += 1;
      now = { ...now, monotonicMs: now.monotonicMs + 5_000, wallMs: now.wallMs + 5_000 };
    }
    expect(panes).toBeGreaterThan(50);
    expect(panes).toBeLessThan(90);
  });
});

it("a pull request counts only when its head is the run's branch (L12)", async () => {
  await scene(async ({ work, world, host, watch }) => {
    const url = "https://github.com/o/r/pull/9";
    const foreign = { url, outcome: "merged", headBranch: "other", fromFork: false, endedAt: null } as const;
    const own = { ...foreign, headBranch: "mine" };
    let list: readonly (typeof foreign | typeof own)[] = [foreign];
    world.pullRequests = { ...noPullRequests, ofBranch: () => Promise.resolve({ kind: "listed", pullRequests: list }) };
    await startRun(host, startRequest("r1", work, { branch: "mine" }));
    world.sessions.shows("r1", `opened ${url}`);
    const watched = watch();
    await watched.ticks(4);
    expect(await pairOf(host, "r1")).toBe("running");
    list = [foreign, own];
    await becomes(host, "r1", "done");
  });
});
