// `client.outputs`: what programs wrote, whole, in part, the end of it, what lies in it, and as it comes.

import { expand, queryOf } from "./address.ts";
import { bytesOf } from "./events.ts";
import type { Events, FeedOptions } from "./history.ts";
import type { Http } from "./http.ts";
import { Paged } from "./paging.ts";
import type { CallOptions } from "./routes.ts";
import { joined, linesOf, streamOf, type Pieces } from "./streaming.ts";
import type { OutputMatch, StreamName } from "./types.ts";

export interface OutputOptions extends CallOptions {
  /** Default: stdout. `compiler` is what its compiler said, `artifacts` are all the files that it left, in a row. */
  readonly stream?: StreamName | undefined;
  /** Another one than the attempt that counts. */
  readonly attempt?: number | undefined;
}

export interface PartOptions extends OutputOptions {
  /** The first byte that is wanted, of what a finished program recorded. */
  readonly start?: number | undefined;
  /** The first byte that is wanted no more. */
  readonly end?: number | undefined;
}

export interface ReadOptions extends PartOptions {
  /** Only the last lines, at most 8 MiB of them, also while it runs. */
  readonly tailLines?: number | undefined;
  /** Only the last bytes. */
  readonly tailBytes?: number | undefined;
}

export interface SearchOptions extends OutputOptions {
  /** `text` is a regular expression of RE2. */
  readonly regex?: boolean | undefined;
  readonly ignoreCase?: boolean | undefined;
}

/** Bytes that a program wrote while somebody looked on. */
export interface OutputPiece {
  /** Resumes behind it. */
  readonly cursor: string;
  readonly attempt: number;
  readonly stream: StreamName;
  /** Of the first byte, in its stream. */
  readonly offset: number;
  readonly data: Uint8Array;
}

const PAGE_LINES = 1000;

export class Outputs {
  readonly #http: Http;
  readonly #events: Events;

  constructor(http: Http, events: Events) {
    this.#http = http;
    this.#events = events;
  }

  /** The recorded bytes of one stream of the attempt that counts, or of another, as far as they are there. */
  async read(evaluation: string, options: ReadOptions = {}): Promise<Uint8Array> {
    return joined(this.#pieces(evaluation, options));
  }

  /** The same as text; bytes that are no UTF-8 become U+FFFD. */
  async text(evaluation: string, options: ReadOptions = {}): Promise<string> {
    return new TextDecoder("utf-8", { ignoreBOM: true }).decode(await this.read(evaluation, options));
  }

  /** The same as a stream, which errors if it ends too early. Cancelling it ends the request. */
  stream(evaluation: string, options: PartOptions = {}): ReadableStream<Uint8Array> {
    return streamOf(this.#pieces(evaluation, options));
  }

  /** The same line by line. */
  lines(evaluation: string, options: PartOptions = {}): AsyncGenerator<string, void, undefined> {
    return linesOf(this.#pieces(evaluation, options));
  }

  /** Lines that hold `text`: `page()` gives some, iterating gives all. */
  search(evaluation: string, text: string, options: SearchOptions = {}): Paged<OutputMatch> {
    const { stream, attempt, regex, ignoreCase, signal } = options;
    return new Paged((cursor) =>
      this.#http.ask("get", "/v1/evaluations/{id}/output/search", {
        path: { id: evaluation },
        query: { q: text, stream, attempt, regex, ignore_case: ignoreCase, cursor, limit: PAGE_LINES },
        signal,
      }),
    );
  }

  /**
   * What it writes, as it comes, until it is over: every stream but its artifacts, or `stream` alone.
   *
   * An attempt that is lost is followed by another, which begins at offset 0: see `attempt`.
   */
  async *follow(
    evaluation: string,
    options: FeedOptions & { readonly stream?: StreamName | undefined } = {},
  ): AsyncGenerator<OutputPiece, void, undefined> {
    for await (const event of this.#events.of(evaluation, options)) {
      if (event.name !== "output-chunk") continue;
      const { attempt, stream, offset } = event.data;
      const wanted = options.stream === undefined ? stream !== "artifacts" : stream === options.stream;
      if (wanted) yield { cursor: event.cursor, attempt, stream, offset, data: bytesOf(event.data) };
    }
  }

  async *#pieces(evaluation: string, options: ReadOptions): Pieces {
    const { stream, attempt, start, end, tailLines, tailBytes, signal } = options;
    if (end !== undefined && end <= (start ?? 0)) return;
    const headers: Record<string, string> = {};
    if (start !== undefined || end !== undefined) {
      headers["Range"] = `bytes=${start ?? 0}-${end === undefined ? "" : end - 1}`;
    }
    const path = expand("/v1/evaluations/{id}/output", { id: evaluation });
    const query = queryOf({ stream, attempt, tail_lines: tailLines, tail_bytes: tailBytes });
    const opened = await this.#http.open(path + query, { headers, signal });
    yield* opened.pieces();
  }
}
