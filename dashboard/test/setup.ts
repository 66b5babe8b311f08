// jsdom lacks what a browser has and components ask for.

import { cleanup } from "@testing-library/react";
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
  afterEach(() => cleanup());
}
