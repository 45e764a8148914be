/** `leasehold lease …` at its door: exit codes, what people read, what programs read, where secrets go. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, existsSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";

import { type Outcome, leasehold } from "./harness/leasehold-command.js";

const directories: string[] = [];

function newDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), "leasehold-cli-"));
  directories.push(directory);
  return directory;
}

afterEach(() => {
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true, force: true });
});

const jsonOf = ({ stdout }: Outcome): unknown => JSON.parse(stdout);

describe("lease", () => {
  it("is taken, shown, beaten, fenced and released, with its secret in a file for its owner alone", async () => {
    const cwd = newDirectory();
    const taken = await leasehold(cwd, "lease", "acquire", "build", "--region", "src/**", "--secret-file", "secret");
    expect(taken).toMatchObject({ code: 0, stderr: "" });
    expect(taken.stdout).toMatch(/^granted\n {2}lane {4}build {2}\(exclusive src\/\*\*\)\n/);
    expect(statSync(join(cwd, "secret")).mode & 0o777).toBe(0o600);
    const [leaseId = "", secret = ""] = readFileSync(join(cwd, "secret"), "utf8").trim().split(" ");
    expect(taken.stdout).not.toContain(secret);
    expect(readFileSync(join(cwd, ".leasehold/.gitignore"), "utf8")).toBe("*\n");
    expect(statSync(join(cwd, ".leasehold")).mode & 0o777).toBe(0o700);

    const live = await leasehold(cwd, "lease", "live");
    expect(live.stdout).toMatch(/^lane +state +holder +token +last beat +left +covers +lease\nbuild +held +\S+@\S+ +1 +/);
    const json = jsonOf(await leasehold(cwd, "lease", "live", "--json"));
    expect(json).toMatchObject({ leases: [{ grant: { leaseId, lane: "build" }, stands: { standing: "live" } }], damage: [] });
    expect(JSON.stringify(json)).not.toContain(secret);

    expect(await leasehold(cwd, "lease", "heartbeat", "--secret-file", "secret")).toMatchObject({ code: 0 });
    expect(await leasehold(cwd, "lease", "check-fence", "1", "--path", "src/a.ts")).toMatchObject({ code: 0 });
    expect(await leasehold(cwd, "lease", "check-fence", "1", "--path", "docs/a.md")).toMatchObject({ code: 1 });
    expect(await leasehold(cwd, "lease", "release", "--secret-file", "secret")).toMatchObject({ code: 0, stdout: "released\n" });
    expect(existsSync(join(cwd, "secret"))).toBe(false);
    const history = await leasehold(cwd, "lease", "history", leaseId);
    expect(history.stdout).toMatch(/granted[\s\S]*beaten[\s\S]*released/);
    expect((await leasehold(cwd, "lease", "show", leaseId)).stdout).toMatch(/state +released/);
  });

  it("tells refused (1), lost (3), busy past the deadline (4) and storage (5) apart", async () => {
    const cwd = newDirectory();
    const taken = jsonOf(await leasehold(cwd, "lease", "acquire", "build", "--json", "--holder", "alice"));
    expect(taken).toMatchObject({ outcome: "granted", secret: expect.stringMatching(/^[\w-]{22}$/) as string });
    const refused = await leasehold(cwd, "lease", "acquire", "build");
    expect(refused.code).toBe(1);
    expect(refused.stdout).toMatch(/^refused: somebody else has it\.\n {2}lane "build" is held by alice \(token 1\), last beat /);
    expect(await leasehold(cwd, "lease", "acquire", "build", "--wait", "50ms")).toMatchObject({ code: 4 });
    const { leaseId } = (taken as { grant: { leaseId: string } }).grant;
    const wrong = { env: { LEASEHOLD_SECRET: "AAAAAAAAAAAAAAAAAAAAAA" } };
    expect(await leasehold({ cwd, ...wrong }, "lease", "release", leaseId)).toMatchObject({ code: 3 });
    writeFileSync(join(cwd, "file"), "");
    const file = await leasehold(cwd, "lease", "acquire", "x", "--dir", "file");
    expect(file).toMatchObject({ code: 5, stdout: "" });
    expect(file.stderr).toMatch(/^error: open: .* state directory/);
    const failed = jsonOf(await leasehold(cwd, "lease", "acquire", "x", "--dir", "file", "--json"));
    expect(failed).toMatchObject({ outcome: "failed", code: "lease/unavailable" });
  });

  it.each([
    [["lease", "acquire", "x", "--ttl", "30"], /Did you mean 30s\?/],
    [["lease", "acquire", "x", "--ttl", "-1s"], /number with a unit/],
    [["lease", "acquire", ""], /give the lane a name/],
    [["lease", "acquire", "x", "--region", "../y"], /leaves the root/],
    [["lease", "release"], /needs the secret/],
    [["lease", "release", "x", "--secret-file", "nowhere"], /cannot read the secret file nowhere. It gave ENOENT/],
    [["lease", "check-fence", "0", "--lane", "x"], /at least 1/],
    [["lease", "check-fence", "1"], /either --lane or --path/],
    [["lease", "adopt", "x"], /required option '--token <n>'/],
    [["lease", "aquire", "x"], /Did you mean acquire\?/],
    [["exec", "build"], /missing required argument/],
    [["exec", "build", "make", "-j4"], /unknown option '-j'|unknown option '-j4'/],
  ] as const)("wrong usage %j is one message and exit code 2", async (args, words) => {
    const { code, stderr, stdout } = await leasehold(newDirectory(), ...args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(words);
  });

  it("refuses a secret file that others can read, or that is there already", async () => {
    const cwd = newDirectory();
    writeFileSync(join(cwd, "open"), "id AAAAAAAAAAAAAAAAAAAAAA\n", { mode: 0o644 });
    const open = await leasehold(cwd, "lease", "heartbeat", "--secret-file", "open");
    expect(open).toMatchObject({ code: 2 });
    expect(open.stderr).toContain("chmod 600");
    const there = await leasehold(cwd, "lease", "acquire", "x", "--secret-file", "open");
    expect(there.stderr).toContain("It is there already");
    expect((await leasehold(cwd, "lease", "live")).stdout).toMatch(/^no leases/);
  });

  it("records halts and intents, which change no lease", async () => {
    const cwd = newDirectory();
    expect(await leasehold(cwd, "lease", "halt", "tmux:7", "--reason", "stuck")).toMatchObject({ code: 0 });
    expect(await leasehold(cwd, "lease", "spawn", "build")).toMatchObject({ code: 0 });
    const { stdout } = await leasehold(cwd, "lease", "live", "--verbose");
    expect(stdout).toMatch(/^no leases\n.*halted.*stuck.*\n.*spawned.*build/);
  });
});

describe("the state directory", () => {
  it("is the nearest .leasehold, else beside the nearest .git, else here; LEASEHOLD_DIR and --dir go first", async () => {
    const root = newDirectory();
    const inner = join(root, "repository/packages/one");
    mkdirSync(inner, { recursive: true });
    mkdirSync(join(root, "repository/.git"));
    await leasehold(inner, "lease", "acquire", "a");
    expect(existsSync(join(root, "repository/.leasehold"))).toBe(true);
    mkdirSync(join(root, "repository/packages/.leasehold"), { mode: 0o700 });
    await leasehold(inner, "lease", "acquire", "a");
    expect(existsSync(join(root, "repository/packages/.leasehold/journal.ndjson"))).toBe(true);
    await leasehold({ cwd: inner, env: { LEASEHOLD_DIR: join(root, "env") } }, "lease", "acquire", "a");
    expect(existsSync(join(root, "env/journal.ndjson"))).toBe(true);
    await leasehold({ cwd: inner, env: { LEASEHOLD_DIR: join(root, "env") } }, "lease", "acquire", "a", "--dir", join(root, "dir"));
    expect(existsSync(join(root, "dir/journal.ndjson"))).toBe(true);
    const bare = join(root, "bare");
    mkdirSync(bare);
    expect((await leasehold(bare, "lease", "live")).stdout).toMatch(/^no leases: there is no .*bare\/\.leasehold yet.*\nTake one: leasehold lease acquire NAME/);
    expect(existsSync(join(bare, ".leasehold"))).toBe(false);
  });
});

describe("what was given, repeated", () => {
  const evil = "me\u001b]0;title\u0007\u009b31m";

  it("never acts on a terminal: names with escape sequences are shown spelt out", async () => {
    const cwd = newDirectory();
    const taken = await leasehold(cwd, "lease", "acquire", "a", "--holder", evil, "--run", evil, "--secret-file", "secret");
    const leaseId = readFileSync(join(cwd, "secret"), "utf8").split(" ")[0] ?? "";
    const said = await Promise.all([
      leasehold(cwd, "lease", "live", "--verbose"),
      leasehold(cwd, "lease", "show", leaseId),
      leasehold(cwd, "lease", "history", leaseId),
      leasehold(cwd, "lease", "acquire", "a"),
      leasehold(cwd, "lease", "acquire", "b", "--region", `../${evil}`),
      leasehold(cwd, "lease", "halt", evil),
      leasehold(cwd, "lease", "show", evil),
      leasehold(cwd, "lease", "show", "x", evil),
      leasehold(cwd, "lease", "check-fence", "1", "--path", evil),
      leasehold(cwd, "journal", "tail"),
      leasehold(cwd, "lease", "live", "--json"),
    ]);
    for (const { stdout, stderr } of [taken, ...said]) expect(stdout + stderr).not.toMatch(/(?!\n)\p{Cc}/u);
    expect(said[0].stdout).toContain("me\\u001b]0;title\\u0007");
  });

  it.each([
    [["lease", "acquire", "a", "--ttl", "0s"], /--ttl is .*: a lease lives from 1ms to 7d/],
    [["lease", "acquire", "a", "--ttl", "8d"], /a lease lives from 1ms to 7d/],
    [["lease", "acquire", "a", "--holder", " "], /--holder has no name in it/],
    [["lease", "adopt", "x", "--token", "1", "--force", ""], /--force takes the reason/],
  ])("%j cannot be asked: one message, and nothing is granted", async (words, message) => {
    const cwd = newDirectory();
    const { code, stderr, stdout } = await leasehold(cwd, ...words);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(message);
    expect((await leasehold(cwd, "lease", "live")).stdout).toMatch(/^no leases/);
  });

  it("says why a token is stale", async () => {
    const cwd = newDirectory();
    await leasehold(cwd, "lease", "acquire", "a");
    const outside = await leasehold(cwd, "lease", "check-fence", "1", "--path", "../a");
    expect(outside).toMatchObject({ code: 1, stdout: expect.stringContaining("not inside the root of the regions") as string });
  });

  it.each(["file/below", "/proc/leasehold/below"])("state directory %s cannot be made: exit code 5, no stack, no hanging", async (dir) => {
    const cwd = newDirectory();
    writeFileSync(join(cwd, "file"), "");
    const { code, stderr } = await leasehold(cwd, "lease", "acquire", "a", "--dir", dir);
    expect(stderr).toMatch(/^error: open: .*\]\n$/);
    expect(code).toBe(5);
  });
});
