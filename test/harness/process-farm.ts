/**
 * The farm: real processes over one state directory, killed, stopped and continued at random, and a judge that
 * looks from outside, at a witness file and at a resource that takes fencing tokens.
 *
 * Injected: SIGKILL and SIGSTOP/SIGCONT at any moment, waiting and not waiting, both attachments, compactions.
 * Not injected: power cuts and failing disks (simulated elsewhere), stepped clocks.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";

import { hostClock } from "../../src/journal/index.js";
import { openLeaseStore } from "../../src/lease/index.js";

export interface FarmLane {
  readonly lane: string;
  readonly region: readonly string[];
}

export interface FarmPlan {
  readonly member: number;
  readonly seed: number;
  readonly directory: string;
  readonly witness: string;
  readonly lanes: readonly FarmLane[];
  readonly ttlMs: number;
  readonly broken: Broken | null;
}

/** Made wrong on purpose, for the judge to find: nothing is locked; or nobody is seen to live. */
export type Broken = "no-lock" | "no-life";

/** Monotonic milliseconds of the host, the same clock in every process. `beat`: no later than the confirmed beat. */
export type WitnessLine = { readonly member: number; readonly pid: number; readonly at: number } & (
  | {
      readonly type: "enter";
      readonly token: number;
      readonly lane: string;
      readonly attachment: "process" | "detached";
      readonly beat: number;
    }
  | { readonly type: "beat"; readonly token: number; readonly lane: string; readonly beat: number }
  | { readonly type: "leave" | "released"; readonly token: number; readonly lane: string }
  | { readonly type: "lost"; readonly token: number; readonly lane: string; readonly reason: string }
  | { readonly type: "failed"; readonly code: string; readonly message: string }
  | { readonly type: "kill" | "stop" | "continue" }
);

export type FromMember = "ready" | { readonly question: number; readonly token: number; readonly lane: string };

export interface ToMember {
  readonly question: number;
  readonly accepted: boolean;
}

export interface FarmOptions {
  readonly seed: number;
  readonly seconds: number;
  readonly members: number;
  readonly broken?: Broken;
}

export interface FarmReport {
  readonly grants: number;
  readonly kills: number;
  readonly stops: number;
  readonly staleWrites: number;
  readonly failures: readonly string[];
  /** What must not be. */
  readonly breaches: readonly string[];
}

const ttlMs = 500;
/** The second and the third meet in `b/x`; the fourth meets nobody. */
const lanes: readonly FarmLane[] = [
  { lane: "one", region: [] },
  { lane: "two", region: ["a/**", "b/*"] },
  { lane: "three", region: ["*/x"] },
  { lane: "four", region: ["z/**"] },
];

function conflicting(one: string, other: string): boolean {
  return one === other || [one, other].sort().join() === "three,two";
}

function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** The member's program as JavaScript, beside the witness: the members start as fast as Node does. */
function memberProgram(directory: string): string {
  const source = readFileSync(new URL("../process/farm-member.ts", import.meta.url), "utf8");
  const root = new URL("../../dist/", import.meta.url).href;
  const compilerOptions = { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2023 };
  const { outputText } = ts.transpileModule(source, { compilerOptions });
  const path = join(directory, "member.mjs");
  writeFileSync(path, outputText.replaceAll('"../../dist/', `"${root}`));
  return path;
}

