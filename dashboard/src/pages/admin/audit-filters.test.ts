import { describe, expect, it } from "vitest";
import { auditSearchOf } from "./audit-filters";

describe("filters of the audit log", () => {
  it("takes from an address what can be one", () => {
    expect(auditSearchOf({ key: "abc", outcome: "refused", since: "2026-11-26T00:00:00Z" })).toEqual({ key: "abc", outcome: "refused", since: "2026-11-26T00:00:00Z" });
    expect(auditSearchOf({ key: "", outcome: "maybe", until: "soon", limit: "3" })).toEqual({});
  });
});
