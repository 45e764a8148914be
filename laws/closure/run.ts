/** What closes the laws of runs. */
import { type Amendment, type Closure, type Judging, asks, by, test, where } from "./closed-by.js";

const chart = "spec/run/run.machine.ts";
const guards = "spec/run/guards.ts";
const commitPoint = "src/run/commit-point.ts";
const store = "test/run-store.test.ts";
const crash = "test/run-crash.test.ts";
const audit = "test/audit-runs.test.ts";
const gathering = "test/gather-observe.test.ts";
const ownPr = "names the run's own pull request";

const commands = asks(
  "test/model/run-host-commands.test.ts",
  "Commands on the run host",
  "random commands, with killed processes, failing disks and power cuts",
);

/** By the law itself, after every action of `run-monitor`. */
const inItsWorld = asks(
  "test/conformance-run-monitor.test.ts",
  "each of the twenty-three laws",
  "on the commit point in the world of `run-monitor`, by the law itself",
);
/** L8, L15 and L16 are those of `run-host`. */
const inProcesses = asks("test/conformance.test.ts", "our run host", "on processes that commit, tick and are killed");

/** By the law itself as well, wherever a configuration of `run-monitor` has a story for the path. */
const paths = asks("test/paths.test.ts", "CommitPointPaths", "covering paths of the machine, on the commit point over a journal");
/** The same, for the laws of `run-host`. */
const verdicts = asks("test/paths.test.ts", "as scripts of run-host", "paths of verdicts, on processes of the run host");

const likeTheMachine: readonly Judging[] = [inItsWorld, paths, commands];

const scripted = asks("test/scenarios/run.json", '"scenarios"', "scripted runs whose origin it is, replayed");

/** What a decision means is no question of who writes what. */
const noWriter = "a claim about decisions, not about who writes";

const added = (because: string): Amendment => ({ from: "no law of its own", to: "a law beyond the catalogue", because });

