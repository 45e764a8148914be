/**
 * One process of the farm: takes leases on lanes at random, writes to the witness file what it believes, and to the
 * resource with its fencing token, until it is ended. It is killed and stopped from outside, at any moment.
 */
import { appendFileSync } from "node:fs";

import { type Disk, hostClock, nodeDisk } from "../../dist/src/journal/index.js";
import { LeaseError, openLeaseStore } from "../../dist/src/lease/index.js";
import type { FarmPlan, FromMember, ToMember, WitnessLine } from "../harness/process-farm.js";

type Said = WitnessLine extends infer L ? (L extends { readonly member: number } ? Omit<L, "member" | "pid" | "at"> : never) : never;

const plan = JSON.parse(process.env["FARM_MEMBER"] ?? "") as FarmPlan;
const clock = hostClock();
let seed = plan.seed;

function random(): number {
  seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
  return seed / 2 ** 32;
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const now = (): number => clock.now().monotonicMs;

/** One write of one line: the kernel keeps the lines of all processes in one order. */
function witness(line: Said): void {
  appendFileSync(plan.witness, `${JSON.stringify({ ...line, member: plan.member, pid: process.pid, at: now() })}\n`);
}

let asked = 0;
const answers = new Map<number, (accepted: boolean) => void>();
process.on("message", ({ question, accepted }: ToMember) => {
  answers.get(question)?.(accepted);
  answers.delete(question);
});
process.on("disconnect", () => process.exit(0));

function write(token: number, lane: string): Promise<boolean> {
  asked += 1;
  const question = asked;
  return new Promise((resolve) => {
    answers.set(question, resolve);
    process.send?.({ question, token, lane } satisfies FromMember);
  });
}

function brokenDisk(broken: "no-lock" | "no-life"): Disk {
  const node = nodeDisk();
  return {
    ...node,
    tryLock: (file, range) => broken === "no-lock" || range.shared === true || node.tryLock(file, range),
    unlock: (file, range) => {
      if (broken === "no-life" && range.shared !== true) node.unlock(file, range);
    },
  };
}

const store = await openLeaseStore({
  directory: plan.directory,
  compaction: { bytesMin: 64 * 1024, ratio: 2, recordsKept: 1000 },
  ...(plan.broken === null ? {} : { disk: brokenDisk(plan.broken) }),
});
process.send?.("ready" satisfies FromMember);

async function turn(): Promise<void> {
  const { lane, region } = plan.lanes[Math.floor(random() * plan.lanes.length)] ?? { lane: "a", region: [] };
  const attachment = random() < 0.7 ? "process" : "detached";
  const waitMs = random() < 0.5 ? 300 : 0;
  const request = { lane, region: [...region], holder: `member ${plan.member}`, ttlMs: plan.ttlMs, attachment } as const;
  const outcome = await store.acquire(request, { waitMs });
  if (outcome.outcome === "refused") {
    await sleep(random() * 20);
    return;
  }
  const { leaseId, fencingToken: token, heartbeatAt } = outcome.grant;
  const proof = { leaseId, secret: outcome.secret };
  witness({ type: "enter", token, lane, attachment, beat: heartbeatAt.monotonicMs });
  for (let round = Math.floor(random() * 4); round >= 0; round -= 1) {
    await sleep(random() * 20);
    if (random() < 0.5) {
      const sentAt = now();
      const beat = await store.heartbeat(proof);
      if (beat.outcome === "lost") {
        witness({ type: "lost", token, lane, reason: beat.reason });
        return;
      }
      witness({ type: "beat", token, lane, beat: sentAt });
    }
    await write(token, lane);
  }
  witness({ type: "leave", token, lane });
  if (random() < 0.05) return;
  const released = await store.release(proof);
  witness({ type: released.outcome, token, lane, ...(released.outcome === "lost" ? { reason: released.reason } : {}) } as Said);
}

for (;;) {
  try {
    await turn();
    if (random() < 0.01) await store.compact();
  } catch (error) {
    if (!(error instanceof LeaseError)) throw error;
    witness({ type: "failed", code: error.failure.code, message: error.message });
    await sleep(50);
  }
}
