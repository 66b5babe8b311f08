// `client.deadLetters`: evaluations that were given up, and messages that a service could not digest.

import type { ListOptions } from "./evaluations.ts";
import type { Http } from "./http.ts";
import { Paged } from "./paging.ts";
import type { CallOptions } from "./routes.ts";
import type { DeadLetter, PurgeReport, Requeued, RequeueReport, SelectDeadLetters } from "./types.ts";

export interface ListDeadLettersOptions extends ListOptions {
  readonly kind?: DeadLetter["kind"] | undefined;
  /** A slug. */
  readonly reason?: string | undefined;
  /** Who gave it up. */
  readonly handler?: string | undefined;
  /** Only those put aside since then: RFC 3339 with its offset. */
  readonly since?: string | undefined;
}

export class DeadLetters {
  readonly #http: Http;

  constructor(http: Http) {
    this.#http = http;
  }

  /** Oldest first, without their payloads. */
  list(options: ListDeadLettersOptions = {}): Paged<DeadLetter> {
    const { limit, kind, reason, handler, since, signal } = options;
    const load = (cursor: string | undefined) =>
      this.#http.ask("get", "/v1/dead-letters", { query: { limit, kind, reason, handler, since, cursor }, signal });
    return new Paged(load, options.cursor);
  }

  /** One of them, with its payload. */
  get(id: string, options: CallOptions = {}): Promise<DeadLetter> {
    return this.#http.ask("get", "/v1/dead-letters/{id}", { ...options, path: { id } });
  }

  /** Run its submission again, as a new evaluation. `Conflict` if it carries none. Asked twice, runs once. */
  requeue(id: string, options: CallOptions = {}): Promise<Requeued> {
    return this.#http.ask("post", "/v1/dead-letters/{id}/requeue", { ...options, path: { id }, repeatable: true });
  }

  /** The same for those that fit, at most `limit` of them; which stay, and whether there are more. */
  requeueAll(select: SelectDeadLetters = {}, options: CallOptions = {}): Promise<RequeueReport> {
    return this.#http.ask("post", "/v1/dead-letters/requeue", { ...options, body: select, repeatable: true });
  }

  /** Throw it away; what it was. */
  delete(id: string, options: CallOptions = {}): Promise<DeadLetter> {
    return this.#http.ask("delete", "/v1/dead-letters/{id}", { ...options, path: { id } });
  }

  /** Throw those away that fit, at most `limit` of them. */
  purge(select: SelectDeadLetters = {}, options: CallOptions = {}): Promise<PurgeReport> {
    return this.#http.ask("post", "/v1/dead-letters/purge", { ...options, body: select });
  }
}
