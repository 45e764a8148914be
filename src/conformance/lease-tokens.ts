/**
 * Fencing tokens of a store as numbers of the model, which counts by one: only their order matters. A token that is not
 * above every earlier one gets no number of its own, but that of the one below it: it is one that was given before.
 */
export class LeaseTokens {
  /** In ascending order of both. */
  readonly #known: { readonly real: number; readonly model: number }[] = [];

  /** `given`: the highest number of the model so far, those of places in a queue included. */
  learn(tokens: readonly number[], given: number): void {
    let highest = Math.max(given, this.#known.at(-1)?.model ?? 0);
    for (const real of [...tokens].sort((one, other) => one - other)) {
      if (real <= (this.#known.at(-1)?.real ?? -Infinity)) continue;
      highest += 1;
      this.#known.push({ real, model: highest });
    }
  }

  modelOf(real: number): number {
    return this.#known.findLast((one) => one.real <= real)?.model ?? 0;
  }

  realOf(model: number): number {
    return this.#known.find((one) => one.model === model)?.real ?? model;
  }
}
