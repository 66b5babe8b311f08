// Who answers, and for whom.

import assert from "node:assert/strict";
import { test } from "node:test";

import { Client, UnexpectedAnswer } from "../../src/index.ts";
import { BASE, json, KEY, Stub } from "./stub.ts";

test("who answers is said, and something else is not taken for it", async () => {
  const about = { name: "cloche", version: "1", tenant: "main", key: "k", role: "user", scopes: ["read"] };
  const stub = new Stub(json(about), json({ ...about, name: "another" }), json({ name: "cloche" }));
  const client = new Client({ url: BASE, apiKey: KEY, fetch: stub.fetch });
  assert.deepEqual(await client.about(), about);
  await assert.rejects(client.about(), UnexpectedAnswer);
  await assert.rejects(client.about(), UnexpectedAnswer);
  assert.deepEqual(stub.sent.map(({ method, path }) => `${method} ${path}`), ["GET /v1", "GET /v1", "GET /v1"]);
});
