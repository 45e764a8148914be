/**
 * Concurrent histories of the lane-lease store, by several handles and by several processes, are explained by calls
 * one after another. Processes are killed in the middle; what they did not hear of stays open.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";

import {
  type LeaseAdapter,
  type RecordedCall,
  linearize,
  memoryLeaseStore,
  ourLeaseStore,
} from "../src/conformance/index.js";

const folder = mkdtempSync(join(tmpdir(), "leasehold-histories-"));
const children: ChildProcess[] = [];
afterAll(() => {
  for (const child of children) child.kill("SIGKILL");
  rmSync(folder, { recursive: true, force: true });
});

const call = (invokedAt: number, answeredAt: number | null, more: Partial<RecordedCall> & Pick<RecordedCall, "does">): RecordedCall =>
  ({ invokedAt, answeredAt, lane: "a", client: "c", ...more }) as RecordedCall;

describe("the search", () => {
  test("finds the order that explains two calls that overlap, whichever answered first", () => {
    const refused = call(0, 10, { does: "acquire", granted: null });
    const granted = call(5, 9, { does: "acquire", granted: 1 });
    expect(linearize([refused, granted]).explained).toBe(true);
  });

  test("finds none when the refusal was over before the grant began: a stale read", () => {
    const granted = call(0, 1, { does: "acquire", granted: 1 });
    const released = call(2, 3, { does: "release", lease: 1, done: true });
    const refused = call(4, 5, { does: "acquire", granted: null });
    expect(linearize([granted, released, refused])).toMatchObject({ explained: false, lane: "a", prefix: [granted, released] });
  });

  test("finds none for two grants, for a token that does not rise, for a beat after the release", () => {
    const first = call(0, 1, { does: "acquire", granted: 2 });
    const released = call(2, 3, { does: "release", lease: 2, done: true });
    expect(linearize([first, call(0, 9, { does: "acquire", granted: 3 })]).explained).toBe(false);
    expect(linearize([first, released, call(4, 5, { does: "acquire", granted: 1 })]).explained).toBe(false);
    expect(linearize([first, released, call(4, 5, { does: "heartbeat", lease: 2, done: true })]).explained).toBe(false);
  });

  test("takes a call without an answer for one that happened late, or never", () => {
    const open = call(0, null, { does: "acquire", granted: null });
    expect(linearize([open, call(5, 6, { does: "acquire", granted: null })]).explained).toBe(true);
    expect(linearize([open, call(5, 6, { does: "acquire", granted: 1 })]).explained).toBe(true);
  });

  test("explains lanes one by one: what overlaps in another lane costs nothing", () => {
    const lanes = ["a", "b", "c", "d"].flatMap((lane, number) =>
      Array.from({ length: 6 }, (_, index) => call(0, 10, { does: "acquire", granted: index === 0 ? number + 1 : null, lane })),
    );
    const found = linearize(lanes);
    expect(found).toMatchObject({ explained: true });
    expect(found.visited).toBeLessThan(200);
  });
});

/** Clients that call at once, each with a script of its own from the seed. */
async function historyOf(adapter: LeaseAdapter, seed: number): Promise<readonly RecordedCall[]> {
  let state = seed;
  const random = (below: number): number => ((state = (state * 1_103_515_245 + 12_345) % 2_147_483_648) >> 8) % below;
  let time = 0;
  const tick = (): number => (time += 1);
  const store = await adapter.open();
  const calls: RecordedCall[] = [];
  const clients = await Promise.all(["c0", "c1", "c2"].map((name) => store.client(name)));
  try {
    await Promise.all(
      clients.map(async (client, number) => {
        const held: { leaseId: string; secret: string; lease: number; lane: string }[] = [];
        for (let round = 0; round < 8; round += 1) {
          const invokedAt = tick();
          const own = held[random(Math.max(held.length, 1))];
          const moments = { invokedAt, client: `c${number}` };
          if (own === undefined || random(3) === 0) {
            const lane = `lane-${random(2)}`;
            const answer = await client.acquire({ lane, region: [], holder: `principal-${number}`, attachment: "detached", ttlMs: 3_600_000 });
            const granted = answer.outcome === "granted" ? answer.fencingToken : null;
            calls.push({ ...moments, answeredAt: tick(), lane, does: "acquire", granted });
            if (answer.outcome === "granted") held.push({ ...answer, lease: answer.fencingToken, lane });
          } else if (random(2) === 0) {
            const done = (await client.release(own)) === "released";
            held.splice(held.indexOf(own), 1);
            calls.push({ ...moments, answeredAt: tick(), lane: own.lane, does: "release", lease: own.lease, done });
          } else {
            const done = (await client.heartbeat(own, 0)).outcome === "beaten";
            calls.push({ ...moments, answeredAt: tick(), lane: own.lane, does: "heartbeat", lease: own.lease, done });
          }
        }
      }),
    );
  } finally {
    for (const client of clients) await client.end();
    await store.close();
  }
  return calls;
}

