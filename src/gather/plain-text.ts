/**
 * Bytes from outside as plain text: no escape sequence, no control character and no broken UTF-8 passes.
 *
 * Lines end with a line feed and carry no trailing blanks. What a terminal would have overwritten after a
 * carriage return is left out. Total: every input has an answer.
 */
import { paneTextMax } from "../../spec/vocabulary/observation.js";

const escape = String.fromCharCode(0x1b);
const bell = String.fromCharCode(0x07);
/** The string terminator as one character. */
const terminator = String.fromCharCode(0x9c);

/** Invalid sequences become U+FFFD. */
export function decode(bytes: Uint8Array): string {
  return new TextDecoder("utf-8", { fatal: false, ignoreBOM: true }).decode(bytes);
}

/** Keeps the last `max` UTF-16 code units, from the start of a line where there is one. */
export function plainText(input: string | Uint8Array, max: number = paneTextMax): string {
  const text = withoutSequences(typeof input === "string" ? input : decode(input));
  const lines = text.replaceAll("\r\n", "\n").split("\n").map(plainLine);
  while (lines.length > 0 && lines.at(-1) === "") lines.pop();
  return lastOf(lines.join("\n"), max);
}

/** The last lines, at most `count`. */
export function lastLines(text: string, count: number): string[] {
  return text === "" ? [] : text.split("\n").slice(-count);
}

/** One line that can be printed anywhere: control characters and line feeds are written out. */
export function printable(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, (character) => {
    if (character === "\n") return " / ";
    return character === "\t" ? " " : `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
}

/** Whether a text holds a control character other than line feed and tab. */
export function hasControl(text: string): boolean {
  return /(?![\n\t])\p{Cc}/u.test(text);
}

/** The part after the last carriage return, without what a terminal does not show. */
function plainLine(line: string): string {
  const ended = line.replace(/\r+$/, "");
  const shown = ended.slice(ended.lastIndexOf("\r") + 1);
  return shown.replaceAll(/(?!\t)[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu, "").trimEnd();
}

function lastOf(text: string, max: number): string {
  if (text.length <= max) return text;
  const cut = text.slice(-max);
  const line = cut.indexOf("\n");
  const kept = line < 0 ? cut : cut.slice(line + 1);
  const first = kept.charCodeAt(0);
  return first >= 0xdc00 && first <= 0xdfff ? kept.slice(1) : kept;
}

/** One pass, linear: an unfinished sequence ends with the text. */
function withoutSequences(text: string): string {
  if (!text.includes(escape) && !/[\u0080-\u009f]/u.test(text)) return text;
  const kept: string[] = [];
  let from = 0;
  for (let at = 0; at < text.length; at += 1) {
    const end = sequenceEnd(text, at);
    if (end === at) continue;
    kept.push(text.slice(from, at));
    from = end;
    at = end - 1;
  }
  kept.push(text.slice(from));
  return kept.join("");
}

/** Where the sequence that begins here ends; `at` itself when none begins. */
function sequenceEnd(text: string, at: number): number {
  const character = text.charAt(at);
  switch (character) {
    case "\u009b":
      return controlEnd(text, at + 1);
    case "\u0090":
    case "\u0098":
    case "\u009d":
    case "\u009e":
    case "\u009f":
      return stringEnd(text, at + 1);
    case escape:
      return escapeEnd(text, at + 1);
    default:
      return at;
  }
}

function escapeEnd(text: string, at: number): number {
  const kind = text.charAt(at);
  if (kind === "[") return controlEnd(text, at + 1);
  if (kind !== "" && "PX]^_k".includes(kind)) return stringEnd(text, at + 1);
  let end = at;
  while (inRange(text, end, 0x20, 0x2f)) end += 1;
  return inRange(text, end, 0x30, 0x7e) ? end + 1 : end;
}

/** Parameters and intermediates, then one final character. */
function controlEnd(text: string, at: number): number {
  let end = at;
  while (inRange(text, end, 0x20, 0x3f)) end += 1;
  return inRange(text, end, 0x40, 0x7e) ? end + 1 : end;
}

/** Up to the bell or a string terminator; a line feed ends what was never terminated. */
function stringEnd(text: string, at: number): number {
  for (let end = at; end < text.length; end += 1) {
    const character = text.charAt(end);
    if (character === bell || character === terminator) return end + 1;
    if (character === escape) return text.charAt(end + 1) === "\\" ? end + 2 : end;
    if (character === "\n") return end;
  }
  return text.length;
}

function inRange(text: string, at: number, low: number, high: number): boolean {
  const code = text.charCodeAt(at);
  return code >= low && code <= high;
}
