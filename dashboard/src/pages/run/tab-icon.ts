// The sign of the evaluation as the icon of its tab, so that one sees from elsewhere that it has ended.

import { useFavicon } from "@mantine/hooks";
import type { Look } from "~/status/words";

const COLOURS: Readonly<Record<string, string>> = {
  teal: "#12b886", red: "#fa5252", orange: "#fd7e14", blue: "#228be6", yellow: "#fab005", grape: "#be4bdb", gray: "#868e96",
};

export function useTabIcon(look: Look): void {
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><circle cx="16" cy="16" r="16" fill="${COLOURS[look.colour] ?? "#868e96"}"/><text x="16" y="23" font-size="20" text-anchor="middle" fill="#fff" font-family="sans-serif">${look.sign}</text></svg>`;
  useFavicon(`data:image/svg+xml,${encodeURIComponent(svg)}`);
}
