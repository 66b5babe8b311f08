// What each noun of the client sends, and what it makes of the answers.

import assert from "node:assert/strict";
import { test } from "node:test";

import { Client, fileOf, NotFound, type BatchProgress, type Status } from "../../src/index.ts";
import { collected, ID, json, KEY, problem, streamed, Stub, BASE } from "./stub.ts";

const NOW = { retries: { attempts: 1 } };

function clientOf(stub: Stub): Client {
  return new Client({ url: BASE, apiKey: KEY, fetch: stub.fetch, ...NOW });
}

function said(stub: Stub): string[] {
  return stub.sent.map(({ method, path }) => `${method} ${path}`);
}

function sse(...pieces: string[]) {
  return streamed({ pieces }, { "Content-Type": "text/event-stream" });
}

const END = "event: end\ndata: {}\n\n";

test("a submission has a key of its own, or the caller's", async () => {
  const accepted = json({ id: ID, status: "queued", links: {} }, 202);
  const stub = new Stub(accepted, accepted, accepted);
  const client = clientOf(stub);
  assert.equal((await client.evaluations.submit({ code: "print(1)" })).id, ID);
  await client.evaluations.submit({ code: "print(1)" });
  await client.evaluations.submit({ code: "print(1)" }, { idempotencyKey: "mine" });
  const keys = stub.sent.map(({ headers }) => headers.get("Idempotency-Key"));
  assert.match(keys[0] ?? "", /^[0-9a-f]{32}$/);
  assert.notEqual(keys[0], keys[1]);
  assert.equal(keys[2], "mine");
  assert.equal(stub.last.body, '{"code":"print(1)"}');
});

test("running a program is submitting it and waiting for its end", async () => {
  const view = (status: Status) => json({ id: ID, status });
  const event = { type: "cloche.evaluation.started.v1", data: {} };
  const stub = new Stub(
    json({ id: ID }, 202),
    view("queued"),
    sse(`id: e-1\ndata: ${JSON.stringify(event)}\n\n${END}`),
    view("running"),
    sse(END),
    view("completed"),
  );
  const seen: string[] = [];
  const options = { onEvent: ({ name }: { name: string }) => void seen.push(name) };
  const ended = await clientOf(stub).evaluations.run({ code: "1" }, options);
  assert.equal(ended.status, "completed");
  assert.deepEqual(seen, ["started"]);
  assert.equal(stub.sent[4]?.headers.get("Last-Event-ID"), "e-1");
});

test("what is too large for a request is sent ahead, once, the largest first", async () => {
  const code = "x".repeat(700_000);
  const stdin = "y".repeat(800_000);
  const missing = () => new Response(null, { status: 404 });
  const there = () => new Response(null, { status: 200 });
  const stub = new Stub(there, missing, json({}, 201), json({ id: ID }, 202));
  const bytes = new Uint8Array(20_000).fill(255);
  const files = [fileOf("small.txt", "small"), fileOf("large.bin", bytes)];
  await clientOf(stub).evaluations.submit({ code, stdin, files });
  assert.deepEqual(
    stub.sent.map(({ method }) => method),
    ["HEAD", "HEAD", "PUT", "POST"],
  );
  const body = JSON.parse(String(stub.last.body)) as Record<string, unknown>;
  assert.deepEqual([body["code"], body["stdin"]], ["", ""]);
  assert.equal(stub.sent[0]?.path, `/v1/blobs/${String(body["stdin_blob"])}`);
  assert.equal(stub.sent[2]?.path, `/v1/blobs/${String(body["code_blob"])}`);
  assert.deepEqual(body["files"], files);
});

