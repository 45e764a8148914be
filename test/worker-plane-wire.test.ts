/**
 * The wire: who gets in, and what happens to bytes that are no message. Each wrong input is answered by one
 * typed error, and a worker that follows the rules works on beside it.
 */
import { mkdtemp, rename, rm, stat, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

import {
  type Master,
  type Problem,
  WorkerPlaneError,
  createMaster,
  hostPlaneClock,
  socketClient,
  socketServer,
} from "../src/worker-plane/index.js";
import { createFrameReader, helloBytesMax } from "../src/worker-plane/framing.js";
import { backoffMs } from "../src/worker-plane/policy.js";
import { keepConnected } from "../src/worker-plane/keep-connected.js";
import { socketConnect } from "../src/worker-plane/socket-client.js";
import { queueBytesMax } from "../src/worker-plane/socket-pipe.js";
import { type RawPeer, helloFrame, rawPeer, testToken } from "./harness/raw-peer.js";
import { simulatedClock } from "./harness/simulated-plane.js";

let folder: string;
let path: string;
let master: Master;
let problems: Problem[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "worker-plane-"));
  path = join(folder, "master");
  problems = [];
  master = createMaster({ onProblem: (problem) => problems.push(problem) });
});

afterEach(async () => {
  await master.close();
  await rm(folder, { recursive: true, force: true });
});

async function serve(options: { authenticateMs?: number; frameBytesMax?: number } = {}): Promise<void> {
  await master.serve(socketServer({ address: { path }, token: testToken, ...options }));
}

/** A peer that was let in and registered as worker `raw`. */
async function registered(worker = "raw"): Promise<RawPeer> {
  const peer = rawPeer(path);
  peer.frame(helloFrame({}, { worker, incarnation: `${worker}-1` }));
  expect(await peer.next()).toEqual({ type: "welcome" });
  peer.frame({ type: "register", holds: [] });
  expect(await peer.next()).toMatchObject({ type: "registered", fenced: [] });
  return peer;
}

/** A lease of worker `raw` that has arrived there. */
async function assigned(peer: RawPeer, worker = "raw") {
  const outcome = master.lease({ target: worker, effect: "state", run: "run", snapshot: null });
  const assignment = await peer.next();
  expect(assignment).toMatchObject({ type: "assign", attempt: 1 });
  return { outcome, lease: assignment["lease"] as string };
}

/** The master works: a lease goes out and its word comes in. */
async function works(): Promise<void> {
  const peer = await registered("witness");
  const { outcome, lease } = await assigned(peer, "witness");
  peer.frame({ type: "succeeded", lease, attempt: 1, result: 7 });
  expect(await outcome).toMatchObject({ kind: "succeeded", result: 7 });
}

describe("nobody gets in without the token", () => {
  const strangers: readonly [string, (peer: RawPeer) => void, string][] = [
    [
      "a wrong token",
      (peer) => peer.frame(helloFrame({ token: "another token of tests" })),
      "unauthenticated",
    ],
    ["no token", (peer) => peer.frame(helloFrame({ token: undefined })), "unauthenticated"],
    ["a first frame that is no greeting", (peer) => peer.frame({ type: "beat" }), "unauthenticated"],
    ["another version", (peer) => peer.frame(helloFrame({ protocol: 2 })), "protocol-version"],
    ["text that is not JSON", (peer) => peer.write("GET / HTTP/1.1\r\n"), "invalid-json"],
    ["a long first frame", (peer) => peer.write("x".repeat(helloBytesMax)), "frame-too-large"],
    ["nothing", () => undefined, "authentication-overdue"],
  ];

  test.each(strangers)("%s is one error and the end", async (_name, act, code) => {
    await serve({ authenticateMs: 100 });
    const peer = rawPeer(path);
    act(peer);
    expect(await peer.ended()).toMatchObject([{ type: "error", problem: { code: `worker-plane/${code}` } }]);
    expect(problems.map((problem) => problem.code)).toEqual([`worker-plane/${code}`]);
    await works();
  });

  test("no error shows a token, right or wrong", async () => {
    await serve();
    const peer = rawPeer(path);
    peer.frame(helloFrame({ token: "a wrong token of tests" }));
    const said = JSON.stringify([await peer.ended(), problems]);
    expect(said).not.toContain("a wrong token");
    expect(said).not.toContain(testToken);
  });

  test("a worker whose token is wrong gives up at once", async () => {
    await serve();
    const peer = { worker: "w", incarnation: "i", bornAtMs: 1, role: "worker" } as const;
    const closed = await new Promise((resolve) => {
      keepConnected({
        connect: socketConnect({ address: { path }, token: "another token of tests" }),
        peer,
        clock: hostPlaneClock(),
        random: () => 0,
        backoff: { firstMs: 1, longestMs: 1 },
        opened: () => undefined,
        message: () => undefined,
        closed: (problem, final) => resolve({ code: problem?.code, final }),
      });
    });
    expect(closed).toEqual({ code: "worker-plane/unauthenticated", final: true });
  });
});

