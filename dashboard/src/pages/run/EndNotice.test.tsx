// @vitest-environment jsdom
import { MantineProvider } from "@mantine/core";
import { cleanup, fireEvent, render, screen, waitFor } from "@testing-library/react";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { EndNotice } from "./EndNotice";

/** What the browser would show. */
const given: { title: string; body: string | undefined }[] = [];
let answer: NotificationPermission = "granted";

class Given {
  static permission: NotificationPermission = "default";
  onclick: (() => void) | null = null;
  static requestPermission() {
    Given.permission = answer;
    return Promise.resolve(answer);
  }
  constructor(title: string, options?: NotificationOptions) {
    given.push({ title, body: options?.body });
  }
  close() {}
}

const notice = (over: boolean) => (
  <MantineProvider><EndNotice over={over} title="sum.py" body="Succeeded" /></MantineProvider>
);

describe("a notification at the end", () => {
  beforeEach(() => {
    Given.permission = "default";
    answer = "granted";
    given.length = 0;
    localStorage.clear();
    vi.stubGlobal("Notification", Given);
    vi.spyOn(document, "hasFocus").mockReturnValue(false);
  });
  afterEach(() => {
    cleanup();
  });

  it("is given to who asked for it and looks at something else", async () => {
    const page = render(notice(false));
    fireEvent.click(screen.getByRole("button", { name: "Notify me" }));
    await screen.findByRole("button", { name: "You will be notified", pressed: true });
    page.rerender(notice(true));
    await waitFor(() => expect(given).toEqual([{ title: "sum.py", body: "Succeeded" }]));
    page.rerender(notice(true));
    expect(given).toHaveLength(1);
    expect(screen.queryByRole("button")).toBeNull();
  });

  it("is given to nobody who did not ask, or looks at it, or opens what is over", async () => {
    const page = render(notice(false));
    page.rerender(notice(true));
    page.unmount();
    const second = render(notice(false));
    fireEvent.click(screen.getByRole("button", { name: "Notify me" }));
    await screen.findByRole("button", { name: "You will be notified" });
    vi.spyOn(document, "hasFocus").mockReturnValue(true);
    second.rerender(notice(true));
    second.unmount();
    vi.spyOn(document, "hasFocus").mockReturnValue(false);
    render(notice(true));
    expect(given).toEqual([]);
  });

  it("says so where the browser allows none, and can be had no more", async () => {
    answer = "denied";
    const page = render(notice(false));
    fireEvent.click(screen.getByRole("button", { name: "Notify me" }));
    await screen.findByRole("button", { name: "The browser allows no notifications", pressed: false });
    page.rerender(notice(true));
    expect(given).toEqual([]);
  });
});
