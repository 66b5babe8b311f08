import type { Client } from "cloche";
import { queryOptions } from "@tanstack/react-query";

export const scheduleKeys = { all: ["schedules"] } as const;

const AGAIN_MILLISECONDS = 15_000;

export function schedulesQuery(client: Client) {
  return queryOptions({
    queryKey: scheduleKeys.all,
    queryFn: ({ signal }) => client.schedules.list({ signal }),
    // When they are due next changes by itself, and others change them too.
    refetchInterval: AGAIN_MILLISECONDS,
  });
}