describe("what is no message ends the connection with one error", () => {
  const nested = `${"[".repeat(2_000)}${"]".repeat(2_000)}`;
  const word = (result: string): string =>
    `{"type":"succeeded","lease":"x","attempt":1,"result":${result}}\n`;
  const broken: readonly [string, string | Buffer, string][] = [
    ["a line that is not JSON", "{oops\n", "invalid-json"],
    ["an empty line", "\n", "invalid-json"],
    ["bytes that are not UTF-8", Buffer.from([0x22, 0xff, 0xfe, 0x22, 0x0a]), "invalid-utf8"],
    ["a frame without an end", "x".repeat(5_000), "frame-too-large"],
    ["a type nobody knows", '{"type":"obey"}\n', "invalid-message"],
    ["a field nobody knows", '{"type":"beat","worker":"other"}\n', "invalid-message"],
    ["an attempt that is no number", '{"type":"progress","lease":"x","attempt":"1"}\n', "invalid-message"],
    ["a prototype key", '{"type":"beat","__proto__":{"type":"beat"}}\n', "invalid-message"],
    ["a prototype key inside a result", word('{"a":[{"__proto__":{"polluted":1}}]}'), "invalid-message"],
    ["a result that is nested without end", word(nested), "invalid-message"],
    ["a list", "[]\n", "invalid-message"],
    ["null", "null\n", "invalid-message"],
  ];

  test.each(broken)("%s", async (_name, bytes, code) => {
    await serve({ frameBytesMax: 5_000 });
    const peer = await registered();
    peer.write(bytes);
    expect(await peer.ended()).toMatchObject([{ type: "error", problem: { code: `worker-plane/${code}` } }]);
    expect(problems.map((problem) => problem.code)).toEqual([`worker-plane/${code}`]);
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
    await works();
  });

  test("a connection for beats cannot acknowledge", async () => {
    await serve();
    await registered();
    const beats = rawPeer(path);
    beats.frame(helloFrame({}, { incarnation: "raw-1", role: "beats" }));
    await beats.next();
    beats.frame({ type: "succeeded", lease: "x", attempt: 1, result: null });
    expect(await beats.ended()).toMatchObject([{ problem: { code: "worker-plane/wrong-role" } }]);
    await works();
  });

  test("frames are the same however the bytes are cut", () => {
    const values = fc.array(fc.jsonValue(), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(values, fc.array(fc.integer({ min: 1, max: 7 })), (sent, cuts) => {
        const bytes = Buffer.from(sent.map((value) => `${JSON.stringify(value)}\n`).join(""));
        const got: unknown[] = [];
        const problem = (found: Problem): void => {
          throw new Error(found.message);
        };
        const reader = createFrameReader(1_000_000, { frame: (value) => got.push(value), problem });
        let from = 0;
        for (let turn = 0; from < bytes.length; turn += 1) {
          const to = from + (cuts[turn % Math.max(cuts.length, 1)] ?? 3);
          reader.push(bytes.subarray(from, to));
          from = to;
        }
        expect(got).toEqual(sent.map((value) => JSON.parse(JSON.stringify(value)) as unknown));
      }),
      { seed: 5, numRuns: 200 },
    );
  });
});

