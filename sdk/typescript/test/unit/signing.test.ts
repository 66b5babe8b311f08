// Signed requests, byte for byte as the vectors of the repository have them, and what the client makes of them.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";

import { BadTarget, Client, NotAuthorised, Signer } from "../../src/index.ts";
import { BASE, ID, json, problem, Stub } from "./stub.ts";

interface Vectors {
  readonly api_key: string;
  readonly vectors: readonly {
    readonly name: string;
    readonly method: string;
    readonly url: string;
    readonly body: string;
    readonly created: number;
    readonly nonce: string;
    readonly headers: Record<string, string>;
  }[];
}

const parsed: unknown = JSON.parse(await readFile(new URL("../../../../schemas/vectors/signing.json", import.meta.url), "utf8"));
const { api_key: apiKey, vectors } = parsed as Vectors;
const signer = new Signer(apiKey);

for (const { name, method, url, body, created, nonce, headers } of vectors) {
  test(`vector: ${name}`, async () => {
    assert.deepEqual(await signer.sign({ method, url, body }, { created, nonce }), headers);
    const bytes = new TextEncoder().encode(body);
    assert.deepEqual(await signer.sign({ method, url: `https://cloche.test${url}`, body: bytes }, { created, nonce }), headers);
  });
}

test("there are vectors", () => assert.ok(vectors.length >= 5));

test("a client that signs sends no key, and signs the address and the body that it sends", async () => {
  const stub = new Stub(json({ id: ID, status: "queued", links: {} }, 202), json({ items: [] }));
  const client = new Client({ url: BASE, apiKey, fetch: stub.fetch, sign: true });
  await client.evaluations.submit({ code: "print('é')" });
  await client.evaluations.list({ label: ["a b", "c=d"] }).page();
  for (const { method, path, headers, body } of stub.sent) {
    assert.equal(headers.get("Authorization"), null);
    const input = headers.get("Signature-Input") ?? "";
    const [, created, nonce] = /;created=(\d+);.*nonce="([^"]{16,128})"/.exec(input) ?? [];
    assert.ok(created && nonce && Math.abs(Number(created) - Date.now() / 1000) < 60);
    const text = typeof body === "string" ? body : "";
    const again = await signer.sign({ method, url: path, body: text }, { created: Number(created), nonce });
    assert.deepEqual(Object.fromEntries(Object.keys(again).map((name) => [name, headers.get(name)])), again);
  }
});

test("what is sent again is signed anew", async () => {
  const stub = new Stub(problem(503, "overloaded", { "Retry-After": "0" }), json({ items: [] }));
  const client = new Client({ url: BASE, apiKey, fetch: stub.fetch, sign: true });
  await client.keys.list();
  const signatures = stub.sent.map(({ headers }) => headers.get("Signature"));
  assert.equal(new Set(signatures).size, 2);
});

test("a signature that is refused is an error of its own, and is not sent again", async () => {
  const stub = new Stub(problem(401, "signature_expired"));
  const client = new Client({ url: BASE, apiKey, fetch: stub.fetch, sign: true });
  await assert.rejects(client.keys.list(), (error) => error instanceof NotAuthorised && error.code === "signature_expired");
});

test("the first key of a system does not sign", () => {
  assert.throws(() => new Client({ url: BASE, apiKey: "the-first-key-of-a-system", sign: true }), BadTarget);
});
