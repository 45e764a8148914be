/** What the lint says: writes it saw, findings it reports, and the surfaces they belong to. Plain data. */

/** A place in a file below the root. Lines and columns count from 1; the end is exclusive. */
export interface Span {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
}

/** One write that was recognised, listed or not. */
export interface Write {
  readonly surface: string;
  /** Number of the sink in its surface, from 0. */
  readonly sink: number;
  readonly at: Span;
  /** `path#Symbol` of the declaration around it; `path#<module>` outside of any. */
  readonly site: string;
  /** One clause: what the code does, for example "calls RunStore.append through the alias `put`". */
  readonly how: string;
  /** How it was recognised, step by step, for `lint why`. */
  readonly via: readonly string[];
}

/** A file, or a part of one, that was not looked at. */
export interface Unread {
  readonly at: Span;
  readonly reason: string;
}

/** What a finding is about. */
export type Rule =
  /** A write at a site nobody listed. */
  | "write"
  /** A listed writer whose site no longer writes. */
  | "stale-writer"
  /** A listed writer without disposition, reason, decision or law. */
  | "undecided"
  /** More writing sites than the lock file allows, or others, or no lock file. */
  | "ratchet"
  /** A file that could not be read or parsed. */
  | "unread";

/** A line of source; numbers count from 1. */
export interface FrameLine {
  readonly number: number;
  readonly text: string;
}

/** Something that breaks the rules of a surface, at its place, and what to do about it. */
export interface Finding {
  readonly rule: Rule;
  readonly surface: string | null;
  readonly law: string | null;
  readonly at: Span;
  readonly site: string | null;
  readonly message: string;
  /** What to do about it. */
  readonly advice: string;
  readonly via: readonly string[];
  /** Lines around the place; empty when the file cannot be shown. */
  readonly frame: readonly FrameLine[];
}

/** What was decided about a writer: it stays; a decision removes it; a law names the boundary that it stays behind. */
export type Disposition = "sanctioned" | "integrate" | "quarantine";

/** A listed writer, and the sites that write under it. */
export interface WriterReport {
  readonly id: string;
  readonly site: string;
  readonly disposition: Disposition | "undecided";
  readonly because: string | null;
  /** Decision or law the disposition rests on. */
  readonly reference: string | null;
  /** Concrete sites that write, sorted. More than one only for `path#*`. */
  readonly sites: readonly string[];
  readonly writes: number;
}

/** A law about source code, as it was found on this tree. */
export interface SurfaceReport {
  readonly id: string;
  readonly law: string | null;
  readonly message: string;
  /** Holds when the surface has no finding. */
  readonly verdict: "holds" | "violated";
  readonly files: number;
  readonly writers: readonly WriterReport[];
  /** Concrete sites that write, listed or not: what the ratchet counts. */
  readonly sites: readonly string[];
  readonly locked: number | null;
  readonly findings: number;
}

/** What a lint run found. No findings: every surface holds. */
export interface LintReport {
  readonly surfaces: readonly SurfaceReport[];
  readonly findings: readonly Finding[];
  /** Every recognised write, for `lint why` and `lint init`. */
  readonly writes: readonly Write[];
  readonly files: number;
}

/** Orders spans by file, then by place; for sorting. */
export function spanOrder(a: Span, b: Span): number {
  if (a.file !== b.file) return a.file < b.file ? -1 : 1;
  return (
    a.line - b.line || a.column - b.column || a.endLine - b.endLine || a.endColumn - b.endColumn
  );
}
