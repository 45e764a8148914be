/**
 * Regions: lists of globs, and the exact answer to "can one path match both".
 *
 * Two patterns are two automata over path segments; they intersect iff an accepting pair of places is reachable
 * in their product. Segments are compared by the product of their characters, the names `.` and `..` left out:
 * no canonical path has them. Both products are small, and their steps are bounded; beyond the bound the answer
 * is "yes", which can only refuse.
 */
import { BugError } from "../kernel/unreachable.js";
import { laneIntersectionStepsMax } from "../vocabulary/lane.js";
import {
  type Atom,
  type CharSet,
  type Pattern,
  type Segment,
  intersection,
  readGlob,
  readPath,
} from "./glob.js";

/** What a region matches, ready to be compared. */
export interface CompiledRegion {
  readonly patterns: readonly Pattern[];
}

const compiled = new WeakMap<readonly string[], CompiledRegion>();

/** The patterns of a canonical region; kept as long as the list itself. */
export function compileRegion(region: readonly string[]): CompiledRegion {
  const known = compiled.get(region);
  if (known !== undefined) return known;
  const made: CompiledRegion = {
    patterns: region.flatMap((glob) => {
      const reading = readGlob(glob);
      if ("problem" in reading)
        throw new BugError(`region holds ${JSON.stringify(glob)}: ${reading.problem.hint}`);
      return reading.patterns;
    }),
  };
  compiled.set(region, made);
  return made;
}

/** Steps left; every comparison of a place in a product takes one. */
interface Budget {
  left: number;
}

/** Some canonical path matches both regions, or finding out takes more than `stepsMax`. Symmetric. */
export function regionsIntersect(
  left: CompiledRegion,
  right: CompiledRegion,
  stepsMax: number = laneIntersectionStepsMax,
): boolean {
  const budget: Budget = { left: stepsMax };
  for (const one of left.patterns) {
    for (const other of right.patterns) {
      if (patternsIntersect(one, other, budget)) return true;
      if (budget.left <= 0) return true;
    }
  }
  return false;
}

/** The region matches the path; `null` when it is no canonical relative path. */
export function regionCovers(region: CompiledRegion, path: string): boolean | null {
  const reading = readPath(path);
  if ("problem" in reading) return null;
  return regionsIntersect(region, reading);
}

function patternsIntersect(left: Pattern, right: Pattern, budget: Budget): boolean {
  const shared = Math.min(left.length, right.length);
  let start = 0;
  for (; start < shared; start += 1) {
    const one = left[start] as Segment;
    const other = right[start] as Segment;
    if (one.kind === "globstar" || other.kind === "globstar") break;
    if (!segmentsIntersect(one, other, budget)) return false;
  }
  if (start === left.length && start === right.length) return true;
  // Nothing behind a `**`: the last segments stand for the last ones of a path, on both sides.
  const one = left.at(-1);
  const other = right.at(-1);
  if (one === undefined || other === undefined || left.length === start || right.length === start) {
    return restIntersects(left.slice(start), right.slice(start), budget);
  }
  const named = one.kind !== "globstar" && other.kind !== "globstar";
  if (named && !segmentsIntersect(one, other, budget)) return false;
  return restIntersects(left.slice(start), right.slice(start), budget);
}

/** Reachability in the product of two patterns. Place i, j: what is left is `left[i…]` and `right[j…]`. */
function restIntersects(left: Pattern, right: Pattern, budget: Budget): boolean {
  const width = right.length + 1;
  const reached = new Uint8Array((left.length + 1) * width);
  reached[0] = 1;
  for (let i = 0; i <= left.length; i += 1) {
    for (let j = 0; j <= right.length; j += 1) {
      if (reached[i * width + j] !== 1) continue;
      budget.left -= 1;
      const one = left[i];
      const other = right[j];
      // `**` stands for nothing …
      if (one?.kind === "globstar") reached[(i + 1) * width + j] = 1;
      if (other?.kind === "globstar") reached[i * width + j + 1] = 1;
      if (one === undefined || other === undefined) continue;
      // … or for one segment more, which the other side has to have.
      if (one.kind === "globstar") reached[i * width + j + 1] = 1;
      else if (other.kind === "globstar") reached[(i + 1) * width + j] = 1;
      else if (segmentsIntersect(one, other, budget)) reached[(i + 1) * width + j + 1] = 1;
    }
  }
  return reached[left.length * width + right.length] === 1;
}

