/** WS6: purity. A claim about source code, decided by the lint. */
import type { SurfaceLaw } from "../law.js";
import { lines, surface } from "./surface.js";

export const purity: SurfaceLaw = {
  ...surface,
  id: "WS6",
  title: "purity",
  statement: "`spec/` and `laws/` read no clock, file, environment or random source.",
  formal: "∀ f in spec ∪ laws: reads(f) ∩ {clock, file, environment, random} = ∅",
  why:
    "A guard that looked at the clock gave one answer to the checker and another to " +
    "the host.",
  sourceMutants: [
    {
      name: "spec reads the clock",
      change: "a function of the kernel asks what time it is",
      file: "spec/kernel/clock.ts",
      append: lines(
        "export const now = (): number => Date.now();",
      ),
      at: "Date.now()",
    },
    {
      name: "spec reads a file",
      change: "a schema is read from a file",
      file: "spec/vocabulary/words.ts",
      append: lines(
        'import { readFileSync } from "node:fs";',
        'export const words = readFileSync("words.txt", "utf8");',
      ),
      at: "node:fs",
    },
    {
      name: "a law draws lots",
      change: "a law judges one state of two",
      file: "laws/run/lots.ts",
      append: lines(
        "export const isJudged = (): boolean => Math.random() < 0.5;",
      ),
      at: "Math.random()",
    },
    {
      name: "a law asks the environment",
      change: "a law holds where a variable says so",
      file: "laws/worker-lease/variable.ts",
      append: lines(
        'export const isLenient = (): boolean => process.env["LENIENT"] === "1";',
      ),
      at: "process.env",
    },
  ],
};
