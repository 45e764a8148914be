/** One page a machine: its picture, its transition matrix, a decision table for each event, its words. */
import type { TransitionInfo } from "../../../spec/kernel/compile-machine.js";
import type { Chart } from "../charts/charts.js";
import { actionName, candidatesOf, guardsOf, lawsOn, updatesOf } from "../charts/reading.js";
import { stateDiagram } from "../charts/state-diagram.js";
import { valueText } from "../text.js";
import { code, fenced, folded, list, note, page, section, table } from "./markdown.js";
import { type DocumentSource, chartFile, lawFile, up } from "./source.js";

export function machinePage(chart: Chart, source: DocumentSource): string {
  const { compiled } = chart;
  const file = `[${code(chart.source)}](${up}/${chart.source})`;
  return page(
    `# ${chart.title}`,
    `[All machines](README.md) · ${file}`,
    chart.purpose,
    `![Statechart of ${chart.title}](${chartFile(chart.id, "svg")})`,
    "“any” stands for every state in its box. Events that leave the state as it is are in the tables only.",
    folded("The same as a Mermaid diagram", fenced("mermaid", stateDiagram(chart))),
    section("Transition matrix", matrixNote, matrix(chart)),
    section(
      "Decisions",
      decisionsNote,
      ...compiled.events.map((event) => `### ${event}\n\n${decisionTable(chart, event, source)}`),
    ),
    section("States", states(chart)),
    section("Events", eventNote, events(chart)),
    section("Guards", guards(chart)),
    section("Actions", actions(chart)),
    coverage(chart, source),
    note,
  );
}

const matrixNote =
  "Where an event may lead from a state, whatever the guards say. “stays”: something is done and the state remains; " +
  "an empty cell: the event is ignored.";

const decisionsNote =
  "For each event the rows are tried from the innermost state outwards, and there from the top; the first whose " +
  "guard holds is taken. Laws are those that constrain the transition.";

const eventNote = "Fields with example values.";

function matrix({ compiled }: Chart): string {
  const rows = compiled.leaves.map((leaf) => [
    code(leaf.key),
    ...compiled.events.map((event) => {
      const reached = candidatesOf(compiled, leaf, event).map(({ target }) =>
        target === null || target === leaf.key ? "stays" : code(target),
      );
      return [...new Set(reached)].join("<br>");
    }),
  ]);
  return table(["state", ...compiled.events.map(code)], rows);
}

function decisionTable(chart: Chart, event: string, source: DocumentSource): string {
  const updates = updatesOf(chart.compiled);
  const depth = ({ source: path }: TransitionInfo): number => path.split(".").length;
  const rows = chart.compiled.transitions
    .filter((one) => one.event === event)
    .sort((a, b) => depth(b) - depth(a) || a.index - b.index)
    .map((transition) => decisionRow(chart, transition, updates, source));
  return table(["row", "in", "when", "goes to", "changes", "effects", "laws"], rows);
}

function decisionRow(
  chart: Chart,
  transition: TransitionInfo,
  updates: ReadonlySet<string>,
  { constraints }: DocumentSource,
): readonly string[] {
  const { index, guard, target, actions: labels } = transition;
  const effects = labels.filter((label) => !updates.has(actionName(label)));
  const changes = labels.filter((label) => updates.has(actionName(label)));
  const laws = lawsOn(chart, transition, constraints);
  return [
    `<a id="t${index}"></a>${index}`,
    code(transition.source),
    guard === "" ? "otherwise" : code(guard),
    target === null ? "stays" : code(target),
    [...new Set(changes.map(actionName))].map(code).join("<br>"),
    effects.map(code).join("<br>"),
    laws.map((id) => `[${id}](../laws/${lawFile(id)})`).join(", "),
  ];
}

function states({ compiled }: Chart): string {
  const rows = compiled.leaves.map(({ key, path, tags }) => [
    code(key),
    code(path),
    tags.map(code).join(", "),
    key === compiled.initialLeaf ? "initial" : "",
  ]);
  return table(["state", "path", "tags", ""], rows);
}

function events({ compiled, events: fields }: Chart): string {
  const rows = compiled.events.map((event) => [
    code(event),
    Object.entries(fields[event] ?? {})
      .map(([name, values]) => `${code(name)}: ${values.map((value) => code(valueText(value))).join(", ")}`)
      .join("<br>"),
  ]);
  return table(["event", "fields"], rows);
}

function guards({ compiled }: Chart): string {
  const rows = guardsOf(compiled).map(({ name, means }) => [code(name), means === null ? "a single decision" : code(means)]);
  return table(["guard", "means"], rows);
}

function actions({ compiled }: Chart): string {
  const updates = updatesOf(compiled);
  const rows = compiled.actions.map((name) => [
    code(name),
    updates.has(name) ? "changes the record" : "an effect, returned as data",
  ]);
  return table(["action", "kind"], rows);
}

/** What the searches exercised of it. */
function coverage({ id, compiled }: Chart, { report }: DocumentSource): string {
  const found = report.coverage.flatMap(({ system, coverage: { machines } }) =>
    machines.filter(({ machine }) => machine === id).map((machine) => ({ system, machine })),
  );
  const lines = found.map(({ system, machine: { unreached } }) => {
    const all = compiled.transitions.length;
    const missed = unreached.length === 0 ? "" : `; not reached: ${unreached.map(code).join(", ")}`;
    return `${code(system)}: ${all - unreached.length} of ${all} transitions${missed}`;
  });
  return section("Reached in the models", lines.length === 0 ? "" : list(lines));
}

/** Every machine with its size. */
export function machineIndex({ charts }: DocumentSource): string {
  const rows = charts.map((chart) => {
    const { leaves, events: types, transitions } = chart.compiled;
    const link = `[${chart.title}](${chartFile(chart.id, "md")})`;
    return [link, chart.purpose, String(leaves.length), String(types.length), String(transitions.length)];
  });
  return page(
    "# Machines",
    "Every machine of the specification: one XState chart each, compiled to a pure function and composed into the " +
      "models on which the [laws](../laws/README.md) are checked.",
    table(["machine", "what it decides", "states", "events", "transitions"], rows),
    "Each page has the picture, the matrix of states and events, the decision table of each event with the laws " +
      "that constrain its rows, and the words the machine is written in.",
    note,
  );
}

