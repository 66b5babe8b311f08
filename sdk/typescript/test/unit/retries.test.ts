import assert from "node:assert/strict";
import { test } from "node:test";

import { errorOf, UnexpectedAnswer, Unreachable } from "../../src/errors.ts";
import { pauseAfter, policyOf, retryAfterOf } from "../../src/retries.ts";

const POLICY = policyOf();
const never = (): number => 0;
const always = (): number => 1;

function refusal(status: number, retryAfter?: number, code = "so") {
  return errorOf({ type: "", title: "No", status, code }, retryAfter);
}

test("429 is always tried again, never sooner than the server asks", () => {
  const failure = { error: refusal(429, 3), attempt: 1, repeatable: false };
  assert.equal(pauseAfter(failure, POLICY, never), 3);
  assert.equal(pauseAfter(failure, POLICY, always), 3.75);
  assert.equal(pauseAfter({ ...failure, error: refusal(429, 0) }, POLICY, always), 0.25);
});

test("503 and silence are tried again only where that does no harm", () => {
  for (const error of [refusal(503, 2), new Unreachable("gone"), new UnexpectedAnswer("a proxy", { status: 502 })]) {
    assert.equal(pauseAfter({ error, attempt: 1, repeatable: false }, POLICY, never), undefined);
    assert.notEqual(pauseAfter({ error, attempt: 1, repeatable: true }, POLICY, never), undefined);
  }
});

test("without Retry-After a random part of a growing time", () => {
  const error = new Unreachable("gone");
  const ceilings = [1, 2, 3].map((attempt) => pauseAfter({ error, attempt, repeatable: true }, POLICY, always));
  assert.deepEqual(ceilings, [0.5, 1, 2]);
  assert.equal(pauseAfter({ error, attempt: 1, repeatable: true }, POLICY, never), 0);
  assert.equal(pauseAfter({ error, attempt: 90, repeatable: true }, policyOf({ attempts: 100 }), always), 8);
});

test("what is final, asked too often, or too long, is not tried again", () => {
  const repeatable = true;
  for (const error of [refusal(422), refusal(500), refusal(502, 1, "archive_damaged"), new Error("a bug"), undefined]) {
    assert.equal(pauseAfter({ error, attempt: 1, repeatable }, POLICY, never), undefined);
  }
  assert.equal(pauseAfter({ error: refusal(503, 1), attempt: 4, repeatable }, POLICY, never), undefined);
  assert.equal(pauseAfter({ error: refusal(429, 61), attempt: 1, repeatable }, POLICY, never), undefined);
  assert.equal(pauseAfter({ error: refusal(429, 1), attempt: 1, repeatable }, policyOf({ attempts: 1 }), never), undefined);
});

test("Retry-After is a number of seconds, or a date", () => {
  const at = (value: string) => retryAfterOf(new Headers({ "Retry-After": value }), Date.UTC(2026, 0, 1));
  assert.equal(at("120"), 120);
  assert.equal(at("Thu, 01 Jan 2026 00:00:30 GMT"), 30);
  assert.equal(at("Wed, 31 Dec 2025 00:00:00 GMT"), 0);
  assert.equal(at("soon"), undefined);
  assert.equal(retryAfterOf(new Headers(), 0), undefined);
});
