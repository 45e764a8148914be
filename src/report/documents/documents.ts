/** All documents of a report: pages of laws and machines, pictures, and the findings they were made of. Pure. */
import { chartSvg, type Layout } from "../charts/dot.js";
import { findingsOf, findingsText } from "./findings.js";
import { closureTable, lawIndex } from "./law-index.js";
import { lawPage } from "./law-page.js";
import { machineIndex, machinePage } from "./machine-page.js";
import { note } from "./markdown.js";
import { type DocumentSource, type Documents, chartFile, lawFile } from "./source.js";

/** Where the findings stand among the documents. */
const findingsPath = "laws/findings.json";

export function documentsOf(source: DocumentSource, layout: Layout): Documents {
  const { laws, charts, report } = source;
  return new Map([
    ["laws/README.md", lawIndex(source)],
    ["laws/closure.md", closureTable(source)],
    [findingsPath, findingsText(findingsOf(report))],
    ...laws.map((law) => [`laws/${lawFile(law.id)}`, lawPage(law, source)] as const),
    ["machines/README.md", machineIndex(source)],
    ...charts.flatMap((chart) => [
      [`machines/${chartFile(chart.id, "md")}`, machinePage(chart, source)] as const,
      [`machines/${chartFile(chart.id, "svg")}`, chartSvg(chart, layout)] as const,
    ]),
  ]);
}

/** Names of files in which two sets of documents differ, the ones that only one has included. */
export function differing(expected: Documents, found: Documents): readonly string[] {
  const names = new Set([...expected.keys(), ...found.keys()]);
  return [...names].filter((name) => expected.get(name) !== found.get(name)).sort();
}

/** Was it written by an earlier run? Pictures are: nothing else in the folders is one. */
export function isGenerated(name: string, text: string): boolean {
  return name.endsWith(".md") ? text.endsWith(`${note}\n`) : name.endsWith(".svg") || name === "findings.json";
}
