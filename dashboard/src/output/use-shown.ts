// Which lines of a log are shown, and where.

import { useMemo } from "react";
import type { OutputLog } from "./log";

export type Which = "all" | "stdout" | "stderr";

export interface Shown {
  readonly count: number;
  /** The line that is shown at a place. */
  indexOf(place: number): number;
  /** Where a line is shown, or would be. */
  placeOf(index: number): number;
}

/** `version` is the log's: it says when to look again. */
export function useShown(log: OutputLog, which: Which, version: number): Shown {
  const chosen = useMemo(() => new Chosen(log, which), [log, which]);
  return useMemo(() => ({ version, ...chosen.shown() }), [chosen, version]);
}

/** The lines of `which` that a log has now. */
export function shownOf(log: OutputLog, which: Which): Shown {
  return new Chosen(log, which).shown();
}

/** Lines of one stream, found once each. */
class Chosen {
  readonly #log: OutputLog;
  readonly #which: Which;
  readonly #indices: number[] = [];
  #next = 0;

  constructor(log: OutputLog, which: Which) {
    this.#log = log;
    this.#which = which;
  }

  shown(): Shown {
    const log = this.#log;
    if (this.#which === "all") return { count: log.count, indexOf: (place) => place, placeOf: (index) => index };
    for (; this.#next < log.count; this.#next += 1) {
      const stream = log.line(this.#next)?.stream;
      if (stream === this.#which || stream === "notice") this.#indices.push(this.#next);
    }
    const indices = this.#indices;
    return { count: indices.length, indexOf: (place) => indices[place] ?? -1, placeOf: (index) => placeIn(indices, index) };
  }
}

/** The first place whose value is not less: by halves, for there may be a million. */
function placeIn(sorted: readonly number[], value: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] ?? Infinity) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
