/** Numbers as text. */
import { describe, expect, it } from "vitest";

import { bytes, counted, duration, thousands } from "../src/report/index.js";

describe("numbers", () => {
  it.each([
    [0, "0"],
    [999, "999"],
    [1000, "1,000"],
    [3412881, "3,412,881"],
    [-1234, "-1,234"],
  ])("groups the digits of %d as %s", (value, text) => {
    expect(thousands(value)).toBe(text);
  });

  it.each([
    [0, "0 ms"],
    [0.0124, "12 ms"],
    [0.9996, "1.0 s"],
    [59.94, "59.9 s"],
    [59.96, "1 min 00 s"],
    [125, "2 min 05 s"],
    [3720, "1 h 02 min"],
  ])("writes %d seconds as %s", (seconds, text) => {
    expect(duration(seconds)).toBe(text);
  });

  it.each([
    [0, "0 B"],
    [1536, "1.5 KiB"],
    [640 * 1024 * 1024, "640 MiB"],
  ])("writes %d bytes as %s", (count, text) => {
    expect(bytes(count)).toBe(text);
  });

  it("says one in the singular and all else in the plural", () => {
    expect([counted(0, "step"), counted(1, "step"), counted(2000, "step")]).toEqual([
      "0 steps",
      "1 step",
      "2,000 steps",
    ]);
  });
});
