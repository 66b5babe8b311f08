// `client.queue`: what waits, why, and who works it off.

import type { Http } from "./http.ts";
import type { CallOptions } from "./routes.ts";
import type { ExecutorList, QueuePlace, QueueView } from "./types.ts";

export interface QueueOptions extends CallOptions {
  /** All tenants: for operators. */
  readonly everybody?: boolean | undefined;
  /** Waits and throughput of so many seconds up to now. Default: 300. */
  readonly seconds?: number | undefined;
}

export class Queue {
  readonly #http: Http;

  constructor(http: Http) {
    this.#http = http;
  }

  /** What waits and runs of this key's tenant, or of all. */
  view(options: QueueOptions = {}): Promise<QueueView> {
    const { everybody, seconds, signal } = options;
    return this.#http.ask("get", "/v1/queue", { query: { everybody, seconds }, signal });
  }

  /** Why an evaluation is not running, and how many of its own kind are before it. */
  place(evaluation: string, options: CallOptions = {}): Promise<QueuePlace> {
    return this.#http.ask("get", "/v1/evaluations/{id}/queue", { ...options, path: { id: evaluation } });
  }

  /** The executors that are there: for operators. */
  executors(options: CallOptions = {}): Promise<ExecutorList> {
    return this.#http.ask("get", "/v1/executors", options);
  }
}
