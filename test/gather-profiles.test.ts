/** Agent profiles: every row has a pane, every pane is read by its row, and what a profile may not say. */
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { emptyView, initialCore, readingOf, step } from "../spec/run/index.js";
import { signal } from "../spec/vocabulary/observation.js";
import {
  type AgentProfile,
  agentProfile,
  agentsThatExitWhenDone,
  builtInProfile,
  builtInProfiles,
  classifyPane,
  rowsOf,
} from "../src/gather/index.js";

const panes = fileURLToPath(new URL("fixtures/panes", import.meta.url));

function paneOf(folder: string, id: string): string {
  return readFileSync(join(panes, folder, `${id}.txt`), "utf8");
}

function idsIn(folder: string): string[] {
  return readdirSync(join(panes, folder)).map((file) => file.replace(/\.txt$/, ""));
}

function profileNamed(name: string): AgentProfile {
  const profile = builtInProfile(name);
  if (profile === null) throw new Error(`no profile ${name}`);
  return profile;
}

const rows = builtInProfiles.flatMap((profile) => rowsOf(profile).map((each) => ({ profile, ...each })));

describe("panes of the profiles", () => {
  test.each(builtInProfiles.map((profile) => [profile.name, profile] as const))(
    "%s: there is one pane for each row and none besides",
    (name, profile) => {
      expect(idsIn(name).toSorted()).toEqual(rowsOf(profile).map(({ row }) => row.id).toSorted());
    },
  );

  test.each(rows.map(({ profile, kind, row }) => [`${profile.name}/${row.id}`, { profile, kind, row }] as const))(
    "%s: its pane is read by this row first",
    (_, { profile, kind, row }) => {
      const found = classifyPane(profile, paneOf(profile.name, row.id));
      expect(found.strongest).toEqual({ kind, id: row.id });
      const reading = kind === "busy" ? null : kind === "gate" ? `gate:${found.signal.gate ?? ""}` : kind;
      expect(readingOf(found.signal)).toBe(reading);
    },
  );

  test("every profile has a folder and every folder a profile", () => {
    expect(readdirSync(panes).toSorted()).toEqual([...builtInProfiles.map(({ name }) => name), "none"].toSorted());
  });

  test.each(idsIn("none").flatMap((id) => builtInProfiles.map((profile) => [id, profile.name, profile] as const)))(
    "a pane that says nothing (%s) is no reading to %s",
    (id, _, profile) => {
      expect(classifyPane(profile, paneOf("none", id))).toEqual({
        signal: {},
        rows: {},
        strongest: null,
        acknowledge: null,
      });
    },
  );

  test("only rows of agents that were never seen here are marked so", () => {
    const described = rows.filter(({ row }) => row.source === "reference facts").map(({ profile }) => profile.name);
    expect(new Set(described)).toEqual(new Set(["codex", "claude", "opencode"]));
  });
});

describe("reading a pane", () => {
  const codex = profileNamed("codex");

  test("a busy pane is no reading, whatever else it shows", () => {
    const text = `${paneOf("codex", "codex-trust")}\n${paneOf("codex", "interruptible")}`;
    expect(classifyPane(codex, text)).toEqual({
      signal: {},
      rows: { busy: "interruptible" },
      strongest: { kind: "busy", id: "interruptible" },
      acknowledge: null,
    });
  });

  test("a gate and the prompt beside it are both told, and the gate comes first", () => {
    const found = classifyPane(codex, paneOf("codex", "codex-trust"));
    expect(found.signal).toEqual({ gate: "trust", prompt: true });
    expect(found.strongest).toEqual({ kind: "gate", id: "codex-trust" });
    expect(found.acknowledge).toEqual(["Enter"]);
  });

  test("half of a gate's words is no gate", () => {
    expect(classifyPane(codex, "Press enter to continue").signal).toEqual({});
    expect(classifyPane(codex, "Sign in with ChatGPT").signal).toEqual({});
  });

  test("what has scrolled out of the window is not read", () => {
    const gate = paneOf("codex", "codex-login");
    const after = Array.from({ length: 40 }, (_, line) => `line ${line}`).join("\n");
    expect(classifyPane(codex, gate).signal.gate).toBe("login");
    expect(classifyPane(codex, `${gate}\n${after}`).signal).toEqual({});
  });

  test("case, blanks at the edges and blank lines at the end do not matter", () => {
    const generic = profileNamed("generic");
    expect(classifyPane(generic, "   PROCEED? [Y/N]   \n\n \n").signal).toEqual({ prompt: true });
  });

  test("two captures of a login screen make the run wait at that gate", () => {
    const pane = paneOf("codex", "codex-login");
    const view = emptyView({ agent: "codex", branch: "b", startedAt: 0, status: "running", paneHash: "0" });
    const seen = { type: "pane.captured", text: pane, signal: classifyPane(codex, pane).signal } as const;
    const once = step(view, initialCore, seen, 1);
    const twice = step(view, once.core, seen, 2);
    expect(once.effects).toEqual([]);
    expect(twice.effects).toMatchObject([{ type: "setStatus", status: "waiting", reason: "gate_login" }]);
  });

  test("any text has an answer that the vocabulary knows", () => {
    const pieces = rows.map(({ profile, row }) => paneOf(profile.name, row.id));
    const text = fc.array(fc.oneof(fc.string(), fc.constantFrom(...pieces))).map((parts) => parts.join("\n"));
    fc.assert(
      fc.property(fc.constantFrom(...builtInProfiles), text, (profile, pane) => {
        expect(signal.safeParse(classifyPane(profile, pane).signal).success).toBe(true);
      }),
      { seed: 11, numRuns: 300 },
    );
  });
});

describe("what a profile may say", () => {
  const gate = { id: "g", source: "own", kind: "trust", window: ["one", "two"] };
  const profile = { name: "mine", title: "Mine", gates: [gate] };
  const messagesOf = (value: unknown): string =>
    JSON.stringify(agentProfile.safeParse(value).error?.issues.map(({ message }) => message) ?? []);

  test("a profile with one gate and nothing else is one", () => {
    expect(agentProfile.parse(profile)).toMatchObject({ windowLines: 40, exitsWhenDone: false, busy: [] });
  });

  test.each([
    ["a gate told by one word", { ...profile, gates: [{ ...gate, window: ["one"] }] }, "at least two words"],
    [
      "a login that a machine would answer",
      { ...profile, gates: [{ ...gate, kind: "login", acknowledge: ["Enter"] }] },
      "never acknowledged by a machine",
    ],
    ["two rows of one id", { ...profile, prompt: [{ id: "g", source: "own", window: ["x"] }] }, "two rows"],
    ["a row without words", { ...profile, prompt: [{ id: "p", source: "own" }] }, "without any word"],
    ["an empty word", { ...profile, prompt: [{ id: "p", source: "own", window: [""] }] }, "Too small"],
    ["a key nobody knows", { ...profile, gates: [{ ...gate, acknowledge: ["C-c"] }] }, "Invalid option"],
    ["a field nobody knows", { ...profile, regex: ".*" }, "Unrecognized key"],
    ["an unsafe name", { ...profile, name: "../x" }, "lower-case word"],
  ])("%s is refused", (_, value, message) => {
    expect(messagesOf(value)).toContain(message);
  });

  test("agents that exit when they are done are named for the policy", () => {
    expect(agentsThatExitWhenDone(builtInProfiles)).toEqual(["opencode"]);
  });
});
