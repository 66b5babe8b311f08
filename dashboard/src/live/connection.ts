// How well the page hears what happens: one state for all of it, made of what its streams tell.

export type Connection =
  | { readonly kind: "connecting" }
  | { readonly kind: "live" }
  /** Nothing was heard since `since`, though nothing broke either. */
  | { readonly kind: "stale"; readonly since: number }
  /** It broke off; the next try is due at `next`. */
  | { readonly kind: "reconnecting"; readonly since: number; readonly next: number; readonly why: string };

// The server says something at least every 15 s.
export const STALE_MILLISECONDS = 20_000;
const LOOK_MILLISECONDS = 1000;

/** The connection of a page's one feed. Times are of `Date.now`. */
export class ConnectionStore {
  #state: Connection = { kind: "connecting" };
  #heard = 0;
  #retry: (() => void) | undefined;
  #timer: ReturnType<typeof setInterval> | undefined;
  readonly #listeners = new Set<() => void>();
  readonly #now: () => number;

  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    this.#timer ??= setInterval(() => this.#look(), LOOK_MILLISECONDS);
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size === 0) {
        clearInterval(this.#timer);
        this.#timer = undefined;
      }
    };
  };

  readonly current = (): Connection => this.#state;

  /** Bytes came, pings too. */
  heard(): void {
    this.#heard = this.#now();
    if (this.#state.kind !== "live") this.#become({ kind: "live" });
  }

  /** It broke off: `retry` tries again at once, which happens by itself at `next`. */
  broke(why: string, next: number, retry: () => void): void {
    const since = this.#state.kind === "reconnecting" ? this.#state.since : this.#now();
    this.#retry = retry;
    this.#become({ kind: "reconnecting", since, next, why });
  }

  readonly retryNow = (): void => this.#retry?.();

  #look(): void {
    if (this.#state.kind === "live" && this.#now() - this.#heard > STALE_MILLISECONDS) {
      this.#become({ kind: "stale", since: this.#heard });
    }
  }

  #become(state: Connection): void {
    this.#state = state;
    for (const listener of this.#listeners) listener();
  }
}
