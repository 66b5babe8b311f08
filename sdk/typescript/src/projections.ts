// `client.projections`: the rows that everybody reads, made from the log. For administrators.

import type { Http } from "./http.ts";
import type { CallOptions } from "./routes.ts";
import type { ProjectionList, ProjectionView, SwapWhen } from "./types.ts";

export const READ_MODELS = "read-models";

/** What is asked for is done by a projector, after the answer: `get` says how far it is. */
export class Projections {
  readonly #http: Http;

  constructor(http: Http) {
    this.#http = http;
  }

  /** Every projection. */
  list(options: CallOptions = {}): Promise<ProjectionList> {
    return this.#http.ask("get", "/v1/projections", options);
  }

  /** One, as it is now. */
  get(name = READ_MODELS, options: CallOptions = {}): Promise<ProjectionView> {
    return this.#http.ask("get", "/v1/projections/{name}", { ...options, path: { name } });
  }

  /** Make it anew beside itself, compare, and swap. `Conflict` while something is done with it. */
  rebuild(name = READ_MODELS, options: CallOptions & { readonly swap?: SwapWhen | undefined } = {}): Promise<ProjectionView> {
    const { swap = "auto", signal } = options;
    return this.#http.ask("post", "/v1/projections/{name}/rebuild", { path: { name }, body: { swap }, signal });
  }

  /** Put what was made anew in its place. `Conflict` if nothing waits for it. */
  swap(name = READ_MODELS, options: CallOptions = {}): Promise<ProjectionView> {
    return this.#http.ask("post", "/v1/projections/{name}/swap", { ...options, path: { name } });
  }

  /** Go back to what was there before the last swap. `Conflict` if there is nothing. */
  rollback(name = READ_MODELS, options: CallOptions = {}): Promise<ProjectionView> {
    return this.#http.ask("post", "/v1/projections/{name}/rollback", { ...options, path: { name } });
  }

  /** Give up what is being done. `Conflict` if nothing is. */
  abort(name = READ_MODELS, options: CallOptions = {}): Promise<ProjectionView> {
    return this.#http.ask("post", "/v1/projections/{name}/abort", { ...options, path: { name } });
  }
}
