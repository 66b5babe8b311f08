import { execFileSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { copyOf, copyOfRerun, quoted } from "./copies";

const one = { code: "print('it''s')\n", name: "a b.py", argv: ["-x", "two words"], limits: { pids: 7 }, language: "python" } as const;
const asked = { one: { ...one, argv: [...one.argv] } };

describe("a submission is copied", () => {
  it("as curl, with the key left to its variable", () => {
    const text = copyOf("curl", asked, "http://gateway");
    expect(text).toContain("curl -sS http://gateway/v1/evaluations");
    expect(text).toContain("Bearer $CLOCHE_API_KEY");
    // What a shell makes of it is the body, whatever quotes are in it.
    const body = /--data-raw ([^]*)\n$/.exec(text)?.[1] ?? "";
    expect(JSON.parse(execFileSync("sh", ["-c", `printf %s ${body}`], { encoding: "utf8" }))).toEqual(asked.one);
  });

  it("as a command", () => {
    expect(copyOf("cli", asked, "")).toBe(
      "cat > 'a b.py' <<'END_OF_PROGRAM'\nprint('it''s')\nEND_OF_PROGRAM\n" +
        "cloche run 'a b.py' --language python --limit pids=7 -- -x 'two words'\n",
    );
  });

  it("as a command with labels, and a program that holds the end of its own text", () => {
    expect(copyOf("cli", { one: { code: "END_OF_PROGRAM\n", labels: { suite: "a b" } } }, "")).toBe(
      "cat > main.py <<'END_OF_PROGRAM_'\nEND_OF_PROGRAM\nEND_OF_PROGRAM_\ncloche run main.py --label 'suite=a b'\n",
    );
  });

  it("as Python that gives the same body", () => {
    const text = copyOf("python", { one: { code: "print(1)", fail_fast: true, image: null, argv: [] } }, "");
    expect(text).toContain('        "code": "print(1)",\n        "fail_fast": True,\n        "image": None,\n        "argv": [],\n');
    expect(text).toContain("SubmitEvaluation,\n)");
  });

  it("as TypeScript", () => {
    expect(copyOf("typescript", asked, "")).toContain(`client.evaluations.run(${JSON.stringify(asked.one, null, 2)})`);
  });
});

describe("what runs an evaluation once more", () => {
  it.each([
    ["curl", "curl -sS -X POST http://gateway/v1/evaluations/e1/rerun"],
    ["cli", "cloche rerun e1\n"],
    ["python", 'client.rerun("e1")'],
    ["typescript", 'client.evaluations.rerun("e1")'],
  ] as const)("as %s", (kind, words) => {
    expect(copyOfRerun(kind, "e1", "http://gateway")).toContain(words);
  });
});

describe("a batch is copied", () => {
  const batch = { template: { code: "print(1)" }, parameters: { SEED: ["1", "2"] } };

  it.each(["curl", "cli", "python", "typescript"] as const)("as %s", (kind) => {
    const text = copyOf(kind, { batch }, "http://gateway");
    expect(text).toContain("SEED");
    expect(text).toMatch(/batch/);
  });
});

it.each(["plain", "with space", "it's", "$HOME `id`", "", "a\nb", "-- ünïcode"])("a shell reads %j as it is", (text) => {
  expect(execFileSync("sh", ["-c", `printf %s ${quoted(text)}`], { encoding: "utf8" })).toBe(text);
});