describe("words that do not fit are refused, and the connection stays", () => {
  test("of an unknown lease, of another worker's, of an attempt that is none, of a completed one", async () => {
    await serve();
    const peer = await registered();
    const other = await registered("other");
    const { outcome, lease } = await assigned(peer);
    const code = async (from: RawPeer, message: object): Promise<unknown> => {
      from.frame(message);
      const { type, problem } = await from.next();
      return type === "refused" ? (problem as Problem).code : type;
    };
    const word = { type: "succeeded", lease, attempt: 1, result: 1 };
    expect(await code(peer, { ...word, lease: "nobody's" })).toBe("worker-plane/unknown-lease");
    expect(await code(peer, { ...word, lease: "__proto__" })).toBe("worker-plane/unknown-lease");
    expect(await code(other, word)).toBe("worker-plane/foreign-worker");
    expect(await code(peer, { ...word, attempt: 2 })).toBe("worker-plane/old-attempt");
    expect(await code(peer, word)).toBe("taken");
    expect(await code(peer, word)).toBe("worker-plane/unknown-lease");
    expect(await outcome).toMatchObject({ kind: "succeeded", attempt: 1, result: 1 });
    expect(problems).toHaveLength(5);
  });

  test("of a process that never registered", async () => {
    await serve();
    const peer = rawPeer(path);
    peer.frame(helloFrame());
    await peer.next();
    for (const type of ["beat", "unregister"]) {
      peer.frame({ type });
      expect(await peer.next()).toMatchObject({
        type: "refused",
        problem: { code: "worker-plane/unknown-worker" },
      });
    }
    await works();
  });

  test("of two processes with one id the later one stays, and the earlier one is told so", async () => {
    await serve();
    const early = await registered();
    const late = rawPeer(path);
    late.frame(helloFrame({}, { incarnation: "raw-2", bornAtMs: 2 }));
    await late.next();
    late.frame({ type: "register", holds: [] });
    expect(await late.next()).toMatchObject({ type: "registered" });
    expect(await early.ended()).toMatchObject([{ problem: { code: "worker-plane/superseded" } }]);
    const again = rawPeer(path);
    again.frame(helloFrame({}, { incarnation: "raw-1", bornAtMs: 1 }));
    await again.next();
    again.frame({ type: "register", holds: [] });
    expect(await again.ended()).toMatchObject([{ problem: { code: "worker-plane/superseded" } }]);
    const { outcome, lease } = await assigned(late);
    late.frame({ type: "succeeded", lease, attempt: 1, result: null });
    expect((await outcome).kind).toBe("succeeded");
  });

  test("a worker that calls itself local where another one is local", async () => {
    await master.close();
    master = createMaster({ localWorker: "host-a" });
    await serve();
    const peer = rawPeer(path);
    peer.frame(helloFrame({}, { worker: "local" }));
    await peer.next();
    peer.frame({ type: "register", holds: [] });
    expect(await peer.ended()).toMatchObject([{ problem: { code: "worker-plane/reserved-id" } }]);
  });

  test("the same attempt is handed again to a process that lost its connection", async () => {
    await serve();
    const peer = await registered();
    const { outcome, lease } = await assigned(peer);
    peer.socket.destroy();
    await peer.ended();
    const again = await registered();
    expect(await again.next()).toMatchObject({ type: "assign", lease, attempt: 1 });
    again.frame({ type: "succeeded", lease, attempt: 1, result: null });
    expect((await outcome).kind).toBe("succeeded");
  });
});

