// `client.artifacts`: the files that programs left. Their names are a stranger's: mind where you write them.

import { expand, segment } from "./address.ts";
import type { Http } from "./http.ts";
import type { CallOptions } from "./routes.ts";
import { joined, streamOf, type Pieces } from "./streaming.ts";
import type { ArtifactList } from "./types.ts";

export class Artifacts {
  readonly #http: Http;

  constructor(http: Http) {
    this.#http = http;
  }

  /** Those that came back, with size and digest, and those that did not, with the reason. */
  list(evaluation: string, options: CallOptions = {}): Promise<ArtifactList> {
    return this.#http.ask("get", "/v1/evaluations/{id}/artifacts", { ...options, path: { id: evaluation } });
  }

  /** One file, whole in memory. */
  read(evaluation: string, name: string, options: CallOptions = {}): Promise<Uint8Array> {
    return joined(this.#pieces(evaluation, name, options));
  }

  /** The same as a stream, which errors if it ends too early. */
  stream(evaluation: string, name: string, options: CallOptions = {}): ReadableStream<Uint8Array> {
    return streamOf(this.#pieces(evaluation, name, options));
  }

  async *#pieces(evaluation: string, name: string, options: CallOptions): Pieces {
    const folder = expand("/v1/evaluations/{id}/artifacts", { id: evaluation });
    const opened = await this.#http.open([folder, ...name.split("/").map(segment)].join("/"), options);
    yield* opened.pieces();
  }
}
