/** The table of the laws, with search and filters; the address keeps what was asked for. */
import type { SiteData, SiteLaw } from "../data.js";
import { thousands } from "../../numbers.js";
import { type Child, chip, grid, h, link, prose } from "./dom.js";

/** What narrows the list, as the address says it: `#laws?query=fence&subject=Lane+leases`. */
export function lawsView({ laws, bounds, summary }: SiteData, asked: URLSearchParams): HTMLElement {
  const query = h("input", { type: "search", id: "query", placeholder: "id, claim, mutant, file …", value: asked.get("query") });
  const subject = choice("subject", laws.map((law) => law.subject), asked);
  const status = choice("status", laws.map((law) => law.statusText), asked);
  const count = h("p", { role: "status", class: "quiet" });
  const results = h("div", { class: "laws" });
  const controls = [query, subject, status];
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
  for (const control of controls) {
    control.addEventListener("input", () => {
      show();
      keep(controls);
    });
  }
  show();
  return h(
    "section",
    { "aria-labelledby": "title" },
    h("h2", { id: "title", tabindex: -1 }, "Laws"),
    h("p", {}, `${summary}; bounds ${bounds}.`),
    h(
      "form",
      { class: "filters", role: "search", onsubmit: (event) => event.preventDefault() },
      h("label", { class: "wide" }, "Search", query),
      h("label", {}, "Subject", subject),
      h("label", {}, "Status", status),
    ),
    count,
    results,
  );
}

/** Who comes back from a law finds the list as it was. */
function keep(controls: readonly (HTMLInputElement | HTMLSelectElement)[]): void {
  const set = controls.filter(({ value }) => value !== "").map(({ id, value }): [string, string] => [id, value]);
  const asked = new URLSearchParams(set).toString();
  history.replaceState(null, "", `#laws${asked === "" ? "" : `?${asked}`}`);
}

function choice(name: string, values: readonly string[], asked: URLSearchParams): HTMLSelectElement {
  const distinct = [...new Set(values)];
  const options = distinct.map((value) => h("option", { value, selected: value === asked.get(name) }, value));
  return h("select", { id: name }, h("option", { value: "" }, "all"), options);
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
    "Laws, their status, states, mutants, and the programs they were asked of",
    ["law", "claim", "subject", "status", "states", "mutants", "asked of"],
    laws.map((law): Child[] => [
      link(`#law/${law.id}`, law.id),
      [h("strong", {}, law.title), h("span", { class: "statement" }, prose(law.statement))],
      law.subject,
      chip(law.status, law.statusText),
      h("span", { class: "number" }, law.states === 0 ? "" : thousands(law.states)),
      h("span", { class: "number" }, mutantsText(law)),
      law.judged.map(({ on }) => on).join(", "),
    ]),
  );
}

/** Broken models and broken programs alike. */
function mutantsText({ mutants, judged }: SiteLaw): string {
  const all = [...mutants, ...judged.flatMap((one) => one.mutants)];
  return all.length === 0 ? "" : `${all.filter(({ caught }) => caught).length}/${all.length}`;
}
