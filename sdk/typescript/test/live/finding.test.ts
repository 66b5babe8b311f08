// Evaluations that are found again, counted, run again with changes, and waited for; batches that are watched.

import assert from "node:assert/strict";
import { test } from "node:test";

import { ApiError, type EvaluationView } from "cloche";

import { client, collected, eventually } from "./system.ts";

const mark = `finding-${Date.now()}`;

async function found(label: string, count: number): Promise<EvaluationView[]> {
  return eventually(async () => {
    const items = await client.evaluations.list({ label, status: "completed" }).all();
    return items.length === count ? items : undefined;
  });
}

test("filters, order and pages both ways", async () => {
  const label = `mark=${mark}`;
  for (const code of ["print('zebrafish')", "raise SystemExit(1)", "print('aardvark')"]) {
    await client.evaluations.run({ code, language: "python", labels: { mark } });
  }
  const all = await found(label, 3);
  assert.deepEqual(all.map(({ outcome }) => outcome), ["succeeded", "failed", "succeeded"]);
  const since = all[2]?.submitted_at ?? undefined;
  const failed = await client.evaluations.list({ label: [label], outcome: ["failed", "timed_out"], language: "python", since }).all();
  assert.deepEqual(failed.map(({ id }) => id), [all[1]?.id]);
  const searched = await eventually(async () => (await client.evaluations.list({ label, q: "zebrafish" }).page()).items[0]);
  assert.equal(searched.id, all[2]?.id);
  assert.deepEqual(await client.evaluations.list({ label, until: since }).all(), []);

  const wish = { label, sort: "created", order: "asc", limit: 2 } as const;
  const first = await client.evaluations.list(wish).page();
  const second = await client.evaluations.list({ ...wish, cursor: first.next_cursor ?? "" }).page();
  const back = await client.evaluations.list({ ...wish, cursor: second.prev_cursor ?? "" }).page();
  assert.deepEqual(second.items.map(({ id }) => id), [all[0]?.id]);
  assert.deepEqual(back.items.map(({ id }) => id), first.items.map(({ id }) => id));
  const other = client.evaluations.list({ ...wish, order: "desc", cursor: first.next_cursor ?? "" });
  await assert.rejects(other.page(), (error) => error instanceof ApiError && error.code === "invalid_cursor");

  const report = await client.statistics.report({ since, step: "1m" });
  assert.ok(report.total.ended >= 3 && report.step === "1m" && report.languages.length > 0);
});

test("the server waits for the end, of a submission, of a rerun, of one that is looked at", async () => {
  const ended = await client.evaluations.submit({ code: "print(input())", stdin: "1" }, { waitSeconds: 60 });
  assert.ok("outcome" in ended && ended.outcome === "succeeded");
  const again = await client.evaluations.rerun(ended.id, { stdin: "2", labels: { mark: "again" } }, { waitSeconds: 60 });
  assert.ok("outcome" in again && again.rerun_of === ended.id);
  assert.equal(await client.outputs.text(again.id), "2\n");
  const accepted = await client.evaluations.rerun(ended.id);
  const view = await client.evaluations.get(accepted.id, { waitSeconds: 60 });
  assert.equal(view.status, "completed");
  const sleeps = await client.evaluations.submit({ code: "import time\ntime.sleep(600)" }, { waitSeconds: 1 });
  assert.ok(!("outcome" in sleeps));
  await client.evaluations.cancel(sleeps.id);
});

test("a batch tells of itself until it is over, and again behind any event", async () => {
  const { id } = await client.batches.submit({ evaluations: [{ code: "print(1)" }, { code: "raise SystemExit(1)" }] });
  const told = await collected(client.events.ofBatch(id));
  const far = told.flatMap((one) => (one.name === "progress" ? [one.data] : []));
  assert.deepEqual([far.at(-1)?.over, far.at(-1)?.size, far.at(-1)?.by_outcome], [2, 2, { succeeded: 1, failed: 1 }]);
  const ends = told.filter(({ name }) => name === "completed");
  assert.equal(ends.length, 2);
  assert.ok(!told.some(({ name }) => name === "output-chunk"));
  const rest = await collected(client.events.ofBatch(id, { after: ends[0]?.cursor }));
  assert.deepEqual(rest.flatMap(({ name, cursor }) => (name === "completed" ? [cursor] : [])), [ends[1]?.cursor]);

  const seen = await collected(client.events.history({ batch: id, languages: ["python"], types: ["completed"] }));
  assert.deepEqual(seen.map(({ cursor }) => cursor), ends.map(({ cursor }) => cursor));
  assert.deepEqual(await collected(client.events.history({ batch: id, languages: ["ruby"] })), []);
});
