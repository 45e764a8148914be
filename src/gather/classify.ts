/**
 * What a pane shows, by an agent's profile: the signal that the run machine takes, and which rows said so.
 *
 * Every kind that matches is in the signal; which of them counts is the machine's decision. The busy veto is
 * taken here: a pane that shows work has an empty signal.
 */
import { readingKinds } from "../../spec/run/reading.js";
import type { Signal } from "../../spec/vocabulary/observation.js";
import { lastLines } from "./plain-text.js";
import type { AgentProfile, GateRow, LinePattern, PaneRowPattern, RowKind } from "./profile.js";
import type { KeyName } from "./sessions.js";

/** What a pane shows, and what that was read from. */
export interface Classification {
  readonly signal: Signal;
  /** The first row of each kind that matches. */
  readonly rows: Readonly<Partial<Record<RowKind, string>>>;
  /** The row the machine's precedence would take, busy before all; null: nothing matches. */
  readonly strongest: { readonly kind: RowKind; readonly id: string } | null;
  /** Keys that answer the gate shown, where its row allows a machine to. */
  readonly acknowledge: readonly KeyName[] | null;
}

/** Reads the last lines of a pane by the rows of a profile. Pure. */
export function classifyPane(profile: AgentProfile, text: string): Classification {
  const window = windowOf(text, profile.windowLines);
  const first = <R extends PaneRowPattern>(rows: readonly R[]): R | undefined =>
    rows.find((row) => matches(row, window));
  const busy = first(profile.busy);
  if (busy !== undefined)
    return { signal: {}, rows: { busy: busy.id }, strongest: { kind: "busy", id: busy.id }, acknowledge: null };
  const gate: GateRow | undefined = first(profile.gates);
  const found = { gate, ...plainRows(profile, first) };
  const rows = Object.fromEntries(
    readingKinds.flatMap((kind) => (found[kind] === undefined ? [] : [[kind, found[kind].id]])),
  );
  const strongest = readingKinds.find((kind) => found[kind] !== undefined);
  return {
    signal: signalOf(found),
    rows,
    strongest: strongest === undefined ? null : { kind: strongest, id: found[strongest]?.id ?? "" },
    acknowledge: gate?.acknowledge ?? null,
  };
}

type Found = { readonly gate: GateRow | undefined } & ReturnType<typeof plainRows>;

function plainRows(
  profile: AgentProfile,
  first: (rows: readonly PaneRowPattern[]) => PaneRowPattern | undefined,
) {
  return {
    exited: first(profile.exited),
    completed: first(profile.completed),
    limited: first(profile.limited),
    failed: first(profile.failed),
    prompt: first(profile.prompt),
  };
}

/** Only what is shown is named. */
function signalOf({ gate, exited, completed, limited, failed, prompt }: Found): Signal {
  return {
    ...(gate && { gate: gate.kind }),
    ...(exited && { exited: true }),
    ...(completed && { completed: true }),
    ...(limited && { limited: true }),
    ...(failed && { failed: true }),
    ...(prompt && { prompt: true }),
  };
}

interface Window {
  readonly text: string;
  readonly lines: readonly string[];
  readonly lastLine: string;
}

function windowOf(text: string, count: number): Window {
  const lines = lastLines(text.trimEnd().toLowerCase(), count).map((line) => line.trim());
  return { text: lines.join("\n"), lines, lastLine: lines.at(-1) ?? "" };
}

function matches({ window, line, lastLine }: PaneRowPattern, shown: Window): boolean {
  return (
    (window === undefined || window.every((word) => shown.text.includes(word.toLowerCase()))) &&
    (line === undefined || shown.lines.some((each) => lineMatches(line, each))) &&
    (lastLine === undefined || lineMatches(lastLine, shown.lastLine))
  );
}

function lineMatches({ equals, startsWith, contains, endsWith }: LinePattern, line: string): boolean {
  const some = (words: readonly string[] | undefined, holds: (word: string) => boolean): boolean =>
    words === undefined || words.some((word) => holds(word.toLowerCase()));
  return (
    some(equals, (word) => line === word) &&
    some(startsWith, (word) => line.startsWith(word)) &&
    some(endsWith, (word) => line.endsWith(word)) &&
    (contains === undefined || contains.every((word) => line.includes(word.toLowerCase())))
  );
}
