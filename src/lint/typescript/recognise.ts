/** What every kind of sink is looked for with, and how it tells of a write. */
import type ts from "typescript";

import type { Scope } from "./scope.js";
import type { Target } from "./targets.js";

export interface Recognition {
  readonly node: ts.Node;
  readonly how: string;
  readonly via: readonly string[];
}

export interface Search {
  readonly scope: Scope;
  readonly target: Target;
  /** True for files whose writes count. */
  readonly covers: (file: ts.SourceFile) => boolean;
  readonly report: (found: Recognition) => void;
}

/** ` through …`, from the last step of the way, or nothing when there was none. */
export function lastStep(via: readonly string[]): string {
  const last = via.at(-1);
  return last === undefined ? "" : `; ${last}`;
}
