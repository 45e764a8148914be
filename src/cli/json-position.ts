/**
 * Where a text stops being JSON. The engine's own message does not always say; this scanner finds the first
 * character that cannot be there. It builds no value.
 */

export interface JsonFault {
  readonly line: number;
  readonly column: number;
  readonly found: string;
}

/** Deepest nesting that is followed. */
const depthMax = 1000;

/** `null` when the text is JSON. */
export function jsonFault(text: string): JsonFault | null {
  const scanner = new Scanner(text);
  const at = scanner.scan();
  if (at === null) return null;
  const before = text.slice(0, at);
  const line = before.split("\n").length;
  const column = at - before.lastIndexOf("\n");
  const character = text.codePointAt(at);
  return { line, column, found: character === undefined ? "the end of the file" : shown(character) };
}

function shown(character: number): string {
  return character < 32 ? `character ${character}` : JSON.stringify(String.fromCodePoint(character));
}

const word = /(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)/y;
// eslint-disable-next-line no-control-regex -- JSON forbids control characters inside strings
const inString = /(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*/y;
const blank = /[ \t\n\r]*/y;

/** Holds the place in the text. */
class Scanner {
  private at = 0;
  private readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  /** Offset of the fault. */
  scan(): number | null {
    const ended = this.value(0) && this.skip(blank) && this.at === this.text.length;
    return ended ? null : this.at;
  }

  private value(depth: number): boolean {
    if (depth > depthMax) return false;
    this.skip(blank);
    const first = this.text[this.at];
    if (first === "{") return this.list("}", depth, true);
    if (first === "[") return this.list("]", depth, false);
    if (first === '"') return this.string();
    return this.skip(word);
  }

  private list(close: string, depth: number, keyed: boolean): boolean {
    this.at += 1;
    this.skip(blank);
    if (this.take(close)) return true;
    for (;;) {
      this.skip(blank);
      if (keyed && !(this.string() && this.skip(blank) && this.take(":"))) return false;
      if (!this.value(depth + 1)) return false;
      this.skip(blank);
      if (this.take(close)) return true;
      if (!this.take(",")) return false;
    }
  }

  private string(): boolean {
    return this.take('"') && this.skip(inString) && this.take('"');
  }

  private take(character: string): boolean {
    if (this.text[this.at] !== character) return false;
    this.at += 1;
    return true;
  }

  /** Moves behind the pattern; false when it does not match here. */
  private skip(pattern: RegExp): boolean {
    pattern.lastIndex = this.at;
    const match = pattern.exec(this.text);
    if (match === null) return false;
    this.at += match[0].length;
    return true;
  }
}