describe("limits", () => {
  test("a peer that does not read is cut off, and others are served", async () => {
    await serve();
    const peer = await registered();
    peer.socket.pause();
    const snapshot = "x".repeat(900_000);
    const frames = Math.ceil(queueBytesMax / snapshot.length) + 4;
    for (let index = 0; index < frames; index += 1) {
      void master.lease({ target: "raw", effect: "state", run: `run-${index}`, snapshot });
    }
    expect(problems.map(({ code }) => code)).toEqual(["worker-plane/slow-peer"]);
    expect(master.status().workers).toMatchObject([{ id: "raw", connected: false }]);
    peer.socket.destroy();
    await works();
  });

  test("workers beyond the limit are refused, silent ones without a lease make room", async () => {
    const clock = simulatedClock();
    await master.close();
    master = createMaster({ clock, policy: { workersMax: 2, heartbeatTtlMs: 100 } });
    await serve();
    await registered("a");
    const second = await registered("b");
    const third = rawPeer(path);
    third.frame(helloFrame({}, { worker: "c" }));
    await third.next();
    third.frame({ type: "register", holds: [] });
    expect(await third.ended()).toMatchObject([{ problem: { code: "worker-plane/registry-full" } }]);
    clock.advance(100);
    second.frame({ type: "progress", lease: "none", attempt: 1 });
    await second.next();
    second.frame({ type: "beat" });
    second.frame({ type: "progress", lease: "none", attempt: 1 });
    await second.next();
    clock.advance(100);
    await registered("c");
    expect(master.status().workers.map(({ id }) => id)).toEqual(["b", "c"]);
  });

  test("waits between tries double up to a limit and are spread over their upper half", () => {
    const backoff = { firstMs: 100, longestMs: 1_000 };
    expect([1, 2, 3, 4, 5, 60].map((failures) => backoffMs(backoff, failures, 0))).toEqual([
      50, 100, 200, 400, 500, 500,
    ]);
    expect(backoffMs(backoff, 2, 0.5)).toBe(150);
  });
});

describe("addresses", () => {
  test("a socket that a killed master left is taken over; a live one and a file are not", async () => {
    const listening = createServer();
    await new Promise<void>((resolve) => listening.listen(`${path}.first`, resolve));
    // Under another name it stays when its server ends, as after a kill.
    await rename(`${path}.first`, path);
    await expect(serve()).rejects.toMatchObject({ failure: { code: "worker-plane/cannot-listen" } });
    await new Promise((resolve) => listening.close(resolve));
    expect((await stat(path)).isSocket()).toBe(true);
    await serve();
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    await works();
    const file = join(folder, "file");
    await writeFile(file, "mine");
    const second = createMaster();
    await expect(second.serve(socketServer({ address: { path: file }, token: testToken }))).rejects.toThrow(
      /listening for workers on unix:.* failed/,
    );
    expect((await stat(file)).isFile()).toBe(true);
    await second.close();
  });

  test("a port of this host works, a host that others reach is refused", async () => {
    const server = await master.serve(socketServer({ address: { port: 0 }, token: testToken }));
    expect(server.address).toMatch(/^127\.0\.0\.1:\d+$/);
    const wide = socketServer({ address: { port: 0, host: "0.0.0.0" }, token: testToken });
    await expect(master.serve(wide)).rejects.toMatchObject({ failure: { code: "worker-plane/not-local" } });
  });

  test("a token that could be guessed is refused at both ends", () => {
    for (const end of [socketServer, socketClient]) {
      expect(() => end({ address: { path }, token: "short" })).toThrow(WorkerPlaneError);
    }
  });
});

describe("requests that are none are errors", () => {
  const usual = { target: "", effect: "state", run: "run", snapshot: null } as const;
  const cyclic: Record<string, unknown> = {};
  cyclic["self"] = cyclic;
  const wrong: readonly [string, object, string][] = [
    ["an effect nobody knows", { effect: "explode" }, "effect"],
    ["an empty run", { run: "" }, "run"],
    ["a wait that is no time", { waitMs: Number.NaN }, "waitMs"],
    ["a snapshot with a function", { snapshot: { now: () => 1 } }, "snapshot"],
    ["a snapshot that holds itself", { snapshot: cyclic }, "snapshot"],
    ["a target that is too long", { target: "x".repeat(201) }, "target"],
  ];
  test.each(wrong)("%s", async (_name, change, field) => {
    const request = { ...usual, ...change } as Parameters<Master["lease"]>[0];
    await expect(master.lease(request)).rejects.toMatchObject({
      failure: { code: "worker-plane/bad-request", field },
    });
  });

  test("a snapshot that is too large, a policy that is none, a master that is closed", async () => {
    await expect(master.lease({ ...usual, snapshot: "x".repeat(1_000_000) })).rejects.toMatchObject({
      failure: { code: "worker-plane/snapshot-too-large", bytes: 1_000_002 },
    });
    expect(() => createMaster({ policy: { tickMs: 0 } })).toThrow(
      /policy tickMs: 0, which is not a positive/,
    );
    await master.close();
    await expect(master.lease(usual)).rejects.toMatchObject({ failure: { code: "worker-plane/closed" } });
  });
});
