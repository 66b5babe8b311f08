import assert from "node:assert/strict";
import { test } from "node:test";

import { Http } from "../../src/http.ts";
import type { Traceparent } from "../../src/tracing.ts";
import { BASE, FakePace, json, KEY, Stub, unreachable } from "./stub.ts";

const PARENT = `00-${"a".repeat(32)}-${"b".repeat(16)}-01`;

async function sent(traceparent: Traceparent | undefined, ...answers: ConstructorParameters<typeof Stub>): Promise<(string | null)[]> {
  const stub = new Stub(...answers);
  const http = new Http({ url: BASE, apiKey: KEY, fetch: stub.fetch, traceparent }, new FakePace());
  await http.ask("get", "/v1/evaluations", { query: { limit: 5 } });
  return stub.sent.map((one) => one.headers.get("traceparent"));
}

test("nothing is sent of a trace by itself, nor where there is none", async () => {
  assert.deepEqual(await sent(undefined, json({})), [null]);
  assert.deepEqual(await sent(() => undefined, json({})), [null]);
});

test("a call has the trace that is given for it, and its retries the same", async () => {
  const calls: string[] = [];
  const traceparent: Traceparent = ({ method, path }) => {
    calls.push(`${method} ${path}`);
    return PARENT;
  };
  assert.deepEqual(await sent(traceparent, unreachable(), json({})), [PARENT, PARENT]);
  assert.deepEqual(calls, ["GET /v1/evaluations?limit=5"]);
});

test("what is no traceparent is not sent, and fails no call", async () => {
  for (const wrong of ["", "x", `${PARENT}\r\nX: y`, PARENT.toUpperCase()]) {
    assert.deepEqual(await sent(() => wrong, json({})), [null], wrong);
  }
});
