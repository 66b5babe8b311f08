import assert from "node:assert/strict";
import { test } from "node:test";

import * as errors from "../../src/errors.ts";
import { Http, type HttpOptions } from "../../src/http.ts";
import { KEPT_CHARACTERS, Representations } from "../../src/representations.ts";
import { collected, FakePace, ID, json, KEY, problem, silence, streamed, Stub, unreachable, BASE } from "./stub.ts";

function over(stub: Stub, options: Partial<HttpOptions> = {}): { http: Http; pace: FakePace } {
  const pace = new FakePace();
  return { http: new Http({ url: BASE, apiKey: KEY, fetch: stub.fetch, ...options }, pace), pace };
}

const GET = ["get", "/v1/evaluations/{id}", { path: { id: ID } }] as const;
const TRIGGER = ["post", "/v1/schedules/{id}/trigger", { path: { id: ID } }] as const;

test("a call has its key, its path and its query, and gives the body", async () => {
  const stub = new Stub(json({ items: [] }));
  const query = { limit: 5, status: undefined, cursor: "a b&c" };
  const answer = await over(stub).http.ask("get", "/v1/evaluations", { query });
  assert.deepEqual(answer, { items: [] });
  assert.equal(stub.last.path, "/v1/evaluations?limit=5&cursor=a+b%26c");
  assert.equal(stub.last.headers.get("Authorization"), `Bearer ${KEY}`);
  assert.equal(stub.last.headers.has("Idempotency-Key"), false);
});

test("an id stays one segment, whatever it contains, and never leads elsewhere", async () => {
  const stub = new Stub(json({}));
  const { http } = over(stub);
  await http.ask("get", "/v1/evaluations/{id}", { path: { id: "../keys?a=b#c" } });
  assert.equal(stub.last.path, "/v1/evaluations/..%2Fkeys%3Fa%3Db%23c");
  for (const id of ["", ".", "..", "\ud800"]) {
    await assert.rejects(http.ask("get", "/v1/evaluations/{id}", { path: { id } }), errors.BadTarget);
  }
  assert.equal(stub.sent.length, 1);
});

test("an address or a key that cannot be one is refused before anything is sent", () => {
  for (const url of ["", "cloche", "ftp://x", "http://me:secret@x", "http://"]) {
    assert.throws(() => new Http({ url, apiKey: KEY }), errors.BadTarget, url);
  }
  for (const apiKey of ["a b", "ä", "a\nb"]) {
    assert.throws(() => new Http({ url: BASE, apiKey }), errors.BadTarget);
  }
});

test("an address may have a path, and its end does not matter", async () => {
  const seen: string[] = [];
  const fetch = async (url: string) => {
    seen.push(url);
    return new Response("{}");
  };
  await new Http({ url: "https://x.test/cloche/", apiKey: "", fetch }).ask("get", "/v1/languages", {});
  assert.deepEqual(seen, ["https://x.test/cloche/v1/languages"]);
});

test("each refusal is the error of its status, with the whole problem", async () => {
  const kinds: [number, typeof errors.ApiError][] = [
    [400, errors.Invalid],
    [401, errors.NotAuthorised],
    [403, errors.NotAuthorised],
    [404, errors.NotFound],
    [409, errors.Conflict],
    [410, errors.ApiError],
    [413, errors.Invalid],
    [422, errors.Invalid],
    [429, errors.TooMany],
    [500, errors.ServerTrouble],
    [503, errors.ServerTrouble],
  ];
  for (const [status, kind] of kinds) {
    const { http } = over(new Stub(problem(status, "so", { "Retry-After": "7" })), { retries: { attempts: 1 } });
    await assert.rejects(http.ask(...GET), (error) => {
      assert.ok(error instanceof errors.ApiError);
      assert.equal(error.constructor, kind);
      assert.equal(error.name, kind.name);
      assert.equal(error.message, "It is so: so it is");
      assert.deepEqual([error.status, error.code, error.retryAfterSeconds], [status, "so", 7]);
      return true;
    });
  }
});

