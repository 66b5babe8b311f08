// @vitest-environment jsdom
import { screen, waitFor } from "@testing-library/react";
import type { EvaluationPage, FeedEvent } from "cloche";
import { expect, it } from "vitest";
import { queryClientFor } from "~/api/query-client";
import { evaluationKeys } from "~/api/evaluations";
import { patch } from "~/live/patching";
import { openPage } from "../../../test/page";

const ROWS = 1000;
const UPDATES = 10;
const CHANGED = 100;
const FRAME_MILLISECONDS = 50;

const row = (index: number) => ({
  id: `e${index}`, sequence: 1, status: "queued", outcome: null, name: `${index}.py`, language: "python", submitted_at: "2026-11-26T12:00:00Z",
  queued_at: "2026-11-26T12:00:00Z", started_at: null, completed_at: null, exit_code: null, signal: null, limit: null, failure_domain: null, detail: "",
  labels: {}, attempts: [], attempt: 0, stdout: { total_bytes: 0 }, stderr: { total_bytes: 0 }, usage: null, batch: null,
});
const rows = Array.from({ length: ROWS }, (_, index) => row(index));

/** What comes within the tenth of a second `update`: a tenth of all rows begins to run, from the first on. */
const started = (update: number): FeedEvent[] =>
  Array.from({ length: CHANGED }, (_, offset) => ({
    name: "started",
    data: { attempt: 1, executor: "x1", engine: "docker" },
    envelope: { subject: `e${update * CHANGED + offset}`, sequence: "2", time: "2026-11-26T12:00:05Z" },
  })) as unknown as FeedEvent[];

it("brings a thousand rows up to ten updates a second in a fraction of a frame, and leaves the others as they are", () => {
  const queries = queryClientFor(() => undefined);
  const page = { items: rows, next_cursor: null } as unknown as EvaluationPage;
  queries.setQueryData(evaluationKeys.lists, { pages: [page], pageParams: [undefined] });
  const items = () => queries.getQueryData<{ pages: EvaluationPage[] }>(evaluationKeys.lists)?.pages[0]?.items ?? [];
  const before = items();
  patch(queries, started(0).slice(0, 1));
  expect(items().filter((item, index) => item !== before[index])).toHaveLength(1);
  const begun = process.cpuUsage();
  for (let update = 0; update < UPDATES; update += 1) patch(queries, started(update));
  const { user, system } = process.cpuUsage(begun);
  expect(items().filter(({ status }) => status === "running")).toHaveLength(ROWS);
  // Of the processor's time, which does not depend on who else is busy.
  expect((user + system) / 1000 / UPDATES).toBeLessThan(FRAME_MILLISECONDS);
});

it("draws what is seen of a thousand rows, and changes nothing else", { timeout: 20_000 }, async () => {
  const { tell } = openPage("/history", ({ path }) => (path === "/v1/evaluations" ? { items: rows, next_cursor: null } : undefined));
  await screen.findByRole("link", { name: "0.py" });
  const drawn = () => document.querySelectorAll("main tbody tr[aria-rowindex]");
  expect(drawn().length).toBeLessThan(60);
  const body = document.querySelector("main tbody");
  const seen: MutationRecord[] = [];
  const watch = new MutationObserver((records) => seen.push(...records));
  if (body) watch.observe(body, { subtree: true, childList: true, attributes: true, characterData: true });
  // Of all these only the last is drawn.
  for (let update = 1; update < UPDATES; update += 1) tell(started(update));
  tell(started(0).slice(0, 1));
  const first = document.querySelector("main tbody tr[aria-rowindex='2']");
  await waitFor(() => expect(first?.querySelector(".status-badge")?.textContent).toContain("Running"));
  watch.disconnect();
  expect(seen.filter(({ target }) => !first?.contains(target))).toEqual([]);
});
