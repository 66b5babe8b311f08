// `client.statistics`: what ended, how it ended, and how long it waited and ran.

import type { Http } from "./http.ts";
import type { CallOptions, QueryOf } from "./routes.ts";
import type { StatisticsReport } from "./types.ts";

type Wanted = QueryOf<"get", "/v1/statistics">;
export type StatisticsOptions = CallOptions & { readonly [K in keyof Wanted]?: Wanted[K] | undefined };

export class Statistics {
  readonly #http: Http;

  constructor(http: Http) {
    this.#http = http;
  }

  /** Of a time, in all, by language and for each step. Without a beginning it is the last day. */
  report(options: StatisticsOptions = {}): Promise<StatisticsReport> {
    const { signal, ...query } = options;
    return this.#http.ask("get", "/v1/statistics", { query, signal });
  }
}