test("histories of several handles on our store are explained", async () => {
  for (let seed = 1; seed <= 12; seed += 1) {
    const calls = await historyOf(ourLeaseStore(), seed);
    expect(calls).toHaveLength(24);
    expect(linearize(calls), JSON.stringify(calls)).toMatchObject({ explained: true });
  }
});

test("a store that decides on what it read before others wrote is caught", async () => {
  const found: boolean[] = [];
  for (let seed = 1; seed <= 12; seed += 1) found.push(linearize(await historyOf(memoryLeaseStore("read, then write"), seed)).explained);
  expect(found).toContain(false);
  for (let seed = 1; seed <= 12; seed += 1) expect(linearize(await historyOf(memoryLeaseStore(), seed)).explained).toBe(true);
});

/** Calls one after another on a store in a directory, each told when it is made and when it is answered. */
const program = (directory: string, client: string): string => `
  import { openLeaseStore } from ${JSON.stringify(new URL("../dist/src/lease/index.js", import.meta.url).href)};
  const store = await openLeaseStore({ directory: ${JSON.stringify(directory)}, compaction: false });
  const say = (line) => process.stdout.write(JSON.stringify(line) + "\\n");
  const now = () => Number(process.hrtime.bigint());
  say({ ready: true });
  await new Promise((resolve) => process.stdin.once("data", resolve));
  for (let round = 0, held = null; round < 9; round += 1) {
    const moments = { lane: "a", client: ${JSON.stringify(client)}, invokedAt: now() };
    if (held === null) {
      say({ ...moments, answeredAt: null, does: "acquire", granted: null });
      const answer = await store.acquire({ lane: "a", holder: ${JSON.stringify(client)}, attachment: "detached", ttlMs: 3600000 });
      held = answer.outcome === "granted" ? { leaseId: answer.grant.leaseId, secret: answer.secret, lease: answer.grant.fencingToken } : null;
      say({ ...moments, answeredAt: now(), does: "acquire", granted: held?.lease ?? null });
    } else {
      const { lease } = held;
      say({ ...moments, answeredAt: null, does: "release", lease, done: false });
      const { outcome } = await store.release(held);
      held = null;
      say({ ...moments, answeredAt: now(), does: "release", lease, done: outcome === "released" });
    }
  }
  say({ over: true });
  await store.close();
  process.stdin.destroy();`;

test("histories of three processes, of which one is killed, are explained", async () => {
  const directory = join(folder, "state");
  const calls = new Map<string, RecordedCall>();
  const run = (client: string): { readonly ready: Promise<void>; readonly ended: Promise<void>; readonly child: ChildProcess } => {
    const child = spawn(process.execPath, ["--input-type=module", "-e", program(directory, client)], { stdio: ["pipe", "pipe", "inherit"] });
    children.push(child);
    let rest = "";
    let isReady = (): void => undefined;
    const ready = new Promise<void>((resolve) => (isReady = resolve));
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      const lines = (rest + text).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) {
        const said = JSON.parse(line) as RecordedCall & { readonly ready?: true; readonly over?: true };
        if (said.ready === true) isReady();
        else if (said.over !== true) calls.set(`${client} ${said.invokedAt}`, said);
      }
      if (client === "victim" && calls.size > 6) child.kill("SIGKILL");
    });
    return { ready, ended: new Promise((resolve) => child.once("close", () => resolve())), child };
  };
  const processes = ["one", "two", "victim"].map(run);
  await Promise.all(processes.map(({ ready }) => ready));
  for (const { child } of processes) child.stdin?.write("go\n");
  await Promise.all(processes.map(({ ended }) => ended));
  const all = [...calls.values()];
  expect(all.length).toBeGreaterThanOrEqual(18);
  expect(all.length).toBeLessThanOrEqual(27);
  expect(linearize(all), JSON.stringify(all)).toMatchObject({ explained: true });
});
