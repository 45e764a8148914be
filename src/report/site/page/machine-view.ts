/** A statechart to click through: the compiled machine itself runs here, one event at a time. */
import type { Probe } from "../../../../spec/kernel/compile-machine.js";
import type { Chart, EventFields } from "../../charts/charts.js";
import { candidatesOf } from "../../charts/reading.js";
import { valueText } from "../../text.js";
import { effectText } from "../../trace-fields.js";
import type { SiteChart, SiteData } from "../data.js";
import { type Child, chip, drawing, grid, h, link } from "./dom.js";

type RecordOf = Readonly<Record<string, unknown>>;

interface Fired {
  readonly event: Readonly<Record<string, unknown>> & { readonly type: string };
  readonly before: RecordOf;
  readonly after: RecordOf;
  readonly taken: number;
  readonly effects: readonly unknown[];
  readonly guards: readonly { readonly name: string; readonly held: boolean }[];
}

export function machinesView({ charts: shown }: SiteData, charts: readonly Chart[]): HTMLElement {
  return h(
    "section",
    { "aria-labelledby": "title" },
    h("h2", { id: "title", tabindex: -1 }, "Machines"),
    h("p", {}, "Fire events at the machines of the specification and see which guards hold and what follows."),
    h(
      "ul",
      { class: "cards" },
      charts
        .filter(({ id }) => shown.some((one) => one.id === id))
        .map(({ id, title, purpose }) => h("li", {}, link(`#machine/${id}`, title), h("p", {}, purpose))),
    ),
  );
}

export function machineView(shown: SiteChart, chart: Chart): HTMLElement {
  return new Bench(shown, chart).element;
}

/** One machine on the page, its record and what was fired at it. */
class Bench {
  readonly element: HTMLElement;
  private readonly fired: Fired[] = [];
  private readonly picture: SVGElement;
  private readonly type: HTMLSelectElement;
  private readonly fields = h("div", { class: "fields" });
  private readonly outcome = h("div", { role: "status" });
  private readonly preview = h("div");
  private readonly record = h("div");
  private readonly log = h("ol", { class: "log" });
  private readonly frame = h("div", { class: "chart scroll", tabindex: 0, role: "region", "aria-label": "Statechart" });

  constructor(
    private readonly shown: SiteChart,
    private readonly chart: Chart,
  ) {
    this.picture = drawing(shown.svg);
    this.frame.append(this.picture);
    const { events } = chart.compiled;
    this.type = h("select", { id: "event", oninput: () => this.chooseType() }, events.map((type) => h("option", {}, type)));
    this.element = this.layout();
    this.listenToArrows();
    this.chooseType();
    this.show();
  }

  private layout(): HTMLElement {
    const { title, purpose } = this.chart;
    const fire = (event: Event): void => {
      event.preventDefault();
      this.fire();
    };
    return h(
      "article",
      { "aria-labelledby": "title", class: "bench" },
      h("p", {}, link("#machines", "All machines")),
      h("h2", { id: "title", tabindex: -1 }, title),
      h("p", {}, purpose),
      this.frame,
      h(
        "div",
        { class: "panel" },
        h(
          "form",
          { class: "event", onsubmit: fire },
          h("label", {}, "Event", this.type),
          this.fields,
          h(
            "p",
            { class: "buttons" },
            h("button", { type: "submit", class: "main" }, "Fire"),
            h("button", { type: "button", onclick: () => this.undo() }, "Undo"),
            h("button", { type: "button", onclick: () => this.reset() }, "Start over"),
          ),
        ),
        h(
          "div",
          { class: "two" },
          h("div", {}, this.outcome, h("h3", {}, "Rows for this event"), this.preview, h("h3", {}, "Fired so far"), this.log),
          h("div", {}, h("h3", {}, "Record"), this.record),
        ),
      ),
    );
  }

  private get current(): RecordOf {
    return this.fired.at(-1)?.after ?? (this.chart.initial as RecordOf);
  }

  private leafOf(record: RecordOf): string {
    return String(record[this.chart.compiled.stateField]);
  }

  private chooseType(): void {
    const fields: EventFields = this.chart.events[this.type.value] ?? {};
    this.fields.replaceChildren(
      ...Object.entries(fields).map(([name, values]) =>
        h(
          "label",
          {},
          name,
          h(
            "select",
            { "data-field": name, oninput: () => this.showPreview() },
            values.map((value, index) => h("option", { value: index }, valueText(value))),
          ),
        ),
      ),
    );
    this.showPreview();
  }

  private event(): Fired["event"] {
    const type = this.type.value;
    const values = this.chart.events[type] ?? {};
    const chosen = [...this.fields.querySelectorAll("select")].map((select): [string, unknown] => {
      const name = select.dataset["field"] ?? "";
      return [name, values[name]?.[Number(select.value)]];
    });
    return { type, ...Object.fromEntries(chosen) };
  }

  private tryOut(): Fired {
    const guards: { name: string; held: boolean }[] = [];
    const probe: Probe = {
      taken: () => undefined,
      guard: (name, held) => void guards.push({ name, held }),
    };
    const event = this.event();
    const before = this.current;
    const { next, effects, taken } = this.chart.compiled.step(before, event, probe);
    return { event, before, after: next as RecordOf, taken, effects, guards };
  }

