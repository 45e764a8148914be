/**
 * The worker plane as processes over a Unix socket, with real signals and real threads, judged at every change
 * by the laws. Needs the built package: threads and processes start from it.
 *
 * Times are bounds in one direction only: a slow machine makes these tests slow, not wrong.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

import { type Json, type Master, type PlaneChange, createMaster, socketServer } from "leasehold/worker-plane";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

import { type FencedParameters, fencedParameters } from "../spec/systems/worker-plane-fenced-state.js";
import { createJudge } from "./harness/plane-judge.js";
import { PlaneObserver } from "./harness/plane-observer.js";
import { testToken } from "./harness/raw-peer.js";

const tickMs = 25;
/** 1.2 s, 0.8 s and 10 s. */
const parameters: FencedParameters = {
  ...fencedParameters.parse({ workers: 2, leases: 3, runs: 2, dispatchMax: 3, retention: 2 }),
  heartbeatTtl: 48,
  dispatchTtl: 32,
  waitBudget: 400,
};

interface Child {
  readonly process: ChildProcess;
  /** Resolves with the first line that has the key. */
  said(key: string): Promise<Record<string, unknown>>;
}

let folder: string;
let path: string;
let observer: PlaneObserver;
const masters: Master[] = [];
const children: Child[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "worker-plane-"));
  path = join(folder, "master");
  const judge = createJudge(parameters, { bounded: false });
  const runs = ["run-0", "run-1"];
  observer = new PlaneObserver({ parameters, workers: ["local", "remote"], runs, tickMs }, judge);
});

afterEach(async () => {
  for (const child of children.splice(0)) child.process.kill("SIGKILL");
  for (const master of masters.splice(0)) await master.close();
  await rm(folder, { recursive: true, force: true });
});

function start(...args: readonly string[]): Child {
  const file = fileURLToPath(new URL("./harness/plane-process.ts", import.meta.url));
  const child = spawn(process.execPath, ["--import", "tsx", file, ...args], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const lines: Record<string, unknown>[] = [];
  const waiting = new Set<() => void>();
  createInterface({ input: child.stdout }).on("line", (line) => {
    lines.push(JSON.parse(line) as Record<string, unknown>);
    for (const look of waiting) look();
  });
  const said = (key: string): Promise<Record<string, unknown>> =>
    new Promise((resolve) => {
      const look = (): void => {
        const index = lines.findIndex((line) => key in line);
        if (index === -1) return;
        waiting.delete(look);
        resolve(lines.splice(index, 1)[0] ?? {});
      };
      waiting.add(look);
      look();
    });
  const started = { process: child, said };
  children.push(started);
  return started;
}

const watchers = new Set<(change: PlaneChange) => void>();

/** Resolves at the next change that fits. */
function changes(fits: (change: PlaneChange) => boolean): Promise<PlaneChange> {
  return new Promise((resolve) => {
    const watch = (change: PlaneChange): void => {
      if (!fits(change)) return;
      watchers.delete(watch);
      resolve(change);
    };
    watchers.add(watch);
  });
}

async function master(): Promise<Master> {
  const created = createMaster({
    policy: {
      tickMs,
      heartbeatTtlMs: parameters.heartbeatTtl * tickMs,
      dispatchTtlMs: parameters.dispatchTtl * tickMs,
      waitMs: parameters.waitBudget * tickMs,
      completedLeasesMax: parameters.retention,
      attemptsMax: parameters.dispatchMax,
    },
    onChange: (change) => {
      observer.follow(change);
      for (const watch of watchers) watch(change);
    },
  });
  observer.watch(() => created.status());
  masters.push(created);
  await created.serve(socketServer({ address: { path }, token: testToken }));
  return created;
}

const ask = (snapshot: Json) => ({ target: "remote", effect: "start", run: "run-0", snapshot }) as const;

describe("processes over a Unix socket", () => {
  test("a worker that is killed in the middle is lost, and its next process takes the run up", async () => {
    const plane = await master();
    const first = start("worker", "remote", path);
    await first.said("registered");
    const outcome = plane.lease(ask({ act: "sleep", ms: 60_000 }));
    await first.said("executes");
    first.process.kill("SIGKILL");
    observer.crashed("remote");
    expect(await outcome).toMatchObject({ kind: "lost", because: "worker-inactive" });
    const second = start("worker", "remote", path);
    await second.said("registered");
    expect(await plane.lease(ask({ act: "answer", ms: 0 }))).toMatchObject({
      kind: "succeeded",
      result: "answer",
    });
    second.process.kill("SIGTERM");
    expect(await second.said("ended")).toEqual({ ended: null });
    expect(plane.status().workers).toEqual([]);
    expect(observer.failure).toBeNull();
  });

  test("a worker that is stopped past the TTL and goes on has its effect aborted, and is active again", async () => {
    const plane = await master();
    const worker = start("worker", "remote", path);
    await worker.said("registered");
    const outcome = plane.lease(ask({ act: "sleep", ms: 60_000 }));
    await worker.said("executes");
    worker.process.kill("SIGSTOP");
    expect(await outcome).toMatchObject({ kind: "lost", because: "worker-inactive" });
    const back = changes(({ type }) => type === "worker.beat");
    worker.process.kill("SIGCONT");
    await back;
    expect(await worker.said("aborted")).toEqual({ aborted: "sleep" });
    expect(await plane.lease(ask({ act: "answer", ms: 0 }))).toMatchObject({ kind: "succeeded" });
    expect(observer.failure).toBeNull();
  });

  test("a worker whose event loop is blocked for longer than both TTLs beats on, and is asked once", async () => {
    const plane = await master();
    const worker = start("worker", "remote", path);
    await worker.said("registered");
    const silent: PlaneChange[] = [];
    const handed: PlaneChange[] = [];
    watchers.add((change) => {
      if (change.type === "worker.silent") silent.push(change);
      if (change.type === "lease.dispatched") handed.push(change);
    });
    const outcome = await plane.lease(ask({ act: "block", ms: 2_000 }));
    expect(outcome).toMatchObject({ kind: "succeeded", attempt: 1, result: "block" });
    expect(silent).toEqual([]);
    expect(handed).toHaveLength(1);
    expect(observer.failure).toBeNull();
  });

  test("a master that is killed is followed by one that knows nothing; workers find it, orphans end", async () => {
    const worker = start("worker", "remote", path);
    const first = start("master", path, "remote");
    await first.said("serving");
    await worker.said("executes");
    first.process.kill("SIGKILL");
    await new Promise((resolve) => first.process.on("exit", resolve));
    observer.up.add("remote");
    const registered = changes(({ type }) => type === "worker.registered");
    const second = await master();
    await registered;
    expect(second.status()).toMatchObject({ workers: [{ id: "remote", active: true }], leases: [] });
    expect(await worker.said("aborted")).toEqual({ aborted: "sleep" });
    expect(await second.lease(ask({ act: "answer", ms: 0 }))).toMatchObject({
      kind: "succeeded",
      result: "answer",
    });
    expect(observer.failure).toBeNull();
  });

  test("a worker with a wrong token ends, and says why", async () => {
    const server = createMaster();
    masters.push(server);
    await server.serve(socketServer({ address: { path }, token: "not the token of the tests" }));
    const worker = start("worker", "remote", path);
    expect(await worker.said("ended")).toEqual({ ended: "worker-plane/unauthenticated" });
    expect(server.status().workers).toEqual([]);
  });
});
