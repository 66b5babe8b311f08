// Pages and the feed: what they hear, and which of their queries it makes stale.

import type { FeedEvent } from "cloche";
import { useQueryClient, type QueryKey } from "@tanstack/react-query";
import { useEffect, useEffectEvent, useSyncExternalStore } from "react";
import { useSystem } from "~/api/system";
import type { Connection } from "./connection";

/** `hears` is called with the tenant's events as they come, several at a time, at most ten times a second. */
export function useLiveEvents(hears: (events: readonly FeedEvent[]) => void): void {
  const { feed } = useSystem();
  const latest = useEffectEvent(hears);
  useEffect(() => feed.subscribe((events) => latest(events)), [feed]);
}

const AGAIN_MILLISECONDS = 1000;

/**
 * Ask the queries under `key` again after an event that `concerns` them, at most once a second and at once the first time.
 * Rows follow the log a moment later, so the last event of a burst is followed by one more look.
 */
export function useLiveQueries(key: QueryKey, concerns: (event: FeedEvent) => boolean = () => true): void {
  const queries = useQueryClient();
  const { feed } = useSystem();
  const wanted = useEffectEvent(concerns);
  const again = useEffectEvent(() => void queries.invalidateQueries({ queryKey: key }));
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const stop = feed.subscribe((events) => {
      if (timer !== undefined || !events.some((event) => wanted(event))) return;
      again();
      timer = setTimeout(() => {
        timer = undefined;
        again();
      }, AGAIN_MILLISECONDS);
    });
    return () => {
      stop();
      clearTimeout(timer);
    };
  }, [feed]);
}

export function useConnection(): Connection {
  const { connection } = useSystem();
  return useSyncExternalStore(connection.subscribe, connection.current);
}
