/**
 * A lane lease: one grant from its acquisition to its end, whoever holds it meanwhile.
 *
 * It is dead when its age exceeds its TTL or its process is gone, recorded or not; `lease.scavenged` records it.
 * An age that becomes unknown makes it `doubted`: it keeps others away for one more TTL, so that a holder that
 * still runs has stopped itself by then, and it serves nobody. No event leads back from an end.
 */
import { and, assertEvent, assign, not, or, setup } from "xstate";

import {
  type LaneLeaseEvent,
  type LaneLeaseRecord,
  goneBy,
  isExpired,
  laneLeaseVacant,
  standingOf,
} from "./record.js";
import { type AgeOf, ageOf } from "./stamp.js";

export type LaneLeaseContext = Omit<LaneLeaseRecord, "phase">;

const { phase: _vacant, ...nothing } = laneLeaseVacant;

type HolderEvent = "lease.beaten" | "lease.released";

interface Scope {
  readonly context: LaneLeaseContext;
  readonly event: LaneLeaseEvent;
}

/** Guards by the name they have in the chart. */
export function laneLeaseGuards(age: AgeOf = ageOf) {
  const standing = ({ context, event }: Scope) =>
    standingOf(context, event.at, "holderGone" in event && event.holderGone, age).standing;
  return {
    authentic: ({ event }: Scope) => {
      assertEvent(event, ["lease.beaten", "lease.released"] satisfies HolderEvent[]);
      return event.authentic;
    },
    ofCurrentToken: ({ context, event }: Scope) => event.fencingToken === context.fencingToken,
    followsCurrentToken: ({ context, event }: Scope) => {
      assertEvent(event, "lease.adopted");
      return event.previousToken === context.fencingToken;
    },
    raisesToken: ({ context, event }: Scope) => event.fencingToken > context.fencingToken,
    isLive: (scope: Scope) => standing(scope) === "live",
    isDoubtful: (scope: Scope) => standing(scope) === "doubtful",
    isDead: (scope: Scope) => standing(scope) === "dead",
    isExpired: ({ context, event }: Scope) => isExpired(context, event.at, age),
    holderGone: ({ context, event }: Scope) => {
      assertEvent(event, "lease.adopted");
      return goneBy(context, event.at, event.holderGone) !== null;
    },
    forced: ({ event }: Scope) => {
      assertEvent(event, "lease.adopted");
      return event.forced;
    },
    doubtUnknown: ({ context, event }: Scope) =>
      context.doubtedAt !== null && age(context.doubtedAt, event.at) === "unknown",
  };
}

/** `age`: how stamps are compared; another one is for models only. */
export function createLaneLeaseMachine(age: AgeOf = ageOf) {
  return setup({
    types: { context: {} as LaneLeaseContext, events: {} as LaneLeaseEvent },
    guards: laneLeaseGuards(age),
    actions: {
      take: assign(({ event }) => {
        assertEvent(event, "lease.granted");
        const { fencingToken, ttlMs, attachment, at } = event;
        return { fencingToken, ttlMs, attachment, heartbeatAt: at, doubtedAt: null };
      }),
      renew: assign(({ event }) => ({ heartbeatAt: event.at })),
      handOver: assign(({ event }) => {
        assertEvent(event, "lease.adopted");
        return { fencingToken: event.fencingToken, heartbeatAt: event.at, doubtedAt: null };
      }),
      doubt: assign(({ event }) => ({ doubtedAt: event.at })),
    },
  })
    .extend({
      guards: {
        /** Its holder speaks: the secret fits, and the token is the newest. */
        ofHolder: and(["authentic", "ofCurrentToken"]),
        /** Compare-and-swap on the token, and a reason to take it from its holder, before its TTL is over. */
        isAdoptable: and([
          "followsCurrentToken",
          "raisesToken",
          not("isExpired"),
          or(["holderGone", "forced"]),
        ]),
      },
    })
    .createMachine({
      id: "lane-lease",
      context: nothing,
      initial: "vacant",
      states: {
        vacant: {
          on: {
            "lease.granted": { target: "inForce.live", actions: "take" },
          },
        },
        inForce: {
          initial: "live",
          on: {
            "lease.released": { guard: and(["ofHolder", not("isDead")]), target: "ended.released" },
            "lease.adopted": { guard: "isAdoptable", target: "inForce.live", actions: "handOver" },
            "lease.scavenged": {
              guard: and(["ofCurrentToken", "isDead"]),
              target: "ended.scavenged",
            },
          },
          states: {
            live: {
              on: {
                "lease.beaten": { guard: and(["ofHolder", "isLive"]), actions: "renew" },
                "lease.doubted": {
                  guard: and(["ofCurrentToken", "isDoubtful"]),
                  target: "doubted",
                  actions: "doubt",
                },
              },
            },
            doubted: {
              on: {
                "lease.doubted": {
                  guard: and(["ofCurrentToken", "isDoubtful", "doubtUnknown"]),
                  actions: "doubt",
                },
              },
            },
          },
        },
        ended: {
          initial: "released",
          states: {
            released: { tags: "ended" },
            scavenged: { tags: "ended" },
          },
        },
      },
    });
}

export type LaneLeaseMachine = ReturnType<typeof createLaneLeaseMachine>;
