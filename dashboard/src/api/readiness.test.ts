import { describe, expect, it } from "vitest";
import { readinessOf } from "./readiness";

describe("readiness", () => {
  it("is read from an answer, also from one that says no", () => {
    const ready = readinessOf({ status: "unavailable", service: "gateway", instance: "g-1", checks: { nats: false, postgres: true }, alarm: "full", breakers: { s3: "open" } });
    expect(ready.checks).toEqual({ nats: false, postgres: true });
    expect(ready).toMatchObject({ status: "unavailable", alarm: "full", breakers: { s3: "open" } });
  });

  it("does without what an older gateway does not say, and refuses what is none", () => {
    expect(readinessOf({ status: "ok", service: "gateway" })).toMatchObject({ checks: {}, breakers: {}, alarm: null });
    expect(() => readinessOf("ok")).toThrow("not Cloche");
  });
});