type Named = Exclude<Segment, { readonly kind: "globstar" }>;

/** Some segment name matches both. */
function segmentsIntersect(left: Named, right: Named, budget: Budget): boolean {
  budget.left -= 1;
  if (left.kind === "literal" && right.kind === "literal") return left.text === right.text;
  if (budget.left <= 0) return true;
  if (!endsAgree(left.atoms, right.atoms)) return false;
  return namesIntersect(left.atoms, right.atoms, budget);
}

/** What stands before the first star, and behind the last, can be the same text. Most pairs differ there. */
function endsAgree(left: readonly Atom[], right: readonly Atom[]): boolean {
  const shared = Math.min(left.length, right.length);
  for (let place = 0; place < shared; place += 1) {
    const one = left[place] ?? null;
    const other = right[place] ?? null;
    if (one === null || other === null) break;
    if (!charsMeet(one, other)) return false;
  }
  for (let place = 1; place <= shared; place += 1) {
    const one = left[left.length - place] ?? null;
    const other = right[right.length - place] ?? null;
    if (one === null || other === null) break;
    if (!charsMeet(one, other)) return false;
  }
  return true;
}

function charsMeet(one: number | CharSet, other: number | CharSet): boolean {
  if (typeof one === "number") return typeof other === "number" ? one === other : holds(other, one);
  if (typeof other === "number") return holds(one, other);
  return one.some(([low, high]) => other.some(([from, to]) => low <= to && from <= high));
}

function holds(set: CharSet, code: number): boolean {
  return set.some(([low, high]) => low <= code && code <= high);
}

/** What was read of a name so far: nothing, `.`, `..`, or something that is neither. Bits of a set. */
const readNothing = 1;
const readDot = 2;
const readDots = 4;
const readName = 8;
const dot = 0x2e;

/**
 * Reachability in the product of two names. Each place keeps what may have been read on the way to it: a name
 * is accepted unless it is empty, `.` or `..`.
 */
function namesIntersect(left: readonly Atom[], right: readonly Atom[], budget: Budget): boolean {
  const width = right.length + 1;
  const read = new Uint8Array((left.length + 1) * width);
  read[0] = readNothing;
  const add = (place: number, what: number): void => {
    read[place] = (read[place] ?? 0) | what;
  };
  for (let i = 0; i <= left.length; i += 1) {
    for (let j = 0; j <= right.length; j += 1) {
      const here = i * width + j;
      const one = left[i];
      const other = right[j];
      // Two stars stay where they are and read anything.
      if (one === null && other === null && read[here] !== 0) add(here, readName);
      const what = read[here] ?? 0;
      if (what === 0) continue;
      budget.left -= 1;
      if (one === null) add(here + width, what);
      if (other === null) add(here + 1, what);
      if (one === undefined || other === undefined) continue;
      if (one === null) {
        if (other !== null) add(here + 1, after(what, other, other));
      } else if (other === null) add(here + width, after(what, one, one));
      else if (charsMeet(one, other)) add(here + width + 1, after(what, one, other));
    }
  }
  return ((read[left.length * width + right.length] ?? 0) & readName) !== 0;
}

/** What may have been read after one more character that both allow. There is one. */
function after(what: number, one: number | CharSet, other: number | CharSet): number {
  const hasDot = charsMeet(one, dot) && charsMeet(other, dot);
  let next = hasDot && meetInDotOnly(one, other) ? 0 : readName;
  if (!hasDot) return next;
  if ((what & readNothing) !== 0) next |= readDot;
  if ((what & readDot) !== 0) next |= readDots;
  if ((what & (readDots | readName)) !== 0) next |= readName;
  return next;
}

/** Both allow the dot: is it the only character that both allow? */
function meetInDotOnly(one: number | CharSet, other: number | CharSet): boolean {
  if (typeof one === "number" || typeof other === "number") return true;
  const shared = intersection(one, other);
  return shared.length === 1 && shared[0]?.[0] === dot && shared[0][1] === dot;
}
