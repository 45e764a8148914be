/** L11d: what a process saw is said by that process. */
import { type RelayState, observationRelay } from "../../spec/systems/observation-relay.js";
import { type Law, check } from "../law.js";

export const locality: Law = {
  id: "L11d",
  title: "locality",
  subject: "run",
  statement: "Gone class and observer identity are decided where the facts are and travel as data.",
  formal: "∀ delivered gone(o, class): (o, class) = (o, class) of the process that observed",
  why:
    "The master guessed from English error texts whether a session or its server was gone. The " +
    "texts differ between hosts and languages, and the guess ended live runs.",
  checks: [
    check<RelayState>({
      system: observationRelay,
      kind: "invariant",
      breach: ({ delivered }) => {
        if (delivered === null) return null;
        const { observer, class: gone, truth } = delivered;
        if (observer !== truth.observer) {
          const named = observer === null ? "nobody" : `incarnation ${observer}`;
          return `incarnation ${truth.observer} observed it, and it is said to be the word of ${named}`;
        }
        if (gone !== truth.class) return `it was ${truth.class} and is said to be ${gone}`;
        return null;
      },
      witness: ({ delivered, incarnation }) =>
        delivered !== null && delivered.truth.said === "de" && delivered.truth.observer !== incarnation,
    }),
  ],
  mutants: [
    {
      name: "identity from the registry",
      change: "the master asks its registry who the worker is when the answer comes in",
      system: observationRelay,
      variant: { identityFromRegistry: true },
    },
    {
      name: "class from the text",
      change: "the master reads the gone class from the worker's error text",
      system: observationRelay,
      variant: { classFromText: true },
    },
  ],
};
