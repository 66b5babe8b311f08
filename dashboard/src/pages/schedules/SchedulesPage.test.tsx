// @vitest-environment jsdom
import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { describe, expect, it } from "vitest";
import { openPage, type Asked } from "../../../test/page";

const schedule = {
  id: "s1", name: "nightly", cron: "0 3 * * *", timezone: "UTC", paused: false, evaluation: { language: "python", name: "a.py" },
  created_at: "2026-11-26T12:00:00Z", next_due: "2026-11-27T03:00:00Z", last_due: null, last_evaluation: null, last_late_seconds: 0, missed: 2,
  problem: "the tenant's queue is full",
};

function answered({ method, path }: Asked): object | undefined {
  if (path === "/v1/schedules") return method === "POST" ? schedule : { items: [schedule] };
  if (path.startsWith("/v1/schedules/s1")) return schedule;
  if (path === "/v1/languages") return { items: [{ name: "python" }], images: [] };
  return undefined;
}

const said = (asked: readonly Asked[]) => asked.filter(({ method }) => method !== "GET").map(({ method, path }) => `${method} ${path}`);

async function choose(item: string): Promise<void> {
  await userEvent.click(await screen.findByRole("button", { name: "Actions of nightly" }));
  await userEvent.click(await screen.findByRole("menuitem", { name: item }));
}

describe("schedules", { timeout: 20_000 }, () => {
  it("say when they are due, and what went wrong", async () => {
    openPage("/schedules", answered);
    const row = (await screen.findByText("0 3 * * *")).closest("tr");
    expect(row?.textContent).toContain("2 left out");
    expect(row?.textContent).toContain("the tenant's queue is full");
  });

  it("are paused at once, and deleted after a question", async () => {
    const { asked } = openPage("/schedules", answered);
    await choose("Pause");
    await waitFor(() => expect(said(asked)).toEqual(["POST /v1/schedules/s1/pause"]));
    await choose("Delete");
    await userEvent.click(within(await screen.findByRole("dialog")).getByRole("button", { name: "Delete it" }));
    await waitFor(() => expect(said(asked)).toEqual(["POST /v1/schedules/s1/pause", "DELETE /v1/schedules/s1"]));
  });

  it("are made of a program and a time", async () => {
    const { asked } = openPage("/schedules", answered);
    await userEvent.click(await screen.findByRole("button", { name: "Make a schedule" }));
    const dialog = await screen.findByRole("dialog");
    await userEvent.type(within(dialog).getByRole("textbox", { name: "Name" }), "hourly");
    await userEvent.type(within(dialog).getByRole("textbox", { name: "Program" }), "print(1)");
    await userEvent.click(within(dialog).getByRole("button", { name: "Make it" }));
    await waitFor(() => expect(asked.find(({ method }) => method === "POST")?.body).toEqual({
      name: "hourly", cron: "0 3 * * *", timezone: "UTC", paused: false, evaluation: { language: "python", code: "print(1)" },
    }));
  });
});
