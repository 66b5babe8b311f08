import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";

import { NothingRunning } from "../../src/errors.ts";
import { find, local } from "../../src/node.ts";

async function folder(t: TestContext, state?: string): Promise<string> {
  const top = await mkdtemp(join(tmpdir(), "cloche-sdk-"));
  t.after(() => rm(top, { recursive: true }));
  await mkdir(join(top, "a", "b"), { recursive: true });
  if (state !== undefined) {
    await mkdir(join(top, ".cloche"));
    await writeFile(join(top, ".cloche", "state.json"), state);
  }
  return join(top, "a", "b");
}

function environment(t: TestContext, values: Record<string, string>): void {
  for (const name of ["CLOCHE_URL", "CLOCHE_API_KEY"]) {
    const before = process.env[name];
    t.after(() => {
      if (before === undefined) delete process.env[name];
      else process.env[name] = before;
    });
    const value = values[name];
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
}

test("the environment comes first", async (t) => {
  environment(t, { CLOCHE_URL: " http://there.test \n", CLOCHE_API_KEY: " key " });
  const start = await folder(t, '{"url": "http://here.test"}');
  assert.deepEqual(await find(start), { url: "http://there.test", apiKey: "key" });
});

test("a local system is found from a folder below it", async (t) => {
  environment(t, {});
  const start = await folder(t, '{"state": "running", "url": "http://127.0.0.1:7", "api_key": "k", "more": 1}');
  assert.deepEqual(await find(start), { url: "http://127.0.0.1:7", apiKey: "k" });
  assert.ok((await local({ start })).evaluations);
});

test("what does not run is not found", async (t) => {
  environment(t, {});
  for (const state of [undefined, "", "no JSON", "{}", '{"state": "stopped", "url": "http://127.0.0.1:7"}']) {
    await assert.rejects(find(await folder(t, state)), NothingRunning, state);
  }
});
