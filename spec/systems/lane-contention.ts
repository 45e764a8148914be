/**
 * Principals that contend for overlapping lanes over one journal, decided by the real decisions and folded by the
 * real fold.
 *
 * Two principals and two lanes suffice: every law but NL9 speaks of one lease and one rival, and a third waits like
 * a second (`queue` has three at default bounds). Tokens are bounded, which bounds the log: so many grants,
 * adoptions and places in the queue. Every mutant is caught with the tokens of the small bounds. Ages saturate one
 * past the TTL.
 *
 * Faults: a principal crashes between any two steps, or pauses for any time; answers arrive late; beats arrive after
 * the TTL; strangers beat and release, and so does who kept a secret; two adopters meet, with evidence or by force
 * (`adoption`); the wall clock is set forward past a TTL and back (`pace`); the host reboots twice (`reboot`); the log
 * is compacted at any time. Not modelled: crashes of the journal itself, torn and lost writes (the append is atomic
 * and conditional here, see `journal-crash`); a monotonic clock that runs backwards; ends of leases, former holders
 * and notes, which only word an answer; the deadline of a place in the queue.
 */
import { type BuildOptions, type Model, type System, canonize } from "../kernel/index.js";
import * as actions from "./lane-contention-actions.js";
import * as world from "./lane-contention-world.js";
import { type LogVariant, createLog } from "./lane-contention-log.js";
import {
  type ContentionParameters,
  type ContentionState,
  contentionParameters,
  contentionPolicy,
  contentionSchema,
  emptyRegistry,
  idlePrincipal,
} from "./lane-contention-state.js";
import { indices } from "./worker-plane-members.js";

/** Broken parts; absent ones are the right ones. */
export interface ContentionVariant {
  readonly log?: LogVariant;
  readonly host?: Partial<actions.Host>;
}

const defaults = contentionParameters.parse({});
const adoption: ContentionParameters = {
  ...defaults,
  lanes: "process",
  beats: false,
  adopts: true,
  forces: true,
  strangers: true,
};
const reboot: ContentionParameters = {
  ...defaults,
  principals: 1,
  lanes: "detached",
  tokens: 2,
  beats: false,
  strangers: true,
  reboots: 2,
};
const pace: ContentionParameters = {
  ...defaults,
  principals: 1,
  lanes: "detached",
  ttl: 4,
  coalesces: true,
  wallSteps: true,
  tokens: 2,
};
const queue: ContentionParameters = {
  ...defaults,
  lanes: "process",
  ticks: false,
  beats: false,
  waits: true,
  tokens: 4,
};

export const laneContention: System<
  ContentionParameters,
  ContentionVariant,
  ContentionState,
  actions.WriteEffect
> = {
  name: "lane-contention",
  title: "Principals contend for overlapping lanes, crash, pause and take over",
  parameters: contentionParameters,
  configurations: [
    {
      name: "",
      purpose: "two principals, a lane of a process and a detached one",
      bounds: {
        small: { ...defaults, tokens: 2, beats: false },
        default: defaults,
        deep: { ...defaults, principals: 3, ttl: 3, adopts: true },
      },
    },
    {
      name: "adoption",
      purpose: "adoption with evidence, and by force from a holder that still runs; strangers call",
      bounds: {
        small: { ...adoption, forces: false },
        default: { ...adoption, tokens: 4 },
        deep: { ...adoption, lanes: "both", beats: true, tokens: 4, ttl: 3 },
      },
    },
    {
      name: "reboot",
      purpose: "a host that reboots, and a secret that was kept over it",
      bounds: {
        small: reboot,
        default: { ...reboot, principals: 2, lanes: "both" },
        deep: { ...reboot, principals: 2, lanes: "both", tokens: 3, ttl: 3, beats: true },
      },
    },
    {
      name: "pace",
      purpose: "beats that may be elided, and a wall clock that is set forward and back",
      bounds: {
        small: pace,
        default: { ...pace, principals: 2 },
        deep: { ...pace, principals: 2, lanes: "both", ttl: 6 },
      },
    },
    {
      name: "queue",
      purpose: "principals that wait for one lane of processes",
      bounds: {
        small: queue,
        default: { ...queue, principals: 3, tokens: 5 },
        deep: { ...queue, principals: 3, tokens: 5, ticks: true },
      },
    },
  ],
  build,
};

function build(
  parameters: ContentionParameters,
  variant: ContentionVariant = {},
  options: BuildOptions = {},
): Model<ContentionState, actions.WriteEffect> {
  const log = createLog(parameters, variant.log ?? {}, options);
  const arena: actions.Arena = { parameters, log, host: { ...actions.rightHost, ...variant.host } };
  const initial: ContentionState = {
    registry: canonize({ ...emptyRegistry }),
    principals: indices(parameters.principals).map(() => canonize({ ...idlePrincipal })),
    world: canonize({ given: 0, grants: 0, skew: 0, reboots: 0 }),
    policy: canonize(contentionPolicy(parameters)),
  };
  const families = [
    actions.ask,
    actions.askToAdopt,
    actions.append,
    actions.hear,
    actions.beat,
    actions.stop,
    actions.release,
    actions.call,
    actions.write,
    world.crash,
    world.sweep,
    world.compact,
    world.stepWall,
    world.reboot,
    world.tick,
  ];
  return {
    name: laneContention.name,
    parameters,
    schema: contentionSchema(parameters),
    initial: [initial],
    actions: families.map((family) => family(arena)),
    machines: [log.machine],
  };
}
