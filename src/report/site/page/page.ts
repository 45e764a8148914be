/** The page of a report: what the address asks for, shown. Everything comes from the data beside it. */
import { charts } from "../../charts/charts.js";
import type { SiteData } from "../data.js";
import { chip, h, link } from "./dom.js";
import { lawView } from "./law-view.js";
import { lawsView } from "./laws-view.js";
import { machineView, machinesView } from "./machine-view.js";
import { type Player, playerView, playsView } from "./player-view.js";
import { spacesView } from "./spaces-view.js";
import { themeButton } from "./theme.js";

const data = (window as unknown as { readonly leasehold: SiteData }).leasehold;
const main = h("main", { id: "main", tabindex: -1 });
const links = [
  ["laws", "Laws"],
  ["machines", "Machines"],
  ["plays", "Counterexamples"],
  ["spaces", "State spaces"],
] as const;
const parents: Readonly<Record<string, string>> = { law: "laws", machine: "machines", play: "plays" };
const anchors = links.map(([name, title]) => link(`#${name}`, title));

let player: Player | null = null;

function show(): void {
  const [path = "", asked = ""] = location.hash.slice(1).split("?");
  const [name = "", id = ""] = decoded(path).split("/");
  player = null;
  main.replaceChildren(viewOf(name, id, new URLSearchParams(asked)));
  const section = parents[name] ?? (name === "" ? "laws" : name);
  anchors.forEach((anchor, index) => {
    if (links[index]?.[0] === section) anchor.setAttribute("aria-current", "page");
    else anchor.removeAttribute("aria-current");
  });
  const heading = main.querySelector("h2");
  document.title = `${heading?.textContent ?? "Leasehold"} · Leasehold report`;
  // Who comes by a link hears where they are; the first view leaves the focus at the top.
  if (name !== "") heading?.focus({ preventScroll: true });
  window.scrollTo(0, 0);
}

/** An address that somebody cut short names nothing. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function viewOf(name: string, id: string, asked: URLSearchParams): HTMLElement {
  switch (name) {
    case "":
    case "laws":
      return lawsView(data, asked);
    case "law": {
      const law = data.laws.find((one) => one.id === id);
      return law === undefined ? missing(`law ${id}`) : lawView(data, law);
    }
    case "machines":
      return machinesView(data, charts);
    case "machine": {
      const shown = data.charts.find((one) => one.id === id);
      const chart = charts.find((one) => one.id === id);
      return shown === undefined || chart === undefined ? missing(`machine ${id}`) : machineView(shown, chart);
    }
    case "plays":
      return playsView(data);
    case "play": {
      const play = data.plays[Number(id)];
      if (play === undefined) return missing(`counterexample ${id}`);
      player = playerView(play);
      return player.element;
    }
    case "spaces":
      return spacesView(data);
    default:
      return missing(`page ${name}`);
  }
}

function missing(what: string): HTMLElement {
  return h("section", {}, h("h2", { tabindex: -1 }, `There is no ${what}`), link("#laws", "To the laws"));
}

/** Keys of the player, unless somebody writes or chooses somewhere. */
function keyed(event: KeyboardEvent): void {
  const target = event.target instanceof Element ? event.target : null;
  if (event.altKey || event.ctrlKey || event.metaKey || target?.closest("input, select, textarea") !== null) return;
  if (player?.key(event.key) === true) event.preventDefault();
}

function skip(event: Event): void {
  event.preventDefault();
  main.focus();
}

document.getElementById("page")?.append(
  h("a", { href: "#main", class: "skip", onclick: skip }, "Skip to the content"),
  h(
    "header",
    {},
    h("h1", {}, "Leasehold ", chip(data.verdict, data.verdict)),
    h("nav", { "aria-label": "Parts of the report" }, anchors),
    themeButton(),
  ),
  main,
);
window.addEventListener("hashchange", show);
document.addEventListener("keydown", keyed);
show();
