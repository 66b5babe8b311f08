import assert from "node:assert/strict";
import { test } from "node:test";

import * as errors from "../../src/errors.ts";
import type { FeedEvent } from "../../src/events.ts";
import { Events, type HistoryOptions } from "../../src/history.ts";
import { Http } from "../../src/http.ts";
import { collected, FakePace, ID, KEY, problem, silence, streamed, Stub, unreachable, BASE } from "./stub.ts";

const SSE = { "Content-Type": "text/event-stream; charset=utf-8" };
const END = "event: end\ndata: {}\n\n";
const PATIENCE = 60;

function told(sequence: number, type = "cloche.evaluation.started.v1", data: object = {}): string {
  const envelope = { specversion: "1.0", id: `${sequence}`, type, subject: ID, data: { type, ...data } };
  return `id: e-${sequence}\nevent: any\ndata: ${JSON.stringify(envelope)}\n\n`;
}

function chunk(sequence: number, text: string): string {
  const data = { attempt: 1, stream: "stdout", index: 0, offset: 0, data: btoa(text) };
  return told(sequence, "cloche.evaluation.output-chunk.v1", data);
}

function sse(pieces: (string | Uint8Array)[], ends: "well" | "broken" | "open" = "well") {
  return streamed({ pieces, ends }, SSE);
}

function eventsOver(stub: Stub): { events: Events; pace: FakePace } {
  const pace = new FakePace();
  return { events: new Events(new Http({ url: BASE, apiKey: KEY, fetch: stub.fetch }, pace), PATIENCE), pace };
}

function cursors(events: readonly FeedEvent[]): string[] {
  return events.map(({ cursor }) => cursor);
}

function resumed(stub: Stub): (string | null)[] {
  return stub.sent.map(({ headers }) => headers.get("Last-Event-ID"));
}

test("events come until the end, told apart by name", async () => {
  const stub = new Stub(sse([told(1), chunk(2, "hi"), told(3, "cloche.evaluation.completed.v1", { outcome: "failed" }), END]));
  const events = await collected(eventsOver(stub).events.of(ID));
  assert.deepEqual(
    events.map(({ name }) => name),
    ["started", "output-chunk", "completed"],
  );
  assert.deepEqual(cursors(events), ["e-1", "e-2", "e-3"]);
  const last = events.at(-1);
  assert.ok(last?.name === "completed");
  assert.equal(last.data.outcome, "failed");
  assert.equal(last.envelope.subject, ID);
  assert.equal(stub.last.path, `/v1/evaluations/${ID}/events`);
  assert.equal(stub.last.headers.get("Accept"), "text/event-stream");
});

test("what is newer than this package is unknown, and says what it is", async () => {
  const types = ["cloche.evaluation.started.v2", "constructor"];
  const stub = new Stub(sse([...types.map((type, index) => told(index + 1, type)), END]));
  const events = await collected(eventsOver(stub).events.of(ID));
  assert.deepEqual(
    events.map(({ name, envelope }) => [name, envelope.type]),
    types.map((type) => ["unknown", type]),
  );
});

test("a feed that breaks off goes on behind the last event, and gives none twice", async () => {
  const half = told(3).slice(0, 40);
  const stub = new Stub(sse([told(1), told(2), half], "broken"), unreachable(), sse([told(3)]), sse([told(4), END]));
  const { events, pace } = eventsOver(stub);
  assert.deepEqual(cursors(await collected(events.of(ID))), ["e-1", "e-2", "e-3", "e-4"]);
  assert.deepEqual(resumed(stub), [null, "e-2", "e-2", "e-3"]);
  // Growing, and from the beginning again once something came.
  assert.deepEqual(pace.waited, [0.2, 0.4, 0.2]);
});

test("it begins behind a cursor, and what passes over the unwanted counts", async () => {
  const stub = new Stub(sse([": ping\nid: e-90\n\n"], "broken"), sse([told(91), END]));
  const events = await collected(eventsOver(stub).events.of(ID, { after: "e-7" }));
  assert.deepEqual(cursors(events), ["e-91"]);
  assert.deepEqual(resumed(stub), ["e-7", "e-90"]);
});

test("a character that is cut in two between pieces stays whole", async () => {
  const bytes = new TextEncoder().encode(told(1, "cloche.evaluation.started.v1", { executor: "🦀" }));
  const stub = new Stub(sse([...Array.from(bytes, (byte) => Uint8Array.of(byte)), END]));
  const [event] = await collected(eventsOver(stub).events.of(ID));
  assert.ok(event?.name === "started");
  assert.equal(event.data.executor, "🦀");
});

test("a server that asks to come back is given the time that it asks for", async () => {
  const stub = new Stub(sse([`${told(1)}event: reconnect\nretry: 1500\ndata: {}\n\n`, told(9)]), sse([told(2), END]));
  const { events, pace } = eventsOver(stub);
  pace.chance = 1;
  assert.deepEqual(cursors(await collected(events.of(ID))), ["e-1", "e-2"]);
  assert.deepEqual(pace.waited, [1.875]);
  assert.deepEqual(resumed(stub), [null, "e-1"]);
});

