import { describe, expect, it } from "vitest";
import { EMPTY_KEY, wishOf } from "./key-draft";

describe("a key that is asked for", () => {
  it("leaves to the server what is left empty", () => {
    expect(wishOf({ ...EMPTY_KEY, name: "ci" })).toEqual({ name: "ci", role: "user", require_signature: false });
  });

  it("says days as seconds and rates by the minute", () => {
    const wish = wishOf({ ...EMPTY_KEY, name: "ci", days: 2, scopes: ["read"], rates: { write: 60, read: "" }, tenant: "t" });
    expect(wish).toMatchObject({ expires_seconds: 172_800, scopes: ["read"], rates: { write: { per_minute: 60 } }, tenant: "t" });
    expect(wish.rates).not.toHaveProperty("read");
  });
});