export async function runFarm({ seed, seconds, members, broken }: FarmOptions): Promise<FarmReport> {
  const root = mkdtempSync(join(tmpdir(), "leasehold-farm-"));
  const random = generator(seed);
  const plan = { directory: join(root, "state"), witness: join(root, "witness"), lanes, ttlMs, broken: broken ?? null };
  writeFileSync(plan.witness, "");
  const program = memberProgram(root);
  const clock = hostClock();
  const judged = resource();
  const running = new Map<number, ChildProcess>();
  const said = (type: "kill" | "stop" | "continue", member: number, pid: number): void => {
    appendFileSync(plan.witness, `${JSON.stringify({ type, member, pid, at: clock.now().monotonicMs })}\n`);
  };
  const begin = (member: number): Promise<void> => {
    const env = { ...process.env, FARM_MEMBER: JSON.stringify({ ...plan, member, seed: Math.floor(random() * 2 ** 32) }) };
    const child = spawn(process.execPath, [program], { env, stdio: ["ignore", "inherit", "inherit", "ipc"], cwd: fileURLToPath(new URL("../..", import.meta.url)) });
    running.set(member, child);
    return new Promise((resolve) => {
      child.once("exit", () => resolve());
      child.on("message", (message: FromMember) => {
        if (message === "ready") {
          resolve();
          return;
        }
        const accepted = judged.write(message.token, message.lane);
        if (child.connected) child.send({ question: message.question, accepted } satisfies ToMember, () => undefined);
      });
    });
  };
  const end = async (child: ChildProcess): Promise<void> => {
    const gone = new Promise((resolve) => child.once("exit", resolve));
    if (child.exitCode === null && child.signalCode === null) child.kill("SIGKILL");
    else return;
    await gone;
  };
  const counts = { kills: 0, stops: 0 };
  const store = await openLeaseStore({ directory: plan.directory });
  const log = follow(store);
  try {
    await Promise.all(Array.from({ length: members }, (_, member) => begin(member)));
    const until = clock.now().monotonicMs + seconds * 1000;
    while (clock.now().monotonicMs < until) {
      await sleep(20 + random() * 130);
      const member = Math.floor(random() * members);
      const child = running.get(member);
      const pid = child?.pid;
      if (child === undefined || pid === undefined) continue;
      const what = random();
      if (what < 0.3) {
        said("kill", member, pid);
        await end(child);
        counts.kills += 1;
        void begin(member);
      } else if (what < 0.7) {
        said("stop", member, pid);
        child.kill("SIGSTOP");
        await sleep(random() * ttlMs * 1.6);
        said("continue", member, pid);
        child.kill("SIGCONT");
        counts.stops += 1;
      }
    }
    for (const [member, child] of running) {
      said("kill", member, child.pid ?? 0);
      await end(child);
    }
    const witnesses = readFileSync(plan.witness, "utf8").trim().split("\n").map((line) => JSON.parse(line) as WitnessLine);
    const left = broken !== undefined ? [] : await everyLaneIsFree(store);
    if (broken === undefined) await log.caughtUp(await markerToken(store));
    const entries = await log.stop();
    return {
      grants: witnesses.filter(({ type }) => type === "enter").length,
      ...counts,
      staleWrites: judged.stale,
      failures: witnesses.flatMap((line) => (line.type === "failed" ? [line.message] : [])),
      breaches: [...exclusion(witnesses), ...tokens(witnesses), ...acknowledged(witnesses, entries), ...left],
    };
  } finally {
    for (const child of running.values()) await end(child);
    await log.stop();
    await store.close();
    rmSync(root, { recursive: true, force: true });
  }
}

/** Takes a write only if no newer token was seen on what the lane covers. */
function resource() {
  const newest = new Map<string, number>();
  let stale = 0;
  return {
    get stale() {
      return stale;
    },
    write(token: number, lane: string): boolean {
      const known = Math.max(0, ...lanes.filter((one) => conflicting(one.lane, lane)).map((one) => newest.get(one.lane) ?? 0));
      if (token < known) {
        stale += 1;
        return false;
      }
      newest.set(lane, token);
      return true;
    },
  };
}

type Store = Awaited<ReturnType<typeof openLeaseStore>>;

interface Logged {
  readonly granted: Set<number>;
  readonly released: Set<number>;
}

interface Followed {
  /** Resolves when the grant of this token was seen, or when there is no more to see. */
  caughtUp(token: number): Promise<void>;
  stop(): Promise<Logged>;
}

function follow(store: Store): Followed {
  const controller = new AbortController();
  const logged: Logged = { granted: new Set(), released: new Set() };
  let seen = (): void => undefined;
  const ended = (async () => {
    try {
      for await (const { type, data } of store.watch({ signal: controller.signal })) {
        const { fencingToken } = data as { readonly fencingToken: number };
        if (type === "lane.granted") logged.granted.add(fencingToken);
        if (type === "lane.released") logged.released.add(fencingToken);
        seen();
      }
    } catch (error) {
      if (!controller.signal.aborted) throw error;
    }
  })();
  return {
    caughtUp: async (token) => {
      const marker = new Promise<void>((resolve) => {
        seen = () => (logged.granted.has(token) ? resolve() : undefined);
        seen();
      });
      await Promise.race([marker, ended]);
    },
    stop: async () => {
      controller.abort();
      await ended.catch(() => undefined);
      return logged;
    },
  };
}

