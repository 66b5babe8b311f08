// What the server's clock says, from the header Date of its answers: this machine's own may be wrong.

const RESOLUTION = 1000;

/** Milliseconds since 1970, as `Date.now`, of the server. */
export class ServerClock {
  readonly #own: () => number;
  // Where the difference of the clocks lies, for certain.
  #least = -Infinity;
  #most = Infinity;

  constructor(own: () => number = Date.now) {
    this.#own = own;
  }

  /** Learn from an answer: its header Date, and when the request was sent by our own clock. */
  learn(date: string | null, sent: number): void {
    const said = date === null ? NaN : Date.parse(date);
    if (Number.isNaN(said)) return;
    // It was made after the request was sent and before now, and is cut to whole seconds.
    const least = said - this.#own();
    const most = said + RESOLUTION - sent;
    const disagrees = least > this.#most || most < this.#least;
    this.#least = disagrees ? least : Math.max(least, this.#least);
    this.#most = disagrees ? most : Math.min(most, this.#most);
  }

  /** Milliseconds by which the server's clock is ahead of ours; 0 while both may agree. */
  get ahead(): number {
    if (this.#least <= 0 && this.#most >= 0) return 0;
    return Math.round((this.#least + this.#most) / 2);
  }

  readonly now = (): number => this.#own() + this.ahead;
}
