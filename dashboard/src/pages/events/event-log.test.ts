import type { FeedEvent } from "cloche";
import { describe, expect, it } from "vitest";
import { EventLog } from "./event-log";
import { eventFiltersOf, wishOf } from "./filters";

const event = (name: string, subject: string): FeedEvent =>
  ({ cursor: `${subject} ${name}`, name, data: {}, envelope: { subject } }) as unknown as FeedEvent;
const names = (log: EventLog) => log.current().rows.map((one) => one.name);

describe("the event log", () => {
  it("shows the newest first and forgets the oldest", () => {
    const log = new EventLog(2);
    log.take([event("queued", "a"), event("started", "a"), event("completed", "a")]);
    expect(names(log)).toEqual(["completed", "started"]);
    expect(log.current().forgotten).toBe(1);
  });

  it("counts what comes while it is paused, and shows it afterwards", () => {
    const log = new EventLog(2);
    log.take([event("queued", "a")]);
    log.pause();
    log.take([event("started", "a"), event("case-completed", "a"), event("completed", "a")]);
    expect(names(log)).toEqual(["queued"]);
    expect(log.current().waiting).toBe(3);
    log.goOn();
    expect(names(log)).toEqual(["completed", "case-completed"]);
    expect(log.current()).toMatchObject({ paused: false, waiting: 0, forgotten: 2 });
  });
});

describe("filters of events", () => {
  it("takes from an address what can be one", () => {
    expect(eventFiltersOf({ type: ["queued", "no"], outcome: "failed", from: "yesterday", language: "", batch: "b" })).toEqual({ type: ["queued"], batch: "b" });
    expect(eventFiltersOf({ from: "beginning" })).toEqual({ from: "beginning" });
  });

  it("are asked for by the names of the SDK", () => {
    expect(wishOf({ type: ["completed"], language: "go", batch: "b" })).toEqual({ types: ["completed"], languages: ["go"], batch: "b", labels: undefined, outcomes: undefined });
  });
});