export const runClosures: Readonly<Record<string, Closure>> = {
  L1a: {
    defended: [where(chart, "The view has the asserted pair already", "a pair that the view has is not set again")],
    judgedBy: likeTheMachine,
    surface: noWriter,
  },
  L1b: {
    defended: [where(chart, "function keeps", "a pane that would set the same status again is only remembered")],
    judgedBy: likeTheMachine,
    surface: noWriter,
  },
  L2: {
    defended: [where(chart, '"prDecides"', "evidence asks for the pull request before it asks for anything else")],
    judgedBy: likeTheMachine,
    surface: noWriter,
  },
  L3: {
    defended: [by(guards, "`insideGrace` reads the time of the observation, not a clock")],
    judgedBy: [...likeTheMachine, scripted],
    surface: noWriter,
    amended: [
      {
        from: "L3: a never-alive run gets no `unknown` or `failed` from absence inside the grace",
        to: "L3′: and after it, standing dead evidence concludes `unknown(never_alive)`, whoever observes",
        because: "the first half alone allows a run whose host never came up to stay without a verdict for ever",
      },
    ],
  },
  L4: {
    defended: [by("spec/vocabulary/status.ts", "`canTransition` lets nobody but a user leave a terminal status")],
    judgedBy: [inItsWorld, paths, test(audit), test(store), commands],
    surface: ["WS1"],
  },
  L5: {
    defended: [where(guards, "streakReached", "evidence decides only while the streak that asked for it stands")],
    judgedBy: likeTheMachine,
    surface: noWriter,
  },
  L6: {
    defended: [by(guards, "`confirmed` counts equal readings in a row")],
    judgedBy: [...likeTheMachine, scripted, test("test/host-actions.test.ts")],
    surface: noWriter,
  },
  L7: {
    defended: [
      by(commitPoint, "what is remembered of runs is lost with the process"),
      where("spec/run/record.ts", "The record after a restart", "the folds of the log are kept"),
    ],
    judgedBy: [...likeTheMachine, scripted],
    surface: noWriter,
    amended: [
      {
        from: "L7: a restart changes no verdict, it only delays some",
        to: "L7: or softens one, as L7s allows",
        because: "an observer that starts anew has seen nobody alive and cannot attest, so that the law was false as it stood",
      },
    ],
  },
  L7s: {
    defended: [where(guards, "attested", "who has not seen the run alive since it started attests nothing")],
    judgedBy: [
      ...likeTheMachine,
      asks(gathering, "a monitor that was started anew is another observer", "with a real monitor, started twice"),
    ],
    surface: noWriter,
    amended: [
      {
        from: "L7′: a restart turns `failed` at most into `unknown(observer_unverified)`",
        to: "L7s: the same of every verdict of absence",
        because: "`done` of an agent that exits when done and `session_lost` rest on attestation as well",
      },
    ],
  },
  L7f: {
    defended: [by("spec/run/fold.ts", "the fold reads effects only, without the machine")],
    judgedBy: [test("test/run-fold.test.ts"), test(store)],
    surface: noWriter,
  },
  L8: {
    defended: [
      by(commitPoint, "listeners are called once for each change, after the append"),
      by("src/run/listeners.ts", "each committed change is told to each listener once"),
    ],
    judgedBy: [inProcesses, verdicts, test(crash), test(store), commands],
    surface: ["WS1"],
  },
  L9: {
    defended: [where(chart, "launchFailed", "the error is an effect before the status, which always has a reason")],
    judgedBy: [...likeTheMachine, scripted],
    surface: noWriter,
  },
  L10a: {
    defended: [by(guards, "`confirmed` counts equal readings in a row")],
    judgedBy: likeTheMachine,
    surface: noWriter,
  },
  L10b: {
    defended: [by("spec/run/reading.ts", "kinds of reading in one order, strongest first")],
    judgedBy: [...likeTheMachine, scripted],
    surface: noWriter,
  },
  L10c: {
    defended: [where("spec/run/reading.ts", "two gates of different kinds", "they are two readings, each confirmed")],
    judgedBy: likeTheMachine,
    surface: noWriter,
  },
  L11a: {
    defended: [by("spec/run/streaks.ts", "reports are counted for each observer apart")],
    judgedBy: [...likeTheMachine, scripted],
    surface: noWriter,
  },
  L11b: {
    defended: [by(guards, "`attested` compares the observer with the one that last saw the run alive")],
    judgedBy: [
      ...likeTheMachine,
      asks(gathering, "three sights of absence by the observer that saw it alive", "with a real monitor"),
    ],
    surface: noWriter,
  },
  L11c: {
    defended: [where(chart, '"observer_unverified"', "evidence of anybody else ends here")],
    judgedBy: [
      ...likeTheMachine,
      asks(gathering, "a monitor that was started anew is another observer", "with a real monitor, started twice"),
    ],
    surface: noWriter,
  },
  L11d: {
    defended: [
      by("src/gather/tmux.ts", "absence is classified where the answer is read"),
      by("src/gather/sessions.ts", "identity and class travel as data"),
      by("src/run/gatherer.ts", "the port asks for both"),
    ],
    judgedBy: [
      asks(gathering, "gone with its class, by the observer that looked", "answers of tmux, as a gatherer reads them"),
      asks(gathering, "another one for each start and each channel", "ids of observers"),
    ],
    surface: "a claim about what travels between hosts, not about who writes",
  },
  L12: {
    defended: [
      by("src/gather/pull-requests.ts", "a pull request of another branch or repository is nobody's"),
      by("src/gather/observe.ts", "only the run's own becomes part of an observation"),
    ],
    judgedBy: [inItsWorld, paths, test(audit), asks(gathering, ownPr, "foreign ones are looked up as well"), test("test/gather-pull-requests.test.ts")],
    surface: noWriter,
  },
  L13: {
    defended: [where("spec/run/streaks.ts", "observersMax", "streaks of several observers grow side by side")],
    judgedBy: likeTheMachine,
    surface: noWriter,
    amended: [
      {
        from: "I7, an invariant: a gone session eventually gets a verdict",
        to: "L13: within 2 × observers + 1 reports, however the observers take turns",
        because: "“eventually” has no counterexample of finite length, and with one streak for all two observers that take turns starve it",
      },
    ],
  },
  L14: {
    defended: [by(guards, "`assertedReason` gives a reason to `unknown` and `failed` that come without")],
    judgedBy: [inItsWorld, paths, test(audit), test("test/run-table.test.ts")],
    surface: ["WS7"],
  },
  L15: {
    defended: [
      by(commitPoint, "the effects of one observation are one record"),
      by("src/run/store.ts", "an append is decided and written under the journal's lock"),
      by("spec/run/audit.ts", "a recorded commit is compared with what the machine decides"),
    ],
    judgedBy: [inProcesses, verdicts, test(crash), test(audit), test(store), commands],
    surface: ["WS1", "WS4"],
  },
  L16: {
    defended: [
      by("src/run/monitor.ts", "every tick goes over every run that has not ended"),
      by("src/gather/pacing.ts", "captures are paced, the question whether a session is alive is not"),
    ],
    judgedBy: [inProcesses, verdicts, test("test/run-monitor-loop.test.ts"), commands],
    surface: "a claim about what is read, not about who writes",
    amended: [
      {
        from: "I6, an invariant: every non-terminal run is eventually observed, queued ones included",
        to: "L16: every non-terminal run is observed in every tick",
        because: "a tick is a bound; “eventually” has no counterexample of finite length",
      },
    ],
  },
  L17: {
    defended: [where("spec/run/step.ts", "Total and pure", "no argument says on which host the observer is")],
    judgedBy: likeTheMachine,
    surface: noWriter,
    amended: [added("difference 1 of the run page, that local and remote verdicts are one function")],
  },
  L18: {
    defended: [where(guards, "treeInvisible", "a work tree that could not be looked at is not taken for a clean one")],
    judgedBy: [
      ...likeTheMachine,
      asks(gathering, "blindness decides nothing, however long it lasts", "with a real monitor"),
    ],
    surface: noWriter,
    amended: [added("difference 3 of the run page, that a work tree nobody can see is not clean")],
  },
  L19: {
    defended: [where(guards, "answersAbsence", "being seen alive is asked for every reason that speaks of absence")],
    judgedBy: likeTheMachine,
    surface: noWriter,
    amended: [added("difference 7 of the run page, that being seen alive answers absence")],
  },
  L20: {
    defended: [
      by("src/run/store.ts", "the transaction that appends a commit compares its token with the one raised last"),
      by("src/host/monitor.ts", "a token is raised in place of another one only by who has the lease, shown by its secret"),
      by("src/host/monitor.ts", "before a key, the end of a session, a run's lease, an issue the log is asked for its fence"),
    ],
    judgedBy: [
      asks("test/conformance.test.ts", "our run host", "on monitors that take over from one another"),
      asks(store, "is asked within the append", "wherever a monitor is in its commit when the next one begins"),
      asks("test/host-monitor.test.ts", "asks the log before each effect", "monitors that are suspended in front of an effect"),
      asks("test/host-monitor.test.ts", "before it raised its token stays out", "monitors that are suspended before they begin"),
      test(audit),
      commands,
    ],
    surface: "a claim about whose word counts, not about who writes",
    limits: [
      "A monitor that is suspended between its look at the fence and the effect carries that effect out when it wakes up, " +
        "though another one may have done so since. No log can refuse a key or a signal. The effect is not recorded a second time. " +
        "The end of a session and the signal to a process that outlives it are one effect: a monitor that is killed between " +
        "them leaves that process behind, and its successor records the run as canceled.",
      "Leases of runs are beaten without a look at the fence: a beat of a late monitor keeps what its successor would keep.",
      "Leases of runs that ran out are taken again side by side: there, each one that was checked before goes on. " +
        "They have tokens of their own (NL2).",
      "Where the journal of leases was replaced, a monitor of before that wakes up before it raised its token may supersede " +
        "the newer one. Both end then, and one has to be started; nothing is recorded by the two in turns.",
      "A commit without a token passes: it is a person's, or that of a host that runs one monitor for good.",
    ],
    amended: [added("two monitors of one log were kept apart by tests alone")],
  },
};
