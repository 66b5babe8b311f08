// What the nouns send for the routes of lists, statistics, keys, tenants and the audit log, and what they make of the answers.

import assert from "node:assert/strict";
import { test } from "node:test";

import { ApiError, Client, ServerTrouble, TooMany, UnexpectedAnswer, type BatchEvent } from "../../src/index.ts";
import { BASE, collected, ID, json, KEY, problem, streamed, Stub } from "./stub.ts";

function clientOf(stub: Stub): Client {
  return new Client({ url: BASE, apiKey: KEY, fetch: stub.fetch, retries: { attempts: 1 } });
}

function said(stub: Stub): string[] {
  return stub.sent.map(({ method, path, body }) => `${method} ${path}${typeof body === "string" ? ` ${body}` : ""}`);
}

const SSE = { "Content-Type": "text/event-stream" };
const view = (status: string) => ({ id: ID, status, outcome: status === "completed" ? "succeeded" : null });

test("a list takes every filter, and values alone or several", async () => {
  const stub = new Stub(json({ items: [], next_cursor: null, prev_cursor: "back" }));
  const filters = {
    status: "completed",
    outcome: ["failed", "timed_out"],
    language: "python",
    engine: ["gvisor"],
    label: ["team=red", "draft"],
    batch: ID,
    schedule: ID,
    since: "2026-11-26T00:00:00Z",
    until: "2026-11-27T00:00:00Z",
    q: "solve_many or -x",
    sort: "duration",
    order: "asc",
  } as const;
  const page = await clientOf(stub).evaluations.list({ ...filters, limit: 5, cursor: "c" }).page();
  assert.equal(page.prev_cursor, "back");
  const query = new URL(stub.last.path, BASE).searchParams;
  for (const [name, value] of Object.entries({ ...filters, limit: "5", cursor: "c" })) {
    assert.deepEqual(query.getAll(name), [value].flat(), name);
  }
  assert.equal([...query].length, 16);
});

test("who prefers to wait is given the evaluation if it is over, and else what everybody is given", async () => {
  const stub = new Stub(json(view("completed"), 201), json({ id: ID, status: "queued", links: {} }, 202), json(view("completed")));
  const client = clientOf(stub);
  const ended = await client.evaluations.submit({ code: "1" }, { waitSeconds: 9.5 });
  assert.equal("outcome" in ended && ended.outcome, "succeeded");
  const accepted = await client.evaluations.submit({ code: "1" }, { waitSeconds: 10 });
  assert.ok(!("outcome" in accepted) && accepted.status === "queued");
  assert.equal((await client.evaluations.get(ID, { waitSeconds: 30 })).outcome, "succeeded");
  assert.deepEqual(stub.sent.map(({ headers }) => headers.get("Prefer")), ["wait=10", "wait=10", "wait=30"]);
});

test("who does not is never given an evaluation as if it were a receipt", async () => {
  const stub = new Stub(json(view("completed"), 201));
  await assert.rejects(clientOf(stub).evaluations.submit({ code: "1" }), UnexpectedAnswer);
  assert.equal(stub.last.headers.get("Prefer"), null);
});

test("the time that the server is asked to wait does not count as its silence", async () => {
  const late = json(view("completed"));
  const stub = new Stub(async (sent) => {
    await new Promise((resolve) => setTimeout(resolve, 60));
    sent.signal.throwIfAborted();
    return late(sent);
  });
  const client = new Client({ url: BASE, apiKey: KEY, fetch: stub.fetch, timeoutSeconds: 0.02, retries: { attempts: 1 } });
  assert.equal((await client.evaluations.get(ID, { waitSeconds: 1 })).status, "completed");
});

test("running again is a merge patch with a key of its own", async () => {
  const accepted = json({ id: ID, status: "queued", links: {} }, 202);
  const stub = new Stub(accepted, accepted, json(view("completed"), 201));
  const client = clientOf(stub);
  await client.evaluations.rerun(ID);
  const changes = { stdin: "4 5", labels: { attempt: "2", draft: null }, limits: { wall_seconds: 10 }, name: null };
  await client.evaluations.rerun(ID, changes, { idempotencyKey: "mine" });
  await client.evaluations.rerun(ID, {}, { waitSeconds: 5 });
  const path = `POST /v1/evaluations/${ID}/rerun`;
  assert.deepEqual(said(stub), [`${path} {}`, `${path} ${JSON.stringify(changes)}`, `${path} {}`]);
  assert.match(stub.sent[0]?.headers.get("Idempotency-Key") ?? "", /^[0-9a-f]{32}$/);
  assert.equal(stub.sent[1]?.headers.get("Idempotency-Key"), "mine");
});

test("keys are read, changed, rotated, and lose a secret; tenants have rates", async () => {
  const stub = new Stub(...Array.from({ length: 7 }, () => json({})));
  const client = clientOf(stub);
  await client.keys.get("k");
  await client.keys.change("k", { require_signature: true, rates: { write: { per_minute: 60, burst: 5 } } });
  await client.keys.rotate("k");
  await client.keys.rotate("k", { overlapSeconds: 0 });
  await client.keys.endSecret("k", "previous");
  await client.tenants.get("main");
  await client.tenants.change("main", { rates: { stream: { per_minute: 60 } } });
  assert.deepEqual(said(stub), [
    "GET /v1/keys/k",
    'PATCH /v1/keys/k {"require_signature":true,"rates":{"write":{"per_minute":60,"burst":5}}}',
    "POST /v1/keys/k/rotate {}",
    'POST /v1/keys/k/rotate {"overlap_seconds":0}',
    "DELETE /v1/keys/k/secrets/previous",
    "GET /v1/tenants/main",
    'PATCH /v1/tenants/main {"rates":{"stream":{"per_minute":60}}}',
  ]);
});

