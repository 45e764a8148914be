/** `leasehold run show | log`: one run as it is now, and how it came to be so. */
import type { LogEntry, LoggedRun } from "../../spec/run/index.js";
import type { Effect } from "../../spec/vocabulary/index.js";
import { lastLines, printable } from "../gather/index.js";
import { factsOf, hostSystem, note } from "../host/index.js";
import type { Stamp } from "../journal/index.js";
import type { LeaseListing } from "../lease/index.js";
import { tableLines } from "../report/table.js";
import type { StoreFlags } from "./lease-options.js";
import { answerOf } from "./lease-shell.js";
import { type Painted } from "./lease-text.js";
import { type Reader, asReader, noRun, runExit, withDamage } from "./run-shell.js";
import {
  type RunRow,
  commandText,
  meaningOf,
  monitorOf,
  monitorText,
  observerText,
  pairText,
  rowOf,
  since,
  sourceText,
  statusText,
} from "./run-text.js";

/** Longest detail of a line of the log, and lines of a pane that are shown. */
const detailMax = 300;
const paneLines = 40;

export interface ShowFlags extends StoreFlags {
  readonly pane?: true;
}

export function showRunCommand(id: string, flags: ShowFlags): Promise<number> {
  return asReader(flags, noRun(id), async (reader) => {
    const { store, leases } = reader;
    const [run, listing] = [await store.get(id), await leases()];
    const now = store.clock.now();
    const pane = flags.pane === true ? await paneOf(reader, run) : null;
    const { created, view, createdAt, changedAt, notes } = run;
    const { placement, session } = factsOf(run);
    const row = rowOf(run, now, listing);
    const known = { created, createdAt, changedAt, view, placement, session, notes };
    const json = { ...row, ...known, monitor: monitorOf(listing), ...(pane === null ? {} : { pane }) };
    const text = (paint: Painted): string => `${shownText(run, listing, now, paint)}${pane === null ? "" : `\n${pane.text}\n`}`;
    return await withDamage(reader, answerOf(runExit.done, json, text));
  });
}

/** Plain text already: a pane is never printed as it was captured. */
async function paneOf({ directory }: Reader, run: LoggedRun): Promise<{ readonly kind: string; readonly text: string }> {
  const { placement, session } = factsOf(run);
  if (placement === null || session === null) return { kind: "absent", text: "it has no session" };
  const sight = await hostSystem({ directory }).sessionsAt(placement).capture(session, paneLines);
  if (sight.kind === "pane") return { kind: "pane", text: withoutGaps(lastLines(sight.text, paneLines)).map(printable).join("\n") };
  return { kind: sight.kind, text: sight.kind === "gone" ? `its session is gone (${sight.detail})` : sight.failure.message };
}

/** A screen is mostly blank lines: each gap becomes one. */
function withoutGaps(lines: readonly string[]): string[] {
  return lines.filter((line, at) => line.trim() !== "" || (at > 0 && lines[at - 1]?.trim() !== ""));
}

function shownText(run: LoggedRun, listing: LeaseListing | null, now: Stamp, paint: Painted): string {
  const { created, view, createdAt, changedAt, notes } = run;
  const { placement } = factsOf(run);
  const row = rowOf(run, now, listing);
  const reason = view.reason === null ? "" : ` (${view.reason}: ${meaningOf(view.reason)})`;
  const rows: readonly (readonly [string, string | null])[] = [
    ["run", created.run],
    ["status", `${statusText(view.status, paint)}${reason}`],
    ["since", since(changedAt.at, now)],
    ["started", since(createdAt.at, now)],
    ["agent", printable(created.agent)],
    ["command", commandText(created.command)],
    ["directory", created.directory === null ? null : printable(created.directory)],
    ["branch", created.branch === null ? null : printable(created.branch)],
    ["base", placement?.tree?.base ?? null],
    ["PR", `${view.prUrl === null ? "none known" : printable(view.prUrl)}, looked for through ${sourceText(placement?.pullRequests ?? "none")}`],
    ["issue", created.issue === null ? null : [created.issue, ...(notes[note.issue] === undefined ? [] : [`(${notes[note.issue] ?? ""})`])].join(" ")],
    ["session", sessionText(run)],
    ["observer", observerText(notes[note.observer])],
    ["lease", row.lease === null ? (notes[note.leaseEnd] ?? "none") : leaseText(row.lease)],
    ["stop", notes[note.stopError] ?? (notes[note.stopRequested] === undefined ? null : `asked for by ${notes[note.stopRequested] ?? ""}`)],
    ["repair", notes[note.repair] ?? null],
  ];
  const lines = rows.flatMap(([name, value]) => (value === null ? [] : [`${name.padEnd(10)}${name === "status" ? value : printable(value)}`]));
  return `${[...lines, monitorText(monitorOf(listing))].join("\n")}\n`;
}

