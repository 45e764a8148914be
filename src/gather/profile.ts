/**
 * Agent profiles: what the panes of one agent look like, as data. No expression language: fixed words, looked
 * for without regard to case, so that a profile from a file can neither hang the monitor nor run anything.
 */
import { z } from "zod";

import { keyNames } from "./sessions.js";

/** Bounds of a profile. */
const wordMax = 200;
const wordsMax = 20;
const rowsMax = 100;

const word = z.string().regex(/^[a-z][a-z0-9_]{0,31}$/, "a lower-case word of at most 32 characters");
const rowId = z.string().regex(/^[a-z][a-z0-9-]{0,63}$/, "lower-case letters, digits and -, at most 64 characters");
const words = z.array(z.string().min(1).max(wordMax)).min(1).max(wordsMax).readonly();

/** What one line says. All of the given parts hold; within `equals`, `startsWith` and `endsWith` one is enough. */
export const linePattern = z
  .strictObject({
    equals: words.optional(),
    startsWith: words.optional(),
    /** All of them. */
    contains: words.optional(),
    endsWith: words.optional(),
  })
  .refine((line) => Object.values(line).some((part) => part !== undefined), "a line without any word to look for");
export type LinePattern = z.infer<typeof linePattern>;

/** `captured`: from a real pane. `reference facts`: from a description; nobody here saw such a pane. */
export const rowSource = z.enum(["captured", "reference facts", "own"]);

const conditions = {
  id: rowId,
  source: rowSource,
  /** All of them occur in the window. */
  window: words.optional(),
  /** Some line of the window. */
  line: linePattern.optional(),
  /** The last line that is not blank. */
  lastLine: linePattern.optional(),
};

const rowShape = z.strictObject(conditions);
export type PaneRowPattern = z.infer<typeof rowShape>;

/** A row that looks for at least one word. */
export const paneRowPattern = rowShape.refine(
  (row) => wordCount(row) > 0,
  "a row without any word to look for",
);

/** Kinds a machine never answers: what is asked for is a person's to give. */
export const personalGates: ReadonlySet<string> = new Set(["login", "credentials", "password", "passphrase"]);

export const gateRow = z
  .strictObject({
    ...conditions,
    kind: word,
    /** Keys that answer the gate, for a host that may acknowledge it by itself; absent: a person must. */
    acknowledge: z.array(z.enum(keyNames)).min(1).max(10).readonly().optional(),
  })
  .refine((row) => wordCount(row) >= 2, "a gate is told by at least two words together")
  .refine(
    ({ kind, acknowledge }) => acknowledge === undefined || !personalGates.has(kind),
    "a gate that asks for credentials is never acknowledged by a machine",
  );
export type GateRow = z.infer<typeof gateRow>;

const rows = z.array(paneRowPattern).max(rowsMax).readonly().default([]);

const profileShape = z.strictObject({
  /** The run's `agent`. */
  name: word,
  title: z.string().min(1).max(wordMax),
  /** Last lines of a pane that are looked at. */
  windowLines: z.int().min(1).max(1_000).default(40),
  /** Its process ends when its work is done: then its end is no failure (`RunPolicy`). */
  exitsWhenDone: z.boolean().default(false),
  /** A pane that shows work is no reading at all, whatever else it shows. */
  busy: rows,
  gates: z.array(gateRow).max(rowsMax).readonly().default([]),
  exited: rows,
  completed: rows,
  limited: rows,
  failed: rows,
  prompt: rows,
});
/** What the panes of one agent look like. */
export type AgentProfile = z.infer<typeof profileShape>;

/** A profile whose rows have ids of their own. */
export const agentProfile = profileShape.refine((profile) => {
  const ids = rowsOf(profile).map(({ row }) => row.id);
  return new Set(ids).size === ids.length;
}, "two rows have one id");
/** As it is written, before defaults. */
export type AgentProfileInput = z.input<typeof agentProfile>;

/** What a row can say of a pane, in the order of a profile. */
export const rowKinds = ["busy", "gate", "exited", "completed", "limited", "failed", "prompt"] as const;
/** Name of a kind of row. */
export type RowKind = (typeof rowKinds)[number];

/** Every row with its kind, busy first, then as readings precede one another. */
export function rowsOf(
  profile: AgentProfile,
): readonly { readonly kind: RowKind; readonly row: PaneRowPattern }[] {
  return rowKinds.flatMap((kind) =>
    (kind === "gate" ? profile.gates : profile[kind]).map((row) => ({ kind, row })),
  );
}

function wordCount({ window, line, lastLine }: Pick<PaneRowPattern, "window" | "line" | "lastLine">): number {
  const inLine = (part: LinePattern | undefined): number => {
    if (part === undefined) return 0;
    const alternatives = [part.equals, part.startsWith, part.endsWith].filter((one) => one !== undefined);
    return alternatives.length + (part.contains?.length ?? 0);
  };
  return (window?.length ?? 0) + inLine(line) + inLine(lastLine);
}

/** For `RunPolicy.agentsThatExitWhenDone`. */
export function agentsThatExitWhenDone(profiles: readonly AgentProfile[]): readonly string[] {
  return profiles.filter(({ exitsWhenDone }) => exitsWhenDone).map(({ name }) => name);
}
