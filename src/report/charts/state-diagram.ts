/** A chart as a Mermaid state diagram. */
import type { Chart } from "./charts.js";
import { type DrawnNode, drawingOf } from "./drawing.js";
import { root } from "./reading.js";

export function stateDiagram({ compiled }: Chart): string {
  const drawing = drawingOf(compiled);
  const start = compiled.leaves.find(({ key }) => key === compiled.initialLeaf)?.path ?? "";
  return [
    "stateDiagram-v2",
    ...drawing.root.children.flatMap((node) => nodeLines(node, "  ")),
    ...(drawing.root.anyOf ? [`  state "any" as ${anyName(root)}`] : []),
    ...(drawing.arrows.some(({ to }) => to === null) ? ['  state "every state" as every'] : []),
    `  [*] --> ${nameOf(start)}`,
    ...drawing.arrows.map(({ from, fromAny, to, events }) => {
      const source = fromAny ? anyName(from) : nameOf(from);
      return `  ${source} --> ${to === null ? "every" : nameOf(to)} : ${events.join("<br/>")}`;
    }),
    "",
  ].join("\n");
}

function nodeLines(node: DrawnNode, indent: string): readonly string[] {
  if (node.leaf !== null) return [`${indent}state "${node.name}" as ${nameOf(node.path)}`];
  return [
    `${indent}state "${node.name}" as ${nameOf(node.path)} {`,
    ...node.children.flatMap((child) => nodeLines(child, `${indent}  `)),
    ...(node.anyOf ? [`${indent}  state "any" as ${anyName(node.path)}`] : []),
    `${indent}}`,
  ];
}

/** Prefixed, so that no name is a word of the diagram's language. */
function nameOf(path: string): string {
  return `s_${path.replace(/\W/g, "_")}`;
}

function anyName(path: string): string {
  return `any_${path.replace(/\W/g, "_")}`;
}
