/** One law in full. */
import type { SiteData, SiteLaw } from "../data.js";
import { thousands } from "../../numbers.js";
import { type Child, chip, grid, h, link, prose } from "./dom.js";

export function lawView(data: SiteData, law: SiteLaw): HTMLElement {
  const { id, title, statement, formal, why, pending, statusText, status, subject } = law;
  return h(
    "article",
    { "aria-labelledby": "title" },
    h("p", {}, link("#laws", "All laws"), ` · ${subject}`),
    h("h2", { id: "title", tabindex: -1 }, `${id} ${title} `, chip(status, statusText)),
    h("blockquote", {}, prose(statement)),
    h("p", { class: "formal" }, h("code", {}, formal)),
    h("p", {}, h("strong", {}, "Why. "), prose(why)),
    pending === null ? null : h("p", {}, h("strong", {}, "No model decides it. "), "It takes: ", prose(pending), "."),
    checks(law),
    mutants(law),
    judged(law),
    transitions(data, law),
    listed("At run time", law.defended),
    listed("On the implementation", law.judgedBy),
    law.surface.length === 0
      ? null
      : [h("h3", {}, "By the lint"), h("p", {}, law.surface.map((one) => [link(`#law/${one}`, one), " "]))],
    listed("History", law.amended),
  );
}

function checks({ checks: list }: SiteLaw): Child {
  if (list.length === 0) return null;
  return [
    h("h3", {}, "Checked on"),
    grid(
      "Systems the law was checked on",
      ["system", "kind", "clause", "states", "verdict", "counterexample"],
      list.map(({ on, kind, clause, states, verdict, play }): Child[] => [
        h("code", {}, on),
        kind,
        prose(clause ?? ""),
        h("span", { class: "number" }, thousands(states)),
        chip(verdict, verdict),
        play === null ? null : link(`#play/${play}`, "play the counterexample"),
      ]),
    ),
  ];
}

function mutants({ id, mutants: list }: SiteLaw): Child {
  if (list.length === 0) return null;
  return [
    h("h3", {}, "Mutants"),
    grid(
      "Broken systems and how soon the law catches them",
      ["mutant", "what was changed", "on", "steps", "states", "counterexample"],
      list.map(({ name, change, on, caught, steps, states, play }): Child[] => [
        name,
        prose(change),
        h("code", {}, on),
        caught ? h("span", { class: "number" }, steps ?? 0) : chip("survived", "not caught"),
        h("span", { class: "number" }, thousands(states)),
        play === null
          ? null
          : h("a", { href: `#play/${play}`, "aria-label": `Play the counterexample of ${id} on ${name}` }, "play"),
      ]),
    ),
  ];
}

function judged({ judged: list }: SiteLaw): Child {
  if (list.length === 0) return null;
  return [
    h("h3", {}, "Judged outside of the models"),
    grid(
      "What was judged by the law",
      ["judged", "scope", "verdict"],
      list.map(({ on, scope, verdict }): Child[] => [on, scope, chip(verdict, verdict)]),
    ),
  ];
}

function transitions({ charts }: SiteData, { transitions: list }: SiteLaw): Child {
  if (list.length === 0) return null;
  const known = new Set(charts.map(({ id }) => id));
  return [
    h("h3", {}, "Transitions it constrains"),
    h(
      "ul",
      {},
      list
        .filter(({ chart }) => known.has(chart))
        .map(({ chart, rows }) => h("li", {}, link(`#machine/${chart}`, chart), `: rows ${rows.join(", ")}`)),
    ),
  ];
}

function listed(title: string, items: readonly string[]): Child {
  if (items.length === 0) return null;
  return [h("h3", {}, title), h("ul", {}, items.map((item) => h("li", {}, prose(item))))];
}
