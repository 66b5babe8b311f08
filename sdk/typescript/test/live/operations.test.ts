import assert from "node:assert/strict";
import { test } from "node:test";

import { Conflict, NotAuthorised, NotFound, type BatchProgress } from "cloche";

import { client, collected, connect, eventually } from "./system.ts";

test("a batch is accepted as a whole, told of on the way, listed in its order, and run again", async () => {
  const codes = ["print(0)", "raise SystemExit(1)", "print(2)"];
  const evaluations = codes.map((code) => ({ code }));
  const told: BatchProgress[] = [];
  const batch = await client.batches.run({ name: "three", evaluations }, { onProgress: (p) => told.push(p) });
  assert.deepEqual([batch.size, batch.by_outcome], [3, { succeeded: 2, failed: 1 }]);
  assert.deepEqual([told.at(-1)?.over, told.at(-1)?.succeeded], [3, 2]);
  assert.equal(new Set(told.map(({ batch: b }) => JSON.stringify([b.by_status, b.by_outcome]))).size, told.length);

  const members = await client.batches.evaluations(batch.id, { limit: 2 }).all();
  assert.deepEqual(
    members.map(({ outcome, batch: place }) => [place?.index, outcome]),
    [[0, "succeeded"], [1, "failed"], [2, "succeeded"]],
  );
  const failed = await client.batches.evaluations(batch.id, { outcome: "failed" }).all();
  assert.deepEqual(failed.map(({ id }) => id), [members[1]?.id]);

  const again = await client.batches.rerun(batch.id);
  assert.equal(again.size, 1);
  await client.batches.wait(again.id);
  const [rerun] = await client.batches.evaluations(again.id).all();
  assert.equal(rerun?.rerun_of, members[1]?.id);
  await eventually(async () => {
    const { items } = await client.batches.list({ limit: 200 }).page();
    return items.find(({ id }) => id === again.id);
  });
});

test("a batch is cancelled", async () => {
  const evaluations = [{ code: "import time\ntime.sleep(600)" }, { code: "import time\ntime.sleep(600)" }];
  const { id } = await client.batches.submit({ evaluations, concurrency: 1 });
  assert.deepEqual(await client.batches.cancel(id, { reason: "enough" }), { id, cancelled: 2, already_over: 0 });
  assert.deepEqual((await client.batches.wait(id)).by_outcome, { cancelled: 2 });
});

test("a schedule is made, paused, resumed, run now, and deleted", async () => {
  const made = await client.schedules.create({ name: "live", cron: "@daily", evaluation: { code: "print(1)" } });
  assert.ok(made.next_due);
  assert.equal((await client.schedules.pause(made.id)).next_due, null);
  assert.ok((await client.schedules.resume(made.id)).next_due);
  const { id } = await client.schedules.trigger(made.id);
  const ended = await client.evaluations.wait(id);
  assert.deepEqual([ended.outcome, ended.schedule], ["succeeded", made.id]);
  assert.ok((await client.schedules.list()).items.some((one) => one.id === made.id));
  assert.equal((await client.schedules.get(made.id)).cron, "@daily");
  await client.schedules.delete(made.id);
  await assert.rejects(client.schedules.get(made.id), NotFound);
});

test("what is not due yet says so, and is cancelled before it runs", async () => {
  const { id, status } = await client.evaluations.submit({ code: "print(1)", delay_seconds: 3600 });
  assert.equal(status, "scheduled");
  const place = await client.queue.place(id);
  assert.deepEqual([place.status, place.reason], ["scheduled", "not_due"]);
  await client.evaluations.cancel(id);
  assert.equal((await client.evaluations.wait(id)).outcome, "cancelled");
});

test("the queue, its executors, languages and usage", async () => {
  const queue = await client.queue.view({ seconds: 60, everybody: true });
  assert.equal(queue.recent.seconds, 60);
  const { items } = await client.queue.executors();
  assert.ok(items.every(({ slots }) => slots > 0));
  const { items: languages } = await client.languages.list();
  assert.ok(languages.some(({ name }) => name === "python"));
  const usage = await client.usage.report({ everybody: true });
  assert.ok(usage.items.some(({ tenant }) => tenant === "main"));
});

test("a key of another tenant sees nothing of this one, and is revoked", async () => {
  const { tenant } = await client.tenants.create({ name: "live", max_queued: 5 });
  assert.equal((await client.tenants.change(tenant, { max_queued: null })).max_queued, null);
  assert.ok((await client.tenants.list()).items.some((one) => one.tenant === tenant));
  const { api_key: apiKey, key } = await client.keys.create({ name: "of a test", tenant });
  const other = connect({ apiKey });
  const { id } = await client.evaluations.run({ code: "print(1)" });
  await assert.rejects(other.evaluations.get(id), NotFound);
  assert.deepEqual(await other.evaluations.list().all(), []);
  await assert.rejects(other.keys.list(), NotAuthorised);
  const mine = await other.evaluations.run({ code: "print('mine')" });
  assert.equal(await other.outputs.text(mine.id), "mine\n");
  assert.deepEqual(
    (await client.keys.list({ tenant })).items.map((one) => one.id),
    [key.id],
  );
  const records = await collected(client.keys.export());
  const report = await client.keys.import(records);
  assert.deepEqual([report.imported, report.kept], [0, []]);
  assert.equal((await client.keys.revoke(key.id)).status, "revoked");
  await assert.rejects(other.evaluations.get(mine.id), NotAuthorised);
});

test("blobs are stored once and read back", async () => {
  const data = new TextEncoder().encode(`print('blob', ${Date.now()})`);
  const digest = await client.blobs.put(data);
  assert.equal(await client.blobs.put(data), digest);
  assert.ok(await client.blobs.has(digest));
  assert.equal(await client.blobs.has("0".repeat(64)), false);
  assert.deepEqual(await client.blobs.get(digest), data);
  const ended = await client.evaluations.run({ code_blob: digest });
  assert.equal(ended.outcome, "succeeded", JSON.stringify(ended));
  assert.match(await client.outputs.text(ended.id), /^blob \d+\n$/);
});

test("dead letters are listed, and there is none of an unknown name", async () => {
  for (const letter of await client.deadLetters.list({ kind: "evaluation" }).all()) assert.ok(letter.reason);
  await assert.rejects(client.deadLetters.get("none"), NotFound);
  assert.deepEqual(await client.deadLetters.purge({ reason: "of_nobody" }), { purged: 0, next_cursor: null });
});

test("the projections say how far they are", async () => {
  const { items } = await client.projections.list();
  for (const { name } of items) {
    assert.equal((await client.projections.get(name)).name, name);
    await assert.rejects(client.projections.swap(name), Conflict);
  }
});
