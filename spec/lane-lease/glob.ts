/**
 * Path globs as patterns over path segments: `*`, `**`, `?`, `[…]`, `{…,…}`, `\` before any of them.
 *
 * A glob is read once into brace-free patterns of canonical relative paths (NFC, no `.`, `..` or empty segment).
 * `*` and `?` match every character of a segment, a leading dot included; `**` alone in a segment stands for any
 * number of segments; `dir/` means everything below. What is not supported is refused, never taken literally.
 */
import {
  type LaneInvalidKind,
  laneGlobLengthMax,
  laneRegionPatternsMax,
} from "../vocabulary/lane.js";

/** Inclusive ranges of code points, ascending, not touching each other. Never holds `/`. */
export type CharSet = readonly (readonly [low: number, high: number])[];

/** One character: a code point, or one of a set. `null`: any number of characters. */
export type Atom = number | CharSet | null;

/** What a pattern says of one part of a path. */
export type Segment =
  | { readonly kind: "literal"; readonly text: string; readonly atoms: readonly Atom[] }
  | { readonly kind: "wild"; readonly atoms: readonly Atom[] }
  | { readonly kind: "globstar" };

/** Segments of one brace-free pattern. Never empty. */
export type Pattern = readonly Segment[];

/** What is wrong with a glob, for the person who wrote it. */
export interface GlobProblem {
  readonly kind: LaneInvalidKind;
  readonly found: string;
  readonly hint: string;
}

/** A glob as the patterns it stands for, or what is wrong with it. */
export type GlobReading =
  | { readonly glob: string; readonly patterns: readonly Pattern[] }
  | { readonly problem: GlobProblem };

const codePointMax = 0x10ffff;
const slash = 0x2f;

/** Every character a segment may hold. */
const anyChar: CharSet = [
  [0, slash - 1],
  [slash + 1, codePointMax],
];

