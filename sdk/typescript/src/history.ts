// `client.events`: of one evaluation or batch until it is over, or of a tenant from any place on.

import { expand, queryOf } from "./address.ts";
import { batchEventOf, eventOf, type BatchEvent, type EventName, type FeedEvent } from "./events.ts";
import { follow } from "./feed.ts";
import type { Http } from "./http.ts";
import type { CallOptions, QueryOf } from "./routes.ts";
import type { Frame } from "./sse.ts";
import type { Outcome } from "./types.ts";

export interface FeedOptions extends CallOptions {
  /** The cursor of an event: begin behind it. */
  readonly after?: string | undefined;
}

/**
 * What of a tenant's history is wanted, and from where to where.
 *
 * `from` and `until` are `beginning`, a cursor, a sequence, or a time (RFC 3339). A cursor and a time to begin at give
 * what lies behind the one, and at the other or later; an end includes a cursor's event, and no time. Without `until` it
 * ends with what is there, or with `follow` never.
 */
export interface HistoryOptions extends FeedOptions {
  readonly from?: string | undefined;
  readonly until?: string | undefined;
  readonly follow?: boolean | undefined;
  readonly evaluation?: string | undefined;
  /** Only of evaluations of this batch. */
  readonly batch?: string | undefined;
  /** Only of evaluations in one of these. */
  readonly languages?: readonly string[] | undefined;
  readonly types?: readonly EventName[] | undefined;
  /** `key=value` or `key`; all of them must fit. */
  readonly labels?: readonly string[] | undefined;
  /** Shows only `completed` events with one of these. */
  readonly outcomes?: readonly Outcome[] | undefined;
  /** false: without `output-chunk`. */
  readonly output?: boolean | undefined;
  /** Another one's: for administrators. */
  readonly tenant?: string | undefined;
}

// The server pings at least every 15 s; a feed that is silent for longer is dead.
const IDLE_SECONDS = 40;

export class Events {
  readonly #http: Http;
  readonly #patienceSeconds: number;

  constructor(http: Http, patienceSeconds: number) {
    this.#http = http;
    this.#patienceSeconds = patienceSeconds;
  }

  /** Every event of an evaluation from its first, or behind `after`, then live, until it is over. */
  of(evaluation: string, options: FeedOptions = {}): AsyncGenerator<FeedEvent, void, undefined> {
    return this.#follow(expand("/v1/evaluations/{id}/events", { id: evaluation }), options, eventOf);
  }

  /**
   * The lifecycle of every evaluation of a batch from its first event, or behind `after`, without output, until all are
   * over; and `progress` behind the events that changed how far it is.
   */
  ofBatch(batch: string, options: FeedOptions = {}): AsyncGenerator<BatchEvent, void, undefined> {
    return this.#follow(expand("/v1/batches/{id}/events", { id: batch }), options, batchEventOf);
  }

  /**
   * Every event of the tenant that is wanted, from the archive, then from the log, then as they come.
   *
   * An `ApiError` may come in the middle, where the archive turns out to be damaged.
   */
  history(options: HistoryOptions = {}): AsyncGenerator<FeedEvent, void, undefined> {
    const { types, labels, languages, outcomes, ...rest } = options;
    const query = {
      from: rest.from,
      until: rest.until,
      follow: rest.follow,
      evaluation: rest.evaluation,
      batch: rest.batch,
      output: rest.output,
      tenant: rest.tenant,
      type: types,
      label: labels,
      language: languages,
      outcome: outcomes,
    } satisfies Partial<Record<keyof QueryOf<"get", "/v1/events">, unknown>>;
    return this.#follow(`/v1/events${queryOf(query)}`, options, eventOf);
  }

  #follow<T>(path: string, options: FeedOptions, told: (frame: Frame) => T): AsyncGenerator<T, void, undefined> {
    const { after, signal } = options;
    const open = (cursor: string | undefined) =>
      this.#http.open(path, {
        headers: { Accept: "text/event-stream", ...(cursor === undefined ? {} : { "Last-Event-ID": cursor }) },
        idleSeconds: IDLE_SECONDS,
        // The feed itself comes back.
        attempts: 1,
        signal,
      });
    const { pace } = this.#http;
    return follow(open, { told, pace, patienceSeconds: this.#patienceSeconds, after, signal });
  }
}