test("files can be what is sent ahead", async () => {
  const present = () => new Response(null, { status: 200 });
  const stub = new Stub(present, json({ id: ID }, 202));
  const large = fileOf("large.bin", new Uint8Array(1_000_000));
  await clientOf(stub).evaluations.submit({ files: [fileOf("main.py", "print(1)"), large] });
  const body = JSON.parse(String(stub.last.body)) as { files: unknown[] };
  assert.deepEqual(body.files[0], { name: "main.py", content: "print(1)" });
  // The SHA-256 of a million zeros.
  const blob = "d29751f2649b32ff572b5e0a9f541ea660a50f94ff0beedfb0b692b924cc8025";
  assert.deepEqual(body.files[1], { name: "large.bin", blob });
});

test("a list is read page by page, and nothing is asked before", async () => {
  const first = json({ items: [{ id: "1" }, { id: "2" }], next_cursor: "more" });
  const last = json({ items: [{ id: "3" }], next_cursor: null });
  const stub = new Stub(first, last, first, first, last);
  const list = clientOf(stub).evaluations.list({ limit: 2, status: "queued" });
  assert.equal(stub.sent.length, 0);
  assert.deepEqual((await list.all()).map(({ id }) => id), ["1", "2", "3"]);
  assert.deepEqual(said(stub), [
    "GET /v1/evaluations?limit=2&status=queued",
    "GET /v1/evaluations?limit=2&status=queued&cursor=more",
  ]);
  assert.equal((await list.page()).next_cursor, "more");
  for await (const one of list) if (one.id === "3") break;
  assert.equal(stub.sent.length, 5);
});

test("a list goes on behind the cursor of a page", async () => {
  const stub = new Stub(json({ items: [] }));
  assert.deepEqual(await clientOf(stub).batches.list({ cursor: "c" }).all(), []);
  assert.equal(stub.last.path, "/v1/batches?cursor=c");
});

test("a batch tells of each change until all of it is over", async () => {
  const view = (by_status: object, by_outcome: object = {}) => json({ id: ID, size: 3, by_status, by_outcome });
  const stub = new Stub(
    json({ id: ID, size: 3 }, 202),
    view({ queued: 3 }),
    view({ queued: 3 }),
    view({ completed: 1, running: 2 }, { succeeded: 1 }),
    view({ completed: 2, dead_lettered: 1 }, { succeeded: 1, failed: 1 }),
  );
  const told: [number, number, number][] = [];
  const onProgress = ({ over, size, succeeded }: BatchProgress) => void told.push([over, size, succeeded]);
  const batch = await clientOf(stub).batches.run({ evaluations: [{ code: "1" }] }, { onProgress });
  assert.deepEqual(told, [[0, 3, 0], [1, 3, 1], [3, 3, 1]]);
  assert.equal(batch.by_status["dead_lettered"], 1);
  assert.match(stub.sent[0]?.headers.get("Idempotency-Key") ?? "", /^[0-9a-f]{32}$/);
});

test("output is read whole, in part, as text, as a stream and by lines", async () => {
  const body = () => streamed({ pieces: ["one\ntw", "o\n", new Uint8Array([0xe2, 0x82]), new Uint8Array([0xac])] });
  const stub = new Stub(body(), body(), body(), body());
  const { outputs } = clientOf(stub);
  assert.equal((await outputs.read(ID, { stream: "stderr", attempt: 2, tailLines: 3 })).length, 11);
  assert.equal(await outputs.text(ID, { start: 5, end: 9 }), "one\ntwo\n€");
  assert.equal(await new Response(outputs.stream(ID, { start: 5 })).text(), "one\ntwo\n€");
  assert.deepEqual(await collected(outputs.lines(ID, { end: 9 })), ["one", "two", "€"]);
  assert.equal(stub.sent[0]?.path, `/v1/evaluations/${ID}/output?stream=stderr&attempt=2&tail_lines=3`);
  const ranges = stub.sent.map(({ headers }) => headers.get("Range"));
  assert.deepEqual(ranges, [null, "bytes=5-8", "bytes=5-", "bytes=0-8"]);
  assert.equal((await outputs.read(ID, { start: 5, end: 5 })).length, 0);
  assert.equal(stub.sent.length, 4);
});

