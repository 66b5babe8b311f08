import { expect, test } from "vitest";
import { systemFor } from "./system";
import { traceparent } from "./traceparent";

test("each submission begins a sampled trace of its own, and reading begins none", () => {
  const submit = { method: "POST", path: "/v1/evaluations" };
  const [one, other] = [traceparent(submit), traceparent(submit)];
  expect(one).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
  expect(other).not.toBe(one);
  expect(traceparent({ method: "GET", path: "/v1/evaluations" })).toBeUndefined();
});

test("the client of a page sends it", async () => {
  const sent: (string | null)[] = [];
  const before = globalThis.fetch;
  globalThis.fetch = (_, init) => {
    sent.push(new Headers(init?.headers).get("traceparent"));
    return Promise.resolve(new Response(JSON.stringify({ id: "x", items: [] }), { status: 202 }));
  };
  try {
    const { client } = systemFor("k", "http://gateway");
    await client.evaluations.submit({ language: "python", code: "1" });
    await client.evaluations.get("x");
  } finally {
    globalThis.fetch = before;
  }
  expect(sent).toEqual([expect.stringMatching(/-01$/), null]);
});
