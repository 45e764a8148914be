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
    transitions(data, law),
    judged(law),
    listed("Judged by these tests", law.judgedBy),
    listed("At run time", law.defended),
    surface(law),
    listed("What can happen all the same", law.limits),
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
  const broken = list.flatMap((one) => one.mutants);
  return [
    h("h3", {}, "On what runs"),
    grid(
      "Programs and sources it was asked of",
      ["asked of", "scope", "times it had something to say", "verdict"],
      list.map(({ on, scope, times, verdict }): Child[] => [
        on,
        scope,
        h("span", { class: "number" }, thousands(times)),
        chip(verdict, verdict),
      ]),
    ),
    broken.length === 0
      ? null
      : grid(
          "Broken on purpose",
          ["what is broken", "what was changed", "verdict"],
          broken.map(({ name, change, caught }): Child[] => [
            name,
            prose(change),
            caught ? chip("holds", "caught") : chip("survived", "not caught"),
          ]),
        ),
  ];
}

function surface({ subject, surface: ids, noSurface }: SiteLaw): Child {
  if (subject === "Source code") return null;
  if (ids.length === 0 && noSurface === null) return null;
  const text = ids.length === 0 ? `No lint rule: ${noSurface ?? ""}.` : ids.map((one) => [link(`#law/${one}`, one), " "]);
  return [h("h3", {}, "In source code"), h("p", {}, text)];
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
        .map(({ chart, rows }) => h("li", {}, link(`#machine/${chart}`, chart), `: ${rows.length === 1 ? "row" : "rows"} ${rows.join(", ")}`)),
    ),
  ];
}

function listed(title: string, items: readonly string[]): Child {
  if (items.length === 0) return null;
  return [h("h3", {}, title), h("ul", {}, items.map((item) => h("li", {}, prose(item))))];
}
