import { QueryClient } from "@tanstack/react-query";
import type { EvaluationView, FeedEvent } from "cloche";
import { expect, it } from "vitest";
import { Heads, replaced } from "./catching-up";

const row = (id: string, sequence: number): EvaluationView => ({ id, sequence }) as unknown as EvaluationView;
const event = (subject: string, sequence: number, name = "completed"): FeedEvent =>
  ({ name, data: {}, envelope: { subject, sequence: String(sequence), time: "2026-11-26T12:00:00Z" } }) as unknown as FeedEvent;

it("finds the rows that show less than was told, and no others", () => {
  const heads = new Heads();
  heads.hear([event("a", 3), event("b", 2), event("a", 2), event("c", 9, "output-chunk")]);
  expect(heads.behind([row("a", 2), row("b", 2), row("c", 1), row("d", 1)])).toEqual(["a"]);
});

it("forgets those first that it was told of longest ago", () => {
  const heads = new Heads();
  heads.hear([event("first", 2), event("kept", 2)]);
  heads.hear(Array.from({ length: 4998 }, (_, index) => event(`e${index}`, 2)));
  heads.hear([event("kept", 3), event("last", 2)]);
  expect(heads.behind([row("first", 1), row("kept", 2), row("last", 1)])).toEqual(["kept", "last"]);
});

it("replaces rows by newer answers only", () => {
  const queries = new QueryClient();
  queries.setQueryData(["list", 1], { pages: [{ items: [row("a", 1), row("b", 5)] }], pageParams: [] });
  replaced(queries, ["list"], [row("a", 4), row("b", 4)]);
  const data = queries.getQueryData<{ pages: { items: EvaluationView[] }[] }>(["list", 1]);
  expect(data?.pages[0]?.items.map((one) => one.sequence)).toEqual([4, 5]);
});
