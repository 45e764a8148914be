/** The table of the laws, with search and filters; the address keeps what was asked for. */
import type { SiteData, SiteLaw } from "../data.js";
import { thousands } from "../../numbers.js";
import { type Child, chip, grid, h, link } from "./dom.js";

export function lawsView({ laws, bounds, summary }: SiteData): HTMLElement {
  const query = h("input", { type: "search", id: "query", placeholder: "id, claim, mutant, file …" });
  const subject = choice("subject", laws.map((law) => law.subject));
  const status = choice("status", laws.map((law) => law.statusText));
  const count = h("p", { role: "status", class: "quiet" });
  const results = h("div", { class: "laws" });
  const show = (): void => {
    const found = laws.filter(
      (law) =>
        (subject.value === "" || law.subject === subject.value) &&
        (status.value === "" || law.statusText === status.value) &&
        matches(law, query.value),
    );
    count.textContent = `${found.length} of ${laws.length} laws`;
    results.replaceChildren(table(found));
  };
  for (const control of [query, subject, status]) control.addEventListener("input", show);
  show();
  return h(
    "section",
    { "aria-labelledby": "title" },
    h("h2", { id: "title", tabindex: -1 }, "Laws"),
    h("p", {}, `${summary}; bounds ${bounds}.`),
    h(
      "form",
      { class: "filters", role: "search", onsubmit: (event) => event.preventDefault() },
      h("label", {}, "Search", query),
      h("label", {}, "Subject", subject),
      h("label", {}, "Status", status),
    ),
    count,
    results,
  );
}

function choice(name: string, values: readonly string[]): HTMLSelectElement {
  const distinct = [...new Set(values)];
  return h(
    "select",
    { id: name },
    h("option", { value: "" }, "all"),
    distinct.map((value) => h("option", { value }, value)),
  );
}

/** Every word of the query is somewhere in what the law says. */
function matches(law: SiteLaw, query: string): boolean {
  const { id, title, statement, why, mutants, checks, defended, judgedBy } = law;
  const text = [
    id,
    title,
    statement,
    why,
    ...mutants.flatMap(({ name, change }) => [name, change]),
    ...checks.map(({ on }) => on),
    ...defended,
    ...judgedBy,
  ]
    .join("\n")
    .toLowerCase();
  return query
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}

function table(laws: readonly SiteLaw[]): HTMLElement {
  if (laws.length === 0) return h("p", {}, "No law fits.");
  return grid(
    "Laws, their status, states and mutants",
    ["law", "claim", "subject", "status", "states", "mutants"],
    laws.map((law): Child[] => [
      link(`#law/${law.id}`, law.id),
      law.title,
      law.subject,
      chip(law.status, law.statusText),
      h("span", { class: "number" }, law.states === 0 ? "" : thousands(law.states)),
      h("span", { class: "number" }, mutantsText(law)),
    ]),
  );
}

function mutantsText({ mutants }: SiteLaw): string {
  if (mutants.length === 0) return "";
  return `${mutants.filter(({ caught }) => caught).length}/${mutants.length}`;
}
