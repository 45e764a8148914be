/**
 * The lane lease that a run holds for its work tree: taken when it starts, beaten by the monitor, freed when it ends.
 *
 * It is detached: it outlives the command that started the run. A lease that ran out while no monitor beat it is
 * taken again when the lane is free; when somebody else has it, that is noted and shown, and the run goes on.
 */
import { createHash } from "node:crypto";

import type { LoggedRun } from "../../spec/run/index.js";
import type { LaneRefusal } from "../../spec/lane-lease/index.js";
import { laneHeartbeatMsOf, laneNameMax } from "../../spec/vocabulary/lane.js";
import { type HolderProof, LeaseError } from "../lease/index.js";
import type { Fenced } from "../run/index.js";
import { type RunLease, factsOf, note } from "./facts.js";
import type { Host } from "./host.js";
import type { Secrets } from "./secrets.js";

/** Long enough for a monitor to be replaced without losing what runs hold. */
export const runLeaseTtlMs = 120_000;

/** Characters of the path's end, where a path is too long for the name of a lane. */
const tailLength = 120;

/** Lane of the work tree at a path. */
export function treeLane(path: string): string {
  const name = `tree ${path}`;
  if (name.length <= laneNameMax) return name;
  const mark = createHash("sha256").update(path, "utf8").digest("hex").slice(0, 16);
  return `tree ${mark} …${path.slice(-tailLength)}`;
}

export type Taken =
  | { readonly outcome: "granted"; readonly lease: RunLease }
  | { readonly outcome: "refused"; readonly refusal: LaneRefusal };

type Parts = Pick<Host, "leases" | "secrets">;

/** The secret is durable before anybody hears of the grant. */
export async function takeLease(
  { leases, secrets }: Parts,
  run: string,
  lane: string,
  holder: string,
): Promise<Taken> {
  const acquired = await leases.acquire({ lane, holder, runId: run, attachment: "detached", ttlMs: runLeaseTtlMs });
  if (acquired.outcome === "refused") return acquired;
  const { grant, secret } = acquired;
  const { leaseId, fencingToken, ttlMs } = grant;
  try {
    await secrets.write(run, { leaseId, secret });
  } catch (error) {
    await leases.release({ leaseId, secret });
    throw error;
  }
  return { outcome: "granted", lease: { leaseId, fencingToken, lane: grant.lane, ttlMs } };
}

/** Frees it if it is still held; what the file of secrets says counts, so that it may be called before any note. */
export async function freeLease({ leases, secrets }: Parts, run: string): Promise<"released" | "lost" | "none"> {
  const proof = secrets.read(run);
  if (proof === null) return "none";
  const { outcome } = await leases.release(proof);
  forget(secrets, run, proof);
  return outcome;
}

/** Only this secret: the lease may have been taken again meanwhile, and its holder wrote another one down. */
function forget(secrets: Secrets, run: string, { leaseId }: HolderProof): void {
  if (secrets.read(run)?.leaseId === leaseId) secrets.remove(run);
}

/** Beats the leases of runs when they are due. Remembers when; nothing is lost with it. */
export class LeaseBeats {
  readonly #host: Host;
  readonly #holder: string;
  readonly #under: Fenced;
  readonly #beatenAt = new Map<string, number>();

  constructor(host: Host, holder: string, under: Fenced = {}) {
    this.#host = host;
    this.#holder = holder;
    this.#under = under;
  }

  /** Runs that have not ended. Whatever fails is reported and tried again at the next call. */
  async beat(runs: readonly LoggedRun[], trouble: (run: string, message: string) => void): Promise<void> {
    const now = this.#host.system.clock.now().monotonicMs;
    const names = new Set(runs.map(({ created }) => created.run));
    for (const run of this.#beatenAt.keys()) if (!names.has(run)) this.#beatenAt.delete(run);
    const due = runs.flatMap((run) => {
      const { lease } = factsOf(run);
      const at = this.#beatenAt.get(run.created.run);
      const isDue = lease !== null && (at === undefined || now - at >= laneHeartbeatMsOf(lease.ttlMs));
      return isDue ? [{ run: run.created.run, lease }] : [];
    });
    await Promise.all(
      due.map(async ({ run, lease }) => {
        try {
          await this.#one(run, lease, trouble);
          this.#beatenAt.set(run, now);
        } catch (error) {
          if (!(error instanceof LeaseError)) throw error;
          trouble(run, error.message);
        }
      }),
    );
  }

  async #one(run: string, lease: RunLease, trouble: (run: string, message: string) => void): Promise<void> {
    const { leases, secrets } = this.#host;
    const proof = secrets.read(run);
    if (proof === null) {
      await this.#ended(run, "its secret is not in the state directory any more; it runs out by itself", trouble);
      return;
    }
    const beaten = await leases.heartbeat(proof);
    if (beaten.outcome !== "lost") return;
    await this.#host.runs.store.checkFence(this.#under);
    const again = await takeLease(this.#host, run, lease.lane, this.#holder);
    if (again.outcome === "granted") {
      await this.#host.runs.store.note(run, note.lease, JSON.stringify(again.lease), this.#under);
      return;
    }
    const [conflict] = again.refusal.conflicts;
    const who = conflict === undefined ? again.refusal.kind : `${conflict.holder} has it (token ${conflict.fencingToken})`;
    // The note first: a monitor that is late is refused here, and forgets nothing that its successor needs.
    await this.#ended(run, `lost: ${beaten.reason}, and ${who}`, trouble);
    forget(secrets, run, proof);
  }

  async #ended(run: string, how: string, trouble: (run: string, message: string) => void): Promise<void> {
    await this.#host.runs.store.note(run, note.leaseEnd, how, this.#under);
    trouble(run, `its lease ended: ${how}`);
  }
}
