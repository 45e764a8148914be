/** A call of a principal that waits for a lane: it is under way until the store answers, however many steps that takes. */
import type { LeaseAnswer, LeaseClient, LeaseRequest, LeaseStoreUnderTest } from "./lease-adapter.js";

/** How long somebody who waits may take to hear that the lane is free, when the store does not say. */
const answersWithinMsDefault = 5_000;
const lookAgainMs = 2;

export class LeaseLine {
  /** Null: it waits. */
  answer: LeaseAnswer | null = null;
  readonly #holder: string;
  readonly #lane: string;

  constructor(
    private readonly store: LeaseStoreUnderTest,
    client: LeaseClient,
    request: LeaseRequest,
  ) {
    this.#holder = request.holder;
    this.#lane = request.lane;
    const refused = (): LeaseAnswer => ({ outcome: "refused" });
    // A call whose client ended is refused: nobody waits for it any more.
    void (client.wait?.(request) ?? Promise.resolve(refused())).catch(refused).then((answer) => (this.answer = answer));
  }

  /** Waits for the answer when there has to be one, and for a place in the queue when there has to be none. */
  async settle(isDue: boolean): Promise<void> {
    const ends = performance.now() + (this.store.answersWithinMs ?? answersWithinMsDefault);
    while (this.answer === null && performance.now() < ends) {
      await new Promise((resolve) => setTimeout(resolve, lookAgainMs));
      if (!isDue && (await this.#isListed())) return;
    }
  }

  async #isListed(): Promise<boolean> {
    const waiting = (await this.store.waiting?.()) ?? [];
    return waiting.some(({ holder, lane }) => holder === this.#holder && lane === this.#lane);
  }
}