  private fire(): void {
    this.fired.push(this.tryOut());
    this.show();
  }

  private undo(): void {
    this.fired.pop();
    this.show();
  }

  private reset(): void {
    this.fired.length = 0;
    this.show();
  }

  private show(): void {
    const last = this.fired.at(-1);
    this.outcome.replaceChildren(...outcomeOf(this.chart, this.leafOf(this.current), last));
    this.record.replaceChildren(recordTable(this.current, last));
    this.log.replaceChildren(
      ...this.fired.map(({ event: { type }, before, after }) =>
        h("li", {}, `${type}: ${this.leafOf(before)} → ${this.leafOf(after)}`),
      ),
    );
    if (this.fired.length === 0) this.log.replaceChildren(h("li", { class: "quiet" }, "nothing yet"));
    this.mark(last);
    this.showPreview();
  }

  /** What would happen now, row by row. */
  private showPreview(): void {
    const { compiled } = this.chart;
    const leaf = compiled.leaves.find(({ key }) => key === this.leafOf(this.current));
    if (leaf === undefined) return;
    const rows = candidatesOf(compiled, leaf, this.type.value);
    const { taken } = this.tryOut();
    const place = rows.findIndex(({ index }) => index === taken);
    const wordOf = (at: number): string => {
      if (at === place) return "taken";
      return place === -1 || at < place ? "does not hold" : "not asked";
    };
    if (rows.length === 0) {
      this.preview.replaceChildren(h("p", {}, `${leaf.key} ignores ${this.type.value}.`));
      return;
    }
    const table = grid(
      "Rows in the order in which they are tried",
      ["row", "when", "goes to", "now", "laws"],
      rows.map(({ index, guard, target }, at): Child[] => [
        index,
        h("code", {}, guard === "" ? "otherwise" : guard),
        target ?? "stays",
        chip(wordOf(at).replaceAll(" ", "-"), wordOf(at)),
        (this.shown.laws[index] ?? []).map((id) => [link(`#law/${id}`, id), " "]),
      ]),
    );
    this.preview.replaceChildren(table);
  }

  private mark(last: Fired | undefined): void {
    const leaf = this.leafOf(this.current);
    for (const marked of this.picture.querySelectorAll(".current, .taken")) {
      marked.classList.remove("current", "taken");
    }
    const current = this.picture.querySelector(`[id="${this.chart.id}-${leaf}"]`);
    current?.classList.add("current");
    requestAnimationFrame(() => this.center(current));
    if (last !== undefined) this.picture.querySelector(`.edge.t${last.taken}`)?.classList.add("taken");
  }

  /** Wide charts scroll: the current state stays in sight. */
  private center(node: Element | null): void {
    if (node === null) return;
    const [box, frame] = [node.getBoundingClientRect(), this.frame.getBoundingClientRect()];
    this.frame.scrollLeft += box.left + box.width / 2 - frame.left - frame.width / 2;
  }

  /** An arrow chooses its first event. */
  private listenToArrows(): void {
    for (const arrow of this.picture.querySelectorAll(".edge")) {
      const number = /\bt(\d+)\b/.exec(arrow.getAttribute("class") ?? "")?.[1];
      const event = this.chart.compiled.transitions[Number(number)]?.event;
      if (number === undefined || event === undefined) continue;
      arrow.classList.add("choice");
      arrow.addEventListener("click", () => {
        this.type.value = event;
        this.chooseType();
        this.type.focus();
      });
    }
  }
}

function outcomeOf({ compiled }: Chart, leaf: string, last: Fired | undefined): Node[] {
  const state = h("p", {}, "State: ", h("strong", { class: "state-name" }, leaf));
  if (last === undefined) return [state];
  const row = compiled.transitions[last.taken];
  const taken = row === undefined ? `${last.event.type} was ignored.` : `Row ${row.index}: ${row.label}`;
  return [
    state,
    h("p", {}, taken),
    labelled("Guards", answersOf(last).map(({ name, held }) => chip(held ? "held" : "failed", `${held ? "✓" : "✗"} ${name}`))),
    labelled("Effects", last.effects.map((effect) => h("code", {}, effectText(effect)))),
  ];
}

/** A guard may be asked by several rows; it answers the same. */
function answersOf({ guards }: Fired): readonly Fired["guards"][number][] {
  const seen = new Map(guards.map((one) => [`${one.name} ${one.held}`, one]));
  return [...seen.values()];
}

function labelled(title: string, items: readonly Node[]): HTMLElement {
  return h("p", { class: "items" }, h("strong", {}, `${title}: `), items.length === 0 ? "none" : items);
}

function recordTable(record: RecordOf, last: Fired | undefined): HTMLElement {
  const rows = Object.entries(record).map(([field, value]): Child[] => {
    const was = last === undefined ? undefined : valueText(last.before[field]);
    const now = valueText(value);
    const changed = was !== undefined && was !== now;
    return [
      h("code", {}, field),
      changed ? h("mark", {}, now) : now,
      changed ? h("span", { class: "quiet" }, was) : null,
    ];
  });
  return grid("Fields of the record", ["field", "value", "before"], rows);
}
