import { expect, it } from "vitest";
import { letterSearchOf, payloadOf } from "./filters";

it("takes what filters letters, and leaves the rest out", () => {
  expect(letterSearchOf({ kind: "message", reason: "r", handler: " h ", letter: "l", other: 1 })).toEqual({ kind: "message", reason: "r", handler: "h", letter: "l" });
  expect(letterSearchOf({ kind: "nonsense", reason: "", handler: {} })).toEqual({});
});

it.each([
  ["JSON", { payload: { a: [1] }, payload_base64: null }, '{\n  "a": [\n    1\n  ]\n}'],
  ["text", { payload: null, payload_base64: btoa("<b>no</b>") }, "<b>no</b>"],
  ["bytes that are no text", { payload: null, payload_base64: btoa("\xff\x00A") }, "ff 00 41"],
  ["nothing", { payload: null, payload_base64: null }, ""],
])("shows a payload of %s", (_what, letter, shown) => {
  expect(payloadOf(letter)).toBe(shown);
});
