/** Colour as an argument: printers take a `Paint` and never ask whether they write to a terminal. */
import pc from "picocolors";

type Ink = (text: string) => string;

export interface Paint {
  readonly good: Ink;
  readonly bad: Ink;
  readonly warn: Ink;
  readonly dim: Ink;
  readonly bold: Ink;
}

export function paintOf(colour: boolean): Paint {
  const { green, red, yellow, dim, bold } = pc.createColors(colour);
  return { good: green, bad: red, warn: yellow, dim, bold };
}

/** Text as it is. */
export const plainPaint: Paint = paintOf(false);
