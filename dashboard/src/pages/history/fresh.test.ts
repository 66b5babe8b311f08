import type { FeedEvent } from "cloche";
import { describe, expect, it } from "vitest";
import { occurrenceOf } from "~/fold/evaluation";
import type { Filters } from "./filters";
import { enters, freshAfter, NOTHING_FRESH, wordsOf } from "./fresh";

const event = (name: string, data: object, sequence = 1, subject = "a"): FeedEvent =>
  ({ name, data, envelope: { subject, sequence: String(sequence), time: "2026-11-26T12:00:00Z" } }) as unknown as FeedEvent;
const spec = { language: "c", engine: "docker", labels: { team: "red", k: "a=b" } };
const queued = (id = "a") => event("queued", { attempt: 1, spec, origin: { batch: { id: "b1", index: 0, size: 2 } } }, 1, id);
const failed = (id = "a") => event("completed", { outcome: "failed" }, 3, id);

function how(filters: Filters, one: FeedEvent) {
  const occurrence = occurrenceOf(one);
  if (occurrence === undefined) throw new Error("no lifecycle event");
  return enters(filters, occurrence);
}

describe("an event puts its evaluation into the list", () => {
  it.each<[string, Filters, FeedEvent, string]>([
    ["of all, when it is submitted", {}, queued(), "yes"],
    ["of all, once", {}, failed(), "no"],
    ["of its language", { language: ["c", "go"] }, queued(), "yes"],
    ["not of another language", { language: ["go"] }, queued(), "no"],
    ["of its label", { label: ["team=red", "k=a=b", "team"] }, queued(), "yes"],
    ["not of a label with another value", { label: ["team=blue"] }, queued(), "no"],
    ["of its batch", { batch: "b1" }, queued(), "yes"],
    ["not of another batch", { batch: "b2" }, queued(), "no"],
    ["not of what is over, before", { status: ["completed"] }, queued(), "no"],
    ["of what is over, when it is", { status: ["completed"] }, failed(), "yes"],
    ["of its outcome", { outcome: ["failed"] }, failed(), "yes"],
    ["not of another outcome", { outcome: ["succeeded"] }, failed(), "no"],
    ["of those that ended last", { sort: "finished" }, failed(), "yes"],
    ["not of those that ended last, before it has", { sort: "finished" }, queued(), "no"],
    ["perhaps, where only the server knows words", { q: "x" }, queued(), "perhaps"],
    ["perhaps, where its language is not told", { outcome: ["failed"], language: ["go"] }, failed(), "perhaps"],
    ["not after the end of the time", { until: "2026-11-26T11:00:00Z" }, queued(), "no"],
    ["within the time", { since: "2026-11-26T11:00:00Z" }, queued(), "yes"],
  ])("%s", (_what, filters, one, expected) => {
    expect(how(filters, one)).toBe(expected);
  });
});

it("counts each evaluation once, and none that is shown", () => {
  const fresh = freshAfter(NOTHING_FRESH, {}, [queued("a"), queued("b"), queued("b"), queued("c")], new Set(["a"]));
  expect(wordsOf(fresh)).toBe("2 new");
  expect(freshAfter(fresh, {}, [queued("c"), failed("z")], new Set())).toBe(fresh);
});

it("says where the server alone can tell", () => {
  expect(wordsOf(freshAfter(NOTHING_FRESH, { q: "x" }, [queued()], new Set()))).toBe("up to 1 new");
});
