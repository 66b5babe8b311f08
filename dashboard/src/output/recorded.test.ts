import { expect, it } from "vitest";
import { placed } from "./recorded";

const summary = { total_bytes: 110, head_bytes: 4, dropped_bytes: 100, tail_bytes: 6, sha256: "", chunks: 2 };
const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);

it.each([
  ["in the beginning", 1, bytes(1, 2, 3), [[1, [1, 2, 3]]]],
  ["at the end", 4, bytes(4, 5), [[104, [4, 5]]]],
  ["on both sides", 2, bytes(2, 3, 4), [[2, [2, 3]], [104, [4]]]],
] as const)("bytes %s of what was dropped are where they were", (_where, offset, data, expected) => {
  expect(placed(summary, offset, data).map((piece) => [piece.offset, [...piece.data]])).toEqual(expected);
});

it("what is whole stays where it is", () => {
  const whole = { ...summary, dropped_bytes: 0 };
  expect(placed(whole, 7, bytes(1))).toEqual([{ offset: 7, data: bytes(1) }]);
});
