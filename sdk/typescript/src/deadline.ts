// Waiting: for an answer no longer than it may take, or for a while, and in either case until the caller calls it off.

/** The signal of one request: aborted by the caller's, or when a wait that was begun takes too long. */
export class Deadline {
  readonly #controller = new AbortController();
  readonly #outer: AbortSignal | undefined;
  readonly #milliseconds: number;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #expired = false;
  readonly #passOn = (): void => this.#controller.abort(this.#outer?.reason);

  constructor(outer: AbortSignal | undefined, seconds: number) {
    this.#outer = outer;
    this.#milliseconds = seconds * 1000;
    if (outer?.aborted) this.#passOn();
    else outer?.addEventListener("abort", this.#passOn, { once: true });
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Whether it was the time that ended it. */
  get expired(): boolean {
    return this.#expired;
  }

  /** A wait begins. */
  arm(): void {
    this.disarm();
    this.#timer = setTimeout(() => {
      this.#expired = true;
      this.#controller.abort();
    }, this.#milliseconds);
  }

  /** It is over; what comes until the next one takes its time elsewhere. */
  disarm(): void {
    clearTimeout(this.#timer);
  }

  /** Nothing more is waited for. */
  end(): void {
    this.disarm();
    this.#outer?.removeEventListener("abort", this.#passOn);
  }
}

/** Time and chance, so that tests need not wait for either. */
export interface Pace {
  /** Milliseconds of a clock that is never set back. */
  now(): number;
  /** From 0 to 1. */
  random(): number;
  /** Rejects with the signal's reason when that is aborted. */
  sleep(seconds: number, signal?: AbortSignal): Promise<void>;
}

export const PACE: Pace = {
  now: () => performance.now(),
  random: () => Math.random(),
  sleep: (seconds, signal) =>
    new Promise((resolve, reject) => {
      if (signal?.aborted) {
        reject(signal.reason);
        return;
      }
      const stop = (): void => {
        clearTimeout(timer);
        reject(signal?.reason);
      };
      const timer = setTimeout(() => {
        signal?.removeEventListener("abort", stop);
        resolve();
      }, seconds * 1000);
      signal?.addEventListener("abort", stop, { once: true });
    }),
};
