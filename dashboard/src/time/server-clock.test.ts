import { expect, it } from "vitest";
import { ServerClock } from "./server-clock";

/** Asks a server whose clock is ahead by so much, at each of these times of ours; an answer takes 40 ms. */
function asked(ahead: number, ...times: number[]): ServerClock {
  let now = 0;
  const clock = new ServerClock(() => now);
  for (const sent of times) {
    const answered = new Date(Math.floor((sent + 20 + ahead) / 1000) * 1000).toUTCString();
    now = sent + 40;
    clock.learn(answered, sent);
  }
  return clock;
}

it("believes that both agree while they may", () => {
  expect(asked(0, 10_000, 20_300, 30_700).ahead).toBe(0);
  expect(asked(300, 10_000).ahead).toBe(0);
});

it.each([-3_600_000, -90_000, 45_000, 86_400_000])("finds out that the server's is ahead by %d ms, to a second", (ahead) => {
  expect(Math.abs(asked(ahead, 1_700_000_010_000, 1_700_000_020_300, 1_700_000_030_700).ahead - ahead)).toBeLessThan(500);
});

it("believes the newest answer when a clock was set", () => {
  let now = 1_000_000;
  const clock = new ServerClock(() => now);
  clock.learn(new Date(1_000_000).toUTCString(), now);
  now = 2_000_000;
  clock.learn(new Date(1_000_000).toUTCString(), now);
  expect(clock.now()).toBe(1_000_500);
});

it("makes nothing of an answer without a date", () => {
  const clock = new ServerClock(() => 5);
  clock.learn(null, 0);
  clock.learn("yesterday", 0);
  expect(clock.now()).toBe(5);
});
