/** Types of each way into the package, as a project with its own compiler settings sees them. */
import { type Decide, type Effect, step as viaMain } from "leasehold";
import { ModelError } from "leasehold/checker";
import { checkLeaseStore } from "leasehold/conformance";
import rules from "leasehold/eslint";
import * as gather from "leasehold/gather";
import { openHost } from "leasehold/host";
import { nodeDisk, openJournal } from "leasehold/journal";
import { laws } from "leasehold/laws";
import { openLeaseStore, withLease } from "leasehold/lease";
import { lint } from "leasehold/lint";
import { openRuns } from "leasehold/run";
import { type Observation, emptyView, initialCore, step } from "leasehold/spec";
import { createMaster, createWorker } from "leasehold/worker-plane";

const observation: Observation = { type: "session.alive", observer: "here" };
const view = emptyView({ agent: "codex", branch: "b", startedAt: 0, status: "running" });
export const effects: readonly Effect[] = step(view, initialCore, observation, 1).effects;
export const same: typeof step = viaMain;
export const ids: readonly string[] = laws.map(({ id }) => id);
export type Decided = Decide;

// @ts-expect-error A status that nobody knows.
emptyView({ agent: "codex", branch: "b", startedAt: 0, status: "asleep" });

export async function deploy(directory: string): Promise<number | null> {
  const store = await openLeaseStore({ directory });
  const held = await withLease(store, { lane: "deploy", holder: "me" }, ({ fencingToken }) =>
    Promise.resolve(fencingToken),
  );
  await store.close();
  return held.outcome === "done" ? held.value : null;
}

export { ModelError, checkLeaseStore, createMaster, createWorker, gather, lint, nodeDisk };
export { openHost, openJournal, openRuns, rules };
