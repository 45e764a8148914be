/** Completion scripts, the words behind them, and the manual page: all from the definitions of the commands. */
import { execFileSync } from "node:child_process";
import { describe, expect, it } from "vitest";

import { leasehold, main } from "./harness/command.js";

const words = (stdout: string): string[] =>
  stdout
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith(":"))
    .map((line) => line.split("\t")[0] ?? "");

describe("completion", () => {
  it.each(["bash", "zsh", "fish", "powershell"])("prints a script for %s", async (shell) => {
    const { code, stdout, stderr } = await leasehold("completion", shell);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toContain("leasehold");
  });

  it("works in a bash that has no bash-completion", async () => {
    const { stdout } = await leasehold("completion", "bash");
    const program = `
      leasehold() { ${JSON.stringify(process.execPath)} ${JSON.stringify(main)} "$@"; }
      compopt() { :; }
      ${stdout}
      COMP_WORDS=(leasehold ver); COMP_CWORD=1
      __leasehold_complete
      echo "\${COMPREPLY[@]}"`;
    expect(execFileSync("bash", ["--norc", "-c", program], { encoding: "utf8" }).trim()).toBe("verify");
  });

  it("refuses a shell it does not know", async () => {
    const { code, stderr } = await leasehold("completion", "tcsh");
    expect(code).toBe(2);
    expect(stderr).toContain("Allowed choices are bash, zsh, fish, powershell");
  });

  it("knows commands, choices, systems and laws", async () => {
    const asked = async (...typed: string[]): Promise<string[]> =>
      words((await leasehold("complete", "--", ...typed)).stdout);
    expect(await asked("ver")).toEqual(["verify"]);
    expect(await asked("verify", "--bounds", "")).toEqual(["small", "default", "deep"]);
    expect(await asked("explore", "worker")).toEqual(["worker-plane", "worker-plane-fenced"]);
    expect(await asked("laws", "LL1")).toEqual(["LL1", "LL10"]);
    expect(await asked("verify", "--law", "LL1")).toEqual(["LL1", "LL10"]);
    expect(await asked("verify", "--system", "file")).toEqual(["file-mutex"]);
  });
});

it("the manual page names every command that help lists", async () => {
  const [help, manual] = await Promise.all([leasehold("--help"), leasehold("manual")]);
  const listed = [...help.stdout.matchAll(/^ {2}([a-z]+)(?: |$)/gm)].map(([, name]) => name ?? "");
  expect(listed).toContain("verify");
  for (const name of listed.filter((each) => each !== "help")) {
    expect(manual.stdout).toMatch(new RegExp(`^\\.SS "leasehold ${name}[ "]`, "m"));
  }
});
