/** Tables without borders: columns two blanks apart, nothing behind the last. */
import Table from "cli-table3";

const noBorder = {
  top: "",
  "top-mid": "",
  "top-left": "",
  "top-right": "",
  bottom: "",
  "bottom-mid": "",
  "bottom-left": "",
  "bottom-right": "",
  left: "",
  "left-mid": "",
  mid: "",
  "mid-mid": "",
  right: "",
  "right-mid": "",
  middle: "  ",
} as const;

export interface Column {
  readonly title: string;
  readonly align?: "left" | "right";
}

/** A cell may have several lines. A row of one cell is a heading over all columns. */
export function tableLines(columns: readonly Column[], rows: readonly (readonly string[])[]): string[] {
  const table = new Table({
    chars: noBorder,
    style: { head: [], border: [], compact: true, "padding-left": 0, "padding-right": 0 },
    colAligns: columns.map(({ align }) => align ?? "left"),
  });
  table.push(columns.map(({ title }) => title));
  for (const row of rows) {
    const [only = ""] = row;
    if (row.length === 1) table.push([{ content: only, colSpan: columns.length }]);
    else table.push([...row]);
  }
  return table
    .toString()
    .split("\n")
    .map((line) => line.trimEnd());
}
