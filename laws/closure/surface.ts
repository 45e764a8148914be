/** What closes the surface laws: the lint judges them, and some are defended at run time as well. */
import { type Closure, asks, by, test, where } from "./closed-by.js";

const presets = "src/lint/presets.ts";
const corpus = test("test/lint/corpus/write-surface.yaml");
const ratchet = test("test/lint-ratchet.test.ts");
const itself = "it is one";

export const surfaceClosures: Readonly<Record<string, Closure>> = {
  WS1: {
    defended: [
      by("src/run/commit-point.ts", "holds the only capability to append a status"),
      by("src/run/store.ts", "refuses everybody without it"),
      by("src/run/errors.ts", "the refusal names the law"),
    ],
    judgedBy: [corpus, ratchet, test("test/run-store.test.ts")],
    surface: itself,
  },
  WS2: { defended: [by("src/lint/judge.ts", "rule `undecided`")], judgedBy: [ratchet], surface: itself },
  WS3: {
    defended: [by("src/lint/judge.ts", "rules `ratchet` and `stale-writer`")],
    judgedBy: [ratchet],
    surface: itself,
  },
  WS4: { defended: [by(presets, "preset `leasehold:no-discard`")], judgedBy: [corpus], surface: itself },
  WS5: {
    defended: [
      by(presets, "preset `leasehold:lease-registry`"),
      by("src/worker-plane/registry.ts", "the maps are written in this file only"),
    ],
    judgedBy: [corpus],
    surface: itself,
  },
  WS6: {
    defended: [by(presets, "preset `leasehold:purity`")],
    judgedBy: [asks("test/lint-projects.test.ts", "the preset of purity", "on projects of its own")],
    surface: itself,
  },
  WS7: {
    defended: [where("spec/vocabulary/status.ts", "z.enum", "words from outside are parsed by their schema")],
    judgedBy: [corpus],
    surface: itself,
  },
};
