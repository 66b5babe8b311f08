import assert from "node:assert/strict";
import { test } from "node:test";

import { Conflict, fileOf, Invalid, NotAuthorised, NotFound } from "cloche";

import { client, collected, connect, eventually, target } from "./system.ts";

const UNKNOWN = "01900000-0000-7000-8000-000000000000";

test("a program is run, and everything of it can be read", async () => {
  const code = "import sys\nprint('out', sys.argv[1], input())\nprint('err', file=sys.stderr)\nsys.exit(3)";
  const ended = await client.evaluations.run({ code, argv: ["a"], stdin: "b\n", labels: { of: "the SDK" } });
  assert.deepEqual([ended.status, ended.outcome, ended.exit_code], ["completed", "failed", 3]);
  assert.deepEqual(ended.labels, { of: "the SDK" });
  assert.equal(await client.outputs.text(ended.id), "out a b\n");
  assert.equal(await client.outputs.text(ended.id, { stream: "stderr" }), "err\n");
  const { items, counts } = await client.evaluations.attempts(ended.id);
  assert.deepEqual([items.length, counts, items[0]?.outcome], [1, 1, "failed"]);
});

test("output in part, its end, its lines, and what lies in it", async () => {
  const { id } = await client.evaluations.run({ code: "for n in range(2000): print('line', n)" });
  const whole = await client.outputs.text(id);
  assert.equal(await client.outputs.text(id, { start: 7, end: 13 }), "line 1");
  assert.equal(await client.outputs.text(id, { tailLines: 2 }), "line 1998\nline 1999\n");
  assert.equal(await client.outputs.text(id, { tailBytes: 5 }), "1999\n");
  assert.equal(await new Response(client.outputs.stream(id)).text(), whole);
  assert.equal((await collected(client.outputs.lines(id))).length, 2000);
  const found = await client.outputs.search(id, "line 1[0-9]{3}$", { regex: true }).all();
  assert.deepEqual([found.length, found[0]?.line, found[0]?.text], [1000, 1001, "line 1000"]);
});

test("output comes while the program runs, and a cancellation ends it", async () => {
  const code = "import time\nprint('there', flush=True)\ntime.sleep(600)";
  const { id } = await client.evaluations.submit({ code });
  let seen = "";
  for await (const piece of client.outputs.follow(id)) {
    seen += Buffer.from(piece.data).toString();
    // However it was cut in pieces on its way.
    if (seen !== "there\n") continue;
    const view = await client.evaluations.cancel(id, { reason: "seen enough" });
    assert.notEqual(view.status, "queued");
  }
  assert.equal(seen, "there\n");
  const ended = await client.evaluations.wait(id);
  assert.equal(ended.outcome, "cancelled");
  await assert.rejects(client.evaluations.cancel(id), (error) => {
    assert.ok(error instanceof Conflict);
    assert.equal(error.code, "already_over");
    return true;
  });
});

test("the same key is the same evaluation, and another body under it is refused", async () => {
  const idempotencyKey = `live-${Date.now()}`;
  const first = await client.evaluations.submit({ code: "print(1)" }, { idempotencyKey });
  const again = await client.evaluations.submit({ code: "print(1)" }, { idempotencyKey });
  assert.equal(first.id, again.id);
  await assert.rejects(client.evaluations.submit({ code: "print(2)" }, { idempotencyKey }), Invalid);
});

test("every evaluation of a list is read once, page by page", async () => {
  const made = new Set<string>();
  for (let n = 0; n < 5; n += 1) made.add((await client.evaluations.submit({ code: `print(${n})` })).id);
  await eventually(async () => {
    const { items } = await client.evaluations.list({ limit: 200 }).page();
    const known = new Set(items.map(({ id }) => id));
    return [...made].every((id) => known.has(id)) || undefined;
  });
  const ids = (await client.evaluations.list({ limit: 2 }).all()).map(({ id }) => id);
  assert.equal(new Set(ids).size, ids.length);
  for (const id of made) assert.ok(ids.includes(id));
  await Promise.all(Array.from(made, (id) => client.evaluations.wait(id)));
});

test("cases have a result each", async () => {
  const ended = await client.evaluations.run({
    code: "print(int(input()) * 2)",
    cases: [
      { name: "two", stdin: "2\n", expected_stdout: "4" },
      { name: "three", stdin: "3\n", expected_stdout: "7" },
    ],
  });
  assert.deepEqual(ended.cases, { total: 2, passed: 1, failed: 1, skipped: 0 });
  const { items } = await client.evaluations.cases(ended.id);
  assert.deepEqual(
    items.map(({ name, passed }) => [name, passed]),
    [["two", true], ["three", false]],
  );
});

test("files go in, artifacts come back", async () => {
  const bytes = Uint8Array.from({ length: 256 }, (_, n) => n);
  const code = [
    "import os, shutil",
    "out = os.environ['CLOCHE_OUTPUT']",
    "os.mkdir(f'{out}/a b')",
    "shutil.copy('data/all.bin', f'{out}/a b/cöpy.bin')",
  ].join("\n");
  const ended = await client.evaluations.run({
    name: "main.py",
    files: [fileOf("main.py", code), fileOf("data/all.bin", bytes)],
  });
  assert.equal(ended.outcome, "succeeded", await client.outputs.text(ended.id, { stream: "stderr" }));
  const { items } = await client.artifacts.list(ended.id);
  assert.deepEqual(
    items.map(({ name, size }) => [name, size]),
    [["a b/cöpy.bin", 256]],
  );
  assert.deepEqual(await client.artifacts.read(ended.id, "a b/cöpy.bin"), bytes);
  await assert.rejects(client.artifacts.read(ended.id, "absent"), NotFound);
});

test("what is too large for a request is sent ahead by itself", async () => {
  const stdin = "0123456789".repeat(150_000);
  const code = "import sys\nprint(len(sys.stdin.read()))";
  const ended = await client.evaluations.run({ code, stdin, limits: { memory_bytes: 256 << 20 } });
  assert.equal(ended.outcome, "succeeded", JSON.stringify(ended));
  assert.equal(await client.outputs.text(ended.id), "1500000\n");
});

test("what the API refuses says why", async () => {
  const other = connect({ apiKey: "cloche_aaaaaaaaaaaa_" + "0".repeat(48) });
  await assert.rejects(other.evaluations.list().page(), NotAuthorised);
  await assert.rejects(client.evaluations.get(UNKNOWN), NotFound);
  await assert.rejects(client.events.of(UNKNOWN).next(), NotFound);
  await assert.rejects(client.outputs.read(UNKNOWN), NotFound);
  await assert.rejects(client.evaluations.get("no id"), Invalid);
  await assert.rejects(client.evaluations.submit({ code: "1", limits: { memory_bytes: 1 } }), (error) => {
    assert.ok(error instanceof Invalid);
    assert.equal(error.problem.errors?.[0]?.pointer, "/limits/memory_bytes");
    assert.match(error.problem.request_id ?? "", /./);
    return true;
  });
  assert.ok(target.url);
});
