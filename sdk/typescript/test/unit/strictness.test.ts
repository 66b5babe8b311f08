// What the compiler's options alone do not forbid: the type `any`, and comments that silence it.

import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { test } from "node:test";

import ts from "typescript";

const home = new URL("../../", import.meta.url);
const SILENCERS = /@ts-(?:ignore|expect-error|nocheck)/;

async function sources(): Promise<string[]> {
  const found = await Promise.all(
    ["src", "test", "scripts"].map(async (folder) => {
      const names = await readdir(new URL(`${folder}/`, home), { recursive: true });
      return names.filter((name) => name.endsWith(".ts") && !name.startsWith("generated")).map((name) => `${folder}/${name}`);
    }),
  );
  return found.flat();
}

function anyIn(node: ts.Node): boolean {
  return node.kind === ts.SyntaxKind.AnyKeyword || (ts.forEachChild(node, (child) => anyIn(child) || undefined) ?? false);
}

test("nothing is any, and nothing silences the compiler", async () => {
  const names = await sources();
  assert.ok(names.length > 30);
  for (const name of names) {
    const text = await readFile(new URL(name, home), "utf8");
    assert.ok(!anyIn(ts.createSourceFile(name, text, ts.ScriptTarget.ES2022)), `${name} says any`);
    if (!name.endsWith("strictness.test.ts")) assert.doesNotMatch(text, SILENCERS, name);
  }
  assert.ok(anyIn(ts.createSourceFile("x.ts", "const x: Map<string, any[]> = y;", ts.ScriptTarget.ES2022)));
});
