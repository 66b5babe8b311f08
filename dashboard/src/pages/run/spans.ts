// Where the time of an evaluation went, as far as its events tell.

import type { FeedEvent } from "cloche";

export interface TraceSpan {
  readonly key: string;
  readonly name: string;
  readonly kind: "whole" | "wait" | "run" | "lost" | "case" | "after";
  readonly depth: number;
  /** Milliseconds since 1970. */
  readonly begun: number;
  readonly ended: number;
  /** It goes on: `ended` is now. */
  readonly open: boolean;
  readonly detail: string;
}

/** In the order in which they began; the first is the whole. `now` ends what goes on. */
export function spansOf(events: readonly FeedEvent[], now: number): readonly TraceSpan[] {
  const first = events[0];
  if (first === undefined) return [];
  const spans: TraceSpan[] = [];
  const begun = timeOf(first);
  let open: { name: string; kind: TraceSpan["kind"]; begun: number; detail: string } | undefined;
  let over: number | undefined;
  let before = begun;
  const close = (at: number, kind = open?.kind, goesOn = false) => {
    if (open !== undefined) {
      spans.push({ ...open, key: `${spans.length}`, kind: kind ?? "run", depth: 1, ended: Math.max(at, open.begun), open: goesOn });
    }
    open = undefined;
  };
  for (const event of events) {
    const at = timeOf(event);
    switch (event.name) {
      case "scheduled":
        open = { name: "scheduled", kind: "wait", begun: at, detail: `due at ${event.data.due_at}` };
        break;
      case "queued":
        close(at);
        open = { name: `queued ${event.data.attempt}`, kind: "wait", begun: at, detail: "in the queue" };
        break;
      case "started":
        close(at);
        open = { name: `attempt ${event.data.attempt}`, kind: "run", begun: at, detail: `${event.data.executor}, ${event.data.engine}` };
        before = at;
        break;
      case "case-completed": {
        const { index, name = "", outcome } = event.data;
        spans.push({ key: `c${index}`, name: name || `case ${index + 1}`, kind: "case", depth: 2, begun: before, ended: at, open: false, detail: outcome });
        before = at;
        break;
      }
      case "attempt-failed":
        close(at, "lost");
        open = { name: "back-off", kind: "wait", begun: at, detail: event.data.reason };
        break;
      case "completed":
      case "dead-lettered":
        close(at);
        over = at;
        break;
      case "output-archived":
        open = { name: "archived", kind: "after", begun: over ?? at, detail: "output put into the store" };
        close(at);
        break;
      case "output-chunk":
      case "cancel-requested":
      case "unknown":
        break;
    }
  }
  close(now, undefined, true);
  const whole: TraceSpan = {
    key: "whole", name: "evaluation", kind: "whole", depth: 0, begun, ended: over ?? Math.max(now, begun), open: over === undefined, detail: "from submission to end",
  };
  return [whole, ...spans.toSorted((one, other) => one.begun - other.begun)];
}

function timeOf(event: FeedEvent): number {
  return Date.parse(event.envelope.time);
}