test("statistics are asked for by time and step", async () => {
  const stub = new Stub(json({}), json({}));
  const client = clientOf(stub);
  await client.statistics.report();
  await client.statistics.report({ since: "2026-11-26T00:00:00Z", step: "1h" });
  assert.deepEqual(said(stub), ["GET /v1/statistics", "GET /v1/statistics?since=2026-11-26T00%3A00%3A00Z&step=1h"]);
});

test("the audit log is read by pages, also over empty ones, and verified against heads that were kept", async () => {
  const stub = new Stub(json({ items: [], next_cursor: "on" }), json({ items: [{ number: 1 }], next_cursor: null }), json({ sound: true }));
  const client = clientOf(stub);
  const found = await client.audit.list({ key: "k", outcome: "refused", requestId: "r", limit: 5 }).all();
  assert.deepEqual(found.map(({ number }) => number), [1]);
  await client.audit.verify({ heads: [{ writer: "w", number: 7, digest: "d" }] });
  const first = "GET /v1/audit?key=k&outcome=refused&request_id=r&limit=5";
  assert.deepEqual(said(stub), [first, `${first}&cursor=on`, "GET /v1/audit/verify?head=w-7-d"]);
});

test("an export of the audit log ends with its last line, or says why not", async () => {
  const refused = { type: "", title: "gone", status: 503, code: "unavailable" };
  const lines = (...values: object[]) => streamed({ pieces: values.map((value) => `${JSON.stringify(value)}\n`) });
  const entry = { number: 1, action: "audit.opened" };
  const stub = new Stub(lines(entry, { end: true }), lines(entry, { problem: refused }), lines(entry), lines(entry, { problem: 1 }));
  const { audit } = clientOf(stub);
  assert.deepEqual(await collected(audit.export({ tenant: "main" })), [entry]);
  assert.deepEqual([stub.last.path, stub.last.headers.get("Accept")], ["/v1/audit/export?tenant=main", "application/x-ndjson"]);
  await assert.rejects(collected(audit.export()), (error) => error instanceof ServerTrouble && error.code === "unavailable");
  await assert.rejects(collected(audit.export()), UnexpectedAnswer);
  await assert.rejects(collected(audit.export()), UnexpectedAnswer);
});

test("the feed of a batch tells how far it is between its events, and resumes behind them", async () => {
  const event = { type: "cloche.evaluation.started.v1", data: {} };
  const progress = { id: ID, size: 2, over: 1, by_status: { completed: 1, running: 1 }, by_outcome: { succeeded: 1 } };
  const frame = `id: e-4\nevent: started\ndata: ${JSON.stringify(event)}\n\n`;
  const far = `event: progress\ndata: ${JSON.stringify(progress)}\n\n`;
  const stub = new Stub(
    streamed({ pieces: [`retry: 1\n\n${frame}${far}event: reconnect\ndata: {}\n\n`] }, SSE),
    streamed({ pieces: [`${far}event: end\ndata: {}\n\n`] }, SSE),
  );
  const told: BatchEvent[] = await collected(clientOf(stub).events.ofBatch(ID));
  assert.deepEqual(told.map(({ name }) => name), ["started", "progress", "progress"]);
  for (const one of told) if (one.name === "progress") assert.deepEqual([one.data, one.cursor], [progress, "e-4"]);
  assert.equal(stub.last.path, `/v1/batches/${ID}/events`);
  assert.equal(stub.last.headers.get("Last-Event-ID"), "e-4");
});

test("what says that it is progress and does not say how far is refused", async () => {
  const stub = new Stub(streamed({ pieces: ["event: progress\ndata: {}\n\n"] }, SSE));
  await assert.rejects(collected(clientOf(stub).events.ofBatch(ID)), UnexpectedAnswer);
});

test("a tenant's history is filtered by batch and language", async () => {
  const stub = new Stub(streamed({ pieces: ["event: end\ndata: {}\n\n"] }, SSE));
  await collected(clientOf(stub).events.history({ batch: ID, languages: ["python", "go"] }));
  assert.equal(stub.last.path, `/v1/events?batch=${ID}&language=python&language=go`);
});

test("what is beyond a budget says exactly when to come again", async () => {
  const limited = { type: "", title: "slow", status: 429, code: "rate_limited", retry_after_seconds: 1.25 };
  const stub = new Stub(json(limited, 429, { "Retry-After": "2" }), problem(429, "too_many_streams"), problem(503, "overloaded", { "Retry-After": "1" }));
  const client = clientOf(stub);
  const errors: ApiError[] = [];
  for (let n = 0; n < 3; n += 1) {
    await client.languages.list().catch((error: unknown) => void (error instanceof ApiError && errors.push(error)));
  }
  assert.deepEqual(
    errors.map(({ code, retryAfterSeconds }) => [code, retryAfterSeconds]),
    [["rate_limited", 1.25], ["too_many_streams", undefined], ["overloaded", 1]],
  );
  assert.ok(errors[0] instanceof TooMany && errors[1] instanceof TooMany && errors[2] instanceof ServerTrouble);
});
