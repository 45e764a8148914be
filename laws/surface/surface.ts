/** What all surface laws have in common: the lint decides them, on this configuration where the sources are ours. */
import type { SurfaceLaw } from "../law.js";

export const surface = {
  subject: "surface",
  checks: [],
  mutants: [],
  pending: "the sources, and a lint configuration whose surfaces name the law",
} as const satisfies Partial<SurfaceLaw>;

/** The list of writers, below the root of the sources. */
export const configuration = "laws/write-surface.yaml";

/** A text of lines, each ended. */
export function lines(...all: readonly string[]): string {
  return `${all.join("\n")}\n`;
}
