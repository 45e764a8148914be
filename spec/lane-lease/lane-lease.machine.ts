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

/** What the chart keeps beside its state: the record without its phase. */
export type LaneLeaseContext = Omit<LaneLeaseRecord, "phase">;

const { phase: _vacant, ...nothing } = laneLeaseVacant;

interface Scope {
  readonly context: LaneLeaseContext;
  readonly event: LaneLeaseEvent;
}

/** Guards by the name they have in the chart. */
export function laneLeaseGuards(age: AgeOf = ageOf) {
  const standing = ({ context, event }: Scope) =>
    standingOf(context, event.at, "holderGone" in event && event.holderGone, age).standing;
  return {
    /** The secret fits (NL3). */
    authentic: ({ event }: Scope) => "authentic" in event && event.authentic,
    /** The event is about the newest token of the lease. */
    ofCurrentToken: ({ context, event }: Scope) => event.fencingToken === context.fencingToken,
    /** The adopter saw the newest token (NL5). */
    followsCurrentToken: ({ context, event }: Scope) => {
      assertEvent(event, "lease.adopted");
      return event.previousToken === context.fencingToken;
    },
    /** The new token is greater (NL2). */
    raisesToken: ({ context, event }: Scope) => event.fencingToken > context.fencingToken,
    /** The lease is in force at this moment. */
    isLive: (scope: Scope) => standing(scope) === "live",
    /** Its age cannot be told. */
    isDoubtful: (scope: Scope) => standing(scope) === "doubtful",
    /** It may be given to somebody else. */
    isDead: (scope: Scope) => standing(scope) === "dead",
    /** Its last beat is older than its TTL. */
    isExpired: ({ context, event }: Scope) => isExpired(context, event.at, age),
    /** Something shows that its holder is gone. */
    holderGone: ({ context, event }: Scope) => {
      assertEvent(event, "lease.adopted");
      return goneBy(context, event.at, event.holderGone) !== null;
    },
    /** Somebody decided it without evidence. */
    forced: ({ event }: Scope) => {
      assertEvent(event, "lease.adopted");
      return event.forced;
    },
    /** The age of the doubt cannot be told either. */
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

/** The XState chart of one lane lease, for pictures and the agreement law; decisions use its compiled form. */
export type LaneLeaseMachine = ReturnType<typeof createLaneLeaseMachine>;
