// A feed that comes back for as long as somebody reads it, from where it broke off, and says when it will.

import { ClocheError, isPassing, type FeedEvent } from "cloche";
import { Breath } from "./breath";

/** Opens the feed behind a cursor; it throws at the first trouble. */
export type OpenFeed = (after: string | undefined, signal: AbortSignal) => AsyncIterable<FeedEvent>;

export interface Resuming {
  readonly signal: AbortSignal;
  readonly onEvent: (event: FeedEvent) => void;
  /** It broke off and is tried again at `next` (of `Date.now`), or when `retry` is called. */
  readonly onBreak?: (why: string, next: number, retry: () => void) => void;
  readonly random?: () => number;
}

const FIRST_MILLISECONDS = 500;
const LONGEST_MILLISECONDS = 15_000;

/** Resolves when the feed has ended or the signal is aborted; rejects with what trying again does not mend. */
export async function resume(open: OpenFeed, terms: Resuming): Promise<void> {
  const { signal, onEvent, onBreak, random = Math.random } = terms;
  let cursor: string | undefined;
  let failures = 0;
  const over = () => signal.aborted;
  const breath = new Breath();
  while (!over()) {
    try {
      for await (const event of open(cursor, signal)) {
        cursor = event.cursor;
        failures = 0;
        onEvent(event);
        // Megabytes that have come already would be one piece of work.
        await breath.take();
      }
      return;
    } catch (error) {
      if (over()) return;
      if (!(error instanceof ClocheError) || !isPassing(error)) throw error;
      const longest = Math.min(LONGEST_MILLISECONDS, FIRST_MILLISECONDS * 2 ** failures);
      failures += 1;
      await waited(longest * (0.5 + random() / 2), signal, (next, retry) => onBreak?.(error.message, next, retry));
    }
  }
}

function waited(
  milliseconds: number,
  signal: AbortSignal,
  tell: (next: number, retry: () => void) => void,
): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, milliseconds);
    signal.addEventListener("abort", done);
    tell(Date.now() + milliseconds, done);
  });
}
