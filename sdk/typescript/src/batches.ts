// `client.batches`: many evaluations at once.

import type { Http } from "./http.ts";
import type { ListOptions } from "./evaluations.ts";
import { newKey, type SubmitOptions } from "./idempotency.ts";
import { Paged } from "./paging.ts";
import type { CallOptions } from "./routes.ts";
import type {
  BatchAccepted,
  BatchCancelled,
  BatchView,
  EvaluationView,
  Outcome,
  Status,
  SubmitBatch,
} from "./types.ts";

/** How far a batch is. */
export interface BatchProgress {
  readonly batch: BatchView;
  readonly size: number;
  /** Evaluations that nothing more will happen to. */
  readonly over: number;
  readonly succeeded: number;
}

export interface ProgressOptions extends CallOptions {
  /** Told at the beginning, whenever the counts have changed, and at the end. */
  readonly onProgress?: ((progress: BatchProgress) => void) | undefined;
}

export interface MembersOptions extends ListOptions {
  readonly status?: Status | undefined;
  readonly outcome?: Outcome | undefined;
}

// Seconds between two looks at a batch: soon at first, then less often.
const FIRST_LOOK = 0.1;
const LATER_LOOKS = 2;

export class Batches {
  readonly #http: Http;

  constructor(http: Http) {
    this.#http = http;
  }

  /** Put all evaluations of a batch on the log, or none: `Invalid` points to the first one that may not be. */
  submit(batch: SubmitBatch, options: SubmitOptions = {}): Promise<BatchAccepted> {
    const { idempotencyKey = newKey(), signal } = options;
    return this.#http.ask("post", "/v1/batches", { body: batch, idempotencyKey, signal });
  }

  /** Submit it and wait until all of it is over. */
  async run(batch: SubmitBatch, options: SubmitOptions & ProgressOptions = {}): Promise<BatchView> {
    const { id } = await this.submit(batch, options);
    return this.wait(id, options);
  }

  /** How far a batch is. */
  get(id: string, options: CallOptions = {}): Promise<BatchView> {
    return this.#http.ask("get", "/v1/batches/{id}", { ...options, path: { id } });
  }

  /** The batch each time that its counts have changed, until all of it is over. */
  async *watch(id: string, options: CallOptions = {}): AsyncGenerator<BatchProgress, void, undefined> {
    const { pace } = this.#http;
    let pause = FIRST_LOOK;
    let said = "";
    for (;;) {
      const progress = progressOf(await this.get(id, options));
      const counts = JSON.stringify([progress.batch.by_status, progress.batch.by_outcome]);
      if (counts !== said) yield progress;
      said = counts;
      if (progress.over === progress.size) return;
      await pace.sleep(pause, options.signal);
      pause = Math.min(pause * 1.5, LATER_LOOKS);
    }
  }

  /** The batch once all of it is over. */
  async wait(id: string, options: ProgressOptions = {}): Promise<BatchView> {
    for await (const progress of this.watch(id, options)) {
      options.onProgress?.(progress);
      if (progress.over === progress.size) return progress.batch;
    }
    return this.get(id, options);
  }

  /** Newest first. */
  list(options: ListOptions = {}): Paged<BatchView> {
    const { limit, signal } = options;
    return new Paged(
      (cursor) => this.#http.ask("get", "/v1/batches", { query: { limit, cursor }, signal }),
      options.cursor,
    );
  }

  /** The evaluations of a batch, in the order of the submission. */
  evaluations(id: string, options: MembersOptions = {}): Paged<EvaluationView> {
    const { limit = 200, status, outcome, signal } = options;
    const load = (cursor: string | undefined) =>
      this.#http.ask("get", "/v1/batches/{id}/evaluations", {
        path: { id },
        query: { limit, status, outcome, cursor },
        signal,
      });
    return new Paged(load, options.cursor);
  }

  /** Ask for the end of every evaluation that is not over. */
  cancel(id: string, options: CallOptions & { readonly reason?: string | undefined } = {}): Promise<BatchCancelled> {
    const { reason = "", signal } = options;
    return this.#http.ask("post", "/v1/batches/{id}/cancel", { path: { id }, body: { reason }, signal });
  }

  /** A new batch of what failed. `Conflict` if nothing has; an `ApiError` if the submissions are archived. */
  rerun(id: string, options: CallOptions & { readonly only?: "failed" | "all" | undefined } = {}): Promise<BatchAccepted> {
    const { only = "failed", signal } = options;
    return this.#http.ask("post", "/v1/batches/{id}/rerun", { path: { id }, body: { only }, signal });
  }
}

function progressOf(batch: BatchView): BatchProgress {
  const { by_status: statuses, by_outcome: outcomes, size } = batch;
  const over = (statuses["completed"] ?? 0) + (statuses["dead_lettered"] ?? 0);
  return { batch, size, over, succeeded: outcomes["succeeded"] ?? 0 };
}