test("a stream of output ends its request when it is cancelled, and errors when it breaks off", async () => {
  let left = 0;
  const open = streamed({ pieces: ["a"], ends: "open" }, {}, () => (left += 1));
  const stub = new Stub(open, streamed({ pieces: ["a"], ends: "broken" }), problem(404, "not_found"));
  const { outputs } = clientOf(stub);
  const reader = outputs.stream(ID).getReader();
  assert.equal((await reader.read()).value?.length, 1);
  await reader.cancel();
  assert.equal(left, 1);
  await assert.rejects(new Response(outputs.stream(ID)).text());
  await assert.rejects(outputs.read(ID), NotFound);
});

test("output that is followed comes as bytes, artifacts apart", async () => {
  const chunk = (stream: string, text: string) => {
    const data = { attempt: 1, stream, index: 0, offset: 7, data: btoa(text) };
    return `id: e-1\ndata: ${JSON.stringify({ type: "cloche.evaluation.output-chunk.v1", data })}\n\n`;
  };
  const all = () => sse(chunk("stdout", "out"), chunk("artifacts", "file"), chunk("stderr", "err"), END);
  const { outputs } = clientOf(new Stub(all(), all()));
  const pieces = await collected(outputs.follow(ID));
  assert.deepEqual(
    pieces.map(({ stream, data }) => [stream, Buffer.from(data).toString()]),
    [["stdout", "out"], ["stderr", "err"]],
  );
  assert.deepEqual([pieces[0]?.cursor, pieces[0]?.attempt, pieces[0]?.offset], ["e-1", 1, 7]);
  assert.equal((await collected(outputs.follow(ID, { stream: "artifacts" }))).length, 1);
});

test("a search says what it looks for, in every page", async () => {
  const stub = new Stub(json({ items: [{ line: 1 }], next_cursor: "c" }), json({ items: [{ line: 9 }] }));
  const found = clientOf(stub).outputs.search(ID, "a+", { regex: true, ignoreCase: true, stream: "stderr" });
  assert.deepEqual((await found.all()).map(({ line }) => line), [1, 9]);
  const query = new URLSearchParams(stub.last.path.split("?")[1]);
  assert.deepEqual(Object.fromEntries(query), {
    ...{ q: "a+", stream: "stderr", regex: "true", ignore_case: "true", cursor: "c", limit: "1000" },
  });
});

test("an artifact keeps the folders of its name, and no name leads out", async () => {
  const stub = new Stub(json({ items: [] }), streamed({ pieces: ["x"] }), streamed({ pieces: ["y"] }));
  const { artifacts } = clientOf(stub);
  await artifacts.list(ID);
  await artifacts.read(ID, "a b/ü.txt");
  assert.equal(stub.last.path, `/v1/evaluations/${ID}/artifacts/a%20b/%C3%BC.txt`);
  assert.equal(await new Response(artifacts.stream(ID, "y")).text(), "y");
  await assert.rejects(artifacts.read(ID, "a/../b"), /no id and no name/);
});

test("keys go out one a line and in as a list", async () => {
  const records = [{ type: "cloche.access.tenant.v1", tenant: "main" }, { type: "cloche.access.key.v1", id: "k" }];
  const lines = records.map((record) => `${JSON.stringify(record)}\n`);
  const stub = new Stub(streamed({ pieces: lines }), json({ imported: 2 }));
  const { keys } = clientOf(stub);
  const exported = await collected(keys.export());
  assert.deepEqual(exported, records);
  await keys.import(exported);
  assert.deepEqual(JSON.parse(String(stub.last.body)), { records });
});

