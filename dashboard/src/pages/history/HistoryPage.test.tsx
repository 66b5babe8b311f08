// @vitest-environment jsdom
import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import type { FeedEvent } from "cloche";
import { beforeEach, describe, expect, it } from "vitest";
import { openPage, type Asked } from "../../../test/page";

const view = (id: string, changes: object = {}) => ({
  id, sequence: 1, status: "queued", outcome: null, name: `${id}.py`, language: "python", submitted_at: "2026-11-26T12:00:00Z", queued_at: null,
  started_at: null, completed_at: null, exit_code: null, signal: null, limit: null, failure_domain: null, detail: "", labels: {}, attempts: [],
  stdout: { total_bytes: 0 }, stderr: { total_bytes: 0 }, usage: null, batch: null, ...changes,
});
const event = (name: string, subject: string, sequence: number, data: object = {}): FeedEvent =>
  ({ name, data, envelope: { subject, sequence: String(sequence), time: "2026-11-26T12:00:05Z" } }) as unknown as FeedEvent;

const two = [view("a"), view("b", { status: "completed", outcome: "failed", exit_code: 3 })];
const listed = ({ path }: Asked) => path === "/v1/evaluations";

function answered(asked: Asked): object | undefined {
  if (listed(asked)) return asked.query.has("q") ? { items: [] } : { items: two, next_cursor: null };
  if (asked.path === "/v1/languages") return { items: [{ name: "python" }], images: [] };
  if (asked.path.endsWith("/cancel")) return view("a", { status: "cancelling" });
  return undefined;
}

beforeEach(() => localStorage.clear());

describe("the history", { timeout: 20_000 }, () => {
  it("asks for what the address says, and shows it", async () => {
    const { asked } = openPage('/history?status=%5B%22completed%22%5D&label=%5B%22a%3Db%22%5D&sort=duration', answered);
    const row = (await screen.findByRole("link", { name: "b.py" })).closest("tr");
    expect(row?.textContent).toContain("exit code 3");
    expect([...(asked.find(listed)?.query ?? [])]).toEqual(
      expect.arrayContaining([["status", "completed"], ["label", "a=b"], ["sort", "duration"]]),
    );
    expect(screen.getByRole("button", { name: "Without label a=b" })).toBeTruthy();
  });

  it("does without what cannot be a filter", async () => {
    const { asked } = openPage("/history?status=bar&outcome=%5B%22won%22%5D&since=never&sort=zzz", answered);
    expect(await screen.findByRole("link", { name: "a.py" })).toBeTruthy();
    expect([...(asked.find(listed)?.query.keys() ?? [])]).toEqual(["limit"]);
  });

  it("writes what is searched for into the address, and says what to do where nothing fits", async () => {
    const { address } = openPage("/history", answered);
    await screen.findByRole("link", { name: "a.py" });
    await userEvent.type(screen.getByRole("searchbox", { name: "Search" }), "zebra");
    expect(await screen.findByRole("heading", { name: "Nothing fits" })).toBeTruthy();
    await waitFor(() => expect(address()).toBe("/history?q=zebra"));
    await userEvent.click(await screen.findByRole("button", { name: "Clear the filters" }));
    expect(await screen.findByRole("link", { name: "a.py" })).toBeTruthy();
    expect(address()).toBe("/history");
  });

  it("changes rows at once, and counts what is new until it is wanted", async () => {
    const { asked, tell } = openPage("/history", answered);
    await screen.findByRole("link", { name: "a.py" });
    tell([event("started", "a", 2, { attempt: 1, engine: "docker", executor: "e" }), event("queued", "c", 1, { attempt: 1, spec: {} })]);
    expect(await within(screen.getByRole("table")).findByText("Running")).toBeTruthy();
    const before = asked.filter(listed).length;
    await userEvent.click(await screen.findByRole("button", { name: "1 new" }));
    await waitFor(() => expect(asked.filter(listed).length).toBe(before + 1));
    expect(screen.queryByRole("button", { name: "1 new" })).toBeNull();
  });

  it("cancels what is chosen and not over, after a question", async () => {
    const { asked } = openPage("/history", answered);
    await screen.findByRole("link", { name: "a.py" });
    await userEvent.click(screen.getByRole("checkbox", { name: "Choose all that are loaded" }));
    await userEvent.click(screen.getByRole("button", { name: "Cancel 1" }));
    const dialog = await screen.findByRole("dialog");
    expect(asked.some(({ method }) => method === "POST")).toBe(false);
    await userEvent.click(within(dialog).getByRole("button", { name: "Cancel them" }));
    expect(await within(dialog).findByText(/Done: 1/)).toBeTruthy();
    expect(asked.filter(({ method }) => method === "POST").map(({ path }) => path)).toEqual(["/v1/evaluations/a/cancel"]);
  });

  it("keeps a view under its name", async () => {
    openPage("/history?status=%5B%22queued%22%5D", answered);
    await userEvent.click(await screen.findByRole("button", { name: "Views" }));
    await userEvent.click(await screen.findByRole("menuitem", { name: /Name and sort out/ }));
    await userEvent.type(await screen.findByRole("textbox", { name: /Name of the view/ }), "waiting");
    await userEvent.click(screen.getByRole("button", { name: "Keep it" }));
    expect(JSON.parse(localStorage.getItem("cloche.history.views") ?? "")).toEqual([{ name: "waiting", filters: { status: ["queued"] } }]);
  });

  it("shows a failure with its request id", async () => {
    openPage("/history", () => undefined);
    expect((await screen.findByRole("alert")).textContent).toContain("request r-1");
  });
});
