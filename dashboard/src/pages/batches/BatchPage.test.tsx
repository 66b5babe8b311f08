// @vitest-environment jsdom
import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import type { FeedEvent } from "cloche";
import { describe, expect, it } from "vitest";
import { openPage, type Asked } from "../../../test/page";

const member = (index: number, changes: object) => ({
  id: `e${index}`, sequence: 2, status: "running", outcome: null, name: `n${index}`, labels: {}, attempts: [], queued_at: null, started_at: null,
  completed_at: null, exit_code: null, signal: null, limit: null, failure_domain: null, detail: "", batch: { id: "b", index, size: 3 }, ...changes,
});
const MEMBERS = [member(0, { status: "completed", outcome: "failed" }), member(1, {}), member(2, { status: "completed", outcome: "succeeded" })];
const BATCH = {
  id: "b", name: "nightly", size: 3, concurrency: null, by_status: { running: 1, completed: 2 }, by_outcome: { failed: 1, succeeded: 1 },
  created_at: "2026-11-26T12:00:00Z", completed_at: null,
};

function answered({ method, path, query }: Asked): object | undefined {
  if (path === "/v1/batches/b") return BATCH;
  // Two pages: the grid is of all of them.
  if (path === "/v1/batches/b/evaluations") return query.has("cursor") ? { items: MEMBERS.slice(2) } : { items: MEMBERS.slice(0, 2), next_cursor: "more" };
  if (method === "POST" && path === "/v1/batches/b/rerun") return { id: "c", size: 1, links: {} };
  if (method === "POST" && path === "/v1/batches/b/cancel") return { id: "b", cancelled: 1, already_over: 2 };
  return undefined;
}

const names = () => within(screen.getByRole("list", { name: "Evaluations of the batch" })).getAllByRole("link").map((link) => link.getAttribute("aria-label"));

describe("a batch", { timeout: 20_000 }, () => {
  it("is a square for each evaluation, and changes as the feed tells", async () => {
    const { tell } = openPage("/batches/b", answered);
    await waitFor(() => expect(names()).toEqual(["0: Failed, n0", "1: Running, n1", "2: Succeeded, n2"]));
    expect(screen.getByText("2 of 3 over")).toBeTruthy();
    tell([{ name: "completed", data: { outcome: "timed_out" }, envelope: { subject: "e1", sequence: "3", time: "2026-11-26T12:01:00Z" } } as unknown as FeedEvent]);
    await waitFor(() => expect(names()[1]).toBe("1: Timed out, n1"));
    expect(screen.getByText("3 of 3 over")).toBeTruthy();
  });

  it("shows those of one state, by the address", async () => {
    const { address } = openPage("/batches/b", answered);
    await userEvent.click(await screen.findByRole("button", { name: /Failed 1/ }));
    await waitFor(() => expect(names()).toEqual(["0: Failed, n0"]));
    expect(address()).toBe("/batches/b?show=failed");
  });

  it("runs again what failed, after a question, and goes to the new batch", async () => {
    const { asked, address } = openPage("/batches/b", answered);
    await userEvent.click(await screen.findByRole("button", { name: "Run what failed again" }));
    await userEvent.click(within(await screen.findByRole("dialog")).getByRole("button", { name: "Run them again" }));
    await waitFor(() => expect(address()).toBe("/batches/c"));
    expect(asked.find(({ method }) => method === "POST")?.body).toEqual({ only: "failed" });
  });

  it("cancels the rest, after a question", async () => {
    const { asked } = openPage("/batches/b", answered);
    await userEvent.click(await screen.findByRole("button", { name: "Cancel the rest" }));
    await userEvent.click(within(await screen.findByRole("dialog")).getByRole("button", { name: "Cancel them" }));
    await waitFor(() => expect(asked.some(({ path }) => path === "/v1/batches/b/cancel")).toBe(true));
    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
  });

  it("says that there is none of that id", async () => {
    openPage("/batches/x", answered);
    expect(await screen.findByRole("heading", { name: "There is no such batch" })).toBeTruthy();
  });
});
