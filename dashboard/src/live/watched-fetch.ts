// `fetch`, listened to: what the server's clock says, and whenever a stream brings bytes.

import type { Fetch } from "cloche";
import type { ServerClock } from "~/time/server-clock";

export function watchedFetch(clock: ServerClock, heard: () => void, ask: Fetch = (url, init) => fetch(url, init)): Fetch {
  return async (url, init) => {
    const sent = Date.now();
    const response = await ask(url, init);
    clock.learn(response.headers.get("Date"), sent);
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
