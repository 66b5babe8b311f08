import type { Timeline } from "cloche";
import { describe, expect, it } from "vitest";
import { rowsOf, traceAddress } from "./spans";

type Span = Timeline["spans"][number];
const START = Date.UTC(2026, 10, 26, 12);
const at = (second: number): string => new Date(START + second * 1000).toISOString();
const span = (id: string, name: Span["name"], begun: number, ended: number | undefined, more: Partial<Span> = {}): Span => ({
  id, name, kind: "internal", started_at: at(begun), parent: id === "evaluation" ? null : "evaluation", ...(ended !== undefined && { ended_at: at(ended) }), ...more,
});

const told = (spans: readonly Span[], now = START + 100_000) =>
  rowsOf([...spans], now).map(({ name, kind, depth, begun, ended, open, failed }) => [name, kind, depth, (begun - START) / 1000, (ended - START) / 1000, open, failed]);

it("names spans, and puts each below the one that it is a part of", () => {
  const parent = "attempt-2";
  expect(told([
    span("evaluation", "evaluation", 0, 11, { end: "failed", failed: true }),
    span("attempt-1", "run attempt", 2, 5, { attempt: 1, end: "executor_lost", failed: true }),
    span("back-off-1", "back off", 5, 6, { attempt: 1 }),
    span("attempt-2", "run attempt", 7, 11, { attempt: 2 }),
    span("attempt-2/run-program", "run program", 8, 9, { parent, attempt: 2, measured: true }),
    span("attempt-2/case-0", "case", 7, 8, { parent, attempt: 2, attributes: { "cloche.case": 0 } }),
    span("attempt-2/case-1", "case", 8, 10, { parent, attempt: 2, attributes: { "cloche.case": 1, "cloche.case.name": "big" } }),
    span("archive-output", "archive output", 11, 13),
  ])).toEqual([
    ["evaluation", "whole", 0, 0, 11, false, true],
    ["run attempt 1", "run", 1, 2, 5, false, true],
    ["back off 1", "wait", 1, 5, 6, false, false],
    ["run attempt 2", "run", 1, 7, 11, false, false],
    ["run program", "part", 2, 8, 9, false, false],
    ["case 1", "part", 2, 7, 8, false, false],
    ["big", "part", 2, 8, 10, false, false],
    ["archive output", "after", 1, 11, 13, false, false],
  ]);
});

it("ends what goes on with now, and never before it began", () => {
  const spans = [span("evaluation", "evaluation", 0, undefined), span("attempt-1", "run attempt", 2, undefined, { attempt: 1 })];
  expect(told(spans, START + 1000)).toEqual([
    ["evaluation", "whole", 0, 0, 1, true, false],
    ["run attempt 1", "run", 1, 2, 2, true, false],
  ]);
});

describe("the address of a trace", () => {
  it.each([
    ["https://g.example/t/{trace_id}", "0af7", "https://g.example/t/0af7"],
    ["https://g.example/t?a={trace_id}&b={trace_id}", "a b", "https://g.example/t?a=a%20b&b=a%20b"],
    ["javascript:alert({trace_id})", "0af7", undefined],
    [null, "0af7", undefined],
    [undefined, "0af7", undefined],
    ["https://g.example/t/{trace_id}", null, undefined],
  ])("%s with %s is %s", (template, id, address) => {
    expect(traceAddress(template, id)).toBe(address);
  });
});
