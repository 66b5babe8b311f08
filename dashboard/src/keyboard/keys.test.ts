// @vitest-environment jsdom
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { keyBook } from "./keys";

const open = vi.fn();
const go = vi.fn();
let remove: () => void;

beforeEach(() => {
  remove = keyBook.add([{ keys: "Enter", does: "Open the row", run: open }, { keys: "g h", does: "Go to History", run: go }]);
  document.body.replaceChildren(element("div", "table"), element("button", "button"), element("a", "link"), element("input", "field"));
  document.getElementById("link")?.setAttribute("href", "/history");
  document.getElementById("button")?.append(element("span", "word"));
});

afterEach(() => {
  remove();
  vi.clearAllMocks();
});

function element(tag: string, id: string): HTMLElement {
  return Object.assign(document.createElement(tag), { id });
}

/** Whether the browser still does what the key does by itself. */
function press(key: string, on: string): boolean {
  const event = new KeyboardEvent("keydown", { key, cancelable: true });
  document.getElementById(on)?.dispatchEvent(event);
  keyBook.press(event);
  return !event.defaultPrevented;
}

describe("keys of a page", () => {
  it("are taken where nothing else is meant by them", () => {
    expect(press("Enter", "table")).toBe(false);
    expect(open).toHaveBeenCalledOnce();
    press("g", "table");
    press("h", "button");
    expect(go).toHaveBeenCalledOnce();
  });

  it("leave Enter to the button and the link that it is pressed on", () => {
    for (const on of ["button", "word", "link"]) expect(press("Enter", on)).toBe(true);
    expect(open).not.toHaveBeenCalled();
  });

  it("leave every letter to who writes", () => {
    for (const key of ["g", "h", "Enter"]) expect(press(key, "field")).toBe(true);
    expect(go).not.toHaveBeenCalled();
  });
});