const special = /[*?[\]{}\\!]/;
// eslint-disable-next-line no-control-regex -- control characters are what it looks for
const control = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/;
const extended = /(?<!\\)[@+?*!]\(/;
const drive = /^[A-Za-z]:\//;

/** Thrown inside this file only: a glob is read by recursive descent, and the first problem ends it. */
class Malformed extends Error {
  readonly problem: GlobProblem;
  constructor(kind: LaneInvalidKind, found: string, hint: string) {
    super(kind);
    this.problem = { kind, found, hint };
  }
}

/** Reads a glob: its canonical spelling and its patterns, or what is wrong with it. */
export function readGlob(written: string): GlobReading {
  try {
    const glob = written.normalize("NFC");
    refuseUnreadable(glob);
    const patterns = expandBraces(glob).map((one) => patternOf(one, glob));
    return { glob: canonicalOf(glob), patterns };
  } catch (error) {
    if (error instanceof Malformed) return { problem: error.problem };
    throw error;
  }
}

/** A path without any glob, canonical: its one pattern, or what is wrong with it. */
export function readPath(written: string): GlobReading {
  return readGlob(written.replace(/\/+$/, "").replaceAll(/[*?[\]{}\\!@+]/g, "\\$&"));
}

function refuseUnreadable(glob: string): void {
  if (glob.length > laneGlobLengthMax) {
    throw new Malformed(
      "region-too-large",
      `${glob.length} characters`,
      `a glob has at most ${laneGlobLengthMax}`,
    );
  }
  if (control.test(glob)) {
    throw new Malformed(
      "path-control-character",
      JSON.stringify(glob),
      "control characters name no path",
    );
  }
  if (/\p{Surrogate}/u.test(glob)) {
    throw new Malformed(
      "glob-malformed",
      JSON.stringify(glob),
      "it holds half of a surrogate pair",
    );
  }
  if (glob.startsWith("/") || drive.test(glob)) {
    throw new Malformed("path-absolute", glob, "write it relative to the root of the shared work");
  }
  if (glob.startsWith("!")) {
    throw new Malformed(
      "glob-unsupported",
      glob,
      "a region takes nothing out; write \\! for the character",
    );
  }
  if (/\\\//.test(glob)) {
    throw new Malformed(
      "glob-malformed",
      glob,
      'a backslash before "/"; separate segments with "/" alone',
    );
  }
  if (extended.test(glob)) {
    throw new Malformed(
      "glob-unsupported",
      glob,
      "extended groups are not supported; write {a,b}, or \\( for (",
    );
  }
}

/** The spelling that is journaled: literal `.`, `..` and empty segments resolved where no glob is involved. */
function canonicalOf(glob: string): string {
  if (special.test(glob)) return glob;
  const below = glob.endsWith("/") ? ["**"] : [];
  return [...resolved(glob.split("/").map(literal), glob), ...below]
    .map((segment) =>
      typeof segment === "string" ? segment : segment.kind === "literal" ? segment.text : "**",
    )
    .join("/");
}

// ---------------------------------------------------------------------------------------------- braces

/** The glob with its groups written out. A group without a comma is literal, as in a shell. */
function expandBraces(glob: string): readonly string[] {
  const group = firstGroup(glob);
  if (group === null) return [glob];
  const { before, alternatives, after } = group;
  const tails = expandBraces(after);
  const heads = alternatives.flatMap((one) => expandBraces(one));
  if (heads.length * tails.length > laneRegionPatternsMax) {
    throw new Malformed(
      "region-too-large",
      glob,
      `its braces stand for more than ${laneRegionPatternsMax} patterns`,
    );
  }
  return heads.flatMap((head) => tails.map((tail) => `${before}${head}${tail}`));
}

interface Group {
  readonly before: string;
  readonly alternatives: readonly string[];
  readonly after: string;
}

/** The first group with a comma. Braces without one are escaped in `before`, so that they stay literal. */
function firstGroup(glob: string): Group | null {
  for (let place = 0; place < glob.length; place += 1) {
    const char = glob[place];
    if (char === "\\") place += 1;
    else if (char === "[") place = classEnd(glob, place);
    else if (char === "}")
      throw new Malformed("glob-malformed", glob, 'a "}" without "{"; write \\} for the character');
    else if (char === "{") {
      const { commas, end } = groupAt(glob, place);
      if (commas.length === 0) return literalGroup(glob, place, end);
      const cuts = [place, ...commas, end];
      const alternatives = cuts
        .slice(1)
        .map((cut, index) => glob.slice((cuts[index] ?? 0) + 1, cut));
      return { before: glob.slice(0, place), alternatives, after: glob.slice(end + 1) };
    }
  }
  return null;
}

/** `{a}` names the characters themselves; what stands inside is still read. */
function literalGroup(glob: string, start: number, end: number): Group {
  const inside = glob.slice(start + 1, end);
  if (inside.includes("..")) {
    throw new Malformed(
      "glob-unsupported",
      glob,
      "sequences are not supported; write {a,b} or a class such as [1-3]",
    );
  }
  return {
    before: `${glob.slice(0, start)}\\{`,
    alternatives: [inside],
    after: `\\}${glob.slice(end + 1)}`,
  };
}

/** Commas and end of the group that starts here, nested groups passed over. */
function groupAt(
  glob: string,
  start: number,
): { readonly commas: readonly number[]; readonly end: number } {
  const commas: number[] = [];
  let depth = 0;
  for (let place = start; place < glob.length; place += 1) {
    const char = glob[place];
    if (char === "\\") place += 1;
    else if (char === "[") place = classEnd(glob, place);
    else if (char === "{") depth += 1;
    else if (char === "," && depth === 1) commas.push(place);
    else if (char === "}") {
      depth -= 1;
      if (depth === 0) return { commas, end: place };
    }
  }
  throw new Malformed("glob-malformed", glob, 'a "{" without "}"; write \\{ for the character');
}

/** Place of the `]` that ends the class starting here. A `]` in first place is a member. */
function classEnd(glob: string, start: number): number {
  let place = start + 1;
  if (glob[place] === "!" || glob[place] === "^") place += 1;
  if (glob[place] === "]") place += 1;
  for (; place < glob.length; place += 1) {
    if (glob[place] === "\\") place += 1;
    else if (glob[place] === "]") return place;
  }
  throw new Malformed("glob-malformed", glob, 'a "[" without "]"; write \\[ for the character');
}

// -------------------------------------------------------------------------------------------- segments

const globstar: Segment = { kind: "globstar" };

function literal(text: string): Segment {
  return { kind: "literal", text, atoms: Array.from(text, codeOf) };
}

function codeOf(char: string): number {
  return char.codePointAt(0) ?? 0;
}

function patternOf(expanded: string, glob: string): Pattern {
  const parts = splitSegments(expanded, glob);
  if (parts.length > 1 && parts[0] === "") {
    throw new Malformed("path-absolute", glob, "one of its alternatives begins with a slash");
  }
  const below = parts.length > 1 && parts.at(-1) === "";
  const segments = resolved(
    parts.map((part) => segmentOf(part, glob)),
    glob,
  );
  const whole = below ? [...segments, globstar] : segments;
  if (segments.length === 0) {
    throw new Malformed("path-empty", glob, "it names no path; write ** for everything");
  }
  return whole.filter((segment, index) => segment !== globstar || whole[index - 1] !== globstar);
}

/** Parts between slashes. A slash inside a class is refused: no segment holds one. */
function splitSegments(expanded: string, glob: string): readonly string[] {
  const parts: string[] = [];
  let start = 0;
  for (let place = 0; place < expanded.length; place += 1) {
    const char = expanded[place];
    if (char === "\\") place += 1;
    else if (char === "[") {
      const end = classEnd(expanded, place);
      if (expanded.slice(place, end).includes("/")) {
        throw new Malformed("glob-malformed", glob, 'a class holds "/", which no segment does');
      }
      place = end;
    } else if (char === "/") {
      parts.push(expanded.slice(start, place));
      start = place + 1;
    }
  }
  return [...parts, expanded.slice(start)];
}

/** Empty segments and `.` dropped, `..` resolved against the segment before it. */
function resolved(segments: readonly Segment[], glob: string): readonly Segment[] {
  const kept: Segment[] = [];
  for (const segment of segments) {
    const text = segment.kind === "literal" ? segment.text : null;
    if (text === "" || text === ".") continue;
    if (text !== "..") {
      kept.push(segment);
      continue;
    }
    const last = kept.pop();
    if (last === undefined) {
      throw new Malformed("path-escapes", glob, "it leaves the root of the shared work");
    }
    if (last === globstar) {
      throw new Malformed(
        "glob-unsupported",
        glob,
        '".." behind "**" names no one path; write the path out',
      );
    }
  }
  return kept;
}

function segmentOf(part: string, glob: string): Segment {
  if (part === "**") return globstar;
  const atoms: Atom[] = [];
  let text: string | null = "";
  const chars = Array.from(part);
  for (let place = 0; place < chars.length; place += 1) {
    const char = chars[place] ?? "";
    if (char === "*") {
      if (atoms.at(-1) !== null || atoms.length === 0) atoms.push(null);
      text = null;
    } else if (char === "?") {
      atoms.push(anyChar);
      text = null;
    } else if (char === "[") {
      const { set, end } = classOf(chars, place, glob);
      atoms.push(set);
      place = end;
      text = null;
    } else {
      const escaped = char === "\\";
      const plain = escaped ? chars[place + 1] : char;
      if (plain === undefined) {
        throw new Malformed(
          "glob-malformed",
          glob,
          "it ends in a backslash; write \\\\ for the character",
        );
      }
      if (escaped) place += 1;
      atoms.push(codeOf(plain));
      if (text !== null) text += plain;
    }
  }
  return text === null ? { kind: "wild", atoms } : { kind: "literal", text, atoms };
}

// --------------------------------------------------------------------------------------------- classes

/** The class that starts here, and the place of its `]`. */
function classOf(
  chars: readonly string[],
  start: number,
  glob: string,
): { set: CharSet; end: number } {
  let place = start + 1;
  const negated = chars[place] === "!" || chars[place] === "^";
  if (negated) place += 1;
  const ranges: (readonly [number, number])[] = [];
  for (let first = true; first || chars[place] !== "]"; first = false) {
    if (chars[place] === "[" && /[:.=]/.test(chars[place + 1] ?? "")) {
      throw new Malformed(
        "glob-unsupported",
        glob,
        "named classes are not supported; write a range such as [a-z]",
      );
    }
    const low = memberAt(chars, place);
    place = low.next;
    if (chars[place] === "-" && chars[place + 1] !== "]") {
      const high = memberAt(chars, place + 1);
      if (high.code < low.code) {
        throw new Malformed("glob-malformed", glob, "a range in a class runs backwards");
      }
      ranges.push([low.code, high.code]);
      place = high.next;
    } else ranges.push([low.code, low.code]);
  }
  const set = negated ? complement(ranges) : intersection(joined(ranges), anyChar);
  return { set, end: place };
}

function memberAt(
  chars: readonly string[],
  place: number,
): { readonly code: number; readonly next: number } {
  const escaped = chars[place] === "\\" ? 1 : 0;
  const char = chars[place + escaped] ?? "";
  return { code: codeOf(char), next: place + escaped + 1 };
}

function joined(ranges: readonly (readonly [number, number])[]): CharSet {
  const result: [number, number][] = [];
  for (const [low, high] of [...ranges].sort((a, b) => a[0] - b[0])) {
    const last = result.at(-1);
    if (last !== undefined && low <= last[1] + 1) last[1] = Math.max(last[1], high);
    else result.push([low, high]);
  }
  return result;
}

/** Every character of a segment that is in none of the ranges. */
function complement(ranges: readonly (readonly [number, number])[]): CharSet {
  const result: (readonly [number, number])[] = [];
  let next = 0;
  for (const [low, high] of joined([...ranges, [slash, slash]])) {
    if (low > next) result.push([next, low - 1]);
    next = high + 1;
  }
  if (next <= codePointMax) result.push([next, codePointMax]);
  return result;
}

/** Characters in both sets. */
export function intersection(left: CharSet, right: CharSet): CharSet {
  const result: (readonly [number, number])[] = [];
  for (const [low, high] of left) {
    for (const [from, to] of right) {
      const start = Math.max(low, from);
      const end = Math.min(high, to);
      if (start <= end) result.push([start, end]);
    }
  }
  return result;
}
