// The newest events, and no more of them than a tab can hold.

import type { FeedEvent } from "cloche";

export interface EventLogState {
  /** Newest first. */
  readonly rows: readonly FeedEvent[];
  readonly paused: boolean;
  /** How many came since it was paused. */
  readonly waiting: number;
  /** How many were forgotten for newer ones. */
  readonly forgotten: number;
}

export const MOST_EVENTS = 5000;

export class EventLog {
  #state: EventLogState = { rows: [], paused: false, waiting: 0, forgotten: 0 };
  #held: FeedEvent[] = [];
  readonly #most: number;
  readonly #listeners = new Set<() => void>();

  constructor(most = MOST_EVENTS) {
    this.#most = most;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  readonly current = (): EventLogState => this.#state;

  /** In the order in which they came. */
  take(events: readonly FeedEvent[]): void {
    if (events.length === 0) return;
    if (this.#state.paused) {
      this.#held = [...this.#held, ...events].slice(-this.#most);
      this.#become({ waiting: this.#state.waiting + events.length });
      return;
    }
    this.#show(events, events.length);
  }

  readonly pause = (): void => this.#become({ paused: true });

  /** Show what came meanwhile. What of it did not fit in is counted as forgotten. */
  readonly goOn = (): void => {
    const held = this.#held;
    const { waiting } = this.#state;
    this.#held = [];
    this.#state = { ...this.#state, paused: false, waiting: 0 };
    this.#show(held, waiting);
  };

  #show(events: readonly FeedEvent[], came: number): void {
    const { rows, forgotten } = this.#state;
    const next = [...events.toReversed(), ...rows].slice(0, this.#most);
    this.#become({ rows: next, forgotten: forgotten + rows.length + came - next.length });
  }

  #become(changes: Partial<EventLogState>): void {
    this.#state = { ...this.#state, ...changes };
    for (const listener of this.#listeners) listener();
  }
}
