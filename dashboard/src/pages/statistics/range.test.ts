import { describe, expect, it } from "vitest";
import { historyOf, rangeOf, timesOf } from "./range";

describe("ranges", () => {
  it("takes from an address what can be one", () => {
    expect(rangeOf({ range: "7d" })).toEqual({ range: "7d" });
    expect(rangeOf({ range: "never" })).toEqual({});
    expect(rangeOf({ since: "2026-11-26T00:00:00Z", until: "2026-11-26T01:00:00Z", range: "7d" })).toEqual({ since: "2026-11-26T00:00:00Z", until: "2026-11-26T01:00:00Z" });
    expect(rangeOf({ since: "2026-11-26T02:00:00Z", until: "2026-11-26T01:00:00Z" })).toEqual({});
  });

  it("ends now", () => {
    expect(timesOf({ range: "1h" }, Date.parse("2026-11-26T12:00:00Z"))).toEqual({ since: "2026-11-26T11:00:00.000Z", until: "2026-11-26T12:00:00.000Z" });
  });

  it("leads to the history of the same time and language", () => {
    const query = new URL(historyOf("2026-11-26T00:00:00Z", "2026-11-26T01:00:00Z", "c++"), "http://here").searchParams;
    expect(query.get("since")).toBe("2026-11-26T00:00:00Z");
    expect(query.get("language")).toBe('["c++"]');
  });
});
