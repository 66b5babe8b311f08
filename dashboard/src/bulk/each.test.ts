import { expect, it } from "vitest";
import { each } from "./each";

const ids = Array.from({ length: 10 }, (_, index) => String(index));

it("tries each once, a few at a time, and goes on after a refusal", async () => {
  const tried: string[] = [];
  const told: number[] = [];
  let running = 0;
  let most = 0;
  const act = async (id: string) => {
    tried.push(id);
    running += 1;
    most = Math.max(most, running);
    await Promise.resolve();
    running -= 1;
    if (id === "3") throw new Error("no");
  };
  const tally = await each(ids, act, (count) => told.push(count));
  expect(tried.toSorted()).toEqual(ids);
  expect(most).toBe(4);
  expect(tally.done).toBe(9);
  expect(tally.refused.map((one) => one.id)).toEqual(["3"]);
  expect(told).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
});

it("begins nothing more once it was ended", async () => {
  const ending = new AbortController();
  const tried: string[] = [];
  await each(ids, (id) => {
    tried.push(id);
    ending.abort();
    return Promise.resolve();
  }, undefined, ending.signal);
  expect(tried).toEqual(["0"]);
});
