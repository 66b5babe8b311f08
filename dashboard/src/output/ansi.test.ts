import { describe, expect, it } from "vitest";
import { spansOf, styleAfter, textOf } from "./ansi";

const ESC = "\u001b";

describe("colours", () => {
  it("tells the sixteen, the 256 and the true ones apart", () => {
    const spans = spansOf(`${ESC}[31mred${ESC}[0m ${ESC}[92mlime${ESC}[39m${ESC}[38;5;208morange${ESC}[38;2;1;2;255mblue`);
    expect(spans).toEqual([
      { text: "red", style: { foreground: 1 } },
      { text: " ", style: {} },
      { text: "lime", style: { foreground: 10 } },
      { text: "orange", style: { foreground: "#ff8700" } },
      { text: "blue", style: { foreground: "#0102ff" } },
    ]);
  });

  it("switches weights on and off one by one", () => {
    const spans = spansOf(`${ESC}[1;4;7mall${ESC}[24mno line${ESC}[22;27mnone`);
    expect(spans.map((span) => span.style)).toEqual([
      { bold: true, underline: true, inverse: true },
      { bold: true, inverse: true },
      {},
    ]);
  });

  it.each(["38;5;300", "38;2;1;2", "48;5", "38;9;1", "999", ">4;1"])("makes nothing of %s", (codes) => {
    expect(textOf(`${ESC}[${codes}mtext`)).toBe("text");
  });

  it("goes on into the next line", () => {
    const style = styleAfter(`${ESC}[1;33mwarning`, {});
    expect(spansOf("still", style)).toEqual([{ text: "still", style: { bold: true, foreground: 3 } }]);
    expect(styleAfter(`done${ESC}[m`, style)).toEqual({});
  });
});

describe("what writes over itself", () => {
  it.each([
    ["10%\r50%\r100%", "100%"],
    ["longer\rab", "abnger"],
    [`longer\r${ESC}[Kab`, "ab"],
    [`longer${ESC}[2K\rab`, "ab"],
    ["ab\b\bcd", "cd"],
    [`abc${ESC}[1Gx`, "xbc"],
    [`a${ESC}[3Cb`, "a   b"],
    [`abc${ESC}[2Dx`, "axc"],
  ])("%j is seen as %j", (raw, seen) => {
    expect(textOf(raw)).toBe(seen);
  });
});

describe("hostile sequences", () => {
  it.each([
    [`${ESC}]8;;https://evil.example${ESC}\\click${ESC}]8;;${ESC}\\`, "click"],
    [`${ESC}]0;title\u0007text`, "text"],
    [`${ESC}]52;c;c2VjcmV0\u0007text`, "text"],
    [`${ESC}Pq#0;2;0;0;0${ESC}\\text`, "text"],
    [`${ESC}[2J${ESC}[H${ESC}[?1049htext`, "text"],
    [`${ESC}]0;never ends`, ""],
    [`${ESC}[`, ""],
    [`\u009b31mtext`, "text"],
    ["a\u0000b\u0007c\u007fd", "abcd"],
    [`${ESC}[999999999Cx`, `${" ".repeat(10_000)}x`],
  ])("%j is only the text in it", (raw, seen) => {
    expect(textOf(raw)).toBe(seen);
  });

  it("leaves markup as the text that it is", () => {
    expect(spansOf("<img src=x onerror=alert(1)>")).toEqual([{ text: "<img src=x onerror=alert(1)>", style: {} }]);
  });
});

it("keeps what is joined to a character in its cell", () => {
  expect(textOf("e\u0301x\rz")).toBe("zx");
});
