/** Laying out text: values of a model as a reader writes them, and wrapping pieces to a width. */

/** Words stay bare, other strings are quoted: `queued`, `"two words"`, `null`, `3`. */
export function valueText(value: unknown): string {
  if (value === undefined) return "absent";
  if (typeof value === "string") return /^[\w:./~@-]+$/.test(value) ? value : JSON.stringify(value);
  // eslint-disable-next-line @typescript-eslint/no-unnecessary-condition -- not every value has JSON
  return JSON.stringify(value) ?? "absent";
}

/** Display columns, colour codes not counted. */
export function columns(text: string): number {
  return text.replace(colourCodes, "").length;
}
// eslint-disable-next-line no-control-regex -- colour codes start with the escape character
const colourCodes = /\u001b\[[0-9;]*m/g;

/**
 * Puts pieces on lines of at most `width` columns, separated by `gap`; a piece is never broken.
 * The first line starts after `first`, the others are indented as far.
 */
export function flow(pieces: readonly string[], first: string, width: number, gap = "  "): string[] {
  const indent = " ".repeat(columns(first));
  const lines: string[] = [];
  let line = first;
  let empty = true;
  for (const piece of pieces) {
    const next = empty ? line + piece : line + gap + piece;
    if (!empty && columns(next) > width) {
      lines.push(line.trimEnd());
      line = indent + piece;
    } else {
      line = next;
    }
    empty = false;
  }
  lines.push(line.trimEnd());
  return lines;
}

/** Words of a sentence, wrapped like `flow`. */
export function wrap(sentence: string, first: string, width: number): string[] {
  return flow(
    sentence.split(/\s+/).filter((word) => word !== ""),
    first,
    width,
    " ",
  );
}

/** At most `max` columns, the end cut off. */
export function shortened(text: string, max: number): string {
  return text.length <= max ? text : `${text.slice(0, Math.max(0, max - 1))}…`;
}
