import { describe, expect, it } from "vitest";
import { amountOf, batchOf, draftOf, EMPTY, sizeOf, submissionOf, type Unclear, weightOf, type Draft } from "./draft";
import { TEMPLATES } from "./templates";

const draft = (changes: Partial<Draft>): Draft => ({ ...EMPTY, code: "print(1)", ...changes });

describe("one evaluation", () => {
  it("sends what is filled in and nothing else", () => {
    expect(submissionOf(draft({}))).toEqual({ code: "print(1)", language: "auto" });
  });

  it("sends every term", () => {
    const body = submissionOf(
      draft({
        language: "c", name: " main.c ", argv: "-v\ntwo words\n", stdin: "in", env: [{ name: "A", value: "1" }, { name: " ", value: "x" }],
        labels: [{ name: "team", value: "red" }], engine: "gvisor", require: "docker", image: "gcc", priority: "high",
        limits: { memory_bytes: "64 MiB", wall_seconds: "2.5", pids: " " }, attempts: "5", when: "delay", delay: "90",
        files: [{ name: "a.h", content: "int a;", size: 6 }, { name: "b.bin", data: "AAE=", size: 2 }],
      }),
    );
    expect(body).toEqual({
      code: "print(1)", language: "c", name: "main.c", argv: ["-v", "two words"], stdin: "in", env: { A: "1" },
      labels: { team: "red" }, engine: "gvisor", require: "docker", image: "gcc", priority: "high",
      limits: { memory_bytes: 64 << 20, wall_seconds: 2.5 }, retry: { attempts: 5 }, delay_seconds: 90,
      files: [{ name: "a.h", content: "int a;" }, { name: "b.bin", data: "AAE=" }],
    });
  });

  it("says a moment in UTC", () => {
    const at = submissionOf(draft({ when: "at", at: "2026-12-24T18:00" })).run_at;
    expect(at).toBe(new Date("2026-12-24T18:00").toISOString());
  });

  it.each([
    [{ limits: { memory_bytes: "much" } }, "/limits/memory_bytes"],
    [{ limits: { memory_bytes: "-1" } }, "/limits/memory_bytes"],
    [{ attempts: "often" }, "/retry/attempts"],
    [{ when: "delay", delay: "" }, "/delay_seconds"],
    [{ when: "at", at: "soon" }, "/run_at"],
  ] as const)("cannot be made of %j", (changes, field) => {
    expect(() => submissionOf(draft(changes))).toThrow(expect.objectContaining({ field }) as Unclear);
  });

  it("comes back as the draft that it was", () => {
    const before = draft({ language: "python", argv: "a\nb", labels: [{ name: "x", value: "y" }], limits: { pids: "7" } });
    expect(submissionOf(draftOf(submissionOf(before)))).toEqual(submissionOf(before));
  });
});

describe("many", () => {
  it("are the same, so many times", () => {
    expect(batchOf(draft({ many: "times", times: "3", concurrency: "1" }))).toMatchObject({ concurrency: 1, evaluations: { length: 3 } });
  });

  it("are every combination of a grid", () => {
    const grid = draft({ many: "grid", parameters: [{ name: "A", value: "1\n2\n3" }, { name: "B", value: "x\ny\n" }, { name: "", value: "z" }] });
    expect(batchOf(grid)).toMatchObject({ template: { code: "print(1)" }, parameters: { A: ["1", "2", "3"], B: ["x", "y"] } });
    expect(sizeOf(grid)).toBe(6);
  });

  it("are files, each a program", () => {
    const files = [{ name: "a.py", content: "1", size: 1 }, { name: "b.py", content: "2", size: 1 }];
    const body = batchOf(draft({ many: "files", files, name: "main.py" }));
    expect(body.evaluations).toEqual([
      { language: "auto", name: "a.py", files: [{ name: "a.py", content: "1" }] },
      { language: "auto", name: "b.py", files: [{ name: "b.py", content: "2" }] },
    ]);
  });
});

it.each([["2.5", 2.5], ["64 MiB", 64 << 20], ["1g", 1 << 30], ["10 kB", 10_000], [" 7 ", 7]])("%j is %d", (text, amount) => {
  expect(amountOf("/x", text)).toBe(amount);
});

it("weighs bytes, not letters", () => {
  expect(weightOf(draft({ code: "€", files: [{ name: "a", data: "", size: 10 }] }))).toBe(13);
});

it.each(TEMPLATES)("the example $name can be sent", ({ draft: example }) => {
  expect(example.many === "one" ? submissionOf(example) : batchOf(example)).toBeTruthy();
});
