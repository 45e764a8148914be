/**
 * The port to pull requests, and whose they are.
 *
 * A pull request belongs to a run when its head is the run's branch, in the run's own repository (L12). Only
 * `ownedPullRequest` says so, and only what it returns can become part of an observation: an implementation's
 * own filter is not trusted.
 */
import type { PrOutcome } from "../../spec/vocabulary/observation.js";
import type { Invisible } from "./failure.js";

/** `unknown` is what nobody could look up; what was looked up has an outcome. */
export type KnownOutcome = Exclude<PrOutcome, "unknown">;

/** A pull request as its host shows it. */
export interface PullRequest {
  readonly url: string;
  readonly outcome: KnownOutcome;
  readonly headBranch: string;
  /** The head lies in another repository: a branch of that name there is another branch. */
  readonly fromFork: boolean;
  /** When it was merged or closed, milliseconds since 1970; null: open, or not known. */
  readonly endedAt: number | null;
}

/** Pull requests that were found, or why none could be looked for. */
export type PullRequestList =
  | { readonly kind: "listed"; readonly pullRequests: readonly PullRequest[] }
  | Invisible;

/** How old an answer may be. */
export interface Freshness {
  /** Milliseconds; 0: looked up now. Evidence needs 0. */
  readonly ageMax: number;
}

/** Pull requests of one repository. What cannot be seen is a value, and never an empty list. */
export interface PullRequests {
  /** Pull requests of the run's repository whose head is called so, newest first. */
  ofBranch(branch: string, freshness: Freshness): Promise<PullRequestList>;
  /** The one at a URL that is known to be the run's; an empty list when there is none. */
  at(url: string, freshness: Freshness): Promise<PullRequestList>;
}

/** What a run is asked about: its branch, and from when on a merged or closed pull request can be its own. */
export interface Ownership {
  readonly branch: string | null;
  /** Milliseconds since 1970. An earlier run on a branch of the same name had its own pull request. */
  readonly notEndedBefore?: number;
}

declare const verified: unique symbol;
/** A pull request whose head was compared with the run's branch. */
export type OwnedPullRequest = PullRequest & { readonly [verified]: true };

/** Null: it is somebody else's (L12). */
export function ownedPullRequest(pullRequest: PullRequest, of: Ownership): OwnedPullRequest | null {
  const { branch, notEndedBefore = -Infinity } = of;
  const own =
    branch !== null &&
    branch !== "" &&
    pullRequest.headBranch === branch &&
    !pullRequest.fromFork &&
    (pullRequest.endedAt ?? Infinity) >= notEndedBefore;
  return own ? (pullRequest as OwnedPullRequest) : null;
}

/** Which of several decides: an open one, else a merged one, else the newest. */
export function deciding(owned: readonly OwnedPullRequest[]): OwnedPullRequest | null {
  const first = (outcome: KnownOutcome) => owned.find((each) => each.outcome === outcome);
  return first("open") ?? first("merged") ?? owned[0] ?? null;
}

/** Those of the list that are the run's own (L12), in the order of the list. */
export function ownedOf(list: readonly PullRequest[], of: Ownership): readonly OwnedPullRequest[] {
  return list.map((each) => ownedPullRequest(each, of)).filter((each) => each !== null);
}

/** For a host without any channel to pull requests: chosen by its operator, never fallen back to. */
export const noPullRequests: PullRequests = {
  ofBranch: () => Promise.resolve({ kind: "listed", pullRequests: [] }),
  at: () => Promise.resolve({ kind: "listed", pullRequests: [] }),
};

/** URLs looked for in one pane, and the length of one. */
const urlsMax = 20;
const urlLengthMax = 500;

/** Pull request URLs that a text names, last first, each once. Whose they are is not said by that. */
export function pullRequestUrls(text: string): readonly string[] {
  const pattern = /https:\/\/[\w.-]+(?::\d+)?\/[\w./-]*?(?:\/pull\/|\/-\/merge_requests\/)\d+(?![\w-])/g;
  const found = text.match(pattern) ?? [];
  const short = found.filter((url) => url.length <= urlLengthMax).toReversed();
  return [...new Set(short)].slice(0, urlsMax);
}

/** Time as the cache needs it. */
export interface MonotonicClock {
  /** Now, in milliseconds since a moment that is fixed for this boot. */
  now(): { readonly monotonicMs: number };
}

/** Answers that are kept at most; the oldest leaves first. */
const answersMax = 500;

/**
 * Remembers answers, so that a tick does not become a call to a server. What could not be seen is not
 * remembered. `ageMax` 0 always asks.
 */
export function cachedPullRequests(port: PullRequests, clock: MonotonicClock): PullRequests {
  const answers = new Map<string, { readonly at: number; readonly list: PullRequestList }>();
  const remembered =
    (kind: string, ask: PullRequests["at"]): PullRequests["at"] =>
    async (what, freshness) => {
      const key = `${kind} ${what}`;
      const known = answers.get(key);
      const askedAt = clock.now().monotonicMs;
      if (known !== undefined && askedAt - known.at < freshness.ageMax) return known.list;
      const list = await ask(what, freshness);
      answers.delete(key);
      // Dated by the question: the answer may have been old when it came.
      if (list.kind === "listed") answers.set(key, { at: askedAt, list });
      const [oldest] = answers.keys();
      if (answers.size > answersMax && oldest !== undefined) answers.delete(oldest);
      return list;
    };
  return { ofBranch: remembered("branch", port.ofBranch), at: remembered("url", port.at) };
}
