/**
 * A counterexample as text: what was claimed, where, the breach, each step with what it changed, why it
 * matters, and the line that replays it.
 */
import type { Counterexample, TraceBranch, TraceStep } from "../checker/index.js";
import { counted } from "./numbers.js";
import type { Paint } from "./paint.js";
import { type ReplayContext, replayCommand } from "./replay-line.js";
import { columns, flow, valueText, wrap } from "./text.js";
import { changePieces, effectText } from "./trace-fields.js";

export interface Page {
  readonly width: number;
  readonly paint: Paint;
}

/** What a printed counterexample says of its law. */
export interface Claim {
  readonly statement: string;
  readonly why: string;
}

export function counterexampleText(
  found: Counterexample,
  claim: Claim,
  page: Page,
  context: ReplayContext = {},
): string {
  const { paint, width } = page;
  const title = `${found.law} violated: ${claim.statement}`;
  const clause = found.clause === null ? [] : wrap(found.clause, "  clause  ", width);
  return [
    paint.bold(title),
    "",
    ...modelLines(found, width),
    ...clause,
    `  found   ${foundText(found)}`,
    ...wrap(found.breach, "  breach  ", width).map(paint.bad),
    "",
    ...traceLines(found.steps, page),
    ...branchLines(found.branches, page),
    "",
    ...wrap(claim.why, "  why     ", width),
    `  replay  ${replayCommand(found, context)}`,
    "",
  ].join("\n");
}

function modelLines({ on, mutant, parameters }: Counterexample, width: number): string[] {
  const name = mutant === null ? on : `${on}, mutant: ${mutant}`;
  const bounds = Object.entries(parameters).map(([key, value]) => `${key}=${valueText(value)}`);
  // The name and its bounds stand apart, the bounds together.
  const [first = "", ...rest] = bounds;
  const pieces = first === "" ? [name] : [`${name}  ${first}`, ...rest];
  return flow(pieces, "  model   ", width, " ");
}

function foundText({ path, states, branches }: Counterexample): string {
  const scripts = branches.length === 0 ? "" : `, then ${counted(branches.length, "script")}`;
  const length = `${counted(path.length - 1, "step")}${scripts}`;
  // A path that was given, not searched for, may have shorter ones.
  return states === 0 ? `${length}, replayed` : `${length}, the shortest; ${counted(states, "state")} seen`;
}

/** Step lines; also of a path that replays without a breach. */
export function traceLines(steps: readonly TraceStep[], page: Page, indent = " "): string[] {
  const digits = Math.max(2, String(steps.at(-1)?.index ?? 0).length);
  const longest = Math.max(0, ...steps.map(({ action }) => action.length));
  const label = Math.min(longest, Math.max(12, Math.floor(page.width * 0.4)));
  return steps.flatMap((step) => stepLines(step, page, indent, digits, label));
}

function stepLines(step: TraceStep, page: Page, indent: string, digits: number, label: number): string[] {
  const head = `${indent}${String(step.index).padStart(digits)}  ${step.action.padEnd(label)}  `;
  const pieces = changePieces(step.changes).flatMap((piece) =>
    splitLong(piece, page.width - columns(head)),
  );
  const effects = step.effects.map((effect) => page.paint.warn(`! ${effectText(effect)}`));
  const shown =
    pieces.length + effects.length === 0 ? [page.paint.dim("nothing changes")] : [...pieces, ...effects];
  return flow(shown, head, page.width);
}

/** A record too long for a line is given over several pieces, its fields unbroken. */
function splitLong(piece: string, width: number): string[] {
  if (piece.length <= width) return [piece];
  const at = piece.indexOf(": ");
  if (at === -1) return [piece];
  const name = piece.slice(0, at + 2);
  return flow(piece.slice(at + 2).split(" "), name, Math.max(width, name.length + 20), " ").map((line) =>
    line.startsWith(name) ? line : `${name}${line.trimStart()}`,
  );
}

function branchLines(branches: readonly TraceBranch[], page: Page): string[] {
  return branches.flatMap(({ label, steps }) => [
    "",
    `  ${page.paint.bold(label)}`,
    ...(steps.length === 0 ? [page.paint.dim("    no step")] : traceLines(steps, page, "    ")),
  ]);
}
