import { QueryClient } from "@tanstack/react-query";
import type { EvaluationView, FeedEvent } from "cloche";
import { expect, it } from "vitest";
import { evaluationKeys } from "~/api/evaluations";
import { patch } from "./patching";

const row = (id: string, sequence: number): EvaluationView => ({ id, sequence, status: "queued", attempts: [] }) as unknown as EvaluationView;
const started = (id: string, sequence: number): FeedEvent =>
  ({
    cursor: `1-${sequence}`, name: "started", data: { attempt: 1, executor: "e1", engine: "docker", nonce: "n" },
    envelope: { subject: id, sequence: String(sequence), time: "2026-11-26T12:00:00Z" },
  }) as unknown as FeedEvent;

function held(): { queries: QueryClient; rows: () => readonly EvaluationView[] } {
  const queries = new QueryClient();
  const key = [...evaluationKeys.lists, {}];
  queries.setQueryData(key, { pages: [{ items: [row("a", 1), row("b", 1)] }, { items: [row("c", 5)] }], pageParams: [] });
  queries.setQueryData(evaluationKeys.one("a"), row("a", 1));
  return { queries, rows: () => queries.getQueryData<{ pages: { items: EvaluationView[] }[] }>(key)?.pages.flatMap((page) => page.items) ?? [] };
}

it("brings lists and single evaluations up to the event", () => {
  const { queries, rows } = held();
  const before = rows();
  patch(queries, [started("a", 2)]);
  expect(rows().map((one) => [one.id, one.status])).toEqual([["a", "running"], ["b", "queued"], ["c", "queued"]]);
  expect(queries.getQueryData<EvaluationView>(evaluationKeys.one("a"))?.executor).toBe("e1");
  // What did not change is the same object, so it is not drawn again.
  expect(rows()[1]).toBe(before[1]);
});

it.each([["an old event", 1], ["an event behind a gap", 3]])("leaves a row alone for %s", (_what, sequence) => {
  const { queries, rows } = held();
  patch(queries, [started("a", sequence)]);
  expect(rows()[0]?.status).toBe("queued");
});

it("leaves everything alone for an evaluation that nobody shows", () => {
  const { queries, rows } = held();
  const before = rows();
  patch(queries, [started("z", 2)]);
  expect(rows()).toEqual(before);
  expect(queries.getQueryData(evaluationKeys.one("z"))).toBeUndefined();
});
