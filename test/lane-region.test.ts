/** Regions: what a glob names, and that two regions intersect exactly when one path matches both. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { conflict, readGlob, regionCovers, regionsIntersect } from "../spec/lane-lease/index.js";
import type { Pattern } from "../spec/lane-lease/index.js";

function patterns(glob: string): readonly Pattern[] {
  const reading = readGlob(glob);
  if ("problem" in reading) throw new Error(`${glob}: ${reading.problem.hint}`);
  return reading.patterns;
}

const region = (...globs: readonly string[]) => ({ patterns: globs.flatMap(patterns) });
const meet = (one: string, other: string): boolean => {
  const answer = regionsIntersect(region(one), region(other));
  expect(
    regionsIntersect(region(other), region(one)),
    `${one} and ${other} the other way round`,
  ).toBe(answer);
  return answer;
};

function problemOf(glob: string): string {
  const reading = readGlob(glob);
  return "problem" in reading ? reading.problem.kind : `read as ${reading.glob}`;
}

/** A second implementation: globs as regular expressions, braces by recursion over the text. */
function matcher(glob: string): RegExp {
  const alternatives = (text: string): string[] => {
    const group = /\{([^{}]*,[^{}]*)\}/.exec(text);
    if (group === null) return [text];
    const [whole, inside = ""] = group;
    return inside.split(",").flatMap((one) => alternatives(text.replace(whole, one)));
  };
  const name = (part: string): string =>
    part.replaceAll(/\[!?[^\]]*\]|[*?.]|[^*?.[]+/g, (token) => {
      if (token === "*") return "[^/]*";
      if (token === "?") return "[^/]";
      if (token === ".") return "\\.";
      return token.startsWith("[!") ? `(?!/)[^${token.slice(2)}` : token;
    });
  const whole = (text: string): string =>
    text
      .split("/")
      .map((part) => (part === "**" ? "(?:[^/]+/)*" : `${name(part)}/`))
      .join("");
  return new RegExp(`^(?:${alternatives(glob).map(whole).join("|")})$`);
}

const accepts = (expression: RegExp, path: string): boolean => expression.test(`${path}/`);

/** All words over the letters, up to a length. */
function words(letters: readonly string[], max: number, joint = ""): string[] {
  let last = [...letters];
  const all = [...last];
  for (let length = 2; length <= max; length += 1) {
    last = last.flatMap((word) => letters.map((letter) => `${word}${joint}${letter}`));
    all.push(...last);
  }
  return all;
}

/** Compares every pair of globs with the paths that both expressions accept. Gives the number of pairs. */
function agreeOnAllPairs(globs: readonly string[], paths: readonly string[]): number {
  const sets = globs.map((glob) => {
    const expression = matcher(glob);
    return new Set(paths.filter((path) => accepts(expression, path)));
  });
  const regions = globs.map((glob) => region(glob));
  const wrong: string[] = [];
  globs.forEach((one, i) => {
    globs.forEach((other, j) => {
      const found = regionsIntersect(regions[i] ?? region(), regions[j] ?? region());
      const [small, large] =
        (sets[i]?.size ?? 0) < (sets[j]?.size ?? 0) ? [sets[i], sets[j]] : [sets[j], sets[i]];
      let shared = false;
      for (const path of small ?? [])
        if (large?.has(path) === true) {
          shared = true;
          break;
        }
      if (found !== shared) wrong.push(`${one} and ${other}: ${String(found)}`);
    });
  });
  expect(wrong).toEqual([]);
  return globs.length ** 2;
}

