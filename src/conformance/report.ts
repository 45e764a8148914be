/** What every check of the kit hands back: verdicts by law, and scripts that show what was breached. */
import type fc from "fast-check";

import type { ConformanceVerdict, Judged } from "./judged.js";
import { scopeOf } from "./judged.js";

/** A script as a file: what was done, step by step. Give it back to the check that wrote it. */
export interface ConformanceScript {
  readonly scene: string;
  readonly steps: readonly string[];
}

/** A step that the model does not have: what it makes of the step, and what was seen. */
export interface Divergence {
  readonly step: number;
  readonly expected: string;
  readonly seen: string;
}

/** A script, shrunk, on which a law is breached or the model is left. */
export interface Counterexample {
  /** Null: no law is breached, and the model has no such step. */
  readonly law: string | null;
  readonly breach: string;
  readonly divergence: Divergence | null;
  readonly script: ConformanceScript;
  /** False: it was seen once, and not when the script was run again. */
  readonly repeated: boolean;
  /** Numbered steps, what was expected and what was seen; the last line shows it again. */
  readonly text: string;
}

/** What was judged on an implementation. The same seed gives the same report. */
export interface ConformanceReport {
  readonly name: string;
  readonly verdict: ConformanceVerdict;
  /** One for each law. */
  readonly judged: readonly Judged[];
  readonly counterexamples: readonly Counterexample[];
  readonly seed: number;
  readonly scripts: number;
  readonly steps: number;
}

/** Steps with their numbers; below the one that strayed, what was expected and what was seen. */
export function numbered(steps: readonly string[], breach: string, divergence: Divergence | null = null): string {
  const lines = steps.flatMap((step, index) => {
    const line = `${String(index + 1).padStart(3)}. ${step}`;
    if (divergence?.step !== index + 1) return [line];
    return [line, `       expected ${divergence.expected}`, `       seen     ${divergence.seen}`];
  });
  return [...lines, breach].join("\n");
}

/** A line of what does not repeat. */
export const seenOnce = "seen once, not when the script was run again";

/** One line: the option that shows a script again, for the check that it is of. */
export function againWith({ scene, steps }: ConformanceScript): string {
  return `show it again with { script: ${JSON.stringify({ scene, steps })} }`;
}

/** Why a step that no law forbids is wrong. */
export function strayed({ expected, seen }: Divergence): string {
  return `the model has no such step: expected ${expected}, seen ${seen}`;
}

/** How much was run, and how often each check had something to say, by `law#check`. */
export interface Tally {
  readonly on: string;
  readonly scripts: number;
  readonly steps: number;
  readonly judged: ReadonlyMap<string, number>;
}

/** What one law said: `found` is what breaches it. */
export function verdictOf(law: string, { on, scripts, steps, judged }: Tally, found: Counterexample | undefined): Judged {
  const times = [...judged].reduce((sum, [key, count]) => (key.startsWith(`${law}#`) ? sum + count : sum), 0);
  return {
    law,
    on,
    verdict: found !== undefined ? "violated" : times > 0 ? "holds" : "vacuous",
    scope: scopeOf(scripts, steps),
    scripts,
    steps,
    judged: times,
    breach: found?.breach ?? null,
    replay: found === undefined ? null : JSON.stringify(found.script),
    mutants: [],
  };
}

/** What repeats tells more than what does not; else the shorter script does. */
function isBetter(one: Counterexample, other: Counterexample): boolean {
  if (one.repeated !== other.repeated) return one.repeated;
  return one.script.steps.length <= other.script.steps.length;
}

/** Keeps the shortest script for each law, and how to show it again; "" is for steps that the model does not have. */
export class Counterexamples {
  readonly #found = new Map<string, Counterexample>();

