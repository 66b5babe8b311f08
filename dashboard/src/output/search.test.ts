import { describe, expect, it } from "vitest";
import { OutputLog } from "./log";
import { Finder, patternOf, stretchesOf } from "./search";
import { hashOf, rangeOf } from "./selection";

const wanted = (words: string, changes: { regex?: boolean; caseMatters?: boolean } = {}) => ({ words, regex: false, caseMatters: false, ...changes });

class Written {
  readonly log = new OutputLog();
  #offset = 0;

  add(text: string): this {
    const data = new TextEncoder().encode(text);
    this.log.push({ stream: "stdout", attempt: 1, offset: this.#offset, data });
    this.#offset += data.length;
    return this;
  }
}

const found = (finder: Finder, { log }: Written): number[] => {
  while (!finder.advance(log));
  return finder.found;
};

describe("a search", () => {
  it("takes words as they are, and expressions where it is told", () => {
    expect(patternOf(wanted("a.b*"))?.test("A.B*")).toBe(true);
    expect(patternOf(wanted("a.b*", { caseMatters: true }))?.test("A.B*")).toBe(false);
    expect(patternOf(wanted("a.+b", { regex: true }))?.test("a--b")).toBe(true);
    expect(patternOf(wanted("(", { regex: true }))).toBeUndefined();
    expect(patternOf(wanted(""))).toBeUndefined();
  });

  it("goes on with what comes, and looks at a line that grows again", () => {
    const finder = new Finder(/gold/g);
    const written = new Written().add("gold\nlead\ngo");
    expect(found(finder, written)).toEqual([0]);
    expect(found(finder, written.add("ld\nmore gold"))).toEqual([0, 2, 3]);
    expect(found(finder, written.add("!"))).toEqual([0, 2, 3]);
  });

  it("sees what is seen, not the colours between", () => {
    expect(found(new Finder(/golden/g), new Written().add("go\u001b[33mld\u001b[0men\n"))).toEqual([0]);
  });

  it("looks through a part at a time", () => {
    const written = new Written();
    for (let n = 0; n < 700; n += 1) written.add(`${"x".repeat(7000)}\n`);
    expect(new Finder(/y/g).advance(written.log)).toBe(false);
  });
});

it("cuts a line where it matches", () => {
  expect(stretchesOf("one two one", /one/g)).toEqual([
    { text: "one", hit: true }, { text: " two ", hit: false }, { text: "one", hit: true },
  ]);
  const used = /one/g;
  used.test("one");
  expect(stretchesOf("one", used)).toEqual([{ text: "one", hit: true }]);
  expect(stretchesOf("abc", /x*/g)).toEqual([{ text: "abc", hit: false }]);
});

it.each([["#L12", { first: 12, last: 12 }], ["#L20-L15", { first: 15, last: 20 }], ["L3-9", { first: 3, last: 9 }], ["#L0", undefined], ["#main", undefined], ["", undefined]])(
  "the address %j names %j",
  (hash, range) => {
    expect(rangeOf(hash)).toEqual(range);
    if (range !== undefined) expect(rangeOf(hashOf(range))).toEqual(range);
  },
);
