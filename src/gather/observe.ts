/**
 * From what the ports saw to observations of the run vocabulary.
 *
 * Nothing is decided here. What was not seen makes no observation, except that a work tree which cannot be
 * seen is said to be unseen. A pull request becomes part of an observation only when it is the run's own (L12).
 */
import type { Observation, ObserverId, Tree } from "../../spec/vocabulary/observation.js";
import { type Classification, classifyPane } from "./classify.js";
import type { Failure, Invisible } from "./failure.js";
import type { AgentProfile } from "./profile.js";
import {
  type OwnedPullRequest,
  type Ownership,
  type PullRequests,
  deciding,
  ownedOf,
  pullRequestUrls,
} from "./pull-requests.js";
import type { Alive, Gone, SessionRef, Sessions } from "./sessions.js";
import type { WorkTree, WorkTrees } from "./work-tree.js";

type Of<T extends Observation["type"]> = Extract<Observation, { readonly type: T }>;

/** `nothing`: all was seen, and there is nothing to say. */
export type Gathered<O, More = object> =
  | ({ readonly kind: "observed"; readonly observation: O } & More)
  | { readonly kind: "nothing" }
  | Invisible;

/** What a run is asked about, from its record and its log. */
export interface ObservedRun extends Ownership {
  readonly session: SessionRef;
  readonly prUrl: string | null;
  readonly prRecorded: boolean;
  readonly tree: WorkTree | null;
}

/** O2 or O3. */
export async function observeSession(
  sessions: Sessions,
  { session }: Pick<ObservedRun, "session">,
  observer: ObserverId | null,
): Promise<Gathered<Of<"session.alive"> | Of<"session.gone">, { readonly sight: Alive | Gone }>> {
  const sight = await sessions.look(session);
  if (sight.kind === "invisible") return sight;
  const observation =
    sight.kind === "alive"
      ? ({ type: "session.alive", observer } as const)
      : ({ type: "session.gone", observer, class: sight.class } as const);
  return { kind: "observed", observation, sight };
}

/** How a pane is captured and read. */
export interface PaneOptions {
  readonly profile: AgentProfile;
  /** Lines of the pane that are taken. */
  readonly lines: number;
  /** Milliseconds; how old a list of the branch's pull requests may be. */
  readonly ageMax: number;
}

/** `unverified`: a URL was seen, and whose it is could not be looked up. */
export interface PaneReading {
  readonly classification: Classification;
  readonly unverified: Failure | null;
}

/** O4. A session that went away meanwhile says nothing here; it is the next look's to say. */
export async function observePane(
  ports: { readonly sessions: Sessions; readonly pullRequests: PullRequests },
  run: ObservedRun,
  { profile, lines, ageMax }: PaneOptions,
): Promise<Gathered<Of<"pane.captured">, PaneReading>> {
  const pane = await ports.sessions.capture(run.session, lines);
  if (pane.kind === "invisible") return pane;
  if (pane.kind === "gone") return { kind: "nothing" };
  const classification = classifyPane(profile, pane.text);
  const named = await namedPullRequest(ports.pullRequests, run, pane.text, ageMax);
  const verified = named.kind === "own" ? { verifiedPrUrl: named.url } : {};
  return {
    kind: "observed",
    observation: { type: "pane.captured", text: pane.text, signal: classification.signal, ...verified },
    classification,
    unverified: named.kind === "invisible" ? named.failure : null,
  };
}

type Named = { readonly kind: "own"; readonly url: string } | { readonly kind: "none" } | Invisible;

/** A URL in a pane is the run's when the branch's own pull requests have it; nothing is asked about the URL. */
async function namedPullRequest(
  port: PullRequests,
  run: ObservedRun,
  text: string,
  ageMax: number,
): Promise<Named> {
  if (run.prRecorded || !run.branch) return { kind: "none" };
  const urls = new Set(pullRequestUrls(text));
  if (urls.size === 0) return { kind: "none" };
  const list = await port.ofBranch(run.branch, { ageMax });
  if (list.kind === "invisible") return list;
  const own = deciding(ownedOf(list.pullRequests, run).filter(({ url }) => urls.has(url)));
  return own === null ? { kind: "none" } : { kind: "own", url: own.url };
}

type Found = { readonly kind: "found"; readonly pullRequest: OwnedPullRequest | null } | Invisible;

async function ofBranch(port: PullRequests, run: ObservedRun, ageMax: number): Promise<Found> {
  if (!run.branch) return { kind: "found", pullRequest: null };
  const list = await port.ofBranch(run.branch, { ageMax });
  if (list.kind === "invisible") return list;
  return { kind: "found", pullRequest: deciding(ownedOf(list.pullRequests, run)) };
}

/** The recorded one may have ended before this start of the run: it was the run's own then already. */
async function atUrl(port: PullRequests, run: ObservedRun, ageMax: number): Promise<Found> {
  if (run.prUrl === null) return { kind: "found", pullRequest: null };
  const list = await port.at(run.prUrl, { ageMax });
  if (list.kind === "invisible") return list;
  return { kind: "found", pullRequest: deciding(ownedOf(list.pullRequests, { branch: run.branch })) };
}

/** O1: the recorded pull request, else one found by the branch. */
export async function observePullRequest(
  port: PullRequests,
  run: ObservedRun,
  { ageMax }: Pick<PaneOptions, "ageMax">,
): Promise<Gathered<Of<"pr.state">>> {
  const found = run.prUrl === null ? await ofBranch(port, run, ageMax) : await atUrl(port, run, ageMax);
  if (found.kind === "invisible") return found;
  if (found.pullRequest === null) return { kind: "nothing" };
  const { outcome, url } = found.pullRequest;
  return {
    kind: "observed",
    observation:
      run.prUrl === null
        ? { type: "pr.state", outcome, url, discoveredUrl: url }
        : { type: "pr.state", outcome, url: run.prUrl },
  };
}

/**
 * O5, looked up now and never from memory. A failed look-up of a pull request makes no observation; a work
 * tree that was not seen is said to be unseen.
 */
export async function gatherEvidence(
  ports: { readonly pullRequests: PullRequests; readonly workTrees: WorkTrees },
  run: ObservedRun,
  observer: ObserverId | null,
): Promise<Gathered<Of<"evidence.gathered">, { readonly unseenTree: Failure | null }>> {
  const branch = await ofBranch(ports.pullRequests, run, 0);
  if (branch.kind === "invisible") return branch;
  const same = branch.pullRequest !== null && branch.pullRequest.url === run.prUrl;
  const recorded = same ? branch : await atUrl(ports.pullRequests, run, 0);
  if (recorded.kind === "invisible") return recorded;
  const { tree, failure } = await seenTree(ports.workTrees, run);
  const branchPr = branch.pullRequest;
  return {
    kind: "observed",
    observation: {
      type: "evidence.gathered",
      observer,
      branchPr: branchPr === null ? null : { url: branchPr.url, outcome: branchPr.outcome },
      urlPr: recorded.pullRequest === null ? null : { outcome: recorded.pullRequest.outcome },
      tree,
    },
    unseenTree: failure,
  };
}

async function seenTree(
  workTrees: WorkTrees,
  { tree }: ObservedRun,
): Promise<{ readonly tree: Tree | null; readonly failure: Failure | null }> {
  if (tree === null) return { tree: null, failure: null };
  const sight = await workTrees.look(tree);
  if (sight.kind === "invisible") return { tree: null, failure: sight.failure };
  if (sight.kind === "absent") return { tree: null, failure: null };
  return { tree: { ahead: sight.ahead, dirty: sight.dirty }, failure: null };
}
