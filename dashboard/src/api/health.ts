// The state of the platform, as one gateway sees it: for operators.

import { queryOptions } from "@tanstack/react-query";
import type { Client } from "cloche";

const SOON_MILLISECONDS = 5000;

export function healthQuery(client: Client, operates: boolean) {
  return queryOptions({
    queryKey: ["health"],
    queryFn: ({ signal }) => client.platform.health({ signal }),
    enabled: operates,
    refetchInterval: SOON_MILLISECONDS,
  });
}
