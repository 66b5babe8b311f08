// An `OutputLog` that people look at: told about changes now and then, however often bytes come.

import { OutputLog, type Piece } from "./log";

const SOON_MILLISECONDS = 80;
// Drawing costs more the more there is.
const LINES_PER_MILLISECOND = 4000;

let made = 0;

export class OutputStore {
  /** Tells it from every other one of this page. */
  readonly identity = (made += 1);
  readonly log = new OutputLog();
  #shown = 0;
  #waiting = false;
  readonly #listeners = new Set<() => void>();

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** A number that changes when there is something new to draw. */
  readonly version = (): number => this.#shown;

  push(piece: Piece): void {
    this.log.push(piece);
    this.#soon();
  }

  notice(text: string): void {
    this.log.notice(text);
    this.#soon();
  }

  #soon(): void {
    if (this.#waiting) return;
    this.#waiting = true;
    setTimeout(() => {
      this.#waiting = false;
      this.#shown = this.log.version;
      for (const listener of this.#listeners) listener();
    }, SOON_MILLISECONDS + this.log.count / LINES_PER_MILLISECOND);
  }
}
