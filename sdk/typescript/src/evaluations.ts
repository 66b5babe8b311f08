// `client.evaluations`: programs, submitted, waited for, listed and cancelled.

import type { Blobs } from "./blobs.ts";
import { UnexpectedAnswer } from "./errors.ts";
import type { FeedEvent } from "./events.ts";
import type { Events } from "./history.ts";
import type { Http } from "./http.ts";
import { newKey, type SubmitOptions } from "./idempotency.ts";
import { Paged } from "./paging.ts";
import type { Answered, CallOptions, Operation } from "./routes.ts";
import {
  isOver,
  type Accepted,
  type AttemptList,
  type CaseList,
  type EngineChoice,
  type EvaluationChanges,
  type EvaluationView,
  type Order,
  type Outcome,
  type Sort,
  type Status,
  type SubmitEvaluation,
  type Timeline,
} from "./types.ts";

export interface ListOptions extends CallOptions {
  /** Items of a page, at most 200. */
  readonly limit?: number | undefined;
  /** `next_cursor` or `prev_cursor` of a page: begin with the page that it leads to. */
  readonly cursor?: string | undefined;
}

/** What is wanted must fit all that is given; of a list of values, one. */
export interface ListEvaluationsOptions extends ListOptions {
  readonly status?: Status | readonly Status[] | undefined;
  readonly outcome?: Outcome | readonly Outcome[] | undefined;
  readonly language?: string | readonly string[] | undefined;
  /** Which ran it or, of what has not run yet, which it is to run on. */
  readonly engine?: EngineChoice | readonly EngineChoice[] | undefined;
  /** `key=value`, or `key` for any value; all of them. */
  readonly label?: string | readonly string[] | undefined;
  /** The id of a batch. */
  readonly batch?: string | undefined;
  /** The id of the schedule that submitted it. */
  readonly schedule?: string | undefined;
  /** Submitted then or later; RFC 3339. */
  readonly since?: string | undefined;
  /** Submitted before then; RFC 3339. */
  readonly until?: string | undefined;
  /** Words of code, labels, name and output: `a b`, `a or b`, `"a b"`, `-a`. */
  readonly q?: string | undefined;
  /** Default: `created`. By `finished` or `duration` only what has one is listed. */
  readonly sort?: Sort | undefined;
  /** Default: `desc`, the newest or longest first. */
  readonly order?: Order | undefined;
}

export interface PreferOptions {
  /** Seconds that the server may wait for the end, at most 60. */
  readonly waitSeconds?: number | undefined;
}

/** What a submission is answered by where the server may wait: `"outcome" in answer` if it is over. */
export type Submitted = Accepted | EvaluationView;

type Told = Answered<Operation<"post", "/v1/evaluations"> | Operation<"post", "/v1/evaluations/{id}/rerun">>;

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
   * another one. What is too large for one request is sent ahead as blobs. With `waitSeconds` the answer is the
   * evaluation if it is over by then.
   */
  submit(evaluation: SubmitEvaluation, options?: SubmitOptions & { readonly waitSeconds?: undefined }): Promise<Accepted>;
  submit(evaluation: SubmitEvaluation, options: SubmitOptions & PreferOptions): Promise<Submitted>;
  async submit(evaluation: SubmitEvaluation, options: SubmitOptions & PreferOptions = {}): Promise<Submitted> {
    const { idempotencyKey = newKey(), signal, waitSeconds } = options;
    const body = await this.#blobs.slimmed(evaluation, { signal });
    return submitted(await this.#http.answer("post", "/v1/evaluations", { body, idempotencyKey, signal, waitSeconds }), waitSeconds);
  }

  /**
   * The same submission again, or with changes: null takes a member away, an object changes it, all else, lists too,
   * takes its place (RFC 7396). An `ApiError` (`submission_trimmed`) once neither log nor archive holds it.
   */
  rerun(
    id: string,
    changes?: EvaluationChanges,
    options?: SubmitOptions & { readonly waitSeconds?: undefined },
  ): Promise<Accepted>;
  rerun(id: string, changes: EvaluationChanges, options: SubmitOptions & PreferOptions): Promise<Submitted>;
  async rerun(id: string, changes: EvaluationChanges = {}, options: SubmitOptions & PreferOptions = {}): Promise<Submitted> {
    const { idempotencyKey = newKey(), signal, waitSeconds } = options;
    const wish = { path: { id }, body: changes, idempotencyKey, signal, waitSeconds };
    return submitted(await this.#http.answer("post", "/v1/evaluations/{id}/rerun", wish), waitSeconds);
  }

  /** Submit it and wait for its end. What goes wrong in the program is no error: see `outcome`. */
  async run(evaluation: SubmitEvaluation, options: SubmitOptions & WaitOptions = {}): Promise<EvaluationView> {
    const { idempotencyKey, signal } = options;
    const { id } = await this.submit(evaluation, { idempotencyKey, signal });
    return this.wait(id, options);
  }

  /** An evaluation as it is now, or with `waitSeconds` once it is over or after that time. */
  get(id: string, options: CallOptions & PreferOptions = {}): Promise<EvaluationView> {
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

  /**
   * What fits the filters, newest first unless sorted otherwise. From the read model, so a submission appears a moment
   * after it was accepted. A cursor is good for the filters and the order that it was given with (`invalid_cursor`).
   */
  list(options: ListEvaluationsOptions = {}): Paged<EvaluationView> {
    const { signal, cursor: first, status, outcome, language, engine, label, ...rest } = options;
    const query = {
      ...rest,
      status: listOf(status),
      outcome: listOf(outcome),
      language: listOf(language),
      engine: listOf(engine),
      label: listOf(label),
    };
    return new Paged(
      (cursor) => this.#http.ask("get", "/v1/evaluations", { query: { ...query, cursor }, signal }),
      first,
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

  /** Where its time went, as spans made of its events. An `ApiError` (`events_trimmed`) once neither log nor archive holds those. */
  timeline(id: string, options: CallOptions = {}): Promise<Timeline> {
    return this.#http.ask("get", "/v1/evaluations/{id}/timeline", { ...options, path: { id } });
  }

  /** What became of each case so far. */
  cases(id: string, options: CallOptions = {}): Promise<CaseList> {
    return this.#http.ask("get", "/v1/evaluations/{id}/cases", { ...options, path: { id } });
  }
}

/** Which answer it is. Nobody is given an evaluation who did not ask to wait for one. */
function submitted({ status, body }: Told, waitSeconds: number | undefined): Submitted {
  if (status !== 202 && !waitSeconds) throw new UnexpectedAnswer(`a submission was answered ${status}`, { status });
  return body;
}

function listOf<T extends string>(wished: T | readonly T[] | undefined): T[] | undefined {
  return typeof wished === "string" ? [wished] : wished && [...wished];
}
