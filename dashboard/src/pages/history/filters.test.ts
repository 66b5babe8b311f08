import { describe, expect, it } from "vitest";
import { changed, chipsOf, filtersOf } from "./filters";

describe("filters of an address", () => {
  it("are taken as they are", () => {
    const search = {
      q: "division", status: ["queued", "running"], outcome: ["failed"], language: ["c"], engine: ["docker"], label: ["a=b", "c"],
      batch: "x", schedule: "y", since: "2026-11-26T00:00:00Z", until: "2026-11-27T00:00:00Z", sort: "duration", order: "asc",
    };
    expect(filtersOf(search)).toEqual(search);
  });

  it("lose what cannot be one", () => {
    expect(
      filtersOf({ q: " ", status: ["nonsense"], outcome: 5, since: "yesterday", sort: "colour", order: "desc", other: "x", label: [{}, ""] }),
    ).toEqual({});
  });

  it("may be one value, a number, or said twice", () => {
    expect(filtersOf({ q: 42, status: "queued", label: ["a", "a"] })).toEqual({ q: "42", status: ["queued"], label: ["a"] });
  });
});

it("changes some and keeps the others", () => {
  expect(changed({ q: "x", status: ["queued"] }, { status: [], language: ["c"] })).toEqual({ q: "x", language: ["c"] });
});

it("makes a chip of each, which takes away itself alone", () => {
  const filters = filtersOf({ status: ["queued", "completed"], label: ["a=b"], q: "x", sort: "duration" });
  const chips = chipsOf(filters);
  expect(chips.map((chip) => chip.text)).toEqual(["Queued", "Completed", "label a=b", "“x”"]);
  expect(chips[0]?.without).toEqual({ status: ["completed"], label: ["a=b"], q: "x", sort: "duration" });
  expect(chips[2]?.without).toEqual({ status: ["queued", "completed"], q: "x", sort: "duration" });
});
