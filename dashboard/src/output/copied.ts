// What is shown of an output, as the text that somebody pastes elsewhere.

import type { OutputLog } from "./log";
import type { LineRange } from "./selection";
import type { Shown } from "./use-shown";

/** The lines of the program that are shown, or those of them in `range`. What the page itself says is left out. */
export function copied(log: OutputLog, shown: Shown, range?: LineRange): string {
  const pieces: string[] = [];
  const end = range === undefined ? shown.count : Math.min(shown.count, shown.placeOf(range.last));
  for (let place = range === undefined ? 0 : shown.placeOf(range.first - 1); place < end; place += 1) {
    const index = shown.indexOf(place);
    const line = log.line(index);
    if (line === undefined || line.stream === "notice") continue;
    // A line that was too long to be drawn as one is one again.
    if (pieces.length > 0 && !line.continues) pieces.push("\n");
    pieces.push(log.text(index));
  }
  if (pieces.length > 0) pieces.push("\n");
  return pieces.join("");
}
