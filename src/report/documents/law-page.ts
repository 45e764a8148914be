/** One page a law: the claim, why it is made, where it was checked, what it catches, what else closes it. */
import type { Closure, Defence, Place } from "../../../laws/closure.js";
import { type Law, isPending } from "../../../laws/law.js";
import { traceOf } from "../../checker/index.js";
import type { CheckReport, LawReport, MutantReport } from "../../verify/result.js";
import { lawsOn } from "../charts/reading.js";
import { mermaidDiagram } from "../mermaid.js";
import { counted, thousands } from "../numbers.js";
import { replayCommand } from "../replay-line.js";
import { valueText } from "../text.js";
import { traceTable } from "./law-trace.js";
import { code, fenced, folded, list, note, page, prose, section, table } from "./markdown.js";
import { configurationAt } from "./revive.js";
import { type DocumentSource, chartFile, subjectTitles, up } from "./source.js";
import { statusWord } from "./status.js";

export function lawPage(law: Law, source: DocumentSource): string {
  const report = reportOn(law, source);
  const closure = source.closures[law.id];
  return page(
    `# ${law.id} ${law.title}`,
    `[All laws](README.md) · ${subjectTitles[law.subject]} · ${statusWord(report.status)}`,
    `> ${prose(law.statement)}`,
    code(law.formal),
    `**Why.** ${prose(law.why)}`,
    isPending(law) ? `**Not decided by a model.** It takes: ${prose(law.pending)}.` : "",
    section("Checked on", checkedTable(report), ...boundsOf(report, source)),
    section("Where it bites", ...witnesses(law, report, source)),
    section("What it catches", ...report.mutants.flatMap((one) => mutantPart(one, source))),
    section("Transitions it constrains", transitionsPart(law, source)),
    section("On what runs", ...judgedPart(report), ...(closure === undefined ? [] : testsPart(closure))),
    section("At run time", closure === undefined ? "" : list(closure.defended.map(defenceText))),
    section("In source code", closure === undefined ? "" : surfacePart(law, closure)),
    section("What can happen all the same", closure === undefined ? "" : limitsPart(closure)),
    section("History", closure === undefined ? "" : historyPart(closure)),
    note,
  );
}

export function reportOn({ id }: Law, { report }: DocumentSource): LawReport {
  const found = report.laws.find((law) => law.id === id);
  if (found === undefined) throw new RangeError(`the report has no law ${id}`);
  return found;
}

function checkedTable({ checked }: LawReport): string {
  return table(
    ["system", "kind", "clause", "states", "verdict"],
    checked.map(({ on, kind, clause, states, verdict }) => [
      code(on),
      kind,
      prose(clause ?? ""),
      thousands(states),
      verdict,
    ]),
  );
}

/** The parameters of each place, once. */
function boundsOf({ checked }: LawReport, { report, systems }: DocumentSource): readonly string[] {
  const places = [...new Set(checked.map(({ on }) => on))];
  if (places.length === 0) return [];
  const lines = places.map((on) => {
    const search = report.searches.find((one) => one.on === on);
    const system = systems.find(({ name }) => name === on.split("/")[0]);
    const parameters = search?.parameters ?? {};
    const values = Object.entries(parameters).map(([name, value]) => `${name}=${valueText(value)}`);
    const purpose = system === undefined ? "" : configurationAt(system, on).purpose;
    return `${code(on)}: ${prose(purpose === "" ? (system?.title ?? "") : purpose)}. ${code(values.join(" "))}`;
  });
  return [`Bounds (${report.bounds}):`, list(lines)];
}

/** The shortest way into a state or step the law has something to say of. */
function witnesses(law: Law, { checked }: LawReport, source: DocumentSource): readonly string[] {
  if (isPending(law)) return [];
  const lines = law.checks.flatMap((check, index) => {
    const found = checked[index];
    if (found === undefined) return [];
    const clause = found.clause === null ? "" : ` (${prose(found.clause)})`;
    return [`${code(found.on)}${clause}: ${witnessText(check, found, source)}`];
  });
  return [list(lines)];
}

