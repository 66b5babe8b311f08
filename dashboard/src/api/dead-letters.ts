import type { Client, ListDeadLettersOptions } from "cloche";
import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";

export const letterKeys = { all: ["dead-letters"], one: (id: string) => ["dead-letters", "one", id] } as const;

export type LetterFilters = Pick<ListDeadLettersOptions, "kind" | "reason" | "handler">;

export function lettersQuery(client: Client, filters: LetterFilters) {
  return infiniteQueryOptions({
    queryKey: [...letterKeys.all, "list", filters],
    queryFn: ({ pageParam, signal }) => client.deadLetters.list({ ...filters, limit: 100, cursor: pageParam, signal }).page(),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_cursor ?? undefined,
  });
}

export function letterQuery(client: Client, id: string) {
  return queryOptions({ queryKey: letterKeys.one(id), queryFn: ({ signal }) => client.deadLetters.get(id, { signal }) });
}
