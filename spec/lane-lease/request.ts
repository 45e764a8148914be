/**
 * Requests as people write them, made canonical: what every conflict is decided on.
 *
 * Lane names are NFC and compared exactly; region globs are canonical relative paths. A request that cannot be
 * made canonical is refused with what was found and what to write instead.
 */
import { z } from "zod";

import { fieldProblem } from "../vocabulary/field-problem.js";
import {
  type LaneInvalidKind,
  type LaneJsonObject,
  type LaneTerms,
  laneMetaLengthMax,
  laneNameMax,
  laneRegionGlobsMax,
  laneRegionPatternsMax,
  laneTerms,
  laneTtlMs,
} from "../vocabulary/lane.js";
import { readGlob } from "./glob.js";
import { readRequest } from "./granted.js";

/** Checked to any depth: what is asked comes from anywhere. */
const json = z.record(z.string(), z.json()) as unknown as z.ZodType<LaneJsonObject, LaneJsonObject>;

/** What a caller gives: lane and region as written, the rest as in the grant, most of it optional. */
export const laneRequestInput = z.object({
  ...laneTerms.shape,
  lane: z.string(),
  region: z.array(z.string()).readonly().default([]),
  mode: laneTerms.shape.mode.default("exclusive"),
  attachment: laneTerms.shape.attachment.default("process"),
  ttlMs: laneTerms.shape.ttlMs.default(laneTtlMs),
  meta: json.default({}),
});
/** What somebody asks for, as it is written; defaults may be left out. */
export type LaneRequestInput = z.input<typeof laneRequestInput>;

/** What is wrong with a request, for the person who wrote it. */
export interface LaneInvalid {
  readonly kind: LaneInvalidKind;
  /** The field, dotted. */
  readonly field: string;
  readonly found: string;
  readonly hint: string;
}

/** The terms of a request in canonical form, or what is wrong with it. */
export type LaneRequest =
  | { readonly terms: LaneTerms; readonly invalid: null }
  | { readonly terms: null; readonly invalid: LaneInvalid };

// eslint-disable-next-line no-control-regex -- control characters are what it looks for
const control = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/;

/** The request in canonical form, or the first thing that is wrong with it. Never throws. */
export function laneRequest(input: unknown): LaneRequest {
  const quick = readRequest(input);
  if (quick !== null) return canonical(quick);
  const parsed = laneRequestInput.safeParse(input);
  if (parsed.success) return canonical(parsed.data);
  const { field, found, hint } = fieldProblem(parsed.error.issues[0], input);
  return invalid("not-a-request", field, found, hint);
}

function canonical(read: LaneTerms): LaneRequest {
  const lane = laneName(read.lane);
  if (lane.invalid !== null) return { terms: null, invalid: lane.invalid };
  const region = canonicalRegion(read.region);
  if (!Array.isArray(region)) return { terms: null, invalid: region as LaneInvalid };
  const metaLength = JSON.stringify(read.meta).length;
  if (metaLength > laneMetaLengthMax) {
    return invalid(
      "meta-too-large",
      "meta",
      `${metaLength} characters`,
      `it has at most ${laneMetaLengthMax}`,
    );
  }
  return { terms: { ...read, lane: lane.name, region }, invalid: null };
}

/** A lane's name in NFC, or what is wrong with it. */
export function laneName(
  written: string,
):
  | { readonly name: string; readonly invalid: null }
  | { readonly name: null; readonly invalid: LaneInvalid } {
  const name = written.normalize("NFC");
  const bad = (kind: LaneInvalidKind, found: string, hint: string) => ({
    name: null,
    invalid: { kind, field: "lane", found, hint },
  });
  if (name.trim() === "") return bad("lane-empty", JSON.stringify(name), "give the lane a name");
  if (name.length > laneNameMax) {
    return bad("lane-too-long", `${name.length} characters`, `it has at most ${laneNameMax}`);
  }
  if (control.test(name) || /\p{Surrogate}/u.test(name)) {
    return bad("lane-control-character", JSON.stringify(name), "use printable characters");
  }
  return { name, invalid: null };
}

/** What two lanes that differ only in case have in common. */
export function foldLane(lane: string): string {
  return lane.toUpperCase().toLowerCase();
}

/** The globs in canonical spelling, each once, or the first that is wrong. */
function canonicalRegion(written: readonly string[]): readonly string[] | LaneInvalid {
  if (written.length > laneRegionGlobsMax) {
    const found = `${written.length} globs`;
    return {
      kind: "region-too-large",
      field: "region",
      found,
      hint: `a region has at most ${laneRegionGlobsMax}`,
    };
  }
  const globs = new Set<string>();
  let patterns = 0;
  for (const [index, glob] of written.entries()) {
    const reading = readGlob(glob);
    if ("problem" in reading) return { field: `region.${index}`, ...reading.problem };
    globs.add(reading.glob);
    patterns += reading.patterns.length;
  }
  if (patterns > laneRegionPatternsMax) {
    const hint = `with its braces written out it has at most ${laneRegionPatternsMax}`;
    return { kind: "region-too-large", field: "region", found: `${patterns} patterns`, hint };
  }
  return [...globs];
}

function invalid(kind: LaneInvalidKind, field: string, found: string, hint: string): LaneRequest {
  return { terms: null, invalid: { kind, field, found, hint } };
}
