/** What was judged on an implementation: one line for each law and thing judged, for tables and reports. */
export type ConformanceVerdict = "holds" | "violated" | "vacuous" | "unknown";

/** A broken program that the law has to catch. */
export interface JudgedMutant {
  readonly name: string;
  readonly change: string;
  readonly caught: boolean;
}

/** What one law said of one implementation. */
export interface Judged {
  readonly law: string;
  /** `lane-lease store`, `run host`, `worker plane`. */
  readonly on: string;
  /** `vacuous`: never breached, and it never had anything to say either. */
  readonly verdict: ConformanceVerdict;
  /** How much was looked at, in words. */
  readonly scope: string;
  readonly scripts: number;
  readonly steps: number;
  /** How often the law had something to say. */
  readonly judged: number;
  readonly breach: string | null;
  /** What shows the breach again; null when there is none. */
  readonly replay: string | null;
  readonly mutants: readonly JudgedMutant[];
}

export function scopeOf(scripts: number, steps: number): string {
  return `${scripts} ${scripts === 1 ? "script" : "scripts"}, ${steps} steps`;
}

/** The worst of what was found, as a verdict: `refines` is false when a state was reached that no model allows. */
export function overall(judged: readonly Judged[], refines: boolean): ConformanceVerdict {
  if (!refines || judged.some(({ verdict }) => verdict === "violated")) return "violated";
  return judged.some(({ verdict }) => verdict === "unknown") ? "unknown" : "holds";
}
