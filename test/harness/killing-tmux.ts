/**
 * A `tmux` that ends or suspends a process at a named point: just before, or just after, the real one did what was
 * asked. Once; everything else goes to the real tmux as it is.
 */
import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";

export interface KillPoint {
  /** Command of tmux. */
  readonly at: "new-session" | "kill-session" | "capture-pane" | "list-panes" | "send-keys";
  readonly when: "before" | "after";
  /** Null: who called. */
  readonly pid: number | null;
  readonly signal?: "KILL" | "STOP";
}

/** A PATH on which the next call at that point kills; later ones do not. */
export function killingTmux(folder: string, { at, when, pid, signal = "KILL" }: KillPoint): string {
  const bin = join(folder, `tmux-${at}-${when}`);
  mkdirSync(bin, { recursive: true });
  const real = execFileSync("which", ["tmux"], { encoding: "utf8" }).trim();
  const script = [
    "#!/bin/sh",
    `here=${JSON.stringify(bin)}`,
    `case " $* " in *" ${at} "*) mkdir "$here/once" 2>/dev/null && armed=1 ;; esac`,
    `victim=${pid === null ? "$PPID" : String(pid)}`,
    ...(when === "before" ? [`[ "$armed" = 1 ] && kill -${signal} "$victim" && exit 1`] : []),
    `${JSON.stringify(real)} "$@"`,
    "status=$?",
    ...(when === "after" ? [`[ "$armed" = 1 ] && kill -${signal} "$victim"`] : []),
    "exit $status",
    "",
  ];
  writeFileSync(join(bin, "tmux"), script.join("\n"));
  chmodSync(join(bin, "tmux"), 0o755);
  return `${bin}${delimiter}${process.env["PATH"] ?? ""}`;
}