/** A record behind all others: who has seen it has seen the log. */
async function markerToken(store: Store): Promise<number> {
  const outcome = await store.acquire({ lane: "marker", holder: "judge" });
  if (outcome.outcome === "refused") throw new Error("nobody else asks for this lane");
  return outcome.grant.fencingToken;
}

/** Nobody is left: every lane can be had within a TTL (ML2). */
async function everyLaneIsFree(store: Store): Promise<string[]> {
  const breaches: string[] = [];
  for (const { lane, region } of lanes) {
    const outcome = await store.acquire({ lane, region: [...region], holder: "judge" }, { waitMs: 4 * ttlMs });
    if (outcome.outcome === "refused") breaches.push(`lane ${lane} cannot be had although everybody is dead`);
    else await store.release({ leaseId: outcome.grant.leaseId, secret: outcome.secret });
  }
  return breaches;
}

type Enter = Extract<WitnessLine, { readonly type: "enter" }>;

interface Section {
  readonly enter: Enter;
  /** No later than the last confirmed beat. */
  beat: number;
}

/**
 * Two that conflict are inside at once, although the earlier neither ran out nor died with its process.
 *
 * Tokens tell which was granted earlier, the order of the lines does not: a member that was stopped between its grant
 * and its word says late that it entered. And a member may still say so between the word of its end and the end.
 */
export function exclusion(witnesses: readonly WitnessLine[]): string[] {
  const open = new Map<number, Section>();
  const killed = new Set<number>();
  const breaches: string[] = [];
  for (const line of witnesses) {
    if (line.type === "kill") {
      killed.add(line.pid);
    } else if (line.type === "beat") {
      const section = open.get(line.token);
      if (section !== undefined) section.beat = Math.max(section.beat, line.beat);
    } else if (line.type === "leave" || line.type === "lost" || line.type === "released") {
      open.delete(line.token);
    } else if (line.type === "enter") {
      const entered: Section = { enter: line, beat: line.beat };
      for (const other of open.values()) {
        if (!conflicting(other.enter.lane, line.lane)) continue;
        const [earlier, later] = other.enter.token < line.token ? [other, entered] : [entered, other];
        const ranOut = later.enter.beat - earlier.beat > ttlMs;
        const died = killed.has(earlier.enter.pid) && earlier.enter.attachment === "process";
        if (ranOut || died) continue;
        breaches.push(`both inside: ${JSON.stringify(other.enter)} and ${JSON.stringify(line)}, last beat ${earlier.beat}`);
      }
      open.set(line.token, entered);
    }
  }
  return breaches;
}

/** No token twice, and of two that conflict the later has the higher one. */
export function tokens(witnesses: readonly WitnessLine[]): string[] {
  const seen = new Set<number>();
  const newest = new Map<string, number>();
  return witnesses.flatMap((line) => {
    if (line.type !== "enter") return [];
    const { token, lane } = line;
    const breaches: string[] = [];
    if (seen.has(token)) breaches.push(`token ${token} was given twice`);
    seen.add(token);
    for (const [other, highest] of newest) {
      // One that was stopped between its grant and its word comes late, and had run out when the other was granted.
      if (conflicting(other, lane) && highest > token && line.at - line.beat <= ttlMs) {
        breaches.push(`token ${token} of lane ${lane} came after ${highest} of lane ${other}`);
      }
    }
    newest.set(lane, Math.max(newest.get(lane) ?? 0, token));
    return breaches;
  });
}

function acknowledged(witnesses: readonly WitnessLine[], { granted, released }: Logged): string[] {
  return witnesses.flatMap((line) => {
    if (line.type === "enter" && !granted.has(line.token)) return [`the grant of token ${line.token} is not in the log`];
    if (line.type === "released" && !released.has(line.token)) return [`the release of token ${line.token} is not in the log`];
    return [];
  });
}
