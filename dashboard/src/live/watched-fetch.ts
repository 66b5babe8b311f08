// `fetch`, listened to: what the server's clock says, how far rows are behind, and whenever a stream brings bytes.

import type { Fetch } from "cloche";
import type { ServerClock } from "~/time/server-clock";
import type { ReadLags } from "./read-lags";

export interface Watches {
  readonly clock: ServerClock;
  readonly lags: ReadLags;
  /** Bytes of a stream came. */
  readonly heard: () => void;
}

const NOT_MODIFIED = 304;

export function watchedFetch({ clock, lags, heard }: Watches, ask: Fetch = (url, init) => fetch(url, init)): Fetch {
  return async (url, init) => {
    const sent = Date.now();
    const response = await ask(url, init);
    clock.learn(response.headers.get("Date"), sent);
    // What is not answered leaves the rows that are shown as old as they were.
    if ((init.method ?? "GET") === "GET" && (response.ok || response.status === NOT_MODIFIED)) {
      lags.hear(new URL(url).pathname, response.headers.get("Cloche-Read-Lag"), clock.now());
    }
    const type = response.headers.get("Content-Type") ?? "";
    if (!type.startsWith("text/event-stream") || response.body === null) return response;
    heard();
    const listening = new TransformStream<Uint8Array, Uint8Array>({
      transform(piece, controller) {
        heard();
        controller.enqueue(piece);
      },
    });
    const { status, statusText, headers } = response;
    return new Response(response.body.pipeThrough(listening), { status, statusText, headers });
  };
}
