// Everything that happens to the tenant from now on, without output, told to whoever on the page wants to know.

import type { Client, FeedEvent } from "cloche";
import type { ServerClock } from "~/time/server-clock";
import type { ConnectionStore } from "./connection";
import { resume } from "./resuming";

export type Hears = (events: readonly FeedEvent[]) => void;

// Events that come within so many milliseconds are told together: a page that draws for each one would stand still.
const TOGETHER_MILLISECONDS = 100;
// The header Date has whole seconds, and a beginning in the server's future is refused.
const BACK_MILLISECONDS = 2000;

export class TenantFeed {
  readonly #client: Client;
  readonly #clock: ServerClock;
  readonly #connection: ConnectionStore;
  readonly #hearing = new Set<Hears>();
  #from: string | undefined;
  #waiting: FeedEvent[] = [];

  /** `client` must give up at the first trouble: coming back is done, and shown, here. */
  constructor(client: Client, clock: ServerClock, connection: ConnectionStore) {
    this.#client = client;
    this.#clock = clock;
    this.#connection = connection;
  }

  /** Every event from now on, in order, several at a time. */
  readonly subscribe = (hears: Hears): (() => void) => {
    this.#hearing.add(hears);
    return () => this.#hearing.delete(hears);
  };

  /** Follow it until the signal is aborted. Rejects with a refusal of the server. */
  follow(signal: AbortSignal): Promise<void> {
    return resume((after, open) => this.#open(after, open), {
      signal,
      onEvent: (event) => this.#tell(event),
      onBreak: (why, next, retry) => this.#connection.broke(why, next, retry),
    });
  }

  async *#open(after: string | undefined, signal: AbortSignal): AsyncGenerator<FeedEvent, void, undefined> {
    const options = { follow: true, output: false, signal };
    if (after !== undefined) {
      yield* this.#client.events.history({ ...options, after });
      return;
    }
    // Any answer tells what the server's clock says.
    await this.#client.about({ signal });
    this.#from ??= new Date(this.#clock.now() - BACK_MILLISECONDS).toISOString();
    yield* this.#client.events.history({ ...options, from: this.#from });
  }

  #tell(event: FeedEvent): void {
    this.#waiting.push(event);
    if (this.#waiting.length > 1) return;
    setTimeout(() => {
      const events = this.#waiting;
      this.#waiting = [];
      for (const hears of this.#hearing) hears(events);
    }, TOGETHER_MILLISECONDS);
  }
}
