/** A drawing in the language of Graphviz, and the SVG that comes of it, cleaned of what differs by version. */
import type { Chart } from "./charts.js";
import { type Arrow, type DrawnNode, drawingOf } from "./drawing.js";
import { root } from "./reading.js";

/** Lays a graph out; the same text gives the same picture. */
export type Layout = (dot: string) => string;

/** Loaded when a picture is drawn and not before: it is the heaviest part. */
export async function loadLayout(): Promise<Layout> {
  const { Graphviz } = await import("@hpcc-js/wasm-graphviz");
  const graphviz = await Graphviz.load();
  return (dot) => graphviz.dot(dot);
}

export function chartSvg(chart: Chart, layout: Layout): string {
  const svg = layout(chartDot(chart));
  const start = svg.indexOf("<svg");
  const label = `Statechart of ${chart.title}`;
  return `${svg
    .slice(start)
    .replace(/<!--[\s\S]*?-->\n?/g, "")
    .replace(/<title>[\s\S]*?<\/title>\n?/g, "")
    .replace("<svg ", `<svg role="img" aria-label="${xml(label)}" `)
    .trimEnd()}\n`;
}

export function chartDot(chart: Chart): string {
  const { compiled, id } = chart;
  const drawing = drawingOf(compiled);
  const start = compiled.leaves.find(({ key }) => key === compiled.initialLeaf)?.path ?? "";
  return [
    "digraph {",
    '  bgcolor="white" rankdir="TB" nodesep=0.45 ranksep=0.6 compound=true',
    '  fontname="Helvetica,Arial,sans-serif" fontsize=12',
    '  node [shape=box style="rounded,filled" fillcolor="#eef2f7" color="#44546a" fontcolor="#1b2430" ' +
      'fontname="Helvetica,Arial,sans-serif" fontsize=12 height=0.36 margin="0.14,0.06"]',
    '  edge [color="#55657c" fontcolor="#3a4656" fontname="Helvetica,Arial,sans-serif" fontsize=9 arrowsize=0.7]',
    ...drawing.root.children.flatMap((node) => nodeLines(node, id, "  ")),
    ...(drawing.root.anyOf ? [`  ${anyNode(root, id)}`] : []),
    ...(drawing.arrows.some(({ to }) => to === null) ? [`  ${everyNode}`] : []),
    `  "start" [shape=circle width=0.14 height=0.14 fixedsize=true label="" fillcolor="#44546a"]`,
    `  "start" -> ${quoted(start)} [class="start"]`,
    ...drawing.arrows.map((arrow, index) => `  ${edgeLine(arrow, id, index)}`),
    "}",
  ].join("\n");
}

function nodeLines(node: DrawnNode, chart: string, indent: string): readonly string[] {
  if (node.leaf !== null) {
    const { key, tags } = node.leaf;
    const classes = ["state", ...tags].join(" ");
    const attributes = `id=${quoted(`${chart}-${key}`)} class=${quoted(classes)} label=${quoted(node.name)}`;
    return [`${indent}${quoted(node.path)} [${attributes}]`];
  }
  return [
    `${indent}subgraph ${quoted(`cluster_${node.path}`)} {`,
    `${indent}  label=${quoted(node.name)} style="rounded" color="#8b98a9" fontcolor="#3a4656" class="compound"`,
    ...node.children.flatMap((child) => nodeLines(child, chart, `${indent}  `)),
    ...(node.anyOf ? [`${indent}  ${anyNode(node.path, chart)}`] : []),
    `${indent}}`,
  ];
}

const everyNode = '"every" [class="any" label="every state" shape=box style="rounded,dashed" fontsize=10 height=0.26]';

function anyNode(path: string, chart: string): string {
  const style = 'shape=box style="rounded,dashed" fontsize=10 height=0.26';
  return `${quoted(`any ${path}`)} [id=${quoted(`${chart}-any-${path}`)} class="any" label="any" ${style}]`;
}

function edgeLine({ from, fromAny, to, events, transitions }: Arrow, chart: string, index: number): string {
  const source = fromAny ? `any ${from}` : from;
  const numbers = transitions.map((one) => `t${one}`).join(" ");
  return (
    `${quoted(source)} -> ${quoted(to ?? "every")} ` +
    `[id=${quoted(`${chart}-arrow-${index}`)} class=${quoted(numbers)} label=${quoted(events.map((event) => ` ${event} `).join("\n"))}]`
  );
}

/** A line break is written as the two characters that Graphviz reads as one. */
function quoted(text: string): string {
  return `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n")}"`;
}

function xml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
}
