import type { EvaluationView } from "cloche";
import { expect, it } from "vitest";
import { countsOf, isState, lookOfState, progressOf, STATES, stateOf, tallied } from "./states";

const member = (status: string, outcome: string | null = null): EvaluationView => ({ status, outcome }) as unknown as EvaluationView;

it("counts each evaluation once, by its outcome if it has one", () => {
  const batch = { by_status: { completed: 3, running: 2, dead_lettered: 1 }, by_outcome: { succeeded: 2, failed: 1 } };
  const members = [
    member("completed", "succeeded"), member("running"), member("completed", "failed"), member("dead_lettered"), member("running"),
    member("completed", "succeeded"),
  ];
  const expected = [["succeeded", 2], ["failed", 1], ["dead_lettered", 1], ["running", 2]];
  expect([...countsOf(batch)]).toEqual(expected);
  expect([...tallied(members)]).toEqual(expected);
  expect(progressOf(countsOf(batch))).toEqual({ over: 4, failed: 2 });
});

it("takes what was cancelled for over, and not for failed", () => {
  expect(progressOf(tallied([member("completed", "cancelled"), member("cancelling"), member("completed", "timed_out")]))).toEqual({ over: 2, failed: 1 });
});

it("has a word and a sign for each state", () => {
  for (const state of STATES) expect(lookOfState(state)).toMatchObject({ word: expect.stringMatching(/./) as string, sign: expect.stringMatching(/^.$/) as string });
  expect(lookOfState("timed_out").word).toBe("Timed out");
  expect(new Set(STATES).size).toBe(STATES.length);
});

it("tells states from other words", () => {
  expect([isState("failed"), isState("running"), isState("completed"), isState(5)]).toEqual([true, true, false, false]);
  expect(stateOf({ status: "completed", outcome: null })).toBeUndefined();
});
