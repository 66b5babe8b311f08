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
  type EngineName,
  type EvaluationView,
  type Outcome,
  type Status,
  type SubmitEvaluation,
} from "./types.ts";

export interface ListOptions extends CallOptions {
  /** Items of a page, at most 200. */
  readonly limit?: number | undefined;
  /** `next_cursor` of a page: begin behind it. */
  readonly cursor?: string | undefined;
}

/** What is in the list: everything must fit; of several values of one kind one is enough, but all `labels` must be there. */
export interface EvaluationFilters {
  readonly status?: Status | readonly Status[] | undefined;
  readonly outcomes?: readonly Outcome[] | undefined;
  readonly languages?: readonly string[] | undefined;
  /** Which ran it, or is to run it. */
  readonly engines?: readonly EngineName[] | undefined;
  /** `key=value`, or `key` for any value. */
  readonly labels?: readonly string[] | undefined;
  /** The id of a batch. */
  readonly batch?: string | undefined;
  /** The id of a schedule. */
  readonly schedule?: string | undefined;
  /** Submitted then or later: RFC 3339. */
  readonly since?: string | undefined;
  /** Submitted before then. */
  readonly until?: string | undefined;
  /** Words in code, output and labels; also `"a phrase"`, `-not`, `or`. */
  readonly q?: string | undefined;
  /** `finished` and `duration`: only what is over is in the list. Default: `created`. */
  readonly sort?: "created" | "finished" | "duration" | undefined;
  /** Default: `desc`, the newest, last, longest first. */
  readonly order?: "desc" | "asc" | undefined;
}

export interface ListEvaluationsOptions extends ListOptions, EvaluationFilters {}

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
    const { status, outcomes, languages, engines, labels, signal, cursor: first, ...rest } = options;
    const query = {
      ...rest,
      status: listOf(status),
      outcome: listOf(outcomes),
      language: listOf(languages),
      engine: listOf(engines),
      label: listOf(labels),
    };
    return new Paged((cursor) => this.#http.ask("get", "/v1/evaluations", { query: { ...query, cursor }, signal }), first);
  }

  /** Ask for its end. `Conflict` if it is over. It is cancelled when its events say so. */
  cancel(id: string, options: CallOptions & { readonly reason?: string | undefined } = {}): Promise<EvaluationView> {
    const { reason = "", signal } = options;
    return this.#http.ask("post", "/v1/evaluations/{id}/cancel", { path: { id }, body: { reason }, signal });
  }

  /**
   * Run what was submitted again, as a new evaluation whose `rerun_of` is this one. An `ApiError` if its submission can no longer be read.
   *
   * `changes` is a JSON Merge Patch (RFC 7396) of the submission: what is absent stays, lists are given whole.
   */
  async rerun(id: string, changes: Partial<SubmitEvaluation> = {}, options: SubmitOptions = {}): Promise<Accepted> {
    const { idempotencyKey = newKey(), signal } = options;
    const path = { id };
    const body = changes as Record<string, never>;
    const answer = await this.#http.ask("post", "/v1/evaluations/{id}/rerun", { path, body, idempotencyKey, signal });
    return answer as Accepted;
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
