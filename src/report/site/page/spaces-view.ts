/** State spaces: how large each was, level by level, and what of the machines was reached. */
import { thousands } from "../../numbers.js";
import type { SiteCoverage, SiteData, SiteSearch } from "../data.js";
import { type Child, chip, grid, h, s } from "./dom.js";

export function spacesView({ searches, coverage, idle }: SiteData): HTMLElement {
  return h(
    "section",
    { "aria-labelledby": "title" },
    h("h2", { id: "title", tabindex: -1 }, "State spaces"),
    h("p", {}, "Distinct states by depth: how many steps from an initial state a state is first seen."),
    h("div", { class: "figures" }, searches.map(figure)),
    h("h2", {}, "Coverage"),
    h("p", {}, "Transitions of each machine that some state of the system takes, and guards that gave one answer wherever they were asked."),
    grid("Transitions reached, by system and machine", ["system", "machine", "reached", "not reached", "one-sided guards"], coverage.map(coverageRow)),
    idle
      .filter(({ actions }) => actions.length > 0)
      .map(({ system, actions }) => h("p", {}, h("code", {}, system), `: never enabled: ${actions.join(", ")}`)),
  );
}

const plot = { width: 320, height: 120 };

function figure({ on, purpose, parameters, complete, statistics }: SiteSearch): HTMLElement {
  const { levels, distinctStates, transitions, depth } = statistics;
  const most = Math.max(1, ...levels);
  const step = plot.width / Math.max(1, levels.length);
  const deepest = levels.indexOf(most) + 1;
  const label = `${on}: ${thousands(distinctStates)} states in ${depth} levels, most at level ${deepest}`;
  const bars = levels.map((count, index) => {
    const height = Math.max(1, (count / most) * plot.height);
    const title = s("title", {}, `level ${index + 1}: ${thousands(count)} states`);
    const box = { x: index * step, y: plot.height - height, width: Math.max(0.5, step - 1), height };
    return s("rect", { class: "bar", ...box }, title);
  });
  const box = `0 0 ${plot.width} ${plot.height}`;
  return h(
    "figure",
    {},
    h("figcaption", {}, h("code", {}, on), purpose === "" ? null : ` ${purpose}`),
    s("svg", { viewBox: box, role: "img", "aria-label": label, preserveAspectRatio: "none" }, bars),
    h(
      "p",
      {},
      `${thousands(distinctStates)} states, ${thousands(transitions)} transitions, ${depth} levels, most at level ${deepest} (${thousands(most)}) `,
      complete ? null : chip("unknown", "not to the end"),
    ),
    h("details", {}, h("summary", {}, "Bounds"), h("code", {}, parameters)),
  );
}

function coverageRow({ system, machine, transitions, oneSided }: SiteCoverage): readonly Child[] {
  const missed = transitions.filter(({ taken }) => taken === 0);
  const reached = transitions.length - missed.length;
  return [
    h("code", {}, system),
    machine,
    h("span", { class: "whole" }, meter(reached, transitions.length), ` ${reached} of ${transitions.length}`),
    missed.length === 0
      ? "none"
      : h("details", {}, h("summary", {}, String(missed.length)), h("ul", {}, missed.map(({ label }) => h("li", {}, label)))),
    oneSided.length === 0 ? "none" : oneSided.join(", "),
  ];
}

function meter(value: number, max: number): HTMLElement {
  return h("meter", { value, max, min: 0, "aria-label": `${value} of ${max} transitions reached` }, `${value} of ${max}`);
}
