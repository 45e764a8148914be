/** What all surface laws have in common: the lint decides them. */
import type { SurfaceLaw } from "../law.js";

export const surface = {
  subject: "surface",
  checks: [],
  mutants: [],
  pending: "the sources, and a lint configuration whose surfaces name the law",
} as const satisfies Partial<SurfaceLaw>;
