// `client.audit`: who did what, and who was refused. For administrators.

import type { Http } from "./http.ts";
import { Paged } from "./paging.ts";
import type { CallOptions, QueryOf } from "./routes.ts";
import { linesOf } from "./streaming.ts";
import type { AuditEntry, AuditReport } from "./types.ts";

type Wanted = Omit<QueryOf<"get", "/v1/audit">, "cursor">;
/** Which entries; what is left out filters nothing. */
export type AuditFilters = { readonly [K in keyof Wanted]?: Wanted[K] | undefined };

export class Audit {
  readonly #http: Http;

  constructor(http: Http) {
    this.#http = http;
  }

  /** Newest first. A page may be empty and still lead on: there is no index. */
  list(filters: AuditFilters & CallOptions & { readonly cursor?: string | undefined } = {}): Paged<AuditEntry> {
    const { signal, cursor: first, ...query } = filters;
    return new Paged((cursor) => this.#http.ask("get", "/v1/audit", { query: { ...query, cursor }, signal }), first);
  }

  /** Walk every chain. */
  verify(options: CallOptions = {}): Promise<AuditReport> {
    return this.#http.ask("get", "/v1/audit/verify", options);
  }

  /** All of it as lines of JSON, oldest first. The last line is the sign that it is whole. */
  async *export(options: CallOptions = {}): AsyncGenerator<string, void, undefined> {
    const opened = await this.#http.open("/v1/audit/export", options);
    yield* linesOf(opened.pieces());
  }
}
