/** What a pane is read as: one reading by precedence, and how often it was seen in a row. */
import type { Signal } from "../vocabulary/observation.js";
import type { RunPolicy } from "../vocabulary/run.js";

/** Kinds of reading, strongest first (L10b). */
export const readingKinds = ["gate", "exited", "completed", "limited", "failed", "prompt"] as const;
/** Name of a reading. */
export type ReadingKind = (typeof readingKinds)[number];

/** The strongest kind a signal shows. An API's word is not a reading: then there is none. */
export function kindOf(signal: Signal): ReadingKind | null {
  if (isResolved(signal)) return null;
  return readingKinds.find((kind) => shows(signal, kind)) ?? null;
}

/** The reading as the core remembers it: two gates of different kinds are two readings. */
export function readingOf(signal: Signal): string | null {
  const kind = kindOf(signal);
  return kind === "gate" ? `gate:${signal.gate ?? ""}` : kind;
}

/** Whether an API of the agent gave its word. */
export function isResolved(signal: Signal): boolean {
  return signal.resolved !== undefined && signal.resolved !== null;
}

/** A reading and how often it was seen in a row. */
export interface Seen {
  readonly reading: string | null;
  readonly streak: number;
}

/** What is remembered after this signal. Any other reading, or none, starts over. */
export function readOn(before: Seen, signal: Signal, policy: Pick<RunPolicy, "confirmation">): Seen {
  const reading = readingOf(signal);
  if (reading === null) return { reading: null, streak: 0 };
  const streak = reading === before.reading ? before.streak + 1 : 1;
  return { reading, streak: Math.min(streak, policy.confirmation) };
}

function shows(signal: Signal, kind: ReadingKind): boolean {
  if (kind === "gate") return signal.gate !== undefined && signal.gate !== null;
  return signal[kind] === true;
}
