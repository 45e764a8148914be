/** Replayed scenarios as text: one line each, and the differences of those that do not match. */
import type { Replay } from "../../spec/run/index.js";
import type { Page } from "./counterexample.js";
import { counted } from "./numbers.js";
import { wrap } from "./text.js";

export function scenariosText(replays: readonly Replay[], { paint, width }: Page): string {
  const longest = Math.max(0, ...replays.map(({ id }) => id.length));
  const lines = replays.flatMap(({ id, commits, final, matches, differences }) => {
    const end = final.reason === null ? final.status : `${final.status}(${final.reason})`;
    const word =
      matches === null
        ? paint.dim("expects nothing")
        : matches
          ? paint.good("matches")
          : paint.bad("differs");
    return [
      `${id.padEnd(longest)}  ${word}  ${counted(commits.length, "commit")}, ends ${end}`,
      ...differences.flatMap((difference) => wrap(difference, "    ", width)),
    ];
  });
  const stated = replays.filter(({ matches }) => matches !== null);
  const matching = stated.filter(({ matches }) => matches === true);
  const silent = replays.length - stated.length;
  const rest = silent === 0 ? "" : `, ${silent} expect nothing`;
  const ink = matching.length === stated.length ? paint.good : paint.bad;
  return [
    ...lines,
    ink(`${matching.length} of ${counted(stated.length, "scenario")} match${rest}`),
    "",
  ].join("\n");
}

export function scenariosJson(replays: readonly Replay[]) {
  return {
    scenarios: replays.map(({ id, commits, effects, final, matches }) => ({
      id,
      commits,
      effects,
      final,
      matches,
    })),
  };
}