function leaseText({ state, fencingToken, lane }: NonNullable<RunRow["lease"]>): string {
  return `${state}, token ${fencingToken}, lane "${lane}"`;
}

/** How to look at it. */
export function sessionText(run: LoggedRun): string {
  const { placement, session } = factsOf(run);
  if (placement === null || session === null) return "none yet";
  if (placement.socket === null) return `process ${session.identity?.split("/")[2] ?? "?"}; its output: leasehold run show ${run.created.run} --pane`;
  const at = "name" in placement.socket ? `-L ${placement.socket.name}` : `-S ${commandText([placement.socket.path])}`;
  const elsewhere = (process.env["TMUX_TMPDIR"] ?? "/tmp") === "/tmp" ? "" : "TMUX_TMPDIR=/tmp ";
  return `tmux; look at it with: ${elsewhere}tmux ${at} attach -t ${session.name}`;
}

export function logCommand(id: string, flags: StoreFlags): Promise<number> {
  return asReader(flags, noRun(id), async (reader) => {
    const { store } = reader;
    const run = await store.get(id);
    const { created, createdAt, entries } = run;
    const answer = answerOf(runExit.done, { run: id, created, createdAt, entries }, () => {
      const now = store.clock.now();
      const first = [since(createdAt.at, now), "created", "queued", `${created.agent}: ${commandText(created.command)}`];
      const rows = [first, ...entries.flatMap((entry) => entryRows(entry, now))];
      const columns = ["when", "what was observed", "status", "details"].map((title) => ({ title }));
      return `${tableLines(columns, rows.map((row) => row.map((cell) => shortened(printable(cell))))).join("\n")}\n`;
    });
    return await withDamage(reader, answer);
  });
}

function entryRows(entry: LogEntry, now: Stamp): string[][] {
  const when = since(entry.at, now);
  if (entry.type === "noted") return [[when, `note ${entry.data.name}`, "", entry.data.value]];
  const { event, effects, from } = entry.data;
  const status = effects.find((effect) => effect.type === "setStatus");
  const to = status?.type === "setStatus" ? `${pairText(from)} → ${pairText(status)} by ${status.source}` : "";
  const observer = "observer" in event ? [`seen by ${observerText(event.observer ?? undefined)}`] : [];
  return [[when, event.type, to, [...observer, ...effects.flatMap(effectText)].join("; ")]];
}

function effectText(effect: Effect): string[] {
  switch (effect.type) {
    case "recordPr":
      return [`pull request ${effect.url}`];
    case "recordPrClosed":
      return [`pull request closed: ${effect.url}`];
    case "recordError":
      return [effect.message.replace(/\.$/, "")];
    case "recordAlive":
      return ["alive"];
    case "setStatus":
      return effect.reason === null ? [] : [meaningOf(effect.reason)];
    case "recordBaseline":
      return ["its first pane"];
    case "gatherEvidence":
      return [];
  }
}

function shortened(text: string): string {
  return text.length > detailMax ? `${text.slice(0, detailMax)}…` : text;
}
