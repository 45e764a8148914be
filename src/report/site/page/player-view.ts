/** A counterexample to step through: who acted, what it changed, and the breach where it happens. */
import type { SiteData, SitePlay, SiteStep } from "../data.js";
import { type Child, grid, h, link, prose } from "./dom.js";
import { spaceTime } from "./space-time.js";

export function playsView({ plays, laws }: SiteData): HTMLElement {
  const rows = plays.map((play, index): Child[] => [
    link(`#law/${play.law}`, play.law),
    laws.find(({ id }) => id === play.law)?.title ?? "",
    play.mutant ?? h("strong", {}, "the right system"),
    h("code", {}, play.on),
    h("span", { class: "number" }, lengthOf(play)),
    h("a", { href: `#play/${index}`, "aria-label": `Play ${play.law}, ${play.mutant ?? play.on}` }, "play"),
  ]);
  return h(
    "section",
    { "aria-labelledby": "title" },
    h("h2", { id: "title", tabindex: -1 }, "Counterexamples"),
    h("p", {}, "Each is one of the shortest. Those of mutants are wanted: they show that the law bites."),
    grid("What breaches which law, and in how many steps", ["law", "claim", "mutant", "on", "steps", "counterexample"], rows),
  );
}

function lengthOf({ steps, scripts }: SitePlay): number {
  return steps.length - 1 + Math.max(0, ...scripts.map((script) => script.steps.length));
}

export interface Player {
  readonly element: HTMLElement;
  /** True when the key was one of the player's. */
  key(name: string): boolean;
}

export function playerView(play: SitePlay): Player {
  const diagram = h("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "Space-time diagram" });
  const details = h("div", { class: "panel" });
  const caption = h("p", { role: "status", class: "caption" });
  const slider = h("input", { type: "range", min: 0, value: 0, id: "step", "aria-label": "Step" });
  const script = h("select", { id: "script" }, play.scripts.map(({ label }, index) => h("option", { value: index }, label)));
  let current = 0;
  const sequence = (): readonly SiteStep[] => [...play.steps, ...(play.scripts[Number(script.value)]?.steps ?? [])];
  const go = (step: number): void => {
    const steps = sequence();
    const last = steps.length - 1;
    current = Math.min(Math.max(step, 0), last);
    slider.max = String(last);
    slider.value = String(current);
    caption.textContent = `Step ${current} of ${last}: ${steps[current]?.action ?? ""}`;
    diagram.replaceChildren(spaceTime(steps, { current, breach: last, choose: go }));
    details.replaceChildren(...stepDetails(play, steps, current));
  };
  slider.addEventListener("input", () => go(Number(slider.value)));
  script.addEventListener("input", () => go(current));
  const moves: Readonly<Record<string, () => void>> = {
    Home: () => go(0),
    ArrowLeft: () => go(current - 1),
    ArrowRight: () => go(current + 1),
    End: () => go(sequence().length - 1),
  };
  go(0);
  const element = h(
    "article",
    { "aria-labelledby": "title", class: "player" },
    ...headOf(play),
    controls(moves, slider, play.scripts.length === 0 ? null : h("label", {}, "Script", script)),
    caption,
    h("div", { class: "two" }, diagram, details),
  );
  return {
    element,
    key: (name) => {
      moves[name]?.();
      return name in moves;
    },
  };
}

/** The same moves as the keys, for whoever has none. */
function controls(moves: Readonly<Record<string, () => void>>, ...others: readonly Child[]): HTMLElement {
  const button = (text: string, name: string, move: string): HTMLElement =>
    h("button", { type: "button", "aria-label": name, onclick: () => moves[move]?.() }, text);
  return h(
    "div",
    { class: "controls", role: "group", "aria-label": "Player" },
    button("First", "First step", "Home"),
    button("Back", "Back one step", "ArrowLeft"),
    button("Forward", "Forward one step", "ArrowRight"),
    button("Last", "Last step", "End"),
    others,
  );
}

function headOf({ law, mutant, on, clause, replay, bounds }: SitePlay): readonly Child[] {
  const what = mutant === null ? "on the right system" : `on mutant “${mutant}”`;
  return [
    h("p", {}, link("#plays", "All counterexamples"), " · ", link(`#law/${law}`, law)),
    h("h2", { id: "title", tabindex: -1 }, `${law} ${what}`),
    h("p", {}, h("code", {}, on), clause === null ? null : [", clause: ", prose(clause)]),
    h("details", {}, h("summary", {}, "Bounds, and the line that replays it"), h("p", {}, h("code", {}, bounds)), h("p", {}, h("code", {}, replay))),
    h("p", { class: "quiet" }, "Arrow keys step, Home and End jump."),
  ];
}

/** Every field at a step, those it changed first seen by their mark. */
function stepDetails(play: SitePlay, steps: readonly SiteStep[], current: number): Node[] {
  const fields = new Map<string, string>();
  for (const { changes } of steps.slice(0, current + 1)) {
    for (const [field, , to] of changes) {
      if (to === null) fields.delete(field);
      else fields.set(field, to);
    }
  }
  const step = steps[current];
  const changed = new Map(current === 0 ? [] : step?.changes.map(([field, from]) => [field, from]));
  const gone = [...changed].filter(([field]) => !fields.has(field));
  const breached = current === steps.length - 1;
  // What the step changed stands first: a state has more fields than fit on a screen.
  const order = [...fields].sort(([one], [other]) => Number(changed.has(other)) - Number(changed.has(one)));
  const rows = order.map(([field, value]): Child[] => [
    h("code", {}, field),
    changed.has(field) ? h("mark", {}, value) : value,
    changed.has(field) ? h("span", { class: "quiet" }, changed.get(field) ?? "absent") : null,
  ]);
  const removed = gone.map(([field, from]): Child[] => [h("code", {}, field), h("mark", {}, "absent"), from ?? ""]);
  const effects = step?.effects ?? [];
  return [
    ...(breached ? [h("p", { class: "breach", role: "alert" }, h("strong", {}, `${play.law} is breached here: `), play.breach)] : []),
    h(
      "p",
      { class: "items" },
      h("strong", {}, "Effects: "),
      effects.length === 0 ? "none" : effects.map((effect) => h("code", {}, effect)),
    ),
    grid(`State after step ${current}`, ["field", "value", "before"], [...removed, ...rows]),
  ];
}
