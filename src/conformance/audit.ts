/**
 * Judges a recorded log by the history checks of the laws, event by event, in the memory of one fold.
 *
 * What is judged is what the log says: a log that begins with a checkpoint is judged from there on. No law is
 * written here. Damaged lines are reported beside the breaches and are never judged.
 */
import { basename, dirname, resolve } from "node:path";

import { type HistoryCheck, type HistoryEvent, type HistoryPlace, type Law, laws as allLaws } from "../../laws/index.js";
import type { ScanSink } from "../journal/chain.js";
import { type Damage, JournalError, nodeDisk } from "../journal/index.js";
import { eventsOf } from "../journal/record.js";
import { openLog, siteOf } from "../journal/site.js";
import { scanAll } from "../journal/verify.js";
import { LogFile } from "../journal/view.js";

/** Breaches that are kept in full; more are only counted. */
export const auditBreachesMax = 100;

/** An event that a law says must not stand where it stands. */
export interface AuditBreach {
  readonly law: string;
  /** The record, and its event. */
  readonly seq: number;
  readonly type: string;
  readonly reason: string;
  /** The record it contradicts; null when that one is not kept, or there is none. */
  readonly earlier: number | null;
}

/** What the laws say of a recorded log. */
export interface Audit {
  readonly records: number;
  readonly events: number;
  /** `seq` that a checkpoint answers for: what stands before it cannot be judged. */
  readonly from: number;
  /** By law: how often it had something to say. */
  readonly judged: Readonly<Record<string, number>>;
  /** The first ones. */
  readonly breaches: readonly AuditBreach[];
  readonly breachCount: number;
  readonly damage: readonly Damage[];
}

/** One record after another in; what was found out. */
export interface Auditor {
  /** What a compaction left of the records before. `fold` names whose state it is. */
  checkpoint(fold: string, state: unknown, seq: number): void;
  /** Judges the events of the next record, then folds them. */
  record(events: readonly HistoryEvent[], place: HistoryPlace): void;
  readonly audit: Omit<Audit, "damage">;
}

interface Question {
  readonly law: string;
  readonly check: HistoryCheck;
}

interface Group {
  readonly fold: HistoryCheck["fold"];
  readonly questions: readonly Question[];
  state: unknown;
}

/** `laws` without history checks are not asked. */
export function createAuditor(laws: readonly Law[] = allLaws): Auditor {
  const groups = groupsOf(laws);
  const judged = new Map(groups.flatMap(({ questions }) => questions.map(({ law }) => [law, 0])));
  const breaches: AuditBreach[] = [];
  let [records, events, from, breachCount] = [0, 0, 0, 0];
  const ask = ({ state, questions }: Group, event: HistoryEvent, place: HistoryPlace): void => {
    for (const { law, check } of questions) {
      if (check.witness(state, event)) judged.set(law, (judged.get(law) ?? 0) + 1);
      const breach = check.breach(state, event, place);
      if (breach === null) continue;
      breachCount += 1;
      if (breaches.length < auditBreachesMax) breaches.push({ law, seq: place.seq, type: event.type, ...breach });
    }
  };
  return {
    checkpoint: (fold, state, seq) => {
      from = seq;
      for (const group of groups) if (group.fold.name === fold) group.state = group.fold.restore(state);
    },
    record: (all, place) => {
      records += 1;
      for (const event of all) {
        events += 1;
        for (const group of groups) {
          ask(group, event, place);
          group.state = group.fold.apply(group.state, event, place);
        }
      }
    },
    get audit() {
      return { records, events, from, judged: Object.fromEntries(judged), breaches, breachCount };
    },
  };
}

/** Checks that share a fold share its state. */
function groupsOf(laws: readonly Law[]): readonly Group[] {
  const groups = new Map<HistoryCheck["fold"], Question[]>();
  for (const law of laws) {
    for (const check of law.history ?? []) {
      const questions = groups.get(check.fold) ?? [];
      groups.set(check.fold, [...questions, { law: law.id, check }]);
    }
  }
  return [...groups].map(([fold, questions]) => ({ fold, questions, state: fold.initial() }));
}

/**
 * Judges the log in a file: a journal of this package, in its directory or exported from it. Rejects with a
 * `JournalError` when there is no such file or it cannot be read.
 */
export async function auditFile(path: string, laws: readonly Law[] = allLaws): Promise<Audit> {
  const { site, name } = siteOfFile(path);
  const auditor = createAuditor(laws);
  const opened = new LogFile(site, openLog(site, "read"));
  try {
    const { damage } = await scanAll(site, opened, sinkOf(auditor));
    return { ...auditor.audit, damage };
  } catch (error) {
    if (error instanceof JournalError) throw error;
    throw new Error(`${name}: its checkpoint cannot be read`, { cause: error });
  } finally {
    opened.done();
  }
}

/** The file under its own name, wherever it is: nothing is written, so any directory will do. */
function siteOfFile(path: string) {
  const file = resolve(path);
  const name = basename(file);
  const site = { ...siteOf(nodeDisk(), dirname(file)), name, log: file };
  return { site, name };
}

function sinkOf(auditor: Auditor): ScanSink {
  return {
    header: ({ fold, state, seq }) => {
      // The first file of a journal begins with a checkpoint of nothing.
      if (seq > 0) auditor.checkpoint(fold, state, seq);
    },
    kept: () => undefined,
    record: ({ type, data, seq, at }) => auditor.record(eventsOf(type, data), { seq, at }),
  };
}
