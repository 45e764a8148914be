/** State, parameters and schema of `lane-contention`. */
import { z } from "zod";

import { type LaneAttachment, laneRenewDeadlineMsOf } from "../vocabulary/lane.js";

/** A lease as the log has it. Ages are ticks; they saturate one past the TTL. */
export interface RegistryLease {
  /** Number of the grant: its identity. */
  readonly id: number;
  readonly token: number;
  readonly lane: number;
  readonly holder: number;
  /** Since the last beat in the log. */
  readonly age: number;
  /** The last beat was before the last reboot. */
  readonly otherBoot: boolean;
  /** How far the wall clock was ahead when it was made. */
  readonly skew: number;
  /** Since its age became unknown; null: it did not. */
  readonly doubtAge: number | null;
  /** That was before the last reboot, so that this age is unknown as well. */
  readonly doubtOtherBoot: boolean;
}

/** A place in the queue, as the log has it. */
export interface RegistryWaiter {
  readonly principal: number;
  readonly ticket: number;
  readonly lane: number;
  /** It came with an earlier boot. */
  readonly otherBoot: boolean;
}

/** What the log adds up to. One component: what is decided on it is computed once. */
export interface Registry {
  /** The highest token given. */
  readonly mark: number;
  /** By id. */
  readonly leases: readonly RegistryLease[];
  /** First come first. */
  readonly waiters: readonly RegistryWaiter[];
  /** A record that nobody can read. */
  readonly unreadable: boolean;
}

/**
 * A principal, as far as it goes now: idle; it asked for a lane or for the lease of another; it has the answer
 * and did not look yet (`granted`); it holds.
 */
export interface Principal {
  readonly phase: "idle" | "acquiring" | "adopting" | "granted" | "holding";
  /** The lane that it asks for or holds. */
  readonly lane: number | null;
  /** Of its lease, or of its place in the queue; the byte of this number is held by its process. */
  readonly token: number;
  /** Its lease; when adopting, the one it wants. */
  readonly lease: number;
  /** The token that it saw when it decided to adopt. */
  readonly expected: number;
  /** Adopting without evidence. */
  readonly forced: boolean;
  /** Ticks since it sent what it waits for; saturates at the renew deadline. */
  readonly sent: number;
  /** Ticks since its last confirmed beat was sent, as it knows; saturates at the renew deadline. */
  readonly confirmed: number;
  /** A beat under way: sent, answered (with the age of the beat in the log), or answered "lost". */
  readonly beat: "none" | "sent" | "coalescing" | "done" | "lost";
  readonly told: number;
  /** Decided when it asked and not again: only in systems that do not validate again. */
  readonly decided: "grant" | "refuse" | null;
}

/** What is true, whoever knows it. */
export interface World {
  /** The highest token ever given. */
  readonly given: number;
  readonly grants: number;
  /** How far the wall clock is ahead now. */
  readonly skew: number;
  readonly reboots: number;
}

/** Constant. */
export interface ContentionPolicy {
  readonly ttl: number;
  readonly renewDeadline: number;
  readonly lanes: number;
  /** The lane whose leases end with their process; null: there is none. */
  readonly processLane: 0 | null;
}

/** One state of the model: the log, the principals that compete, the clocks, and the limits in force. */
export interface ContentionState {
  readonly registry: Registry;
  readonly principals: readonly Principal[];
  readonly world: World;
  readonly policy: ContentionPolicy;
}

/** Bounds of the model; each switch adds a kind of step, and states with it. */
export const contentionParameters = z.strictObject({
  principals: z.int().min(1).max(3).default(2),
  /** A lane whose leases end with their process, one whose leases are detached, or both, in this order. */
  lanes: z.enum(["process", "detached", "both"]).default("both"),
  ttl: z.int().min(2).max(6).default(2),
  /** Grants, adoptions and places in the queue, all together. */
  tokens: z.int().min(1).max(6).default(3),
  /** Time passes; without it a lease ends by release or with its process. */
  ticks: z.boolean().default(true),
  /** Holders beat. */
  beats: z.boolean().default(true),
  /** Beats may be elided. */
  coalesces: z.boolean().default(false),
  /** Leases are adopted: with evidence, and without. */
  adopts: z.boolean().default(false),
  forces: z.boolean().default(false),
  /** Calls that no holder makes: with a secret that was kept, or without any; and writes to what is guarded. */
  strangers: z.boolean().default(false),
  /** Requests wait in a queue. */
  waits: z.boolean().default(false),
  wallSteps: z.boolean().default(false),
  reboots: z.int().min(0).max(1).default(0),
});
/** Parsed values of `contentionParameters`. */
export type ContentionParameters = z.infer<typeof contentionParameters>;

