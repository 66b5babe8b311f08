// A feed of events: server-sent, over as many connections as it takes, each beginning where the last one broke off.

import type { Pace } from "./deadline.ts";
import { ApiError, ClocheError, errorOf, isPassing, isProblem, UnexpectedAnswer, Unreachable } from "./errors.ts";
import type { Opened } from "./http.ts";
import { SseParser, type Frame } from "./sse.ts";

/** Opens the stream after a cursor. */
export type Open = (cursor: string | undefined) => Promise<Opened>;

export interface FeedTerms<T> {
  /** What a frame is to the caller. */
  readonly told: (frame: Frame) => T;
  readonly pace: Pace;
  /** Seconds of trouble, without a byte of any connection, after which the feed is given up. */
  readonly patienceSeconds: number;
  readonly after?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

const FIRST_SECONDS = 0.2;
const LONGEST_SECONDS = 5;
const NO_CONTENT = 204;
const MEDIA_TYPE = "text/event-stream";

/**
 * Events until the server says that this is all. None is given twice, none left out.
 *
 * `Unreachable` when connections have failed for `patienceSeconds`, a refusal at once. A feed that is only quiet is no
 * trouble, however long it is: the server pings.
 */
export async function* follow<T>(open: Open, terms: FeedTerms<T>): AsyncGenerator<T, void, undefined> {
  const feed = new Feed(open, terms);
  while (!feed.over) {
    yield* feed.connection();
    if (!feed.over) await feed.pause();
  }
}

/** How far a feed is, and how it has gone so far. */
class Feed<T> {
  /** Whether the server has said that this is all. */
  over = false;
  readonly #open: Open;
  readonly #terms: FeedTerms<T>;
  #parser: SseParser;
  #cursor: string | undefined;
  #failures = 0;
  #trouble: { readonly since: number; readonly error: unknown } | undefined;
  #asked: number | undefined;

  constructor(open: Open, terms: FeedTerms<T>) {
    this.#open = open;
    this.#terms = terms;
    this.#cursor = terms.after;
    this.#parser = new SseParser(terms.after);
  }

  /** What one connection brings, until it ends in whatever way is worth another one. */
  async *connection(): AsyncGenerator<T, void, undefined> {
    this.#asked = undefined;
    this.#parser = new SseParser(this.#cursor);
    try {
      const opened = await this.#open(this.#cursor);
      const type = opened.headers.get("Content-Type") ?? "nothing";
      this.over = opened.status === NO_CONTENT;
      if (this.over || !type.toLowerCase().startsWith(MEDIA_TYPE)) {
        await opened.close();
        if (!this.over) throw new UnexpectedAnswer(`this is no feed but ${type}`);
      } else {
        yield* this.#events(opened);
      }
      if (this.over || this.#asked !== undefined) return;
    } catch (error) {
      if (!isPassing(error)) throw error;
      this.#note(error);
      if (error instanceof ApiError) this.#asked = error.retryAfterSeconds;
      return;
    }
    // Cut off without a word.
    this.#note(new Unreachable("the feed broke off"));
  }

  /** Wait before the next connection. */
  async pause(): Promise<void> {
    const { pace, signal } = this.#terms;
    // Those whom one gateway has sent away do not all come back at once.
    const seconds =
      this.#asked === undefined
        ? Math.min(LONGEST_SECONDS, FIRST_SECONDS * 2 ** this.#failures) * (0.5 + pace.random() / 2)
        : this.#asked * (1 + pace.random() / 4);
    await pace.sleep(seconds, signal);
  }

  async *#events(opened: Opened): AsyncGenerator<T, void, undefined> {
    // Takes the byte order mark off, and waits for the rest of a character that was cut in two.
    const decoder = new TextDecoder();
    for await (const piece of opened.pieces()) {
      this.#trouble = undefined;
      this.#failures = 0;
      for (const frame of this.#parser.push(decoder.decode(piece, { stream: true }))) {
        if (this.#ends(frame)) return;
        this.#cursor = frame.lastEventId || this.#cursor;
        yield this.#terms.told(frame);
      }
      // Nothing up to there is left to give.
      this.#cursor = this.#parser.lastEventId || this.#cursor;
    }
  }

  /** Whether nothing more comes of this connection. Throws what the server says instead of an event. */
  #ends(frame: Frame): boolean {
    switch (frame.event) {
      case "end":
        this.over = true;
        return true;
      case "reconnect":
        this.#asked = (this.#parser.reconnectMilliseconds ?? FIRST_SECONDS * 1000) / 1000;
        return true;
      case "error":
        throw problemOf(frame);
      default:
        return false;
    }
  }

  /** A connection has failed: `Unreachable` if that has gone on for too long. */
  #note(error: unknown): void {
    const { pace, patienceSeconds } = this.#terms;
    this.#failures += 1;
    this.#trouble ??= { since: pace.now(), error };
    if (pace.now() - this.#trouble.since > patienceSeconds * 1000) {
      throw new Unreachable("the feed broke off and did not come back", { cause: error });
    }
  }
}

/** What a feed says when it cannot go on. */
function problemOf(frame: Frame): ClocheError {
  try {
    const value: unknown = JSON.parse(frame.data);
    if (isProblem(value)) return errorOf(value);
  } catch (error) {
    return new UnexpectedAnswer("a frame of the feed is no JSON", { cause: error });
  }
  return new UnexpectedAnswer("a frame of the feed is no problem");
}
