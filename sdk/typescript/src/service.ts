// `client.languages`, `client.statistics`, `client.usage` and `client.platform`: what programs may be, how they ended, how much
// is kept, and how the platform is.

import type { Http } from "./http.ts";
import type { CallOptions } from "./routes.ts";
import type { LanguageList, PlatformHealth, Statistics, StatisticsStep, UsageReport } from "./types.ts";

export class Languages {
  readonly #http: Http;

  constructor(http: Http) {
    this.#http = http;
  }

  /** What `language`, `image` and the names in `env` of a submission may be. */
  list(options: CallOptions = {}): Promise<LanguageList> {
    return this.#http.ask("get", "/v1/languages", options);
  }
}

export interface StatisticsOptions extends CallOptions {
  /** RFC 3339. Default: a day before `until`. */
  readonly since?: string | undefined;
  /** RFC 3339. Default: now. */
  readonly until?: string | undefined;
  /** Length of a bucket; 500 at most. Default: the finest that gives 200 or fewer. */
  readonly step?: StatisticsStep | undefined;
}

export class StatisticsReports {
  readonly #http: Http;

  constructor(http: Http) {
    this.#http = http;
  }

  /** What ended in that time: counts, the part that succeeded, percentiles of waiting and running. */
  report(options: StatisticsOptions = {}): Promise<Statistics> {
    const { signal, ...query } = options;
    return this.#http.ask("get", "/v1/statistics", { query, signal });
  }
}

export class UsageReports {
  readonly #http: Http;

  constructor(http: Http) {
    this.#http = http;
  }

  /** How much is kept of this key's tenant, or (for administrators) of all, by class. */
  report(options: CallOptions & { readonly everybody?: boolean | undefined } = {}): Promise<UsageReport> {
    const { everybody, signal } = options;
    return this.#http.ask("get", "/v1/usage", { query: { everybody }, signal });
  }
}

export class Platform {
  readonly #http: Http;

  constructor(http: Http) {
    this.#http = http;
  }

  /** Services, log, consumers and stores as of now, and what is wrong with them: for operators. */
  health(options: CallOptions = {}): Promise<PlatformHealth> {
    return this.#http.ask("get", "/v1/health", options);
  }
}