describe("two regions intersect exactly when one path matches both", () => {
  test("for all names of up to three parts over a small alphabet, against all names of up to six characters", () => {
    const names = words(["a", "b", "."], 6).filter((name) => name !== "." && name !== "..");
    const globs = words(["a", ".", "*", "?", "[ab]", "[!a]"], 3).filter(
      // `**` in one segment is another thing, and `.` and `..` are no names.
      (glob) => glob !== "**" && !/^\.{1,2}$/.test(glob),
    );
    expect(agreeOnAllPairs(globs, names)).toBe(255 ** 2);
  });

  test("for all paths of up to three segments, against all paths of up to six", () => {
    const globs = words(["a", "b", "*", "a*", "**"], 3, "/");
    expect(agreeOnAllPairs(globs, words(["a", "b", "ab"], 6, "/"))).toBe(155 ** 2);
  });

  test("for random globs with groups and classes: no path that both match is missed", () => {
    const leaf = fc.constantFrom("a", "b", "c", "*", "?", "[ab]", "[!b]", "[a-c]", ".", "**");
    const part = fc.oneof(
      leaf,
      fc.tuple(leaf, leaf).map(([one, other]) => `{${one},${other}}`),
    );
    const glob = fc
      .array(fc.oneof({ weight: 3, arbitrary: part }, { weight: 1, arbitrary: fc.constant("/") }), {
        minLength: 1,
        maxLength: 7,
      })
      .map((parts) => parts.join(""))
      .filter(
        (one) => !("problem" in readGlob(one)) && !/[.]|\/\/|^\/|\/$|[^/]\*\*|\*\*[^/]/.test(one),
      );
    const paths = words(["a", "b", "c", "ab", "ca"], 4, "/");
    fc.assert(
      fc.property(glob, glob, (one, other) => {
        const both = paths.find(
          (path) => accepts(matcher(one), path) && accepts(matcher(other), path),
        );
        const answer = meet(one, other);
        if (both !== undefined) expect(answer, `${both} matches ${one} and ${other}`).toBe(true);
      }),
      { numRuns: 200, seed: 20 },
    );
  });

  test("no spelling hides that one file is meant", () => {
    const pairs = [
      ["./src/a.py", "src/a.py"],
      ["src//a.py", "src/a.py"],
      ["src/../lib/a.py", "lib/a.py"],
      ["[ab].py", "a.py"],
      ["?.py", "a.py"],
      ["{a,b}.py", "a.py"],
      ["caf\u00e9.md", "cafe\u0301.md"],
      ["src/", "src/deep/a.py"],
      ["src/**", "src"],
      ["a*/../b", "b"],
      ["**/x.ts", "x.ts"],
      ["{src,test}/{a,b/{c,d}}.ts", "test/b/d.ts"],
    ] as const;
    for (const [one, other] of pairs) expect(meet(one, other), `${one} and ${other}`).toBe(true);
  });

  test("what only begins alike is apart", () => {
    const pairs = [
      ["src/x", "src2/x"],
      ["src", "src2/**"],
      ["src/*.ts", "src/a/b.ts"],
      ["src/*.ts", "src/*.js"],
      ["**/a", "**/b"],
      ["a/**/b", "a/**/c"],
      ["[!a].py", "a.py"],
      ["a", "A"],
      ["{a}.py", "a.py"],
      ["?", "[.]"],
    ] as const;
    for (const [one, other] of pairs) expect(meet(one, other), `${one} and ${other}`).toBe(false);
  });

  test("a path is covered, is not, or is none", () => {
    expect(regionCovers(region("src/**"), "src/a/b.ts")).toBe(true);
    expect(regionCovers(region("src/*.ts"), "src/[id].ts")).toBe(true);
    expect(regionCovers(region("src/a.ts"), "src/*.ts")).toBe(false);
    expect(regionCovers(region("src/**"), "../src/a.ts")).toBeNull();
  });

  test("beyond the bound the answer is that they do", () => {
    const one = region(`${"*a".repeat(40)}x`);
    const other = region(`${"*b".repeat(40)}y`);
    expect(regionsIntersect(one, other)).toBe(false);
    const deep = region(`${"a*/".repeat(30)}**/x*y`);
    const wide = region(`**/${"*a*/".repeat(30)}x*z`);
    expect(regionsIntersect(deep, wide)).toBe(false);
    expect(regionsIntersect(region("*a*b"), region("*c*b"), 3)).toBe(true);
  });
});

describe("what cannot be a region is refused, and named", () => {
  test.each([
    ["/etc/passwd", "path-absolute"],
    ["C:/x", "path-absolute"],
    ["{/a,b}", "path-absolute"],
    ["..", "path-escapes"],
    ["a/../../b", "path-escapes"],
    ["{a,../b}/c", "path-escapes"],
    ["", "path-empty"],
    [".", "path-empty"],
    ["a/..", "path-empty"],
    ["a\u0000b", "path-control-character"],
    ["a\u2028b", "path-control-character"],
    ["\ud800", "glob-malformed"],
    ["a[b", "glob-malformed"],
    ["a{b", "glob-malformed"],
    ["a}b", "glob-malformed"],
    ["a\\", "glob-malformed"],
    ["[b-a]", "glob-malformed"],
    ["[a/b]", "glob-malformed"],
    ["a\\/b", "glob-malformed"],
    ["!src/**", "glob-unsupported"],
    ["@(a|b)", "glob-unsupported"],
    ["{1..3}.ts", "glob-unsupported"],
    ["[[:alpha:]]", "glob-unsupported"],
    ["**/../a", "glob-unsupported"],
  ])("%j is %s", (glob, kind) => {
    expect(problemOf(glob)).toBe(kind);
  });

  test("a glob, and what its braces stand for, is bounded", () => {
    expect(problemOf("x".repeat(1025))).toBe("region-too-large");
    expect(problemOf("{a,b}".repeat(9))).toBe("region-too-large");
    expect(problemOf("{a,b}".repeat(8))).toBe(`read as ${"{a,b}".repeat(8)}`);
  });

  test("any text at all is read or refused, and what is read reads the same again", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 40 }), (text) => {
        const reading = readGlob(text);
        if ("problem" in reading) expect(reading.problem.hint).not.toBe("");
        else expect(readGlob(reading.glob)).toEqual(reading);
      }),
      { numRuns: 1000, seed: 7 },
    );
    for (const text of [
      "{".repeat(500),
      "[".repeat(500),
      `${"{".repeat(300)}a,b${"}".repeat(300)}`,
      "*".repeat(900),
    ]) {
      expect(() => readGlob(text)).not.toThrow();
    }
  });
});

describe("conflict", () => {
  const claims = fc.record({
    lane: fc.constantFrom("a", "b"),
    region: fc.subarray(["src/**", "src/a.ts", "lib/*", "**/*.md", "docs/a.md"]),
    mode: fc.constantFrom("exclusive" as const, "shared" as const),
  });

  test("is symmetric, reflexive for exclusive claims, and blind between shared ones", () => {
    fc.assert(
      fc.property(claims, claims, (one, other) => {
        expect(conflict(one, other)).toBe(conflict(other, one));
        expect(conflict(one, one)).toBe(one.mode === "exclusive");
        if (one.mode === "shared" && other.mode === "shared")
          expect(conflict(one, other)).toBe(false);
      }),
      { numRuns: 500, seed: 3 },
    );
  });

  test("an empty region conflicts with nothing but its own lane", () => {
    const empty = { lane: "a", region: [], mode: "exclusive" } as const;
    expect(conflict(empty, { lane: "b", region: ["**"], mode: "exclusive" })).toBe(false);
    expect(conflict(empty, { lane: "a", region: [], mode: "shared" })).toBe(true);
  });
});
