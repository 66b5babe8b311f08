import { describe, expect, it } from "vitest";
import { changesOf, draftOf } from "./tenant-draft";

describe("changes of a tenant", () => {
  const before = { ...draftOf(undefined), name: "lab" };

  it("names only what is other", () => {
    expect(changesOf(before, before)).toEqual({});
    expect(changesOf(before, { ...before, caps: { ...before.caps, max_queued: 50 } })).toEqual({ max_queued: 50 });
  });

  it("makes what is emptied the server's default again", () => {
    const full = { ...before, caps: { ...before.caps, output_days: 3 }, rates: { ...before.rates, write: 60 } };
    expect(changesOf(full, before)).toEqual({ output_days: null, rates: { write: null } });
  });
});
