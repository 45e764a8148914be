/** What documents are made of, and the names of their files. */
import type { Closure } from "../../../laws/closure.js";
import type { TransitionSelector } from "../../../laws/constraints.js";
import type { Law, Subject } from "../../../laws/law.js";
import type { System } from "../../../spec/kernel/index.js";
import type { VerifyReport } from "../../verify/result.js";
import type { Chart } from "../charts/charts.js";

export interface DocumentSource {
  readonly laws: readonly Law[];
  readonly closures: Readonly<Record<string, Closure>>;
  readonly constraints: Readonly<Record<string, readonly TransitionSelector[]>>;
  readonly systems: readonly System[];
  readonly charts: readonly Chart[];
  readonly report: VerifyReport;
}

/** Text by path, from the folder of the documents; `/` between folders. */
export type Documents = ReadonlyMap<string, string>;

/** From `docs/laws` and `docs/machines` up to the root of the repository. */
export const up = "../..";

export const subjectTitles: Readonly<Record<Subject, string>> = {
  run: "Runs",
  "worker-lease": "Worker leases",
  "lane-lease": "Lane leases",
  journal: "The journal",
  mutex: "Mutual exclusion of processes",
  surface: "Source code",
};

/** `LL8`, and `L3-2` for an id that is no file name. */
export function lawFile(id: string): string {
  return `${id.replace(/[^A-Za-z0-9-]/g, "-")}.md`;
}

export function chartFile(id: string, extension: "md" | "svg"): string {
  return `${id.replace(/[^A-Za-z0-9-]/g, "-")}.${extension}`;
}

/** Subjects in the order in which the catalogue comes to them. */
export function subjectsOf(laws: readonly { readonly subject: Subject }[]): readonly Subject[] {
  return [...new Set(laws.map(({ subject }) => subject))];
}
