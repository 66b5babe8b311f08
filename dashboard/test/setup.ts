// jsdom lacks what a browser has and components ask for.

import { cleanup, configure } from "@testing-library/react";
import { afterEach, vi } from "vitest";

if (typeof window !== "undefined") {
  vi.stubGlobal("matchMedia", (media: string) => ({
    media,
    matches: false,
    addEventListener: () => undefined,
    removeEventListener: () => undefined,
  }));
  vi.stubGlobal(
    "ResizeObserver",
    class {
      observe(): void {
        // Nothing has a size here.
      }
      unobserve(): void {
        // Nor does it change.
      }
      disconnect(): void {
        // Nobody is told.
      }
    },
  );
  // Nothing has a size, so nothing is scrolled.
  Element.prototype.scrollTo = () => undefined;
  // Text fields measure themselves again when a font has come.
  Object.defineProperty(document, "fonts", { value: new EventTarget() });
  // Pages are loaded when they are shown, and the machine may have much else to do.
  configure({ asyncUtilTimeout: 15_000 });
  afterEach(() => cleanup());
}