test("nothing new is the end", async () => {
  const stub = new Stub(() => new Response(null, { status: 204 }));
  assert.deepEqual(await collected(eventsOver(stub).events.of(ID, { after: "e-9" })), []);
});

test("a refusal is thrown at once, busy ones are waited for", async () => {
  const refused = new Stub(problem(404, "not_found"));
  await assert.rejects(collected(eventsOver(refused).events.of(ID)), errors.NotFound);
  const busy = new Stub(problem(429, "busy", { "Retry-After": "3" }), problem(503, "unavailable"), sse([told(1), END]));
  const { events, pace } = eventsOver(busy);
  assert.deepEqual(cursors(await collected(events.of(ID))), ["e-1"]);
  assert.deepEqual(pace.waited, [3, 0.4]);
});

test("what the feed says in the middle is thrown where it is final, and waited for where it passes", async () => {
  const error = (status: number, code: string) =>
    `event: error\ndata: ${JSON.stringify({ type: "", title: "It broke", status, code })}\n\n`;
  const passing = new Stub(sse([told(1), error(503, "archive_unavailable")]), sse([told(2), END]));
  assert.deepEqual(cursors(await collected(eventsOver(passing).events.of(ID))), ["e-1", "e-2"]);
  const final = new Stub(sse([told(1), error(502, "archive_damaged")]));
  await assert.rejects(collected(eventsOver(final).events.of(ID)), errors.ServerTrouble);
  for (const text of ["event: error\ndata: nonsense\n\n", "event: error\ndata: {}\n\n", "data: nonsense\n\n", "data: 1\n\n"]) {
    await assert.rejects(collected(eventsOver(new Stub(sse([text]))).events.of(ID)), errors.UnexpectedAnswer, text);
  }
});

test("what is no feed is unexpected", async () => {
  const stub = new Stub(streamed({ pieces: ["<html>"] }, { "Content-Type": "text/html" }));
  await assert.rejects(collected(eventsOver(stub).events.of(ID)), errors.UnexpectedAnswer);
});

test("trouble that does not end is given up after a while, with its reason", async () => {
  const stub = new Stub(sse([told(1)], "broken"), ...Array.from({ length: 30 }, unreachable));
  const { events, pace } = eventsOver(stub);
  const seen: FeedEvent[] = [];
  await assert.rejects(
    async () => {
      for await (const event of events.of(ID)) seen.push(event);
    },
    (error) => error instanceof errors.Unreachable && /did not come back/.test(error.message),
  );
  assert.deepEqual(cursors(seen), ["e-1"]);
  assert.ok(pace.now() > PATIENCE * 1000);
  assert.ok(pace.now() < (PATIENCE + 10) * 1000);
});

test("connections that end without a word are trouble, too", async () => {
  const stub = new Stub(...Array.from({ length: 60 }, () => sse([])));
  await assert.rejects(collected(eventsOver(stub).events.of(ID)), /did not come back/);
});

test("a feed that was quiet for long is as patient as one that was not", async () => {
  const { events, pace } = eventsOver(
    new Stub(
      (sent) => {
        pace.pass(3600);
        return sse([told(1)], "broken")(sent);
      },
      unreachable(),
      sse([END]),
    ),
  );
  assert.deepEqual(cursors(await collected(events.of(ID))), ["e-1"]);
});

test("who leaves early cancels the request, and who calls it off gets their reason", async () => {
  let left = 0;
  const open = () => streamed({ pieces: [told(1)], ends: "open" as const }, SSE, () => (left += 1));
  const { events } = eventsOver(new Stub(open(), open(), silence()));
  for await (const event of events.of(ID)) {
    assert.equal(event.cursor, "e-1");
    break;
  }
  assert.equal(left, 1);
  const reason = new Error("no more");
  const controller = new AbortController();
  await assert.rejects(async () => {
    for await (const event of events.of(ID, { signal: controller.signal })) {
      assert.equal(event.cursor, "e-1");
      controller.abort(reason);
    }
  }, reason);
  await assert.rejects(collected(events.of(ID, { signal: AbortSignal.abort(reason) })), reason);
});

test("a history is asked for by what is wanted of it", async () => {
  const stub = new Stub(sse([END]), sse([END]));
  const { events } = eventsOver(stub);
  const wanted: HistoryOptions = {
    from: "2026-01-01T00:00:00Z",
    until: "100",
    follow: true,
    evaluation: ID,
    types: ["completed", "started"],
    labels: ["a=b", "c"],
    outcomes: ["failed"],
    output: false,
    tenant: "main",
    after: "e-5",
  };
  await collected(events.history(wanted));
  const query = new URLSearchParams(stub.last.path.split("?")[1]);
  assert.deepEqual(query.getAll("type"), ["completed", "started"]);
  assert.deepEqual(query.getAll("label"), ["a=b", "c"]);
  assert.deepEqual(
    ["from", "until", "follow", "evaluation", "outcome", "output", "tenant"].map((name) => query.get(name)),
    ["2026-01-01T00:00:00Z", "100", "true", ID, "failed", "false", "main"],
  );
  assert.deepEqual(resumed(stub), ["e-5"]);
  await collected(events.history());
  assert.equal(stub.last.path, "/v1/events");
});
