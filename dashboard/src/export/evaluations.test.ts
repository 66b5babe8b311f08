import type { EvaluationView } from "cloche";
import { expect, it } from "vitest";
import { csvOf, jsonlOf } from "./evaluations";

const row = (changes: object): EvaluationView =>
  ({
    id: "a", name: null, status: "completed", outcome: "succeeded", exit_code: 0, detail: "", labels: {}, usage: null, batch: null,
    stdout: { total_bytes: 3 }, stderr: { total_bytes: 0 }, queued_at: "2026-11-26T12:00:00Z", started_at: "2026-11-26T12:00:01.5Z",
    completed_at: null, ...changes,
  }) as unknown as EvaluationView;

function cells(text: string): Record<string, string> {
  const [names = "", values = ""] = text.split("\r\n");
  const found = values.split(",");
  return Object.fromEntries(names.split(",").map((name, index) => [name, found[index] ?? ""]));
}

it("gives a line of names and a line for each evaluation", () => {
  const text = csvOf([row({}), row({ id: "b" })]);
  expect(text.split("\r\n")).toHaveLength(4);
  expect(cells(text)).toMatchObject({ id: "a", outcome: "succeeded", exit_code: "0", wait_seconds: "1.5", run_seconds: "", stdout_bytes: "3" });
});

it.each([
  ['say "hi", you', '"say ""hi"", you"'],
  ["two\nlines", '"two\nlines"'],
  ["=1+1", "'=1+1"],
  ["@SUM(A1)", "'@SUM(A1)"],
  ["-x", "'-x"],
  ["plain", "plain"],
])("writes the name %j so that no reader mistakes it", (name, written) => {
  expect(csvOf([row({ name })])).toContain(`a,${written},completed`);
});

it("leaves negative numbers numbers", () => {
  expect(cells(csvOf([row({ exit_code: -9 })]))["exit_code"]).toBe("-9");
});

it("gives JSON lines that are read back whole", () => {
  const rows = [row({ name: "a\nb" }), row({ id: "b" })];
  expect(jsonlOf(rows).trimEnd().split("\n").map((line) => JSON.parse(line) as unknown)).toEqual(rows);
});
