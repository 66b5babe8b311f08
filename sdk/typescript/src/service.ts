// `client.languages` and `client.usage`: what programs may be, and how much is kept.

import type { Http } from "./http.ts";
import type { CallOptions } from "./routes.ts";
import type { LanguageList, UsageReport } from "./types.ts";

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
