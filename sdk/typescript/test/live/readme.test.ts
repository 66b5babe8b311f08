// Every example of the README: its types are right, and where it says what it prints, it prints that.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);
const home = new URL("../../", import.meta.url);
// Inside of the package, so that its own name leads to it.
const folder = new URL("build/readme/", home);
const PRINTS = /^ *\/\/ prints: (.*)$/gm;

interface Example {
  readonly file: string;
  readonly prints: readonly string[];
}

async function examples(): Promise<Example[]> {
  const text = await readFile(new URL("README.md", home), "utf8");
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const found: Example[] = [];
  for (const [, code = ""] of text.matchAll(/^```ts\n(.*?)^```$/gms)) {
    const file = fileURLToPath(new URL(`example-${found.length + 1}.ts`, folder));
    await writeFile(file, code);
    found.push({ file, prints: Array.from(code.matchAll(PRINTS), ([, line = ""]) => line) });
  }
  return found;
}

test("the examples", async (t) => {
  const all = await examples();
  assert.ok(all.length > 5, "the README has lost its examples");

  await t.test("have the types that the package declares", async () => {
    // As a program's that uses the package, with every declaration checked.
    const compilerOptions = {
      ...{ target: "es2022", module: "nodenext", lib: ["es2022", "dom", "dom.iterable"], types: ["node"] },
      ...{ strict: true, exactOptionalPropertyTypes: true, skipLibCheck: false, noEmit: true },
    };
    await writeFile(new URL("tsconfig.json", folder), JSON.stringify({ compilerOptions }));
    const compiler = fileURLToPath(new URL("node_modules/typescript/bin/tsc", home));
    await run(process.execPath, [compiler, "-p", fileURLToPath(folder)]).catch((error: { stdout?: string }) =>
      assert.fail(error.stdout ?? String(error)),
    );
  });

  for (const { file, prints } of all) {
    await t.test(file.slice(fileURLToPath(home).length), async () => {
      const { stdout } = await run(process.execPath, [file], { cwd: fileURLToPath(home) });
      // What a program printed ends with a line end of its own.
      const said = stdout.split("\n").filter((line) => line !== "");
      assert.deepEqual(said, prints);
    });
  }
});
