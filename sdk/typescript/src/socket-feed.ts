// One feed of a WebSocket: how far it is, and what waits for its reader.

import type { BatchEvent } from "./events.ts";
import type { FollowWish } from "./socket.ts";

/** A WebSocket cannot be read more slowly, so beyond this a feed is let go, and taken up again behind its last event. */
export const LARGEST_BUFFER = 4096;

export class SocketFeed {
  readonly wish: FollowWish;
  /** Under which the server knows it, if it does. */
  id: number | undefined;
  /** Behind which it goes on after what waits. */
  cursor: string | undefined;
  /** It was let go, since nobody took what came. */
  behind = false;
  /** How often in a row it was refused for now, and since when. */
  refusals = 0;
  refusedSince: number | undefined;
  readonly #waiting: BatchEvent[] = [];
  #end: { readonly error?: unknown } | undefined;
  #wake: (() => void) | undefined;

  constructor(wish: FollowWish) {
    this.wish = wish;
    this.cursor = wish.after;
  }

  get held(): number {
    return this.#waiting.length;
  }

  /** Whether nothing more comes of the server. */
  get over(): boolean {
    return this.#end !== undefined;
  }

  /** False if there is no room for more, and the feed is to be let go. */
  take(event: BatchEvent): boolean {
    this.#waiting.push(event);
    this.refusals = 0;
    this.refusedSince = undefined;
    this.cursor = event.cursor || this.cursor;
    this.#wake?.();
    this.behind = this.#waiting.length >= LARGEST_BUFFER;
    return !this.behind;
  }

  /** That is all; with an error, after what waits. */
  end(end: { readonly error?: unknown }): void {
    this.#end ??= end;
    this.#wake?.();
  }

  /** Its reader has called it off: what waits is nobody's. */
  callOff(reason: unknown): void {
    this.#waiting.length = 0;
    this.end({ error: reason });
  }

  /** The next event; undefined at the end. */
  async next(): Promise<BatchEvent | undefined> {
    while (this.#waiting.length === 0 && this.#end === undefined) {
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
    const next = this.#waiting.shift();
    if (next === undefined && this.#end !== undefined && "error" in this.#end) throw this.#end.error;
    return next;
  }
}
