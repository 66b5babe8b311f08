import { describe, expect, it } from "vitest";
import { possible } from "./deeds";

describe("what can be done with a projection", () => {
  it("depends on its state", () => {
    expect(possible({ state: "idle", request: null, previous: null })).toEqual(["rebuild"]);
    expect(possible({ state: "swapped", request: null, previous: 3 })).toEqual(["rebuild", "rollback"]);
    expect(possible({ state: "rebuilding", request: null, previous: 3 })).toEqual(["abort"]);
    expect(possible({ state: "ready", request: null, previous: 3 })).toEqual(["swap", "abort"]);
    expect(possible({ state: "idle", request: "rebuild", previous: null })).toEqual(["abort"]);
  });
});
