// Long work on the page's one thread, in pieces: after so much of it the browser has its turn to draw and to listen.

/** A frame of 60 a second lasts 16 ms, and drawing wants a part of it. */
export const AT_A_TIME_MILLISECONDS = 10;

/** For one loop that works through what has come: it awaits `take()` after each piece. */
export class Breath {
  readonly #now: () => number;
  #begun: number | undefined;
  #turn: Promise<void> = Promise.resolve();

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** Nothing to wait for, or the browser's turn if the loop has worked for long enough without one. */
  take(): Promise<void> | undefined {
    if (this.#begun === undefined) {
      this.#begun = this.#now();
      this.#turn = turn().then(() => {
        this.#begun = undefined;
      });
    }
    return this.#now() - this.#begun < AT_A_TIME_MILLISECONDS ? undefined : this.#turn;
  }
}

/** Resolves in a task of its own. A timer would do, but those of hidden tabs come once a second. */
function turn(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(undefined);
  });
}
