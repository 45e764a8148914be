/**
 * An executable that stands in for `gh`: it takes the arguments the real one documents for `pr list`, `pr view`,
 * `issue view`, `issue close` and `--version`, refuses all others, and answers with the JSON fields that were asked for.
 *
 * Its error texts and exit codes are those of the real program (0 done, 1 error, 2 cancelled, 4 not signed in). What
 * it shows is in a file that tests write; it asks no server, so nothing is said here about GitHub's own answers.
 */
import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** A pull request as the real program knows it; more fields than anybody asks for. */
export interface GhPullRequest {
  readonly number: number;
  readonly state: "OPEN" | "MERGED" | "CLOSED";
  readonly headRefName: string;
  readonly isCrossRepository?: boolean;
  readonly owner?: string;
  readonly closedAt?: string;
}

export interface GhWorld {
  readonly pullRequests?: readonly GhPullRequest[];
  readonly issues?: readonly { readonly number: number; readonly state: "OPEN" | "CLOSED"; readonly stateReason: string }[];
  /** Written to standard error and ended with, whatever is asked. */
  readonly fails?: { readonly status: number; readonly errors: string; readonly output?: string };
  /** Never answers. */
  readonly hangs?: true;
}

const script = `
const fs = require("node:fs");
const path = require("node:path");
const here = path.dirname(process.argv[1]);
const world = JSON.parse(fs.readFileSync(path.join(here, "world.json"), "utf8"));
const args = process.argv.slice(2);
fs.appendFileSync(path.join(here, "calls.ndjson"), JSON.stringify({ args, prompt: process.env.GH_PROMPT_DISABLED }) + "\\n");
const fail = (status, errors) => process.stderr.write(errors, () => process.exit(status));
const fields = {
  pr: ["additions", "author", "baseRefName", "closed", "closedAt", "createdAt", "headRefName", "headRefOid", "headRepository",
    "headRepositoryOwner", "id", "isCrossRepository", "isDraft", "mergedAt", "number", "state", "title", "updatedAt", "url"],
  issue: ["author", "body", "closed", "closedAt", "createdAt", "id", "number", "state", "stateReason", "title", "updatedAt", "url"],
};
const [group, verb, ...rest] = args;
const flags = {};
const words = [];
for (let at = 0, open = true; at < rest.length; at += 1) {
  if (open && rest[at] === "--") open = false;
  else if (open && rest[at].startsWith("--")) {
    const [name, value] = rest[at].slice(2).split(/=(.*)/s);
    flags[name] = value ?? rest[++at];
  } else words.push(rest[at]);
}
const known = { "pr list": ["head", "state", "limit", "json"], "pr view": ["json"], "issue view": ["json"], "issue close": ["reason"] };
const allowed = known[group + " " + verb];
const unknown = allowed === undefined ? args.join(" ") : Object.keys(flags).find((name) => !allowed.includes(name));
const asked = flags.json === undefined ? [] : flags.json.split(",");
const unknownField = asked.find((name) => !(fields[group] ?? []).includes(name));
const prOf = ({ number, state, headRefName, isCrossRepository = false, owner = "o", closedAt = null }) => ({
  number, state, headRefName, isCrossRepository, closedAt,
  mergedAt: state === "MERGED" ? closedAt : null,
  closed: state !== "OPEN",
  headRepositoryOwner: { id: "U_1", name: "Owner", login: owner },
  url: "https://github.com/o/r/pull/" + number,
});
const shown = (found) => JSON.stringify(found === null ? null : Array.isArray(found) ? found.map(one) : one(found)) + "\\n";
const one = (found) => Object.fromEntries(asked.toSorted().map((name) => [name, found[name]]));
if (args[0] === "--version") process.stdout.write("gh version 2.80.0 (2026-01-01)\\n");
else if (world.hangs) setInterval(() => {}, 1000);
else if (unknown !== undefined) fail(1, "unknown flag: --" + unknown + "\\n");
else if (unknownField !== undefined) fail(1, 'Unknown JSON field: "' + unknownField + '"\\nAvailable fields:\\n  ' + fields[group].join("\\n  ") + "\\n");
else if (group === "pr" && verb === "list") {
  const states = { all: ["OPEN", "MERGED", "CLOSED"], open: ["OPEN"] }[flags.state ?? "open"];
  const found = (world.pullRequests ?? []).filter((pr) => pr.headRefName === flags.head && states.includes(pr.state));
  process.stdout.write(shown(found.slice(0, Number(flags.limit ?? 30)).map(prOf)));
} else if (group === "pr") {
  const number = Number(/\\/pull\\/(\\d+)$/.exec(words[0])?.[1]);
  const found = (world.pullRequests ?? []).find((pr) => pr.number === number);
  if (found === undefined) fail(1, "GraphQL: Could not resolve to a PullRequest with the number of " + number + ". (repository.pullRequest)\\n");
  else process.stdout.write(shown(prOf(found)));
} else {
  const found = (world.issues ?? []).find(({ number }) => String(number) === words[0]);
  if (found === undefined) fail(1, "GraphQL: Could not resolve to an issue or pull request with the number of " + words[0] + ". (repository.issue)\\n");
  else if (verb === "view") process.stdout.write(shown({ title: "An issue", ...found }));
  else process.stderr.write("\\u2713 Closed issue o/r#" + found.number + " (An issue)\\n");
}
`;

/** In one step: a program that somebody runs just now cannot be written to, and half a world is none. */
function replace(path: string, text: string, mode = 0o644): void {
  writeFileSync(`${path}.next`, text, { mode });
  renameSync(`${path}.next`, path);
}

function failing(bin: string, { status, errors, output = "" }: NonNullable<GhWorld["fails"]>): string {
  replace(join(bin, "output"), output);
  replace(join(bin, "errors"), errors);
  return `#!/bin/sh\ncat "\${0%/*}/output"; cat "\${0%/*}/errors" >&2; exit ${status}\n`;
}

/** Makes the executable in a folder; the folder goes to the front of PATH. */
export function ghStandIn(folder: string): { readonly bin: string; shows(world: GhWorld): void } {
  const bin = join(folder, "gh-bin");
  mkdirSync(bin, { recursive: true });
  const program = join(bin, "gh");
  const shows = (world: GhWorld): void => {
    replace(join(bin, "world.json"), JSON.stringify(world));
    // What fails whatever it is asked needs no JSON, and a shell starts in a tenth of the time.
    replace(program, world.fails === undefined ? `#!${process.execPath}\n${script}` : failing(bin, world.fails), 0o755);
  };
  shows({});
  return { bin, shows };
}