test("what is not this API's is unexpected: a page of a proxy, a body that is no object, or none", async () => {
  for (const body of ["<html>", "1", "", '{"title": "no problem"}']) {
    const stub = new Stub(() => new Response(body, { status: 500 }));
    await assert.rejects(over(stub).http.ask(...GET), errors.UnexpectedAnswer, body);
  }
  for (const body of ["<html>", "1", ""]) {
    await assert.rejects(over(new Stub(() => new Response(body))).http.ask(...GET), errors.UnexpectedAnswer, body);
  }
});

test("a busy server is waited for as long as it asks, and its key goes with each try", async () => {
  const busy = problem(503, "unavailable", { "Retry-After": "2" });
  const stub = new Stub(problem(429, "tenant_queue_full", { "Retry-After": "5" }), busy, unreachable(), json({ id: ID }));
  const { http, pace } = over(stub);
  const wish = { body: { code: "1" }, idempotencyKey: "one" };
  assert.deepEqual(await http.ask("post", "/v1/evaluations", wish), { id: ID });
  assert.deepEqual(pace.waited, [5, 2, 0]);
  assert.deepEqual(new Set(stub.sent.map(({ headers }) => headers.get("Idempotency-Key"))), new Set(["one"]));
  assert.deepEqual(new Set(stub.sent.map(({ body }) => body)), new Set(['{"code":"1"}']));
});

test("what might be done twice is sent again only if it was refused unread", async () => {
  const stub = new Stub(problem(429, "rate_limited", { "Retry-After": "1" }), problem(503, "unavailable"));
  await assert.rejects(over(stub).http.ask(...TRIGGER), errors.ServerTrouble);
  assert.equal(stub.sent.length, 2);
  const gone = new Stub(unreachable());
  await assert.rejects(over(gone).http.ask(...TRIGGER), errors.Unreachable);
});

test("a server that stays away is given up, with the last reason", async () => {
  const stub = new Stub(...Array.from({ length: 4 }, unreachable));
  await assert.rejects(over(stub).http.ask(...GET), (error) => {
    assert.ok(error instanceof errors.Unreachable);
    assert.match(error.message, /cloche\.test does not answer: fetch failed/);
    assert.ok(error.cause instanceof TypeError);
    return true;
  });
});

test("an answer that takes too long is unreachable", async () => {
  const { http } = over(new Stub(silence()), { timeoutSeconds: 0.02, retries: { attempts: 1 } });
  await assert.rejects(http.ask(...GET), /took too long/);
  const begun = new Stub(streamed({ pieces: ['{"id"'], ends: "open" }));
  const slow = over(begun, { timeoutSeconds: 0.02, retries: { attempts: 1 } });
  await assert.rejects(slow.http.ask(...GET), errors.Unreachable);
});

test("who calls it off gets their own reason: before, while it is asked, and while it waits", async () => {
  const reason = new Error("no more");
  const ask = (stub: Stub, signal: AbortSignal) =>
    over(stub).http.ask("get", "/v1/evaluations/{id}", { path: { id: ID }, signal });
  await assert.rejects(ask(new Stub(silence()), AbortSignal.abort(reason)), reason);

  const asking = new AbortController();
  const asked = new Stub((sent) => {
    queueMicrotask(() => asking.abort(reason));
    return silence()(sent);
  });
  await assert.rejects(ask(asked, asking.signal), reason);

  const waiting = new AbortController();
  const busy = new Stub((sent) => {
    queueMicrotask(() => waiting.abort(reason));
    return problem(503, "unavailable")(sent);
  });
  await assert.rejects(ask(busy, waiting.signal), reason);
  assert.deepEqual([asked.sent.length, busy.sent.length], [1, 1]);
});

test("a body is read as it comes, and whoever leaves early gives the connection back", async () => {
  let left = 0;
  const body = { pieces: ["a", "b", "c"] };
  const stub = new Stub(streamed(body), streamed({ ...body, ends: "open" }, {}, () => (left += 1)));
  const { http } = over(stub);
  const whole = await collected((await http.open("/v1/blobs/x")).pieces());
  assert.equal(Buffer.concat(whole).toString(), "abc");
  for await (const piece of (await http.open("/v1/blobs/x")).pieces()) {
    assert.equal(piece.length, 1);
    break;
  }
  assert.equal(left, 1);
});

