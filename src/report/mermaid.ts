/** A counterexample as a Mermaid sequence diagram: who acted on whom, what changed, where the law broke. */
import type { Counterexample, TraceStep } from "../checker/index.js";
import { shortened } from "./text.js";
import { changePieces, effectText } from "./trace-fields.js";

/** Longest line of a note; the trace in the JSON file has everything. */
const noteMax = 160;
/** Who acts when the model does not say. */
const nobody = "model";

export function mermaidDiagram(found: Counterexample): string {
  const all = [...found.steps, ...found.branches.flatMap(({ steps }) => steps)];
  const names = [...new Set(all.slice(1).flatMap(({ actors }) => actors ?? [nobody]))];
  const actors = new Map((names.length === 0 ? [nobody] : names).map((name, index) => [name, `p${index}`]));
  const everybody = spanOf([...actors.values()]);
  const title = found.mutant === null ? found.law : `${found.law} on mutant ${found.mutant}`;
  return [
    "sequenceDiagram",
    `  title ${escape(`${title}: ${found.on}`)}`,
    ...[...actors].map(([name, id]) => `  participant ${id} as ${escape(name)}`),
    ...found.steps.flatMap((step) => stepLines(step, actors, everybody)),
    ...branchLines(found, actors, everybody),
    `  Note over ${everybody}: breach: ${escape(found.breach)}`,
    "",
  ].join("\n");
}

type Actors = ReadonlyMap<string, string>;

function stepLines(step: TraceStep, actors: Actors, everybody: string): string[] {
  if (step.index === 0) return [];
  const [from, to] = step.actors ?? [nobody, nobody];
  const [source, target] = [actors.get(from) ?? "p0", actors.get(to) ?? "p0"];
  const notes = [...changePieces(step.changes), ...step.effects.map((effect) => `! ${effectText(effect)}`)];
  const text = notes.map((note) => escape(shortened(note, noteMax))).join("<br/>");
  return [
    `  ${source}->>${target}: ${step.index}. ${escape(step.action)}`,
    ...(text === "" ? [] : [`  Note over ${everybody}: ${text}`]),
  ];
}

/** Scripts of one case are alternatives: each starts where the path ends. */
function branchLines({ branches }: Counterexample, actors: Actors, everybody: string): string[] {
  if (branches.length === 0) return [];
  const sections = branches.flatMap(({ label, steps }, index) => [
    `  ${index === 0 ? "alt" : "else"} ${escape(label)}`,
    ...steps.flatMap((step) => stepLines(step, actors, everybody)).map((line) => `  ${line}`),
  ]);
  return [...sections, "  end"];
}

function spanOf(ids: readonly string[]): string {
  const [first = "p0"] = ids;
  const last = ids.at(-1) ?? first;
  return first === last ? first : `${first},${last}`;
}

/** Characters and the one word that the diagram's grammar would take for its own. */
function escape(text: string): string {
  return text
    .replace(/[#;%<>{}"]/g, (character) => `#${character.charCodeAt(0)};`)
    .replace(/\r?\n/g, "<br/>")
    .replace(/\bend\b/gi, (word) => `#${word.charCodeAt(0)};${word.slice(1)}`);
}
