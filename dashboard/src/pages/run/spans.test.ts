import type { FeedEvent } from "cloche";
import { expect, it } from "vitest";
import { spansOf } from "./spans";

const START = Date.UTC(2026, 10, 26, 12);
const event = (name: FeedEvent["name"], second: number, data: object): FeedEvent =>
  ({ cursor: `1-${second}`, name, data, envelope: { time: new Date(START + second * 1000).toISOString() } }) as unknown as FeedEvent;

const told = (events: readonly FeedEvent[], now = START + 100_000) =>
  spansOf(events, now).map(({ name, kind, begun, ended, open }) => [name, kind, (begun - START) / 1000, (ended - START) / 1000, open]);

it("tells waiting, running, what was lost and what came after apart", () => {
  const events = [
    event("queued", 0, { attempt: 1 }),
    event("started", 2, { attempt: 1, executor: "e1", engine: "gvisor" }),
    event("attempt-failed", 5, { attempt: 1, reason: "executor_lost" }),
    event("queued", 6, { attempt: 2 }),
    event("started", 7, { attempt: 2, executor: "e2", engine: "gvisor" }),
    event("case-completed", 8, { index: 0, outcome: "succeeded" }),
    event("case-completed", 10, { index: 1, name: "big", outcome: "failed" }),
    event("completed", 11, { outcome: "failed" }),
    event("output-archived", 13, {}),
  ];
  expect(told(events)).toEqual([
    ["evaluation", "whole", 0, 11, false],
    ["queued 1", "wait", 0, 2, false],
    ["attempt 1", "lost", 2, 5, false],
    ["back-off", "wait", 5, 6, false],
    ["queued 2", "wait", 6, 7, false],
    ["case 1", "case", 7, 8, false],
    ["attempt 2", "run", 7, 11, false],
    ["big", "case", 8, 10, false],
    ["archived", "after", 11, 13, false],
  ]);
});

it("ends what goes on with now", () => {
  const running = [event("queued", 0, { attempt: 1 }), event("started", 1, { attempt: 1, executor: "e", engine: "docker" })];
  expect(told(running, START + 9000)).toEqual([
    ["evaluation", "whole", 0, 9, true],
    ["queued 1", "wait", 0, 1, false],
    ["attempt 1", "run", 1, 9, true],
  ]);
});

it("tells nothing of nothing", () => {
  expect(spansOf([], 0)).toEqual([]);
});
