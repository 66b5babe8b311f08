// Keys that sign and are rotated, the audit log that tells of it, and the numbers.

import assert from "node:assert/strict";
import { test } from "node:test";

import { Conflict, NotAuthorised, TooMany } from "cloche";

import { client, collected, connect, eventually } from "./system.ts";

async function refused(call: Promise<unknown>, code: string): Promise<void> {
  await assert.rejects(call, (error) => error instanceof NotAuthorised && error.code === code);
}

test("a key that must sign signs everything: bodies, queries, feeds, uploads", async () => {
  const { api_key: apiKey, key } = await client.keys.create({ tenant: "main", name: "signs", require_signature: true });
  const signing = connect({ apiKey, sign: true });
  await eventually(() => signing.languages.list().catch(() => undefined));
  const ended = await signing.evaluations.run({ code: "print('é', input())", stdin: "x", labels: { "a b": "c=d&e" } });
  assert.equal(ended.outcome, "succeeded");
  const digest = await signing.blobs.put(new TextEncoder().encode(`once ${ended.id}`));
  assert.ok(await signing.blobs.has(digest));
  await eventually(async () => (await signing.evaluations.list({ label: "a b=c=d&e" }).page()).items[0]);
  await refused(connect({ apiKey }).languages.list(), "signature_required");
  const sent: [string, RequestInit][] = [];
  const watched = connect({ apiKey, sign: true, fetch: (url, init) => (sent.push([url, init]), fetch(url, init)) });
  await watched.languages.list();
  const [[url, init] = ["", {}]] = sent;
  const replayed = await fetch(url, { headers: init.headers ?? {} });
  assert.equal(replayed.status, 401);
  await client.keys.revoke(key.id);
});

test("a key is read, changed, rotated with two secrets, and loses one; the audit log tells of it", async () => {
  const { api_key: first, key } = await client.keys.create({ tenant: "main", name: "rotates" });
  await eventually(() => client.keys.get(key.id).catch(() => undefined));
  assert.equal((await client.keys.change(key.id, { name: "rotated" })).name, "rotated");
  const { api_key: second } = await client.keys.rotate(key.id, { overlapSeconds: 600 });
  await eventually(() => connect({ apiKey: second }).languages.list().catch(() => undefined));
  await connect({ apiKey: first }).languages.list();
  await assert.rejects(client.keys.rotate(key.id), (error) => error instanceof Conflict && error.code === "rotation_open");
  await client.keys.endSecret(key.id, "previous");
  await refused(eventually(async () => void (await connect({ apiKey: first }).languages.list())), "unauthorized");

  const action = "POST /v1/keys/{key}/rotate";
  const told = await eventually(async () => {
    const entries = await client.audit.list({ target: `/v1/keys/${key.id}`, action }).all();
    return entries.length === 2 ? entries : undefined;
  });
  assert.deepEqual(told.map(({ outcome, code }) => [outcome, code ?? ""]), [["refused", "rotation_open"], ["allowed", ""]]);
  const exported = await collected(client.audit.export({ action, target: `/v1/keys/${key.id}` }));
  assert.deepEqual(exported.map(({ digest }) => digest), told.map(({ digest }) => digest).reverse());
  const report = await client.audit.verify();
  assert.ok(report.sound && report.entries > 0);
  assert.ok((await client.audit.verify({ heads: report.heads })).sound);
});

test("a key beyond its rate is told exactly when to come back", async () => {
  const rates = { read: { per_minute: 6, burst: 1 } };
  const { api_key: apiKey } = await client.keys.create({ tenant: "main", name: "slow", rates });
  const slow = connect({ apiKey, retries: { attempts: 1 } });
  const error = await eventually(async () => {
    try {
      await slow.languages.list();
    } catch (refusal) {
      return refusal instanceof TooMany ? refusal : undefined;
    }
    return undefined;
  });
  assert.equal(error.code, "rate_limited");
  assert.equal(error.retryAfterSeconds, error.problem.retry_after_seconds);
  assert.ok(error.retryAfterSeconds !== undefined && error.retryAfterSeconds > 0 && error.retryAfterSeconds <= 11);
});

test("a tenant has rates, and is read by itself", async () => {
  const { tenant } = await client.tenants.create({ name: "rated", rates: { write: { per_minute: 600, burst: 10 } } });
  const view = await eventually(() => client.tenants.get(tenant).catch(() => undefined));
  assert.deepEqual(view.rates?.write, { per_minute: 600, burst: 10 });
  const changed = await client.tenants.change(tenant, { rates: null });
  assert.equal(changed.rates, undefined);
});
