/** `leasehold run ps`: the runs of a state directory, who monitors them, and what is damaged. */
import { isTerminal } from "../../spec/vocabulary/index.js";
import { printable } from "../gather/index.js";
import { describeDamage } from "../journal/index.js";
import { tableLines } from "../report/table.js";
import type { StoreFlags } from "./lease-options.js";
import { type Answer, answerOf } from "./lease-shell.js";
import { type Painted, lasting } from "./lease-text.js";
import { type Reader, asReader, runExit } from "./run-shell.js";
import {
  type MonitorRow,
  type RunRow,
  monitorOf,
  monitorText,
  observerText,
  pullRequestText,
  rowOf,
  sourceText,
  statusText,
} from "./run-text.js";

export interface ListFlags extends StoreFlags {
  readonly all?: true;
}

export function psCommand(flags: ListFlags): Promise<number> {
  return asReader(
    flags,
    ({ path }) => answerOf(runExit.done, { runs: [], ended: 0, monitor: null, damage: [] }, () => `no runs (there are none in ${path})\n`),
    (reader) => listed(reader, flags.all === true),
  );
}

async function listed({ store, leases }: Reader, all: boolean): Promise<Answer> {
  const [runs, listing, health] = [await store.list(), await leases(), await store.health()];
  const now = store.clock.now();
  const shown = runs.filter(({ view }) => all || !isTerminal(view.status)).map((run) => rowOf(run, now, listing));
  const damage = [...health.damage.map(describeDamage), ...(listing?.damage ?? [])];
  const monitor = monitorOf(listing);
  const ended = runs.length - runs.filter(({ view }) => !isTerminal(view.status)).length;
  const json = { runs: shown, ended, monitor, damage, rejected: health.rejected };
  const code = damage.length === 0 ? runExit.done : runExit.storage;
  return answerOf(code, json, (paint) => {
    const lines = damage.map((one) => `${paint.bad("damaged")}: ${printable(one)}`);
    return `${[...lines, ...tableOf(shown, paint), ...footer(shown, all ? 0 : ended, monitor)].join("\n")}\n`;
  });
}

function tableOf(rows: readonly RunRow[], paint: Painted): string[] {
  if (rows.length === 0) return ["no runs under way"];
  const columns = ["run", "status", "reason", "age", "agent", "branch", "PR", "observer", "lease"].map((title) => ({ title }));
  return tableLines(
    columns,
    rows.map((row) => [
      row.run,
      `${statusText(row.status, paint)}${row.stopRequested && !isTerminal(row.status) ? " (stopping)" : ""}`,
      row.reason ?? "-",
      lasting(row.ageMs),
      printable(row.agent),
      row.branch === null ? "-" : printable(row.branch),
      pullRequestText(row.pullRequest),
      observerText(row.observer ?? undefined),
      row.lease === null ? "-" : `${row.lease.state} (${row.lease.fencingToken})`,
    ]),
  );
}

function footer(rows: readonly RunRow[], ended: number, monitor: MonitorRow | null): string[] {
  const sources = new Set(rows.flatMap(({ pullRequests }) => (pullRequests === null ? [] : [sourceText(pullRequests)])));
  return [
    ...(ended === 0 ? [] : [`${ended} ended: leasehold run ps --all`]),
    ...(rows.length === 0 && monitor === null ? [] : [monitorText(monitor)]),
    ...(sources.size === 0 ? [] : [`pull requests are looked for through: ${[...sources].sort().join(", ")}`]),
  ];
}
