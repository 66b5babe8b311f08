import assert from "node:assert/strict";
import { test } from "node:test";

import { NotAuthorised, NotFound, type BatchEvent, type FeedEvent } from "cloche";

import { client, collected, connect } from "./system.ts";

const TICKS = "import time\nfor n in range(5):\n  print('tick', n, flush=True)\n  time.sleep(0.05)";

function names(events: readonly FeedEvent[]): string[] {
  return events.map(({ name }) => name);
}

test("every event of an evaluation comes in order, then the feed ends", async () => {
  const { id } = await client.evaluations.submit({ code: TICKS });
  const events = await collected(client.events.of(id));
  const lifecycle = names(events).filter((name) => name !== "output-chunk");
  assert.deepEqual(lifecycle, ["queued", "started", "completed"]);
  const [queued] = events;
  assert.ok(queued?.name === "queued");
  assert.equal(queued.data.spec?.code, TICKS);
  assert.equal(queued.envelope.subject, id);
  assert.equal(new Set(events.map(({ cursor }) => cursor)).size, events.length);
});

test("it resumes behind any event, and behind the last one is nothing", async () => {
  const { id } = await client.evaluations.run({ code: "print(1)" });
  const events = (await collected(client.events.of(id))).filter(({ name }) => name !== "output-archived");
  for (const [index, event] of events.entries()) {
    const rest = await collected(client.events.of(id, { after: event.cursor }));
    const expected = events.slice(index + 1).map(({ cursor }) => cursor);
    assert.deepEqual(rest.map(({ cursor }) => cursor).slice(0, expected.length), expected);
  }
});

test("connections that are cut again and again lose nothing and bring nothing twice", async () => {
  const { id } = await client.evaluations.submit({ code: TICKS });
  let connections = 0;
  const cutting = connect({
    fetch: async (url, init) => {
      const answer = await fetch(url, init);
      connections += 1;
      if (connections > 6 || answer.body === null) return answer;
      return new Response(cut(answer.body, 600 * connections), { status: answer.status, headers: answer.headers });
    },
  });
  const events = await collected(cutting.events.of(id));
  assert.ok(connections > 2, `${connections} connections`);
  const whole = await collected(client.events.of(id));
  const cursors = whole.filter(({ name }) => name !== "output-archived").map(({ cursor }) => cursor);
  assert.deepEqual(
    events.filter(({ name }) => name !== "output-archived").map(({ cursor }) => cursor),
    cursors,
  );
});

/** So many bytes, then an error as of a connection that was cut. */
function cut(body: ReadableStream<Uint8Array>, bytes: number): ReadableStream<Uint8Array> {
  const reader = body.getReader();
  let left = bytes;
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { value } = await reader.read();
      if (value === undefined) {
        controller.close();
        return;
      }
      if (left === 0) {
        await reader.cancel();
        controller.error(new TypeError("terminated"));
        return;
      }
      controller.enqueue(value.subarray(0, left));
      left -= Math.min(left, value.length);
    },
  });
}

test("a history has what is wanted of it, and follows what comes", async () => {
  const label = `feeds-${Date.now()}`;
  const first = await client.evaluations.run({ code: "print(1)", labels: { label } });
  const wanted = { labels: [`label=${label}`], types: ["completed" as const] };
  const events = await collected(client.events.history(wanted));
  assert.deepEqual(
    events.map(({ name, envelope }) => [name, envelope.subject]),
    [["completed", first.id]],
  );
  const following = client.events.history({ ...wanted, follow: true });
  assert.equal((await following.next()).value?.envelope.subject, first.id);
  const second = await client.evaluations.submit({ code: "print(2)", labels: { label } });
  assert.equal((await following.next()).value?.envelope.subject, second.id);
  await following.return();
});

test("who calls it off is rid of it at once", async () => {
  const controller = new AbortController();
  const following = client.events.history({ follow: true, signal: controller.signal });
  await following.next();
  setTimeout(() => controller.abort(new Error("no more")), 50);
  await assert.rejects(async () => {
    for await (const event of following) assert.ok(event.cursor);
  }, /no more/);
});

test("over a WebSocket come the same events, of several feeds at once", { skip: typeof WebSocket === "undefined" }, async () => {
  const batch = await client.batches.submit({ evaluations: [{ code: "print(1)" }, { code: "print(2)" }] });
  const { id } = await client.evaluations.submit({ code: "print('over a socket')" });
  const [ofBatch, ofOne] = await Promise.all([
    collected(client.socket.follow({ batch: batch.id })),
    collected(client.socket.follow({ evaluation: id })),
  ]);
  const cursors = (told: readonly BatchEvent[]) => told.flatMap(({ name, cursor }) => (name === "progress" ? [] : [cursor]));
  assert.deepEqual(cursors(ofBatch), cursors(await collected(client.events.ofBatch(batch.id))));
  assert.deepEqual(cursors(ofOne), cursors(await collected(client.events.of(id))));
  assert.ok(ofBatch.some((one) => one.name === "progress" && one.data.over === 2));
  const rest = await collected(client.socket.follow({ evaluation: id, after: ofOne[0]?.cursor }));
  assert.deepEqual(cursors(rest), cursors(ofOne).slice(1));
  await assert.rejects(collected(connect({ apiKey: "none-that-is-good" }).socket.follow({})), NotAuthorised);
  await assert.rejects(collected(client.socket.follow({ batch: crypto.randomUUID() })), NotFound);
});
