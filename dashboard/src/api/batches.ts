// Queries about batches. Members are a list of evaluations, so the feed keeps them as it keeps every list.

import type { Client } from "cloche";
import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { evaluationKeys } from "./evaluations";

export const batchKeys = { all: ["batches"], one: (id: string) => ["batches", "one", id], lists: ["batches", "list"] } as const;

const MEMBERS = 200;

export function batchesQuery(client: Client) {
  return infiniteQueryOptions({
    queryKey: batchKeys.lists,
    queryFn: ({ pageParam, signal }) => client.batches.list({ limit: 50, cursor: pageParam, signal }).page(),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_cursor ?? undefined,
  });
}

export function batchQuery(client: Client, id: string) {
  return queryOptions({ queryKey: batchKeys.one(id), queryFn: ({ signal }) => client.batches.get(id, { signal }) });
}

export const membersKey = (id: string) => [...evaluationKeys.lists, { members: id }] as const;

/** The evaluations of a batch, in the order of the submission. */
export function membersQuery(client: Client, id: string) {
  return infiniteQueryOptions({
    queryKey: membersKey(id),
    queryFn: ({ pageParam, signal }) => client.batches.evaluations(id, { limit: MEMBERS, cursor: pageParam, signal }).page(),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    // The feed tells what changes.
    staleTime: Infinity,
    refetchOnWindowFocus: false,
  });
}
