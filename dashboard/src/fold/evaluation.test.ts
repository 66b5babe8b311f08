import { readdirSync, readFileSync } from "node:fs";
import type { EventData, EventName, FeedEvent } from "cloche";
import { describe, expect, it } from "vitest";
import { folded } from "./evaluation";

const ID = "01900000-0000-7000-8000-000000000001";
const EXAMPLES = new URL("../../../schemas/examples/", import.meta.url);

/** A story of one evaluation: what happened, one second after the other. */
class Story {
  readonly #events: FeedEvent[] = [];

  then<N extends EventName>(name: N, data: Omit<EventData[N], "type">): this {
    const number = this.#events.length + 1;
    const time = new Date(Date.UTC(2026, 10, 26, 12, 0, number)).toISOString();
    const envelope = {
      subject: ID, sequence: String(number), time, type: `cloche.evaluation.${name}.v1`, traceparent: "00-abc-def-01",
    };
    this.#events.push({ cursor: `1-${number}`, name, envelope, data } as unknown as FeedEvent);
    return this;
  }

  get view() {
    return folded(this.#events);
  }
}

const submission = { attempt: 1, spec: { code: "print(1)", name: "a.py", labels: { team: "red" } } };
const start = { attempt: 1, executor: "e1", nonce: "n", engine: "gvisor" } as const;

describe("an evaluation is", () => {
  it("queued, with what was submitted and what a server fills in", () => {
    const view = new Story().then("queued", submission).view;
    expect(view).toMatchObject({
      id: ID, status: "queued", attempt: 1, language: "python", name: "a.py", labels: { team: "red" }, priority: "normal",
      submitted_at: "2026-11-26T12:00:01.000Z", trace_id: "abc", sequence: 1,
    });
  });

  it("running where it was started", () => {
    const view = new Story().then("queued", submission).then("started", start).view;
    expect(view).toMatchObject({ status: "running", engine: "gvisor", executor: "e1", started_at: "2026-11-26T12:00:02.000Z" });
    expect(view?.limits.wall_seconds).toBe(60);
  });

  it("over, with its verdict and one attempt", () => {
    const view = new Story()
      .then("queued", submission)
      .then("started", start)
      .then("completed", { outcome: "failed", attempt: 1, exit_code: 3, domain: "program" }).view;
    expect(view).toMatchObject({ status: "completed", outcome: "failed", exit_code: 3, failure_domain: "program", sequence: 3 });
    expect(view?.attempts).toEqual([
      expect.objectContaining({ number: 1, executor: "e1", outcome: "failed", ended_at: "2026-11-26T12:00:03.000Z" }),
    ]);
  });

  it("tried again after an attempt was lost, and given up after the last one", () => {
    const story = new Story()
      .then("queued", submission)
      .then("started", start)
      .then("attempt-failed", { attempt: 1, reason: "executor_lost", detail: "gone" });
    expect(story.view).toMatchObject({ status: "retry_pending", failure_domain: "infrastructure", detail: "gone" });
    const view = story.then("queued", { attempt: 2 }).then("dead-lettered", { attempts: 2, reason: "attempts_exhausted" }).view;
    expect(view).toMatchObject({ status: "dead_lettered", detail: "attempts_exhausted", attempt: 2 });
    expect(view?.attempts.map((one) => one.reason)).toEqual(["executor_lost", "attempts_exhausted"]);
  });

  it("cancelling until it is true", () => {
    const view = new Story().then("queued", submission).then("started", start).then("cancel-requested", { reason: "enough" }).view;
    expect(view).toMatchObject({ status: "cancelling", detail: "enough" });
  });

  it("nothing without events", () => {
    expect(folded([])).toBeUndefined();
  });
});

it.each(readdirSync(EXAMPLES).filter((name) => name.endsWith(".json")))("takes the golden event %s", (name) => {
  const envelope = JSON.parse(readFileSync(new URL(name, EXAMPLES), "utf8")) as FeedEvent["envelope"];
  const event = { cursor: "1-1", name: name.split(".")[0], envelope, data: envelope.data } as FeedEvent;
  const view = folded([event]);
  if (["output-chunk", "case-completed"].includes(event.name)) expect(view).toBeUndefined();
  else expect(view?.id).toBe(envelope.subject);
});
