// `client.audit`: who did what from where, allowed or refused. For administrators.

import { queryOf } from "./address.ts";
import { errorOf, isProblem, UnexpectedAnswer } from "./errors.ts";
import type { ListOptions } from "./evaluations.ts";
import type { Http } from "./http.ts";
import { Paged } from "./paging.ts";
import type { CallOptions, QueryOf } from "./routes.ts";
import { linesOf } from "./streaming.ts";
import type { AuditEntry, AuditHead, AuditReport } from "./types.ts";

/** Entries must fit all that is given. */
export interface AuditFilters {
  readonly tenant?: string | undefined;
  /** Of this key, or where it was only named. */
  readonly key?: string | undefined;
  /** Method and route: `POST /v1/keys/{key}/rotate`. */
  readonly action?: string | undefined;
  readonly outcome?: AuditEntry["outcome"] | undefined;
  /** This address, or below it. */
  readonly target?: string | undefined;
  readonly address?: string | undefined;
  readonly requestId?: string | undefined;
  /** From this time on, and before that one; RFC 3339. */
  readonly since?: string | undefined;
  readonly until?: string | undefined;
}

// A page of the log that is looked through in vain takes its time.
const IDLE_SECONDS = 60;

export class Audit {
  readonly #http: Http;

  constructor(http: Http) {
    this.#http = http;
  }

  /** Newest first. A page may be empty and still lead on: the log has no index, and is looked through piece by piece. */
  list(options: AuditFilters & ListOptions = {}): Paged<AuditEntry> {
    const { limit, cursor: first, signal } = options;
    const query = filtersOf(options);
    return new Paged(
      (cursor) => this.#http.ask("get", "/v1/audit", { query: { ...query, limit, cursor }, signal }),
      first,
    );
  }

  /**
   * Oldest first, up to the end as it is now, as it is read: an export may be larger than memory.
   *
   * An `ApiError` may come in the middle, and `UnexpectedAnswer` where the last line is missing: the rest is, then.
   */
  async *export(options: AuditFilters & CallOptions = {}): AsyncGenerator<AuditEntry, void, undefined> {
    const opened = await this.#http.open(`/v1/audit/export${queryOf(filtersOf(options))}`, {
      headers: { Accept: "application/x-ndjson" },
      idleSeconds: IDLE_SECONDS,
      signal: options.signal,
    });
    for await (const line of linesOf(opened.pieces())) {
      const said = lineOf(line);
      if ("end" in said) return;
      if ("problem" in said) {
        if (isProblem(said.problem)) throw errorOf(said.problem);
        throw new UnexpectedAnswer("the export ended with what is no problem");
      }
      yield said;
    }
    throw new UnexpectedAnswer("the export was cut off");
  }

  /** Walk every chain: `sound`, or what is broken. `heads` of earlier reports must still be there. */
  verify(options: CallOptions & { readonly heads?: readonly AuditHead[] | undefined } = {}): Promise<AuditReport> {
    const { heads, signal } = options;
    const head = heads?.map(({ writer, number, digest }) => `${writer}-${number}-${digest}`);
    return this.#http.ask("get", "/v1/audit/verify", { query: { head }, signal });
  }
}

type Filters = Partial<Record<Exclude<keyof QueryOf<"get", "/v1/audit">, "limit" | "cursor">, string | undefined>>;

function filtersOf(options: AuditFilters) {
  const { tenant, key, action, outcome, target, address, requestId, since, until } = options;
  return { tenant, key, action, outcome, target, address, request_id: requestId, since, until } satisfies Filters;
}

type Line = AuditEntry | { readonly end: true } | { readonly problem: unknown };

function lineOf(text: string): Line {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null) return value as Line;
  } catch (error) {
    throw new UnexpectedAnswer("a line of the export is no JSON", { cause: error });
  }
  throw new UnexpectedAnswer("a line of the export is no entry");
}
