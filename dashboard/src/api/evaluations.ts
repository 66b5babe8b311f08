// Queries about evaluations. Keys begin with what they are about, so that the feed finds what it makes stale.

import { isOver, type Client, type ListEvaluationsOptions } from "cloche";
import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";

export const evaluationKeys = {
  all: ["evaluations"],
  one: (id: string) => ["evaluations", "one", id],
  lists: ["evaluations", "list"],
} as const satisfies Record<string, readonly string[] | ((id: string) => readonly string[])>;

export function evaluationQuery(client: Client, id: string) {
  return queryOptions({
    queryKey: evaluationKeys.one(id),
    queryFn: ({ signal }) => client.evaluations.get(id, { signal }),
  });
}

/** Page after page; `filters` are part of the key. */
export function evaluationsQuery(client: Client, filters: Omit<ListEvaluationsOptions, "signal" | "cursor">) {
  return infiniteQueryOptions({
    queryKey: [...evaluationKeys.lists, filters],
    queryFn: ({ pageParam, signal }) => client.evaluations.list({ ...filters, cursor: pageParam, signal }).page(),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_cursor ?? undefined,
  });
}

const PLACE_MILLISECONDS = 2000;

/** Why it does not run yet, asked again while that is so. */
export function placeQuery(client: Client, id: string, waiting: boolean) {
  return queryOptions({
    queryKey: [...evaluationKeys.one(id), "place"],
    queryFn: ({ signal }) => client.queue.place(id, { signal }),
    enabled: waiting,
    refetchInterval: ({ state }) => (state.data === undefined || !isOver(state.data.status) ? PLACE_MILLISECONDS : false),
  });
}

export const timelineKey = (id: string) => [...evaluationKeys.one(id), "timeline"] as const;

/** Where its time went, by its events, which may lie in the archive. */
export function timelineQuery(client: Client, id: string) {
  return queryOptions({ queryKey: timelineKey(id), queryFn: ({ signal }) => client.evaluations.timeline(id, { signal }) });
}

export function languagesQuery(client: Client) {
  return queryOptions({
    queryKey: ["languages"],
    queryFn: ({ signal }) => client.languages.list({ signal }),
    staleTime: Infinity,
  });
}

export function aboutQuery(client: Client) {
  return queryOptions({
    queryKey: ["about"],
    queryFn: ({ signal }) => client.about({ signal }),
    staleTime: Infinity,
  });
}
