// Types of the API and of its events, from the committed descriptions of both, into src/generated.
//
// node scripts/generate.ts            write
// node scripts/generate.ts --check    exit 1 and name the files that differ from what would be written

import { mkdir, readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

import openapiTS, { astToString, type OpenAPI3 } from "openapi-typescript";

const schemas = new URL("../../../schemas/generated/", import.meta.url);
const target = new URL("../src/generated/", import.meta.url);
const HEADER = "// Made by `make generate` from schemas/generated/SOURCE. Do not edit.\n\n";

async function read<T>(name: string): Promise<T> {
  const parsed: unknown = JSON.parse(await readFile(new URL(name, schemas), "utf8"));
  return parsed as T;
}

async function typesOf(document: OpenAPI3, source: string): Promise<string> {
  // A default is what the server takes where nothing is sent; `required` alone says what is always there.
  const nodes = await openapiTS(document, { defaultNonNullable: false, silent: true });
  return HEADER.replace("SOURCE", source) + astToString(nodes);
}

/** AsyncAPI's schemas of events are those of OpenAPI 3.1. */
async function events(): Promise<OpenAPI3> {
  const { info, components } = await read<Pick<OpenAPI3, "info" | "components">>("asyncapi.json");
  const schemas = components?.schemas ?? {};
  return { openapi: "3.1.0", info: { title: info.title, version: info.version }, paths: {}, components: { schemas } };
}

const wanted: Record<string, string> = {
  "api.ts": await typesOf(await read<OpenAPI3>("openapi.json"), "openapi.json"),
  "events.ts": await typesOf(await events(), "asyncapi.json"),
};

await mkdir(target, { recursive: true });
for (const [name, text] of Object.entries(wanted)) {
  const file = new URL(name, target);
  if (!process.argv.includes("--check")) {
    await writeFile(file, text);
    continue;
  }
  const found = await readFile(file, "utf8").catch(() => "");
  if (found !== text) {
    process.exitCode = 1;
    console.error(`${fileURLToPath(file)} is not what \`make generate\` writes`);
  }
}
