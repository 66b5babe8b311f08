// @vitest-environment jsdom
import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { describe, expect, it } from "vitest";
import { openPage, type Asked } from "../../../test/page";

const LETTER = {
  id: "l1", kind: "evaluation", handler: "scheduler", reason: "attempts_exhausted", detail: "", evaluation: "e1", deliveries: 3,
  subject: "evaluations.main.e1", sequence: 7, time: "2026-11-26T12:00:00Z", parked_at: null, size: 20,
  payload: { markup: "<img src=x onerror=alert(1)>" }, payload_base64: null,
};

function answered({ method, path, query }: Asked): object | undefined {
  if (method === "POST" && path === "/v1/dead-letters/l1/requeue") return { letter: "l1", evaluation: "e2", rerun_of: "e1", links: {} };
  if (method === "POST" && path === "/v1/dead-letters/purge") return { purged: 1, next_cursor: null };
  if (path === "/v1/dead-letters/l1") return LETTER;
  if (path === "/v1/dead-letters") return { items: query.get("kind") === "message" ? [] : [{ ...LETTER, payload: null }], next_cursor: null };
  return undefined;
}

describe("dead letters", { timeout: 20_000 }, () => {
  it("open with their payload, as text", async () => {
    const { address } = openPage("/dead-letters", answered);
    await userEvent.click(await screen.findByText("attempts_exhausted"));
    const drawer = await screen.findByRole("dialog");
    expect(await within(drawer).findByText(/<img src=x onerror/)).toBeTruthy();
    expect(drawer.querySelector("img")).toBeNull();
    expect(address()).toBe("/dead-letters?letter=l1");
  });

  it("run again as a new evaluation", async () => {
    const { address } = openPage("/dead-letters?letter=l1", answered);
    await userEvent.click(await screen.findByRole("button", { name: "Run again" }));
    await userEvent.click(await screen.findByRole("button", { name: "Run it again" }));
    await waitFor(() => expect(address()).toBe("/evaluations/e2"));
  });

  it("are thrown away by the filters that are set, after a question", async () => {
    const { asked } = openPage("/dead-letters?reason=attempts_exhausted", answered);
    await userEvent.click(await screen.findByRole("button", { name: "Throw all away" }));
    await userEvent.click(within(await screen.findByRole("dialog")).getByRole("button", { name: "Throw all away" }));
    await waitFor(() => expect(asked.find(({ path }) => path.endsWith("/purge"))?.body).toMatchObject({ reason: "attempts_exhausted", kind: null }));
  });

  it("say what to do where none fits", async () => {
    openPage("/dead-letters?kind=message", answered);
    expect(await screen.findByRole("heading", { name: "Nothing fits" })).toBeTruthy();
  });
});
