/** The manual page, in roff, from the same definitions that `--help` prints. */
import type { EventEmitter } from "node:events";

import type { Command, Option } from "commander";

/** One page for the command and all its subcommands. No date: the page is a function of the definitions. */
export function manualOf(program: Command): string {
  const name = program.name();
  const all = commandsOf(program, name);
  return [
    `.TH ${name.toUpperCase()} 1 "" "${name}" "User Commands"`,
    ".SH NAME",
    `${name} \\- ${text(program.description())}`,
    ".SH SYNOPSIS",
    `.B ${name}`,
    "[\\fIcommand\\fR] [\\fIoptions\\fR]",
    ".SH OPTIONS",
    ...program.createHelp().visibleOptions(program).flatMap(optionLines),
    ".SH COMMANDS",
    ...all.flatMap(({ path, command }) => commandLines(path, command)),
    '.SH "EXIT STATUS AND EXAMPLES"',
    ...epilogue(program),
    "",
  ].join("\n");
}

interface Named {
  readonly path: string;
  readonly command: Command;
}

/** Commands that do something, in the order in which help lists them. */
function commandsOf(parent: Command, path: string): readonly Named[] {
  return parent
    .createHelp()
    .visibleCommands(parent)
    .filter((command) => command.name() !== "help")
    .flatMap((command) => {
      const at = `${path} ${command.name()}`;
      const below = commandsOf(command, at);
      return below.length > 0 ? below : [{ path: at, command }];
    });
}

function commandLines(path: string, command: Command): readonly string[] {
  const helper = command.createHelp();
  const words = command.registeredArguments.map((argument) => {
    const word = argument.variadic ? `${argument.name()}...` : argument.name();
    return argument.required ? `\\fI${text(word)}\\fR` : `[\\fI${text(word)}\\fR]`;
  });
  return [
    `.SS "${text(path)}"`,
    text(command.description()),
    ".PP",
    [`\\fB${text(path)}\\fR`, ...words, "[\\fIoptions\\fR]"].join(" "),
    ...helper.visibleArguments(command).flatMap((argument) => [
      ".TP",
      `\\fI${text(argument.name())}\\fR`,
      text(helper.argumentDescription(argument)),
    ]),
    ...helper.visibleOptions(command).flatMap(optionLines),
    ...epilogue(command),
  ];
}

function optionLines(option: Option): readonly string[] {
  const choices = option.argChoices === undefined ? "" : ` (one of: ${option.argChoices.join(", ")})`;
  const preset =
    option.defaultValue === undefined ? "" : ` (default: ${JSON.stringify(option.defaultValue)})`;
  return [".TP", `\\fB${text(option.flags)}\\fR`, text(`${option.description}${choices}${preset}`)];
}

/** What `addHelpText("after", …)` adds: examples and exit codes. */
function epilogue(command: Command): readonly string[] {
  const added: string[] = [];
  // Commands are emitters: help texts are listeners of theirs, which the declarations leave out.
  const emitter = command as unknown as Pick<EventEmitter, "emit">;
  emitter.emit("afterHelp", {
    error: false,
    command,
    write: (words: string) => void added.push(words),
  });
  const lines = added.join("").split("\n").filter((line, index) => line !== "" || index > 0);
  if (lines.every((line) => line === "")) return [];
  return [".PP", ".nf", ...lines.map(text), ".fi"];
}

/** Roff reads backslashes, and lines that begin with a full stop or a quote, as its own. */
function text(words: string): string {
  return words.replaceAll("\\", "\\e").replaceAll("-", "\\-").replace(/^([.'])/gm, "\\&$1");
}