/** The attachment of each lane. */
export function attachmentsOf({ lanes }: ContentionParameters): readonly LaneAttachment[] {
  return lanes === "both" ? ["process", "detached"] : [lanes];
}

/** Limits in ticks, as the machine and the holders of this model use them. */
export function contentionPolicy(parameters: ContentionParameters): ContentionPolicy {
  const { ttl } = parameters;
  const attachments = attachmentsOf(parameters);
  return {
    ttl,
    renewDeadline: laneRenewDeadlineMsOf(ttl),
    lanes: attachments.length,
    processLane: attachments[0] === "process" ? 0 : null,
  };
}

function registrySchema(parameters: ContentionParameters) {
  const { principals, ttl, tokens, waits, wallSteps, reboots } = parameters;
  const { lanes } = contentionPolicy(parameters);
  const token = z.int().min(0).max(tokens);
  const age = z
    .int()
    .min(0)
    .max(ttl + 1);
  const otherBoot = reboots > 0 ? z.boolean() : z.literal(false);
  const lane = z
    .int()
    .min(0)
    .max(lanes - 1);
  const lease = z.strictObject({
    id: token,
    token,
    lane,
    holder: z
      .int()
      .min(0)
      .max(principals - 1),
    age,
    otherBoot,
    skew: z
      .int()
      .min(0)
      .max(wallSteps ? 1 : 0),
    doubtAge: reboots > 0 ? age.nullable() : z.literal(null),
    doubtOtherBoot: reboots > 1 ? z.boolean() : z.literal(false),
  });
  const principal = z
    .int()
    .min(0)
    .max(principals - 1);
  const waiter = z.strictObject({ principal, ticket: token, lane, otherBoot });
  return z.strictObject({
    mark: token,
    leases: z.array(lease).max(2),
    waiters: z.array(waiter).max(waits ? principals : 0),
    unreadable: z.boolean(),
  });
}

/** Bounds of every field of a state at these parameters. */
export function contentionSchema(parameters: ContentionParameters): z.ZodType<ContentionState> {
  const { principals, ttl, tokens, wallSteps, reboots } = parameters;
  const token = z.int().min(0).max(tokens);
  const { renewDeadline, lanes, processLane } = contentionPolicy(parameters);
  const local = z.int().min(0).max(renewDeadline);
  const principal = z.strictObject({
    phase: z.enum(["idle", "acquiring", "adopting", "granted", "holding"]),
    lane: z
      .int()
      .min(0)
      .max(lanes - 1)
      .nullable(),
    token,
    lease: token,
    expected: token,
    forced: z.boolean(),
    sent: local,
    confirmed: local,
    beat: z.enum(["none", "sent", "coalescing", "done", "lost"]),
    told: z
      .int()
      .min(0)
      .max(ttl + 1),
    decided: z.enum(["grant", "refuse"]).nullable(),
  });
  return z.strictObject({
    registry: registrySchema(parameters),
    principals: z.array(principal).length(principals),
    world: z.strictObject({
      given: token,
      grants: token,
      skew: z
        .int()
        .min(0)
        .max(wallSteps ? 1 : 0),
      reboots: z.int().min(0).max(reboots),
    }),
    policy: z.strictObject({
      ttl: z.literal(ttl),
      renewDeadline: z.literal(renewDeadline),
      lanes: z.literal(lanes),
      processLane: z.literal(processLane),
    }),
  });
}

/** A principal that holds nothing and asks for nothing. */
export const idlePrincipal: Principal = {
  phase: "idle",
  lane: null,
  token: 0,
  lease: 0,
  expected: 0,
  forced: false,
  sent: 0,
  confirmed: 0,
  beat: "none",
  told: 0,
  decided: null,
};

/** The log before its first event. */
export const emptyRegistry: Registry = { mark: 0, leases: [], waiters: [], unreadable: false };
