// A submission in the words of every client, to be copied.

import type { SubmitBatch, SubmitEvaluation } from "cloche";

export type Copy = "curl" | "cli" | "python" | "typescript";

export const COPIES: readonly { readonly value: Copy; readonly label: string }[] = [
  { value: "curl", label: "curl" },
  { value: "cli", label: "CLI" },
  { value: "python", label: "Python" },
  { value: "typescript", label: "TypeScript" },
];

/** The same evaluation once more, by its id. */
export function copyOfRerun(kind: Copy, id: string, url: string): string {
  switch (kind) {
    case "curl":
      return `curl -sS -X POST ${quoted(`${url}/v1/evaluations/${id}/rerun`)} \\\n  -H "Authorization: Bearer $CLOCHE_API_KEY"\n`;
    case "cli":
      return `cloche rerun ${id}\n`;
    case "python":
      return `from cloche import Client\n\nwith Client.local() as client:\n    view = client.wait(client.rerun("${id}").id)\n    print(view.outcome, client.output(view.id))\n`;
    case "typescript":
      return `import { local } from "cloche/node";\n\nconst client = await local();\nconst ended = await client.evaluations.wait((await client.evaluations.rerun("${id}")).id);\nconsole.log(ended.outcome, await client.outputs.text(ended.id));\n`;
  }
}

export type Asked = { readonly one: SubmitEvaluation } | { readonly batch: SubmitBatch };

/** `url` is where the API is. The key is named by its variable and shown to nobody. */
export function copyOf(kind: Copy, asked: Asked, url: string): string {
  switch (kind) {
    case "curl":
      return curl(asked, url);
    case "cli":
      return cli(asked);
    case "python":
      return "one" in asked
        ? python("SubmitEvaluation", asked.one, "view = client.run(asked)\n    print(view.outcome, client.output(view.id))")
        : python("SubmitBatch", asked.batch, "batch = client.batches.submit(asked)\n    print(client.batches.wait(batch.id).by_outcome)");
    case "typescript":
      return "one" in asked
        ? `import { local } from "cloche/node";\n\nconst client = await local();\nconst ended = await client.evaluations.run(${json(asked.one)});\nconsole.log(ended.outcome, await client.outputs.text(ended.id));\n`
        : `import { local } from "cloche/node";\n\nconst client = await local();\nconst batch = await client.batches.run(${json(asked.batch)});\nconsole.log(batch.by_outcome);\n`;
  }
}

function curl(asked: Asked, url: string): string {
  const [path, body] = "one" in asked ? ["/v1/evaluations", asked.one] : ["/v1/batches", asked.batch];
  return [
    `curl -sS ${quoted(url + path)}`,
    `-H "Authorization: Bearer $CLOCHE_API_KEY"`,
    "-H 'Content-Type: application/json'",
    `--data-raw ${quoted(JSON.stringify(body))}`,
  ].join(" \\\n  ") + "\n";
}

/** A word for the end of a text in a shell, which is no line of it. */
function endOf(text: string): string {
  let end = "END_OF_PROGRAM";
  while (text.split("\n").includes(end)) end += "_";
  return end;
}

/** What a shell is told to read as it stands. */
function here(text: string): string {
  const end = endOf(text);
  return `<<'${end}'\n${text}${text.endsWith("\n") ? "" : "\n"}${end}`;
}

function cli(asked: Asked): string {
  if ("batch" in asked) return `cat > batch.json ${here(json(asked.batch))}\ncloche batch batch.json\n`;
  const { one } = asked;
  const name = one.name ?? `main${SUFFIXES[one.language ?? "python"] ?? ""}`;
  const words = ["cloche run"];
  const texts = [...(one.files ?? []), ...(one.code === undefined ? [] : [{ name, content: one.code }])];
  const made = texts.map((file) => written(file.name, file.content ?? "", file.content == null)).join("");
  if ((one.files?.length ?? 0) > 0) words.push("program", ...(one.name ? ["--entry", quoted(one.name)] : []));
  else words.push(quoted(name));
  if (one.language && one.language !== "auto") words.push("--language", quoted(one.language));
  for (const option of ["engine", "require", "image", "priority"] as const) if (one[option]) words.push(`--${option}`, quoted(one[option]));
  for (const [limit, value] of Object.entries(one.limits ?? {})) if (value !== null) words.push("--limit", quoted(`${limit}=${value}`));
  for (const [key, value] of Object.entries(one.env ?? {})) words.push("--env", quoted(`${key}=${value}`));
  for (const [key, value] of Object.entries(one.labels ?? {})) words.push("--label", quoted(`${key}=${value}`));
  if (one.retry?.attempts) words.push("--attempts", String(one.retry.attempts));
  if (one.run_at) words.push("--at", quoted(one.run_at));
  if (one.delay_seconds) words.push("--in", `${one.delay_seconds}s`);
  if (one.stdin) words.push("--stdin", "-");
  if (one.argv && one.argv.length > 0) words.push("--", ...one.argv.map(quoted));
  const input = one.stdin ? ` ${here(one.stdin)}` : "";
  const folder = (one.files?.length ?? 0) > 0 ? "mkdir -p program\n" : "";
  return `${folder}${made}${words.join(" ")}${input}\n`;

  function written(file: string, content: string, bytes: boolean): string {
    const path = (one.files?.length ?? 0) > 0 ? `program/${file}` : file;
    if (bytes) return `# ${path} is no text: put it there yourself.\n`;
    return `cat > ${quoted(path)} ${here(content)}\n`;
  }
}

const SUFFIXES: Readonly<Record<string, string>> = {
  python: ".py", bash: ".sh", javascript: ".js", typescript: ".ts", c: ".c", "c++": ".cpp", go: ".go", rust: ".rs", java: ".java", ruby: ".rb",
};

/** As a shell takes it. */
export function quoted(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

function json(value: object): string {
  return JSON.stringify(value, null, 2);
}

function python(kind: string, value: object, then: string): string {
  const called = `msgspec.convert(\n    ${literal(value, 4)},\n    ${kind},\n)`;
  return `import msgspec\nfrom cloche import Client, ${kind}\n\nasked = ${called}\nwith Client.local() as client:\n    ${then}\n`;
}

/** A value as Python writes it. */
function literal(value: unknown, indent: number): string {
  const inner = " ".repeat(indent + 4);
  const end = " ".repeat(indent);
  if (value === null || value === undefined) return "None";
  if (value === true) return "True";
  if (value === false) return "False";
  // A string of JSON is one of Python.
  if (typeof value !== "object") return JSON.stringify(value);
  const [open, close, items] = Array.isArray(value)
    ? ["[", "]", value.map((one: unknown) => literal(one, indent + 4))]
    : ["{", "}", Object.entries(value).map(([name, one]) => `${JSON.stringify(name)}: ${literal(one, indent + 4)}`)];
  return items.length === 0 ? `${open}${close}` : `${open}\n${items.map((item) => `${inner}${item},`).join("\n")}\n${end}${close}`;
}
