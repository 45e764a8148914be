/** `leasehold lease acquire | heartbeat | release | adopt`: what holders and those who become one do. */
import { rmSync } from "node:fs";

import type { LaneRequestInput } from "../../spec/lane-lease/index.js";
import { type LaneGrant, laneTtlMsMax } from "../../spec/vocabulary/lane.js";
import { printable } from "../gather/plain-text.js";
import { type AdoptOutcome, type Acquired, type LostReason, lostMeanings } from "../lease/index.js";
import { UsageError } from "./exit.js";
import { listenForInterrupt } from "./interrupt.js";
import type { StoreFlags } from "./lease-options.js";
import { givenProof, newSecretFile } from "./lease-secret.js";
import { type Answer, answerOf, defaultHolder, leaseExit, writing } from "./lease-shell.js";
import { claimText, lasting, lostText, refusalText } from "./lease-text.js";

export interface ClaimFlags extends StoreFlags {
  readonly region?: readonly string[];
  readonly shared?: true;
  readonly ttl?: number;
  readonly wait?: number;
  readonly holder?: string;
}

export interface AcquireFlags extends ClaimFlags {
  readonly secretFile?: string;
  readonly run?: string;
}

export interface ProofFlags extends StoreFlags {
  readonly secretFile?: string;
  readonly coalesce?: number;
}

export interface ReleaseFlags extends ProofFlags {
  readonly keepSecret?: true;
}

export interface AdoptFlags extends StoreFlags {
  readonly token: number;
  readonly holder?: string;
  readonly force?: string;
  readonly secretFile?: string;
}

const dayMs = 86_400_000;

/** The request that the options make. A claim that cannot be asked throws before anything is opened. */
export function requestOf(
  lane: string,
  { region = [], shared, ttl, holder }: ClaimFlags,
  attachment: "process" | "detached",
): LaneRequestInput {
  if (ttl !== undefined && (ttl < 1 || ttl > laneTtlMsMax))
    throw new UsageError(`--ttl is ${lasting(ttl)}: a lease lives from 1ms to ${laneTtlMsMax / dayMs}d without a beat.`);
  if (holder?.trim() === "") throw new UsageError("--holder has no name in it: leave it out, or say who holds the lease.");
  return {
    lane,
    region: [...region],
    mode: shared === true ? "shared" : "exclusive",
    attachment,
    holder: holder ?? defaultHolder(),
    ...(ttl === undefined ? {} : { ttlMs: ttl }),
  };
}

export function acquireCommand(lane: string, flags: AcquireFlags): Promise<number> {
  return keeping(flags.secretFile, (keep) =>
    writing(flags, async (store) => {
      const { signal, dispose } = listenForInterrupt();
      try {
        const request = { ...requestOf(lane, flags, "detached"), runId: flags.run ?? null };
        const outcome = await store.acquire(request, { waitMs: flags.wait ?? 0, signal });
        return acquiredAnswer(outcome, keep(outcome));
      } catch (error) {
        if (signal.aborted) return interrupted();
        throw error;
      } finally {
        dispose();
      }
    }),
  );
}

export function adoptCommand(leaseId: string, flags: AdoptFlags): Promise<number> {
  if (flags.force?.trim() === "")
    throw new UsageError('--force takes the reason, and it is recorded: write one, such as --force "the host was replaced".');
  return keeping(flags.secretFile, (keep) =>
    writing(flags, async (store) => {
      const outcome = await store.adopt({
        leaseId,
        expectedToken: flags.token,
        holder: flags.holder ?? defaultHolder(),
        ...(flags.force === undefined ? {} : { force: { because: flags.force } }),
      });
      if (outcome.outcome === "lost") return notAdopted(leaseId, outcome.reason);
      return acquiredAnswer(outcome, keep(outcome));
    }),
  );
}

/** Whoever adopts did nothing under the lease yet. */
function notAdopted(leaseId: string, reason: LostReason): Answer {
  const why = reason === "unknown" ? `no lease ${printable(leaseId)} is known here, or not any more` : lostMeanings[reason];
  return answerOf(leaseExit.lost, { outcome: "lost", reason }, (paint) => `${paint.bad("not adopted")}: ${why}\n`);
}

export function heartbeatCommand(id: string | undefined, flags: ProofFlags): Promise<number> {
  const proof = givenProof(id, flags.secretFile);
  return writing(flags, async (store) => {
    const outcome = await store.heartbeat(proof, { coalesceMs: flags.coalesce ?? 0 });
    if (outcome.outcome === "lost") return lostAnswer(outcome.reason);
    return answerOf(leaseExit.done, outcome, () => `beaten: free in ${lasting(outcome.remainingMs)} without another\n`);
  });
}

export function releaseCommand(id: string | undefined, flags: ReleaseFlags): Promise<number> {
  const proof = givenProof(id, flags.secretFile);
  return writing(flags, async (store) => {
    const outcome = await store.release(proof);
    const over = outcome.outcome === "released" || outcome.reason !== "unknown";
    if (over && flags.secretFile !== undefined && flags.keepSecret !== true) rmSync(flags.secretFile, { force: true });
    if (outcome.outcome === "lost") return lostAnswer(outcome.reason);
    return answerOf(leaseExit.done, outcome, () => "released\n");
  });
}

export function lostAnswer(reason: LostReason): Answer {
  return answerOf(leaseExit.lost, { outcome: "lost", reason }, (paint) => lostText(reason, paint));
}

/** Ended by Ctrl-C while it waited: nothing is held. */
export function interrupted(): Answer {
  return answerOf(130, { outcome: "interrupted" }, () => "interrupted: the place in the queue was given up\n");
}

type Outcome = Acquired | Extract<AdoptOutcome, { readonly outcome: "adopted" | "refused" }>;
type Keep = (outcome: Outcome) => string | null;

/** Runs with a way to keep the secret: returns the file it was written to. Without a grant no file stays. */
async function keeping(path: string | undefined, work: (keep: Keep) => Promise<number>): Promise<number> {
  if (path === undefined) return work(() => null);
  const file = newSecretFile(path);
  try {
    return await work((outcome) => {
      if (outcome.outcome === "refused") return null;
      file.write({ leaseId: outcome.grant.leaseId, secret: outcome.secret });
      return path;
    });
  } finally {
    file.discardUnwritten();
  }
}

function acquiredAnswer(outcome: Outcome, kept: string | null): Answer {
  if (outcome.outcome === "refused") {
    const { refusal } = outcome;
    const code = refusal.kind === "wait-over" ? leaseExit.busy : leaseExit.refused;
    return answerOf(code, outcome, (paint) => refusalText(refusal, paint));
  }
  const { secret, ...shown } = outcome;
  const json = kept === null ? outcome : { ...shown, secretFile: kept };
  return answerOf(leaseExit.done, json, (paint) =>
    grantText(outcome.grant, kept === null ? `${secret}  (shown this once)` : `in ${kept}`, paint.good(outcome.outcome)),
  );
}

function grantText(grant: LaneGrant, secret: string, head: string): string {
  const { lane, leaseId, fencingToken, ttlMs } = grant;
  const rows = [
    ["lane", `${lane}  (${claimText(grant)})`],
    ["lease", leaseId],
    ["token", String(fencingToken)],
    ["secret", secret],
    ["ttl", `${lasting(ttlMs)}; beat it before that: leasehold lease heartbeat`],
  ];
  return `${head}\n${rows.map(([name = "", value = ""]) => `  ${name.padEnd(7)} ${value}`).join("\n")}\n`;
}

