/**
 * The line that replays a counterexample: `LL8 0/12/3`, on a mutant `LL8~no-fence 0/12/3`.
 *
 * One place makes and reads it. The path is the number of the initial state, then action ids.
 */
import type { Bounds } from "../../spec/kernel/index.js";
import type { Counterexample, Path } from "../checker/index.js";
import { valueText } from "./text.js";

export interface ReplayLine {
  readonly law: string;
  /** Slug of the mutant's name; null on the right system. */
  readonly mutant: string | null;
  readonly path: Path;
}

/** A mutant's name as one word: `no fence (kept)` as `no-fence-kept`. */
export function slug(name: string): string {
  return name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-|-$/g, "");
}

export function formatReplay({ law, mutant, path }: ReplayLine): string {
  return `${law}${mutant === null ? "" : `~${slug(mutant)}`} ${path.join("/")}`;
}

/** `null` when the text is not such a line. */
export function parseReplay(text: string): ReplayLine | null {
  const match = /^\s*([A-Za-z][\w-]*)(?:~([a-z0-9-]+))?\s+(\d{1,9}(?:\/\d{1,9})*)\s*$/.exec(text);
  const [, law, mutant, path] = match ?? [];
  if (law === undefined || path === undefined) return null;
  return { law, mutant: mutant ?? null, path: path.split("/").map(Number) };
}

/** What the reader of a line must know besides it. */
export interface ReplayContext {
  /** Bounds of the run it was found in; `default` is what the replay assumes. */
  readonly bounds?: Bounds;
  /** Parameters that were set by hand. */
  readonly set?: Readonly<Record<string, unknown>>;
}

/** The command to paste. */
export function replayCommand(found: Counterexample, { bounds, set }: ReplayContext = {}): string {
  const named = found.on.includes("/") || set !== undefined ? ` --on ${found.on}` : "";
  const scale = bounds === undefined || bounds === "default" ? "" : ` --bounds ${bounds}`;
  const values = Object.entries(set ?? {}).map(([name, value]) => ` --set ${name}=${valueText(value)}`);
  return `npx leasehold replay "${formatReplay(found)}"${named}${scale}${values.join("")}`;
}
