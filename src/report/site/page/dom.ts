/** Elements from plain values. Text is always text: nothing from a report is ever read as HTML. */

export type Child = Node | string | number | null | undefined | readonly Child[];

type Attribute = string | number | boolean | null | undefined | ((event: Event) => void);

const svgNamespace = "http://www.w3.org/2000/svg";

/** An element with attributes, listeners (`onclick`) and children. */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Readonly<Record<string, Attribute>> = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  decorate(element, attributes);
  append(element, children);
  return element;
}

/** The same for pictures. */
export function s(
  tag: string,
  attributes: Readonly<Record<string, Attribute>> = {},
  ...children: readonly Child[]
): SVGElement {
  const element = document.createElementNS(svgNamespace, tag);
  decorate(element, attributes);
  append(element, children);
  return element;
}

function decorate(element: Element, attributes: Readonly<Record<string, Attribute>>): void {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (typeof value === "function") element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : String(value));
  }
}

function append(element: Element, children: readonly Child[]): void {
  for (const child of children) {
    if (child === null || child === undefined) continue;
    if (isList(child)) append(element, child);
    else element.append(child instanceof Node ? child : String(child));
  }
}

function isList(child: Child): child is readonly Child[] {
  return Array.isArray(child);
}

/** A drawing that the report brings along, read as XML. */
export function drawing(svg: string): SVGElement {
  const parsed = new DOMParser().parseFromString(svg, "image/svg+xml").documentElement;
  return document.importNode(parsed, true) as unknown as SVGElement;
}

/** A table with a heading row; a cell may be anything. Columns that are empty in every row are left out. */
export function grid(caption: string, titles: readonly string[], cells: readonly (readonly Child[])[]): HTMLElement {
  const shown = titles.map((_, column) => cells.some((row) => !isEmpty(row[column])));
  const head = titles.filter((_, column) => shown[column]);
  const rows = cells.map((row) => row.filter((_, column) => shown[column]));
  return h(
    "div",
    { class: "scroll", tabindex: 0, role: "region", "aria-label": caption },
    h(
      "table",
      {},
      h("caption", { class: "quiet" }, caption),
      h("thead", {}, h("tr", {}, head.map((title, column) => heading(title, rows[0]?.[column])))),
      h("tbody", {}, rows.map((row) => h("tr", {}, row.map((cell, at) => h("td", { "data-column": head[at] }, cell))))),
    ),
  );
}

function isEmpty(cell: Child): boolean {
  return cell === null || cell === undefined || cell === "" || (isList(cell) && cell.every(isEmpty));
}

/** Over numbers it stands where they do. */
function heading(title: string, below: Child): HTMLElement {
  const numbers = below instanceof Element && below.classList.contains("number");
  return h("th", { scope: "col", "data-column": title, class: numbers ? "number" : null }, title);
}

export function link(href: string, ...children: readonly Child[]): HTMLAnchorElement {
  return h("a", { href }, ...children);
}

/** A sentence whose `words in backticks` are code. */
export function prose(text: string): readonly Child[] {
  return text
    .split(/(`[^`]*`)/)
    .map((part) => (part.startsWith("`") && part.length > 1 ? h("code", {}, part.slice(1, -1)) : part));
}

export function chip(status: string, text: string): HTMLElement {
  return h("span", { class: `chip ${status}` }, text);
}
