import type { FeedEvent } from "cloche";
import { useEffect, useState, useSyncExternalStore } from "react";
import { useSystem, type System } from "~/api/system";
import { resume } from "~/live/resuming";
import { EventLog, type EventLogState } from "./event-log";
import { wishOf, type EventFilters } from "./filters";

const TOGETHER_MILLISECONDS = 100;
// The header Date has whole seconds, and a beginning in the server's future is refused.
const BACK_MILLISECONDS = 2000;

/** The log as it is filtered, for as long as the caller is shown. Other filters are another caller: give it a key. */
export function useEventLog(filters: EventFilters): { readonly log: EventLog; readonly state: EventLogState; readonly error: unknown } {
  const system = useSystem();
  const [log] = useState(() => new EventLog());
  const [wanted] = useState(filters);
  const [error, setError] = useState<unknown>();
  useEffect(() => {
    const ending = new AbortController();
    follow(system, wanted, log, ending.signal).catch((why: unknown) => {
      if (!ending.signal.aborted) setError(why);
    });
    return () => ending.abort();
  }, [system, wanted, log]);
  return { log, state: useSyncExternalStore(log.subscribe, log.current), error };
}

async function follow(system: System, filters: EventFilters, log: EventLog, signal: AbortSignal): Promise<void> {
  let together: FeedEvent[] = [];
  let timer: ReturnType<typeof setTimeout> | undefined;
  const tell = () => {
    timer = undefined;
    log.take(together);
    together = [];
  };
  signal.addEventListener("abort", () => clearTimeout(timer));
  await system.client.about({ signal });
  const from = filters.from ?? new Date(system.clock.now() - BACK_MILLISECONDS).toISOString();
  await resume(
    (after, open) =>
      system.feeds.events.history({ ...wishOf(filters), follow: true, output: false, signal: open, ...(after === undefined ? { from } : { after }) }),
    {
      signal,
      onEvent: (event) => {
        together.push(event);
        timer ??= setTimeout(tell, TOGETHER_MILLISECONDS);
      },
      onBreak: (why, next, retry) => system.connection.broke(why, next, retry),
    },
  );
}
