/**
 * One open state directory: decisions under the journal's lock, with the evidence of which processes live.
 *
 * A number that a decision gives to this process, a token or a ticket, is locked before the record is written: who
 * reads the record can rely on the byte. Nothing is decided here.
 */
import {
  type LaneCommand,
  type LaneDecision,
  type LaneEvidenceSet,
  type LaneOutcomes,
  type LaneState,
  decide,
  writtenGrant,
} from "../../spec/lane-lease/index.js";
import type { LaneEvent, LaneLost, Stamp } from "../../spec/vocabulary/lane.js";
import type { Clock, Journal, JournalEvent, JsonObject, Reading } from "../journal/index.js";
import { LeaseError, type LeaseOperation } from "./errors.js";
import { type Holders, probing } from "./holders.js";
import { leaseErrorOf } from "./journal-error.js";

type CommandOf<T extends LaneCommand["type"]> = Extract<LaneCommand, { readonly type: T }>;

export interface Engine {
  readonly clock: Clock;
  readonly journal: Journal<LaneState>;
  /** Null: who lives is not known, and nobody counts as gone. */
  readonly holders: Holders | null;
  /** Decides and records. `decided` hears what was decided before it is known whether it is recorded. */
  run<T extends LaneCommand["type"]>(
    operation: LeaseOperation,
    command: CommandOf<T>,
    decided?: (outcome: LaneOutcomes[T]) => void,
  ): Promise<LaneOutcomes[T]>;
  /** Reads what is stored, without the lock, and answers from it before anything else happens. */
  look<R>(
    operation: LeaseOperation,
    answer: (reading: Reading<LaneState>, now: Stamp, evidence: LaneEvidenceSet) => R,
  ): Promise<R>;
  /** Takes the byte of a lease's number again; false when somebody else has it. */
  reclaim(leaseId: string, number: number): boolean;
}

export function engineOf(journal: Journal<LaneState>, clock: Clock, holders: Holders | null): Engine {
  /** Leases attached to this process, with the number whose byte is held for each. */
  const attached = new Map<string, number>();
  const evidenceOf = evidenceFor(holders);
  const detach = (leaseId: string): void => {
    const number = attached.get(leaseId);
    if (number === undefined) return;
    attached.delete(leaseId);
    holders?.free(number);
  };
  return {
    clock,
    journal,
    holders,
    async run<T extends LaneCommand["type"]>(
      operation: LeaseOperation,
      command: CommandOf<T>,
      decided?: (outcome: LaneOutcomes[T]) => void,
    ) {
      const claim = command.type === "acquire" || command.type === "adopt" ? new Claim(holders) : null;
      try {
        const { outcome, events } = await journal.transact((state, { now }) => {
          const decision = decide<T>(state, command, now, evidenceOf(state));
          claim?.take(operation, numberGiven(state, decision.events));
          decided?.(decision.outcome);
          return recorded(decision);
        });
        for (const event of events) keepBooks(event, attached, detach, claim?.number ?? null);
        if ("leaseId" in command && isOver(outcome)) detach(command.leaseId);
        return outcome;
      } catch (error) {
        claim?.giveBack();
        throw leaseErrorOf(operation, error);
      }
    },
    async look(operation, answer) {
      try {
        const reading = await journal.read();
        return answer(reading, clock.now(), evidenceOf(reading.state));
      } catch (error) {
        throw leaseErrorOf(operation, error);
      }
    },
    reclaim: (leaseId, number) => {
      if (holders?.take(number) !== true) return false;
      attached.set(leaseId, number);
      return true;
    },
  };
}

function recorded<T extends LaneCommand["type"]>({ outcome, events, durability }: LaneDecision<T>) {
  return { events: events.map(written), durability, result: { outcome, events } };
}

function written(event: LaneEvent): JournalEvent {
  if (event.type !== "lane.granted") return event;
  return { type: event.type, data: writtenGrant(event.data) as JsonObject };
}

/** Only numbers that a process stands behind are probed: nobody ever holds the byte of a detached lease. */
export function isProbed(state: LaneState, number: number): boolean {
  const entry = state.byToken.get(number);
  return entry === undefined || entry.record.attachment === "process";
}

/** One object for all decisions of a handle: it is made for none of them, and beats are many. */
function evidenceFor(holders: Holders | null): (state: LaneState) => LaneEvidenceSet {
  let current: LaneState | null = null;
  const probes = probing(
    (number) => current !== null && isProbed(current, number) && holders?.isGone(number) === true,
  );
  return (state) => {
    current = state;
    probes.forget();
    return probes.evidence;
  };
}

/** The number this decision gives to the process that asked; null when it gives none that needs a process. */
function numberGiven(state: LaneState, events: readonly LaneEvent[]): number | null {
  for (const { type, data } of events) {
    if (type === "lane.waiting") return data.ticket;
    if (type === "lane.granted") return data.attachment === "process" ? data.fencingToken : null;
    if (type === "lane.adopted") {
      return state.leases.get(data.leaseId)?.terms.attachment === "process" ? data.fencingToken : null;
    }
  }
  return null;
}

/** The byte that one call holds until its record is written. */
class Claim {
  number: number | null = null;
  readonly #holders: Holders | null;

  constructor(holders: Holders | null) {
    this.#holders = holders;
  }

  giveBack(): void {
    if (this.number !== null) this.#holders?.free(this.number);
    this.number = null;
  }

  take(operation: LeaseOperation, given: number | null): void {
    this.giveBack();
    if (given === null) return;
    if (this.#holders?.take(given) !== true) {
      const found = `byte ${given} of the file of holders is locked by a process that was not given it. Try again.`;
      throw new LeaseError(operation, { code: "lease/busy", found });
    }
    this.number = given;
  }
}

/** What a record of this process says about its own bytes. */
function keepBooks(
  { type, data }: LaneEvent,
  attached: Map<string, number>,
  detach: (leaseId: string) => void,
  claimed: number | null,
): void {
  if (type === "lane.released" || type === "lane.scavenged") detach(data.leaseId);
  if (type !== "lane.granted" && type !== "lane.adopted") return;
  detach(data.leaseId);
  if (claimed !== null) attached.set(data.leaseId, claimed);
}

/** The lease is over, and its holder said so: a stranger's word, or that of a former holder, ends nothing. */
function isOver(outcome: { readonly outcome: string; readonly reason?: LaneLost }): boolean {
  if (outcome.outcome !== "lost") return false;
  return ["expired", "released", "scavenged"].includes(outcome.reason ?? "");
}
