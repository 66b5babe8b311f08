import { describe, expect, it } from "vitest";
import { bytes, count } from "./amounts";
import { between, duration, local, relative, ticking } from "./format";

const SECOND = 1000;
const HOUR = 3600 * SECOND;

describe("lengths of time", () => {
  it.each([
    [0, "0 s"],
    [0.84, "840 µs"],
    [12.4, "12 ms"],
    [3420, "3.42 s"],
    [59_900, "59.9 s"],
    [65 * SECOND, "1 m 05 s"],
    [2 * HOUR + 3 * 60 * SECOND, "2 h 03 m"],
    [76 * HOUR, "3 d 4 h"],
    [-5, "0 s"],
  ])("%d ms is %s", (milliseconds, said) => {
    expect(duration(milliseconds)).toBe(said);
  });

  it("tick in whole seconds", () => {
    expect([1999, 59_999, 60_000].map(ticking)).toEqual(["1 s", "59 s", "1 m 00 s"]);
  });

  it("are known only from both ends", () => {
    expect(between("2026-11-26T10:00:00Z", "2026-11-26T10:00:01.500Z")).toBe(1500);
    expect(between("2026-11-26T10:00:00Z", null)).toBeUndefined();
  });
});

it.each([
  [0, "just now"],
  [-30 * SECOND, "30 s ago"],
  [-3 * HOUR, "3 h ago"],
  [2 * HOUR, "in 2 h"],
  [-50 * HOUR, "2 d ago"],
])("%d ms from now is %s", (apart, said) => {
  expect(relative(1_000_000_000 + apart, 1_000_000_000)).toBe(said);
});

it("has a form that sorts", () => {
  expect(local(Date.UTC(2026, 10, 26, 22, 4, 25, 120))).toMatch(/^2026-11-2[67] \d\d:\d\d:25\.120$/);
});

it.each([
  [0, "0 B"],
  [1023, "1023 B"],
  [1536, "1.5 KiB"],
  [16 << 20, "16 MiB"],
  [123.4 * (1 << 20), "123 MiB"],
])("%d bytes are %s", (amount, said) => {
  expect(bytes(amount)).toBe(said);
});

it("counts in groups of three", () => {
  expect(count(1234567)).toBe("1,234,567");
});
