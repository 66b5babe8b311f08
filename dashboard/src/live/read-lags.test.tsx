// @vitest-environment jsdom
import { screen } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { openPage } from "../../test/page";
import { lagOf, ReadLags } from "./read-lags";

const durations = { count: 0, p50: null, p95: null, p99: null };
const TOTAL = { ended: 0, per_second: 0, by_outcome: {}, dead_lettered: 0, success_rate: null, queue: durations, run: durations };
const BODIES: Readonly<Record<string, object>> = {
  "/v1/evaluations": { items: [], next_cursor: null },
  "/v1/batches": { items: [], next_cursor: null },
  "/v1/statistics": { since: "2026-11-26T12:00:00Z", until: "2026-11-26T13:00:00Z", step: "1m", total: TOTAL, languages: [], buckets: [] },
};

describe("what the header says", () => {
  it.each([
    ["events=12, seconds=0.350", { events: 12, seconds: 0.35 }],
    ["seconds=3,events=1, more=?1", { events: 1, seconds: 3 }],
    ["events=0, seconds=0.000", { events: 0, seconds: 0 }],
  ])("%s", (header, lag) => {
    expect(lagOf(header)).toEqual(lag);
  });

  it.each([null, "", "events=12", "events=-1, seconds=2", "events=, seconds=", "events=1e3, seconds=1"])("%s is nothing", (header) => {
    expect(lagOf(header)).toBeUndefined();
  });
});

it("does not keep what an answer no longer says", () => {
  const lags = new ReadLags();
  lags.hear("/v1/batches", "events=1, seconds=2.5", 7);
  lags.hear("/v1/evaluations", null, 8);
  expect(lags.of("/v1/batches")).toEqual({ events: 1, seconds: 2.5, at: 7 });
  lags.hear("/v1/batches", null, 9);
  expect(lags.of("/v1/batches")).toBeUndefined();
});

describe("beside rows", { timeout: 20_000 }, () => {
  const open = (page: string, lag: string | undefined) =>
    openPage(page, ({ path }) => {
      const body = BODIES[path];
      return body && Response.json(body, lag === undefined ? {} : { headers: { "Cloche-Read-Lag": lag } });
    });

  it.each(["/history", "/batches", "/statistics"])("%s says how far they are behind", async (page) => {
    open(page, "events=12, seconds=90.000");
    expect((await screen.findByText(/behind the log/)).textContent).toContain("These rows are 12 events / 1 m 30 s behind the log, as of just now.");
  });

  it("that lack nothing it says so, and when that was", async () => {
    open("/history", "events=0, seconds=0.000");
    expect((await screen.findByText(/everything that was on the log/)).textContent).toContain("just now");
  });

  it("it does not say that they are fresh where nobody knows", async () => {
    open("/history", undefined);
    expect(await screen.findByText("How far these rows are behind the log is not known.")).toBeTruthy();
  });
});
