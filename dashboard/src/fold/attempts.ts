// The attempts of an evaluation, folded from its events: the twin of cloche_domain/attempts.py.

import type { AttemptView } from "cloche";
import type { LifecycleEvent } from "./evaluation.ts";

/** The attempts after `event`, which happened at `time`. Legal order is the log's business. */
export function attemptsAfter(attempts: readonly AttemptView[], event: LifecycleEvent, time: string): AttemptView[] {
  switch (event.name) {
    case "queued":
      return [...attempts, { number: event.data.attempt, queued_at: time }];
    case "started": {
      const { executor, engine } = event.data;
      return withLast(attempts, { executor, engine, started_at: time });
    }
    case "attempt-failed": {
      const { reason, domain = "infrastructure", detail = "" } = event.data;
      return withLast(attempts, { ended_at: time, reason, domain, detail });
    }
    case "completed": {
      if (!isOpen(attempts)) break;
      const { outcome, domain = null, detail = "" } = event.data;
      return withLast(attempts, { ended_at: time, outcome, domain, detail });
    }
    case "dead-lettered": {
      if (!isOpen(attempts)) break;
      const { reason, detail = "" } = event.data;
      return withLast(attempts, { ended_at: time, reason, domain: "infrastructure", detail });
    }
    case "scheduled":
    case "cancel-requested":
    case "output-archived":
      break;
  }
  return [...attempts];
}

/** Whether the last one has not ended: an end while it waited for its next attempt is none of an attempt. */
function isOpen(attempts: readonly AttemptView[]): boolean {
  const last = attempts.at(-1);
  return last !== undefined && !last.ended_at;
}

function withLast(attempts: readonly AttemptView[], changes: Partial<AttemptView>): AttemptView[] {
  const last = attempts.at(-1);
  return last === undefined ? [] : [...attempts.slice(0, -1), { ...last, ...changes }];
}
