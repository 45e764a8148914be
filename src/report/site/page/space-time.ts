/** A space-time diagram: one line for each actor, time downwards, an arrow for each step up to the current one. */
import type { SiteStep } from "../data.js";
import { s } from "./dom.js";

/** Three columns fit a narrow page, and half of a wide one. */
const columnWidth = (actors: number): number => (actors > 2 ? 120 : 150);
const rowHeight = 40;
const top = 46;
const labelMax = 30;

/** Who acts when the model does not say. */
const nobody = "model";

export interface Marks {
  readonly current: number;
  /** The step at which the law is breached. */
  readonly breach: number;
  readonly choose: (step: number) => void;
}

export function spaceTime(steps: readonly SiteStep[], { current, breach, choose }: Marks): SVGElement {
  const names = [...new Set(steps.slice(1).flatMap(({ actors }) => actors ?? [nobody]))];
  const actors = names.length === 0 ? [nobody] : names;
  const width = Math.max(actors.length * columnWidth(actors.length), 260);
  const height = top + steps.length * rowHeight;
  const x = (name: string): number => (actors.indexOf(name) + 0.5) * (width / actors.length);
  const y = (step: number): number => top + step * rowHeight;
  const label = `Space-time diagram, ${steps.length - 1} steps between ${actors.join(", ")}`;
  return s(
    "svg",
    { class: "space-time", viewBox: `0 0 ${width} ${height}`, width, height, role: "img", "aria-label": label },
    s("rect", { class: "now", x: 0, y: y(current) - rowHeight / 2, width, height: rowHeight, rx: 4 }),
    actors.map((name) => [
      s("line", { class: "life", x1: x(name), x2: x(name), y1: top - 16, y2: height }),
      s("text", { class: "actor", x: x(name), y: top - 24, "text-anchor": "middle" }, name),
    ]),
    steps.map((step, index) => {
      if (index === 0) return start(step, y(0), choose);
      const classes = ["step", index > current ? "later" : "", index === breach ? "breach" : ""].join(" ");
      return s(
        "g",
        { class: classes, onclick: () => choose(index) },
        s("rect", { class: "hit", x: 0, y: y(index) - rowHeight / 2, width, height: rowHeight }),
        arrow(step, x, y(index), width),
      );
    }),
  );
}

/** Before anybody acted. */
function start({ action }: SiteStep, y: number, choose: Marks["choose"]): SVGElement {
  return s("g", { class: "step", onclick: () => choose(0) }, s("text", { x: 8, y: y + 4 }, action));
}

/** A message between two actors, or a dot on the line of one. */
function arrow({ action, actors }: SiteStep, x: (name: string) => number, y: number, width: number): SVGElement[] {
  const [from, to] = actors ?? [nobody, nobody];
  const [start, end] = [x(from), x(to)];
  const text = action.length <= labelMax ? action : `${action.slice(0, labelMax - 1)}…`;
  const half = text.length * 3.4;
  const middle = Math.min(Math.max((start + end) / 2, half), Math.max(width - half, half));
  const name = s("text", { x: middle, y: y - 7, "text-anchor": "middle" }, text, s("title", {}, action));
  if (start === end) return [s("circle", { cx: start, cy: y, r: 5 }), name];
  const way = end > start ? 1 : -1;
  const tip = `${end},${y} ${end - 8 * way},${y - 4} ${end - 8 * way},${y + 4}`;
  return [s("line", { x1: start, x2: end - 6 * way, y1: y, y2: y }), s("polygon", { points: tip }), name];
}