  put(counterexample: Counterexample): void {
    const key = counterexample.law ?? "";
    const known = this.#found.get(key);
    if (known !== undefined && isBetter(known, counterexample)) return;
    const { text, repeated, script } = counterexample;
    const lines = [text, ...(repeated ? [] : [seenOnce]), againWith(script)];
    this.#found.set(key, { ...counterexample, text: lines.join("\n") });
  }

  has(law: string | null): boolean {
    return this.#found.has(law ?? "");
  }

  of(law: string | null): Counterexample | undefined {
    return this.#found.get(law ?? "");
  }

  get all(): readonly Counterexample[] {
    return [...this.#found.values()];
  }
}

/** What runs beside a model of it. */
export interface Stepping<C, W> {
  can(command: C): boolean;
  /** Null: nothing is wrong. */
  step(command: C): Promise<W | null>;
}

/** Performs what can be performed, up to the first command after which something is wrong. */
export async function performAll<C, W>(
  running: Stepping<C, W>,
  script: readonly C[],
): Promise<{ readonly performed: readonly C[]; readonly wrong: W | null }> {
  const performed: C[] = [];
  for (const command of script) {
    if (!running.can(command)) continue;
    performed.push(command);
    const wrong = await running.step(command);
    if (wrong !== null) return { performed, wrong };
  }
  return { performed, wrong: null };
}

/**
 * Leaves out, from the largest part to the smallest, every step that is not needed to show the same. `shows` answers
 * with what was performed of a shorter script when it still shows it.
 */
async function shortened<T>(
  script: readonly T[],
  shows: (shorter: readonly T[]) => Promise<readonly T[] | null>,
): Promise<readonly T[]> {
  let shortest = script;
  for (let size = Math.max(1, shortest.length >> 1); size >= 1; ) {
    const { length } = shortest;
    for (let place = shortest.length - size; place >= 0; place -= size) {
      const performed = await shows(shortest.toSpliced(place, size));
      if (performed !== null && performed.length < shortest.length) shortest = performed;
    }
    // Without a later step an earlier one may not be needed either.
    if (size > 1 || shortest.length === length) size >>= 1;
  }
  return shortest;
}

/** Runs scripts by chance up to the first on which something is wrong. Null: there was none. What a run throws is thrown. */
export async function firstWrong<T, R extends object>(
  { asyncProperty, check }: typeof fc,
  scripts: fc.Arbitrary<T>,
  how: { readonly seed: number; readonly numRuns: number },
  wrongIn: (script: T) => Promise<R | null>,
): Promise<R | null> {
  // Kept as it was seen: run once more, the same script may show nothing.
  const seen: R[] = [];
  const property = asyncProperty(scripts, async (script) => {
    const wrong = await wrongIn(script);
    if (wrong !== null) seen.push(wrong);
    return wrong === null;
  });
  const { failed, errorInstance } = await check(property, { ...how, endOnFailure: true });
  const [first = null] = seen;
  if (failed && first === null) throw new Error("a script that cannot be run", { cause: errorInstance });
  return first;
}

/** A run on which something is wrong; `repeated`: its script showed it when it was run again. */
export interface Shown<R> {
  readonly run: R;
  readonly repeated: boolean;
}

/**
 * What to report of a run on which something is wrong: the shortest script that shows it twice. What its own script does not
 * show again is kept as it was seen. `again` runs a script, and answers with the run when it shows the same.
 */
export async function shortestShown<R, T>(
  seen: R,
  scriptOf: (run: R) => readonly T[],
  again: (script: readonly T[]) => Promise<R | null>,
): Promise<Shown<R>> {
  const known = await again(scriptOf(seen));
  if (known === null) return { run: seen, repeated: false };
  let shortest = known;
  await shortened(scriptOf(known), async (shorter) => {
    const run = await again(shorter);
    if (run === null || scriptOf(run).length >= scriptOf(shortest).length) return null;
    shortest = run;
    return scriptOf(run);
  });
  if (shortest === known) return { run: known, repeated: true };
  const last = await again(scriptOf(shortest));
  return { run: last ?? known, repeated: true };
}
