/**
 * A system: a family of models over parameters, with named configurations and the bounds each is checked at.
 *
 * `variant` replaces a part of the machinery by a broken one; a law's mutants are variants that it must catch.
 */
import type { z } from "zod";

import type { Arg, Model } from "./model.js";

/** How far a check goes. `small` is for a quick look, `default` for every commit, `deep` for the night. */
export type Bounds = "small" | "default" | "deep";

/** Values of a system's parameters, by name. They bound its state space. */
export type Parameters = Readonly<Record<string, Arg>>;

/** Named parameter sets of one purpose, one for each bound. */
export interface Configuration<P extends Parameters = Parameters> {
  /** `""` for the only one; otherwise printed behind the system's name, as in `run-monitor/panes`. */
  readonly name: string;
  readonly purpose: string;
  readonly bounds: Readonly<Record<Bounds, P>>;
}

/** Options of a build that do not change the model. */
export interface BuildOptions {
  /** Keep every distinct (record, event) pair, for the agreement law. */
  readonly keepFirings?: boolean;
}

/** A modelled system: parameters in, a model to be searched out. Laws name the systems they are checked on. */
export interface System<P extends Parameters = Parameters, V = unknown, S extends object = object, F = unknown> {
  readonly name: string;
  readonly title: string;
  /** Bounds of each parameter, with defaults: integers with minimum and maximum, enums, booleans. */
  readonly parameters: z.ZodType<P>;
  readonly configurations: readonly Configuration<P>[];
  /** The model at these parameters; `variant` swaps in the broken part of a mutant. */
  build(parameters: P, variant?: V, options?: BuildOptions): Model<S, F>;
}