test("each call goes where it belongs", async () => {
  const stub = new Stub(...Array.from({ length: 40 }, () => json({ items: [] })));
  const c = clientOf(stub);
  const evaluation = { code: "1" };
  await c.evaluations.cancel(ID, { reason: "enough" });
  assert.equal(stub.last.body, '{"reason":"enough"}');
  await c.evaluations.attempts(ID);
  await c.evaluations.cases(ID);
  await c.evaluations.timeline(ID);
  await c.batches.evaluations(ID, { outcome: "failed" }).page();
  await c.batches.cancel(ID);
  await c.batches.rerun(ID, { only: "all" });
  assert.equal(stub.last.body, '{"only":"all"}');
  await c.schedules.create({ name: "n", cron: "@daily", evaluation });
  await c.schedules.list();
  await c.schedules.get("s");
  await c.schedules.pause("s");
  await c.schedules.resume("s");
  await c.schedules.trigger("s");
  await c.schedules.delete("s");
  await c.deadLetters.list({ kind: "message", reason: "r", handler: "h", since: "2026-01-01T00:00:00Z" }).page();
  await c.deadLetters.get("l");
  await c.deadLetters.requeue("l");
  await c.deadLetters.requeueAll({ reason: "r" });
  await c.deadLetters.delete("l");
  await c.deadLetters.purge();
  await c.queue.view({ everybody: true, seconds: 60 });
  await c.queue.place(ID);
  await c.queue.executors();
  await c.keys.create({ name: "n" });
  await c.keys.list({ tenant: "main" });
  await c.keys.revoke("k");
  await c.tenants.create({ name: "n" });
  await c.tenants.change("t", { max_queued: null });
  await c.tenants.list();
  await c.usage.report({ everybody: true });
  await c.projections.list();
  await c.projections.get();
  await c.projections.rebuild();
  await c.projections.swap();
  await c.projections.rollback();
  await c.projections.abort("other");
  await c.languages.list();
  await c.platform.health();
  assert.deepEqual(said(stub), [
    `POST /v1/evaluations/${ID}/cancel`,
    `GET /v1/evaluations/${ID}/attempts`,
    `GET /v1/evaluations/${ID}/cases`,
    `GET /v1/evaluations/${ID}/timeline`,
    `GET /v1/batches/${ID}/evaluations?limit=200&outcome=failed`,
    `POST /v1/batches/${ID}/cancel`,
    `POST /v1/batches/${ID}/rerun`,
    "POST /v1/schedules",
    "GET /v1/schedules",
    "GET /v1/schedules/s",
    "POST /v1/schedules/s/pause",
    "POST /v1/schedules/s/resume",
    "POST /v1/schedules/s/trigger",
    "DELETE /v1/schedules/s",
    "GET /v1/dead-letters?kind=message&reason=r&handler=h&since=2026-01-01T00%3A00%3A00Z",
    "GET /v1/dead-letters/l",
    "POST /v1/dead-letters/l/requeue",
    "POST /v1/dead-letters/requeue",
    "DELETE /v1/dead-letters/l",
    "POST /v1/dead-letters/purge",
    "GET /v1/queue?everybody=true&seconds=60",
    `GET /v1/evaluations/${ID}/queue`,
    "GET /v1/executors",
    "POST /v1/keys",
    "GET /v1/keys?tenant=main",
    "DELETE /v1/keys/k",
    "POST /v1/tenants",
    "PATCH /v1/tenants/t",
    "GET /v1/tenants",
    "GET /v1/usage?everybody=true",
    "GET /v1/projections",
    "GET /v1/projections/read-models",
    "POST /v1/projections/read-models/rebuild",
    "POST /v1/projections/read-models/swap",
    "POST /v1/projections/read-models/rollback",
    "POST /v1/projections/other/abort",
    "GET /v1/languages",
    "GET /v1/health",
  ]);
});

test("a blob is read whole, and what is refused is not taken for absent", async () => {
  const stub = new Stub(streamed({ pieces: ["ab", "c"] }), () => new Response(null, { status: 401 }));
  const { blobs } = clientOf(stub);
  assert.equal((await blobs.get("f00d")).length, 3);
  await assert.rejects(blobs.has("f00d"), { name: "NotAuthorised" });
});
