import { expect, it } from "vitest";
import { AT_A_TIME_MILLISECONDS, Breath } from "./breath";

/** Work of so many pieces; whether the browser had its turn after each of them. */
async function worked(pieces: number, each: number): Promise<boolean[]> {
  let now = 0;
  let turns = 0;
  const breath = new Breath(() => now);
  const paused: boolean[] = [];
  for (let piece = 0; piece < pieces; piece += 1) {
    const before = turns;
    const other = setImmediate(() => (turns += 1));
    await breath.take();
    now += each;
    await breath.take();
    paused.push(turns > before);
    clearImmediate(other);
  }
  return paused;
}

it("does not hold up what is short", async () => {
  expect(await worked(5, AT_A_TIME_MILLISECONDS / 10)).toEqual(Array(5).fill(false));
});

it("lets the browser have its turn again and again while there is much to do", async () => {
  const paused = await worked(40, AT_A_TIME_MILLISECONDS / 2);
  expect(paused.filter(Boolean).length).toBeGreaterThanOrEqual(10);
});

it("begins anew after a turn", async () => {
  let now = 0;
  const breath = new Breath(() => now);
  expect(breath.take()).toBeUndefined();
  now = AT_A_TIME_MILLISECONDS;
  await breath.take();
  expect(breath.take()).toBeUndefined();
});