function witnessText(
  check: Exclude<Law["checks"], readonly []>[number],
  { on, witness }: CheckReport,
  { report }: DocumentSource,
): string {
  if (witness === null || witness === undefined) return "it was never reached: the law is vacuous there";
  const { bounds } = configurationAt(check.system, on);
  const steps = traceOf(check.system.build(bounds[report.bounds]), witness).slice(1);
  if (steps.length === 0) return `in initial state ${witness[0] ?? 0}`;
  return `after ${steps.map(({ action }) => code(action)).join(", ")}`;
}

function mutantPart(mutant: MutantReport, { report: { bounds } }: DocumentSource): readonly string[] {
  const { name, change, on, steps, states, counterexample } = mutant;
  const head = [`### ${name}`, `${prose(change)}, on ${code(on)}.`];
  if (counterexample === null) return [...head, "**Not caught within these bounds.**"];
  const clause = counterexample.clause === null ? "" : `, clause “${prose(counterexample.clause)}”`;
  return [
    ...head,
    `Caught after ${counted(steps ?? 0, "step")} and ${counted(states, "state")}${clause}: ` +
      `**${prose(counterexample.breach)}**`,
    fenced("mermaid", mermaidDiagram(counterexample)),
    folded("Step by step", traceTable(counterexample)),
    `Replay: ${code(replayCommand(counterexample, { bounds }))}`,
  ];
}

/** What was asked of programs and of sources, how often the law had something to say, and what it caught there. */
function judgedPart({ judged }: LawReport): readonly string[] {
  if (judged.length === 0) return [];
  const answers = table(
    ["asked of", "scope", "times it had something to say", "verdict"],
    judged.map(({ on, scope, judged: times, verdict }) => [prose(on), prose(scope), thousands(times), verdict]),
  );
  const broken = judged.flatMap(({ mutants }) => mutants);
  if (broken.length === 0) return [answers];
  const caught = broken.filter((one) => one.caught).length;
  const lines = broken.map((one) => `${prose(one.name)}: ${prose(one.change)}${one.caught ? "" : " **(not caught)**"}`);
  return [answers, `Broken on purpose, ${caught} of ${broken.length} caught:`, list(lines)];
}

function transitionsPart({ id }: Law, { charts, constraints }: DocumentSource): string {
  const lines = charts.flatMap((chart) => {
    const own = chart.compiled.transitions.filter((one) => lawsOn(chart, one, constraints).includes(id));
    if (own.length === 0) return [];
    const file = `../machines/${chartFile(chart.id, "md")}`;
    const links = own.map(({ index }) => `[${index}](${file}#t${index})`);
    return [`[${chart.title}](${file}): ${links.join(", ")}`];
  });
  return lines.length === 0 ? "" : list(lines);
}

const fileLink = ({ file }: Place): string => `[${code(file)}](${up}/${file})`;

function testsPart({ judgedBy }: Closure): readonly string[] {
  if (judgedBy.length === 0) return [];
  const lines = judgedBy.map((one) => (one.how === null ? fileLink(one) : `${fileLink(one)}: ${prose(one.how)}`));
  return ["Judged by these tests:", list(lines)];
}

function defenceText(one: Defence): string {
  return `${prose(one.how)} (${fileLink(one)})`;
}

function surfacePart({ subject }: Law, { surface }: Closure): string {
  if (subject === "surface") return "The lint decides it: `npx leasehold lint`.";
  if (typeof surface === "string") return `No lint rule: ${prose(surface)}.`;
  return list(surface.map((id) => `Closed by [${id}](${id}.md)`));
}

function limitsPart({ limits = [] }: Closure): string {
  return list(limits.map(prose));
}

function historyPart({ amended = [] }: Closure): string {
  if (amended.length === 0) return "No amendment is recorded.";
  return list(amended.map(({ from, to, because }) => `${prose(from)} → ${prose(to)}. Because ${prose(because)}.`));
}
