// @vitest-environment jsdom
import { screen } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { openPage } from "../../test/page";

const HOUR = 3_600_000;

/** A page whose server is ahead by so much. */
function opened(ahead: number): void {
  const date = () => new Date(Date.now() + ahead).toUTCString();
  openPage("/batches", ({ path }) => (path === "/v1/batches" ? Response.json({ items: [] }, { headers: { Date: date() } }) : undefined));
}

describe("a clock that is wrong", { timeout: 20_000 }, () => {
  it.each([[5 * HOUR, /5 h.* behind the server's/], [-2 * HOUR, /2 h.* ahead of the server's/]])("is told of: the server is ahead by %d ms", async (ahead, words) => {
    opened(ahead);
    expect((await screen.findByText(words)).closest("[role=status]")?.textContent).toContain("go by the server's");
  });

  it("is not spoken of where it is right to the minute", async () => {
    opened(20_000);
    await screen.findByRole("heading", { name: "Batches" });
    expect(screen.queryByText("The clocks differ")).toBeNull();
  });
});
