import { describe, expect, it } from "vitest";
import { LONGEST_LINE, OutputLog, type Piece } from "./log";

const encoder = new TextEncoder();

class Writer {
  readonly log = new OutputLog();
  readonly #offsets = new Map<string, number>();

  write(text: string | Uint8Array, stream: Piece["stream"] = "stdout", attempt = 1): this {
    const data = typeof text === "string" ? encoder.encode(text) : text;
    const place = `${stream} ${attempt}`;
    const offset = this.#offsets.get(place) ?? 0;
    this.#offsets.set(place, offset + data.length);
    this.log.push({ stream, attempt, offset, data });
    return this;
  }

  get seen(): string[] {
    return Array.from({ length: this.log.count }, (_, index) => this.log.text(index));
  }
}

describe("lines", () => {
  it("are put together from pieces that end anywhere", () => {
    const euro = encoder.encode("€");
    const writer = new Writer().write("one\ntw").write("o\n\nfour ").write(euro.slice(0, 1)).write(euro.slice(1));
    expect(writer.seen).toEqual(["one", "two", "", "four €"]);
  });

  it("may end in CR LF, also where a piece ends between the two", () => {
    expect(new Writer().write("one\r\ntwo\r").write("\nthree").seen).toEqual(["one", "two", "three"]);
  });

  it("keep the streams apart, in the order in which they began", () => {
    const writer = new Writer().write("out ").write("err\n", "stderr").write("more\n").write("last", "stderr");
    expect(writer.seen).toEqual(["out more", "err", "last"]);
    expect([0, 1, 2].map((index) => writer.log.line(index)?.stream)).toEqual(["stdout", "stderr", "stderr"]);
  });

  it("carry colours on, each stream its own", () => {
    const writer = new Writer().write("\u001b[31mred\nstill\n").write("plain\n", "stderr");
    expect(writer.log.spans(1)).toEqual([{ text: "still", style: { foreground: 1 } }]);
    expect(writer.log.spans(2)).toEqual([{ text: "plain", style: {} }]);
  });

  it("that write over themselves are one line, however often", () => {
    const writer = new Writer();
    for (let n = 0; n <= 5000; n += 1) writer.write(`\rstep ${n} of 5000`);
    writer.write("\ndone");
    expect(writer.seen).toEqual(["step 5000 of 5000", "done"]);
    expect(writer.log.line(0)?.raw.length).toBeLessThanOrEqual(LONGEST_LINE);
  });
});

describe("trouble", () => {
  it("an endless line becomes many that belong together", () => {
    const writer = new Writer().write("x".repeat(3 * LONGEST_LINE + 1)).write("y\nnext");
    expect(writer.seen.map((line) => line.length)).toEqual([LONGEST_LINE, LONGEST_LINE, LONGEST_LINE, 2, 4]);
    expect([0, 1, 2, 3, 4].map((index) => writer.log.line(index)?.continues)).toEqual([false, true, true, true, false]);
  });

  it("a line of 50 MB comes in time that grows with it and no faster", () => {
    const piece = encoder.encode("y".repeat(64 << 10));
    const writer = new Writer();
    const begun = performance.now();
    for (let written = 0; written < 50_000_000; written += piece.length) writer.write(piece);
    expect(writer.log.count).toBe(Math.ceil((Math.ceil(50_000_000 / piece.length) * piece.length) / LONGEST_LINE));
    expect(writer.log.text(writer.log.count - 1)).toHaveLength(LONGEST_LINE);
    // A quarter of a second here; were each piece joined to all before it, it would be minutes.
    expect(performance.now() - begun).toBeLessThan(20_000);
  });

  it("bytes that are not there are said to be missing", () => {
    const writer = new Writer().write("head\nha");
    writer.log.push({ stream: "stdout", attempt: 1, offset: 1007, data: encoder.encode("tail") });
    expect(writer.seen).toEqual(["head", "ha", "1000 bytes of stdout were not kept", "tail"]);
  });

  it("another attempt begins anew, and says so", () => {
    const writer = new Writer().write("half").write("whole\n", "stdout", 2);
    expect(writer.seen).toEqual(["half", "Attempt 1 was lost; this is what attempt 2 writes", "whole"]);
  });

  it("bytes that are no UTF-8 are shown as such, and many of them are a binary", () => {
    const writer = new Writer().write(new Uint8Array([0x61, 0xff, 0x62]));
    expect(writer.seen).toEqual(["a\u{fffd}b"]);
    expect(writer.log.binary).toBe(false);
    writer.write(Uint8Array.from({ length: 300 }, (_, index) => (index * 7) % 256));
    expect(writer.log.binary).toBe(true);
  });

  it("no character is cut in two where a line is", () => {
    const writer = new Writer().write(`${"x".repeat(LONGEST_LINE - 1)}😀`);
    expect(writer.seen[1]).toBe("😀");
  });
});
