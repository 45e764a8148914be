/** A counterexample as a table of steps, its scripts as tables behind it. */
import type { Counterexample, TraceStep } from "../../checker/index.js";
import { changePieces, effectText } from "../trace-fields.js";
import { code, prose, table } from "./markdown.js";

export function traceTable({ steps, branches }: Counterexample): string {
  return [
    stepTable(steps),
    ...branches.flatMap(({ label, steps: script }) => [
      `Then ${prose(label)}:`,
      script.length === 0 ? "no step" : stepTable(script),
    ]),
  ].join("\n\n");
}

function stepTable(steps: readonly TraceStep[]): string {
  const rows = steps.map(({ index, action, changes, effects }) => [
    String(index),
    code(action),
    changePieces(changes).map(code).join("<br>"),
    effects.map((effect) => code(effectText(effect))).join("<br>"),
  ]);
  return table(["step", "action", "what it changes", "effects"], rows);
}
