/** The lines around a place, for messages. */
import type { FrameLine, Span } from "./finding.js";

const linesAround = 1;
/** Most lines of a long expression that are shown. */
const linesMax = 6;
/** Longest part of a line that is shown. */
const columnsMax = 200;

export function frameOf(text: string, { line, endLine }: Span): readonly FrameLine[] {
  const lines = text.split(/\r?\n/);
  const first = Math.max(1, line - linesAround);
  const last = Math.min(lines.length, Math.min(endLine, line + linesMax - 1) + linesAround);
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => {
    const number = first + index;
    return { number, text: (lines[number - 1] ?? "").slice(0, columnsMax) };
  });
}
