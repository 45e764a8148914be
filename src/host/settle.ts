/**
 * What follows the end of a run: its lease is freed, and when it is done its issue is marked resolved, once.
 *
 * Whoever ends a run settles it; the monitor settles what was left, so that a crash in between loses nothing. Each
 * step may be done twice without harm.
 */
import type { LoggedRun } from "../../spec/run/index.js";
import { isTerminal } from "../../spec/vocabulary/index.js";
import type { Fenced } from "../run/index.js";
import { type RunFacts, factsOf, note } from "./facts.js";
import type { Host } from "./host.js";
import { freeLease } from "./tree-lease.js";

/** Null: settled. Otherwise why not. */
export type Settled = { readonly trouble: string | null; readonly issue: string | null };

/** `resolveIssue`: also when the run did not end as done, because a person said so. */
export async function settleRun(
  host: Host,
  id: string,
  { resolveIssue = false, ...under }: Fenced & { readonly resolveIssue?: boolean } = {},
): Promise<Settled> {
  const { store } = host.runs;
  const run = await store.get(id);
  const facts = factsOf(run);
  const ended = isTerminal(run.view.status);
  if (ended) await leaseFreed(host, run, facts, under);
  const wanted = resolveIssue || run.view.status === "done";
  const { trouble, issue } = wanted ? await issueResolved(host, run, facts, under) : { trouble: null, issue: null };
  if (trouble === null && ended && !facts.settled) await store.note(id, note.settled, String(run.changedAt.seq), under);
  return { trouble, issue };
}

/** Ended runs whose end was not settled. */
export function unsettled(runs: readonly LoggedRun[]): readonly LoggedRun[] {
  return runs.filter((run) => isTerminal(run.view.status) && !factsOf(run).settled);
}

async function leaseFreed(host: Host, { created }: LoggedRun, { lease }: RunFacts, under: Fenced): Promise<void> {
  await host.runs.store.checkFence(under);
  const how = await freeLease(host, created.run);
  if (lease === null) return;
  await host.runs.store.note(created.run, note.leaseEnd, how === "released" ? how : `${how} at its end`, under);
}

async function issueResolved(
  host: Host,
  { created, notes }: LoggedRun,
  { placement }: RunFacts,
  under: Fenced,
): Promise<Settled> {
  const { run, issue, directory } = created;
  const known = notes[note.issue] ?? null;
  if (issue === null || placement === null || known !== null) return { trouble: null, issue: known };
  await host.runs.store.checkFence(under);
  const changed = await host.system.issuesOf(placement, directory ?? "/").resolve(issue);
  if (changed.kind !== "failed") {
    const word = changed.kind === "unchanged" ? changed.status : changed.kind;
    await host.runs.store.note(run, note.issue, word, under);
    return { trouble: null, issue: word };
  }
  const { message } = changed.failure;
  if (notes[note.issueError] !== message) await host.runs.store.note(run, note.issueError, message.slice(0, 4_000), under);
  return { trouble: message, issue: null };
}
