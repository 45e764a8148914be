/**
 * How an observation travels from the process that made it to the host that commits it.
 *
 * One worker whose process is replaced by a new one, one message on its way, one master that keeps a registry
 * of whom it met last. Incarnations are bounded at three: one that observed, one that registered meanwhile,
 * and one more to interfere.
 *
 * Faults: the worker restarts while its answer is on its way, the master restarts, the message is lost, the
 * worker's words are not English. Not modelled: what becomes of the observation (see `run-monitor`), several
 * workers: identity and class are decided by one.
 */
import { z } from "zod";

import { type ActionFamily, type Model, type System, defineAction } from "../kernel/index.js";

type Class = "session_absent" | "server_absent";

/** What the observing process knows. `said` is its error text, in its own language. */
interface Report {
  readonly observer: number;
  readonly class: Class;
  readonly said: "en" | "de";
}

export interface RelayState {
  /** The worker's process, counted. */
  readonly incarnation: number;
  readonly language: "en" | "de";
  /** The incarnation that the master met last; null after its restart. */
  readonly registered: number | null;
  readonly mail: Report | null;
  /** What the master hands to the run machine, beside what was true when it was observed. */
  readonly delivered: {
    readonly observer: number | null;
    readonly class: Class | "unclassified";
    readonly truth: Report;
  } | null;
}

/** Broken parts for mutants. */
export interface RelayVariant {
  /** The master takes the identity from its registry. */
  readonly identityFromRegistry?: boolean;
  /** The master classifies the error text, which it knows in English. */
  readonly classFromText?: boolean;
}

/** Bounds of the model. */
export const relayParameters = z.strictObject({
  incarnationsMax: z.int().min(2).max(6).default(3),
});
/** Parsed values of `relayParameters`. */
export type RelayParameters = z.infer<typeof relayParameters>;

export const observationRelay: System<RelayParameters, RelayVariant, RelayState> = {
  name: "observation-relay",
  title: "An observation travels from the process that made it to the host that commits it",
  parameters: relayParameters,
  configurations: [
    {
      name: "",
      purpose: "identity and class of an observation",
      bounds: {
        small: { incarnationsMax: 2 },
        default: { incarnationsMax: 3 },
        deep: { incarnationsMax: 6 },
      },
    },
  ],
  build,
};

const action = defineAction<RelayState>();

function build(parameters: RelayParameters, variant: RelayVariant = {}): Model<RelayState> {
  const last = parameters.incarnationsMax - 1;
  return {
    name: observationRelay.name,
    parameters,
    schema: schemaOf(last),
    initial: (["en", "de"] as const).map((language) => ({
      incarnation: 0,
      language,
      registered: null,
      mail: null,
      delivered: null,
    })),
    actions: [register, observe, deliver(variant), lose, settle, restartWorker(last), restartMaster],
    machines: [],
  };
}

function schemaOf(last: number): z.ZodType<RelayState> {
  const incarnation = z.int().min(0).max(last);
  const language = z.enum(["en", "de"]);
  const known = z.enum(["session_absent", "server_absent"]);
  const report = z.strictObject({ observer: incarnation, class: known, said: language });
  return z.strictObject({
    incarnation,
    language,
    registered: incarnation.nullable(),
    mail: report.nullable(),
    delivered: z
      .strictObject({
        observer: incarnation.nullable(),
        class: z.enum(["session_absent", "server_absent", "unclassified"]),
        truth: report,
      })
      .nullable(),
  });
}

const register: ActionFamily<RelayState> = action({
  name: "register",
  over: {},
  next: (state) =>
    state.registered === state.incarnation ? null : { ...state, registered: state.incarnation },
  actors: () => ["worker", "master"],
});

/** The worker looks for its session and does not find it. */
const observe: ActionFamily<RelayState> = action({
  name: "observe",
  over: { class: ["session_absent", "server_absent"] },
  next: (state, args) => {
    if (state.mail !== null || state.delivered !== null) return null;
    return {
      ...state,
      mail: { observer: state.incarnation, class: args.class, said: state.language },
    };
  },
  actors: () => ["worker", "master"],
});

function deliver(variant: RelayVariant): ActionFamily<RelayState> {
  return action({
    name: "deliver",
    over: {},
    next: (state) => {
      const { mail } = state;
      if (mail === null) return null;
      const observer = variant.identityFromRegistry === true ? state.registered : mail.observer;
      const guess = mail.said === "en" ? mail.class : "unclassified";
      const goneClass = variant.classFromText === true ? guess : mail.class;
      return { ...state, mail: null, delivered: { observer, class: goneClass, truth: mail } };
    },
    actors: () => ["master", "run"],
  });
}

const lose: ActionFamily<RelayState> = action({
  name: "lose",
  over: {},
  next: (state) => (state.mail === null ? null : { ...state, mail: null }),
  actors: () => ["worker", "master"],
});

/** The observation was committed; the next one may come. */
const settle: ActionFamily<RelayState> = action({
  name: "settle",
  over: {},
  next: (state) => (state.delivered === null ? null : { ...state, delivered: null }),
  actors: () => ["master", "run"],
});

function restartWorker(last: number): ActionFamily<RelayState> {
  return action({
    name: "restartWorker",
    over: {},
    next: (state) =>
      state.incarnation >= last ? null : { ...state, incarnation: state.incarnation + 1 },
    actors: () => ["worker", "worker"],
  });
}

const restartMaster: ActionFamily<RelayState> = action({
  name: "restartMaster",
  over: {},
  next: (state) => (state.registered === null ? null : { ...state, registered: null }),
  actors: () => ["master", "master"],
});
