/**
 * The profiles that come with the package. Rows of `codex`, `claude` and `opencode` are what is described of
 * them; where nothing is described there is no row. Add rows by a profile of your own.
 */
import { type AgentProfile, type AgentProfileInput, agentProfile } from "./profile.js";

type Rows = NonNullable<AgentProfileInput["prompt"]>;

/** A shell that waits for a command. */
const shellPrompts = [
  { id: "shell-user-and-host", source: "captured", lastLine: { contains: ["@", ":"], endsWith: ["$", "#"] } },
  {
    id: "shell-version",
    source: "captured",
    lastLine: { startsWith: ["bash-", "sh-"], endsWith: ["$", "#"] },
  },
  { id: "shell-bare", source: "captured", lastLine: { equals: ["$", "#"] } },
] as const satisfies Rows;

/** Programs that wait for a person, told by their last line. */
const questions = [
  {
    id: "yes-or-no",
    source: "captured",
    lastLine: { endsWith: ["[y/n]", "[y/n]:", "[y/n]?", "(y/n)", "(y/n):", "(y/n)?", "(yes/no)", "(yes/no)?"] },
  },
  { id: "remove-file", source: "captured", lastLine: { startsWith: ["rm: remove"], endsWith: ["?"] } },
  { id: "stage-hunk", source: "captured", lastLine: { contains: ["stage this hunk ["], endsWith: ["]?"] } },
  { id: "press-key", source: "captured", lastLine: { startsWith: ["press any key", "press enter"] } },
  { id: "password", source: "captured", lastLine: { endsWith: ["password:"] } },
  {
    id: "passphrase",
    source: "captured",
    lastLine: { startsWith: ["enter passphrase", "enter pem pass phrase"], endsWith: [":"] },
  },
  { id: "pager-more", source: "captured", lastLine: { startsWith: ["--more--"] } },
  { id: "pager-end", source: "captured", lastLine: { endsWith: ["(end)"] } },
  { id: "pager-colon", source: "captured", lastLine: { equals: [":"] } },
] as const satisfies Rows;

/** Shells of languages. */
const interpreters = [
  { id: "python", source: "captured", lastLine: { equals: [">>>", "..."] } },
  { id: "node", source: "captured", lastLine: { equals: [">"] } },
] as const satisfies Rows;

const gitGates = [
  {
    id: "git-user-name",
    kind: "login",
    source: "captured",
    lastLine: { startsWith: ["username for 'http"], endsWith: ["':"] },
  },
  {
    id: "git-password",
    kind: "login",
    source: "captured",
    lastLine: { startsWith: ["password for 'http"], endsWith: ["':"] },
  },
] as const satisfies AgentProfileInput["gates"];

/** What agents with a composer show while they work. */
const working = [
  { id: "interruptible", source: "reference facts", window: ["esc to interrupt"] },
  { id: "working", source: "reference facts", window: ["working ("] },
  { id: "background-terminal", source: "reference facts", window: ["background terminal running"] },
  {
    id: "spinner",
    source: "reference facts",
    line: { startsWith: ["· ", "✢ ", "✳ ", "✶ ", "✻ ", "✽ "], contains: ["… ("] },
  },
] as const satisfies Rows;

/** A shell in which commands run, a person's or a script's. */
const shell: AgentProfileInput = {
  name: "shell",
  title: "A shell",
  gates: [...gitGates],
  prompt: [...shellPrompts, ...questions, ...interpreters],
};

/**
 * Any program, started in its pane or in a shell. It can say how it stands by its last line; the words are a
 * contract of this profile.
 */
const generic: AgentProfileInput = {
  name: "generic",
  title: "Any program",
  gates: [...gitGates],
  exited: [...shellPrompts],
  completed: [{ id: "says-completed", source: "own", lastLine: { equals: ["[run completed]"] } }],
  limited: [{ id: "says-limited", source: "own", lastLine: { equals: ["[run rate limited]"] } }],
  failed: [{ id: "says-failed", source: "own", lastLine: { equals: ["[run failed]"] } }],
  prompt: [
    { id: "says-waiting", source: "own", lastLine: { equals: ["[run waiting]"] } },
    ...questions,
    ...interpreters,
  ],
};

const codex: AgentProfileInput = {
  name: "codex",
  title: "Codex",
  busy: [...working],
  gates: [
    {
      id: "codex-login",
      kind: "login",
      source: "reference facts",
      window: ["sign in with chatgpt", "press enter to continue"],
    },
    {
      id: "codex-trust",
      kind: "trust",
      source: "reference facts",
      window: ["do you trust the contents of this directory", "press enter to continue"],
      acknowledge: ["Enter"],
    },
  ],
  exited: [...shellPrompts],
  prompt: [{ id: "codex-composer", source: "reference facts", line: { startsWith: ["›"] } }],
};

const claude: AgentProfileInput = {
  name: "claude",
  title: "Claude Code",
  busy: [...working],
  gates: [
    {
      id: "claude-trust",
      kind: "trust",
      source: "reference facts",
      window: ["is this a project you created or one you trust", "yes, i trust this folder"],
      acknowledge: ["Enter"],
    },
  ],
  exited: [...shellPrompts],
  prompt: [{ id: "claude-composer", source: "reference facts", line: { startsWith: ["❯"] } }],
};

/** Its state is told by its own interface better than by its pane: there are no gates and no prompt here. */
const opencode: AgentProfileInput = {
  name: "opencode",
  title: "opencode",
  exitsWhenDone: true,
  busy: [...working],
  exited: [...shellPrompts],
};

/** The profiles that come with the package. */
export const builtInProfiles: readonly AgentProfile[] = [shell, generic, codex, claude, opencode].map((input) =>
  agentProfile.parse(input),
);

/** Null: there is no such profile; `generic` serves any program. */
export function builtInProfile(name: string): AgentProfile | null {
  return builtInProfiles.find((profile) => profile.name === name) ?? null;
}
