// `client.evaluations`: programs, submitted, waited for, listed and cancelled.

import type { Blobs } from "./blobs.ts";
import type { FeedEvent } from "./events.ts";
import type { Events } from "./history.ts";
import type { Http } from "./http.ts";
import { newKey, type SubmitOptions } from "./idempotency.ts";
import { Paged } from "./paging.ts";
import type { CallOptions } from "./routes.ts";
import {
  isOver,
  type Accepted,
  type AttemptList,
  type CaseList,
  type EvaluationView,
  type Status,
  type SubmitEvaluation,
} from "./types.ts";

export interface ListOptions extends CallOptions {
  /** Items of a page, at most 200. */
  readonly limit?: number | undefined;
  /** `next_cursor` of a page: begin behind it. */
  readonly cursor?: string | undefined;
}

export interface ListEvaluationsOptions extends ListOptions {
  readonly status?: Status | readonly Status[] | undefined;
  /** The id of a batch. */
  readonly batch?: string | undefined;
}

export interface WaitOptions extends CallOptions {
  /** Told of every event on the way, the output too. */
  readonly onEvent?: ((event: FeedEvent) => void) | undefined;
}

export class Evaluations {
  readonly #http: Http;
  readonly #blobs: Blobs;
  readonly #events: Events;

  constructor(http: Http, blobs: Blobs, events: Events) {
    this.#http = http;
    this.#blobs = blobs;
    this.#events = events;
  }

  /**
   * Put a program on the log to be run. It is safe there when this resolves.
   *
   * It is sent with an Idempotency-Key, so retries run it once. With a key of your own the same call may be repeated
   * after any error, also by another process: the same evaluation comes back, for ever. `Invalid` if the key was used for
   * another one. What is too large for one request is sent ahead as blobs.
   */
  async submit(evaluation: SubmitEvaluation, options: SubmitOptions = {}): Promise<Accepted> {
    const { idempotencyKey = newKey(), signal } = options;
    const body = await this.#blobs.slimmed(evaluation, { signal });
    const answer = await this.#http.ask("post", "/v1/evaluations", { body, idempotencyKey, signal });
    // Only who prefers to wait is given the evaluation as it ended.
    return answer as Accepted;
  }

  /** Submit it and wait for its end. What goes wrong in the program is no error: see `outcome`. */
  async run(evaluation: SubmitEvaluation, options: SubmitOptions & WaitOptions = {}): Promise<EvaluationView> {
    const { id } = await this.submit(evaluation, options);
    return this.wait(id, options);
  }

  /** An evaluation as it is now. */
  get(id: string, options: CallOptions = {}): Promise<EvaluationView> {
    return this.#http.ask("get", "/v1/evaluations/{id}", { ...options, path: { id } });
  }

  /** The evaluation once it is over. */
  async wait(id: string, options: WaitOptions = {}): Promise<EvaluationView> {
    const { signal, onEvent } = options;
    let view = await this.get(id, { signal });
    let after: string | undefined;
    while (!isOver(view.status)) {
      for await (const event of this.#events.of(id, { after, signal })) {
        after = event.cursor;
        onEvent?.(event);
      }
      view = await this.get(id, { signal });
    }
    return view;
  }

  /** Newest first. From the read model, so a submission appears a moment after it was accepted. */
  list(options: ListEvaluationsOptions = {}): Paged<EvaluationView> {
    const { limit, status, batch, signal } = options;
    return new Paged(
      (cursor) => this.#http.ask("get", "/v1/evaluations", { query: { limit, status: listOf(status), batch, cursor }, signal }),
      options.cursor,
    );
  }

  /** Ask for its end. `Conflict` if it is over. It is cancelled when its events say so. */
  cancel(id: string, options: CallOptions & { readonly reason?: string | undefined } = {}): Promise<EvaluationView> {
    const { reason = "", signal } = options;
    return this.#http.ask("post", "/v1/evaluations/{id}/cancel", { path: { id }, body: { reason }, signal });
  }

  /** Every attempt: where it ran, and how it ended. */
  attempts(id: string, options: CallOptions = {}): Promise<AttemptList> {
    return this.#http.ask("get", "/v1/evaluations/{id}/attempts", { ...options, path: { id } });
  }

  /** What became of each case so far. */
  cases(id: string, options: CallOptions = {}): Promise<CaseList> {
    return this.#http.ask("get", "/v1/evaluations/{id}/cases", { ...options, path: { id } });
  }
}

function listOf<T extends string>(wished: T | readonly T[] | undefined): T[] | undefined {
  return typeof wished === "string" ? [wished] : wished && [...wished];
}
