// Queries about what waits and who works it off. No event tells of them as a whole, so they are asked again and again.

import type { Client, ExecutorList, QueueView } from "cloche";
import { queryOptions } from "@tanstack/react-query";

export type ExecutorState = ExecutorList["items"][number];
export type QueueLine = QueueView["lines"][number];

const AGAIN_MILLISECONDS = 2000;

/** `everybody`: of all tenants, for those who operate. */
export function queueQuery(client: Client, everybody: boolean) {
  return queryOptions({
    queryKey: ["queue", { everybody }],
    queryFn: ({ signal }) => client.queue.view({ everybody, signal }),
    refetchInterval: AGAIN_MILLISECONDS,
  });
}

export function executorsQuery(client: Client, allowed: boolean) {
  return queryOptions({
    queryKey: ["executors"],
    queryFn: ({ signal }) => client.queue.executors({ signal }),
    refetchInterval: AGAIN_MILLISECONDS,
    enabled: allowed,
  });
}