test("a body that breaks off is an error, and so is one of which nothing comes any more", async () => {
  const { http } = over(new Stub(streamed({ pieces: ["a"], ends: "broken" }), streamed({ pieces: ["a"], ends: "open" })));
  await assert.rejects(collected((await http.open("/v1/blobs/x")).pieces()), errors.Unreachable);
  const opened = await http.open("/v1/blobs/x", { idleSeconds: 0.02 });
  await assert.rejects(collected(opened.pieces()), /took too long/);
});

test("HEAD has no body that could say more than its status", async () => {
  const none = (status: number) => () => new Response(null, { status });
  const { http } = over(new Stub(none(200), none(404), none(401), none(503), none(200)));
  await http.probe("/v1/blobs/x");
  await assert.rejects(http.probe("/v1/blobs/x"), errors.NotFound);
  await assert.rejects(http.probe("/v1/blobs/x"), errors.NotAuthorised);
  await http.probe("/v1/blobs/x");
});

test("the platform's own fetch and clock are there where nothing else is given", async () => {
  const http = new Http({ url: "http://127.0.0.1:9", apiKey: "", retries: { attempts: 2 } });
  await assert.rejects(http.ask(...GET), errors.Unreachable);
  const begun = http.pace.now();
  await http.pace.sleep(0.01);
  assert.ok(http.pace.now() > begun);
  assert.ok(http.pace.random() < 1);
  await assert.rejects(http.pace.sleep(60, AbortSignal.timeout(5)), /time/i);
  await assert.rejects(http.pace.sleep(60, AbortSignal.abort(new Error("before"))), /before/);
});

const tagged = (etag: string, body: unknown) => () => new Response(JSON.stringify(body), { headers: { ETag: etag } });
const unchanged = () => new Response(null, { status: 304 });

test("what has not changed is not sent again", async () => {
  const stub = new Stub(tagged('"1"', { id: ID }), unchanged, tagged('"2"', { id: "new" }), unchanged);
  const { http } = over(stub);
  const first = await http.ask(...GET);
  const again = await http.ask(...GET);
  assert.deepEqual(again, first);
  assert.notEqual(again, first);
  const changed = await http.ask(...GET);
  assert.deepEqual(changed, { id: "new" });
  assert.deepEqual(await http.ask(...GET), changed);
  assert.deepEqual(
    stub.sent.map(({ headers }) => headers.get("If-None-Match")),
    [null, '"1"', '"1"', '"2"'],
  );
});

test("what was asked for otherwise, waited for or changed is not taken for the same", async () => {
  const stub = new Stub(tagged('"1"', {}), json({}), json({}), json({}), unchanged);
  const { http } = over(stub);
  await http.ask(...GET);
  await http.ask("get", "/v1/evaluations/{id}", { path: { id: ID }, waitSeconds: 3 });
  await http.ask("get", "/v1/evaluations/{id}", { path: { id: "another" } });
  await http.ask(...TRIGGER);
  assert.ok(stub.sent.every(({ headers }) => !headers.has("If-None-Match")));
  // Who answered without an ETag has taken it back.
  await assert.rejects(http.ask(...GET), errors.ApiError);
});

test("no more is kept than there is room for", () => {
  const two = new Representations(2);
  for (const path of ["a", "b"]) two.keep(path, path, path);
  assert.equal(two.of("a")?.text, "a");
  two.keep("c", "c", "c");
  assert.deepEqual(["a", "b", "c"].map((path) => two.of(path)?.etag), ["a", undefined, "c"]);
  two.keep("large", "l", "x".repeat(KEPT_CHARACTERS));
  assert.deepEqual(["a", "c", "large"].map((path) => two.of(path)?.etag), [undefined, undefined, "l"]);
  two.keep("large", null, "x");
  two.keep("larger", "l", "x".repeat(KEPT_CHARACTERS + 1));
  assert.deepEqual(["large", "larger"].map((path) => two.of(path)), [undefined, undefined]);
  const none = new Representations(0);
  none.keep("a", "a", "a");
  assert.equal(none.of("a"), undefined);
});
