import { describe, expect, it } from "vitest";
import { copied } from "./copied";
import { LONGEST_LINE, OutputLog } from "./log";
import { shownOf } from "./use-shown";

const ENCODER = new TextEncoder();

function logOf(...written: readonly (readonly ["stdout" | "stderr", string])[]): OutputLog {
  const log = new OutputLog();
  const offsets = { stdout: 0, stderr: 0 };
  for (const [stream, text] of written) {
    const data = ENCODER.encode(text);
    log.push({ stream, attempt: 1, offset: offsets[stream], data });
    offsets[stream] += data.length;
  }
  return log;
}

describe("what is copied of an output", () => {
  const log = logOf(["stdout", "one\n\u001b[31mtwo\u001b[0m\n"], ["stderr", "oh\n"], ["stdout", "10%\r20%\nlast"]);

  it("is every line as it is seen, without colours and what was written over", () => {
    expect(copied(log, shownOf(log, "all"))).toBe("one\ntwo\noh\n20%\nlast\n");
  });

  it("is one stream where only that is shown", () => {
    expect(copied(log, shownOf(log, "stderr"))).toBe("oh\n");
    expect(copied(log, shownOf(log, "stdout"))).toBe("one\ntwo\n20%\nlast\n");
  });

  it("is what was chosen, of what is shown", () => {
    expect(copied(log, shownOf(log, "all"), { first: 2, last: 3 })).toBe("two\noh\n");
    expect(copied(log, shownOf(log, "stdout"), { first: 2, last: 4 })).toBe("two\n20%\n");
    expect(copied(log, shownOf(log, "all"), { first: 4, last: 900 })).toBe("20%\nlast\n");
  });

  it("holds a long line as one, and nothing that the page says itself", () => {
    const long = "x".repeat(3 * LONGEST_LINE + 5);
    const cut = logOf(["stdout", `a\n${long}\nb\n`]);
    cut.notice("5 bytes of stdout were not kept");
    expect(copied(cut, shownOf(cut, "all"))).toBe(`a\n${long}\nb\n`);
    expect(copied(logOf(), shownOf(logOf(), "all"))).toBe("");
  });
});
