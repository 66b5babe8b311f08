// Queries about the platform: what ended, what is kept, who is ready, who may do what.

import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import type { AuditFilters, Client, StatisticsOptions } from "cloche";

const SOON_MILLISECONDS = 5000;

export function statisticsQuery(client: Client, wish: () => Omit<StatisticsOptions, "signal">, key: unknown) {
  return queryOptions({
    queryKey: ["statistics", key],
    // A range that ends now begins anew with each look.
    queryFn: ({ signal }) => client.statistics.report({ ...wish(), signal }),
  });
}

export function usageQuery(client: Client, everybody: boolean) {
  return queryOptions({ queryKey: ["usage", everybody], queryFn: ({ signal }) => client.usage.report({ everybody, signal }) });
}

export function keysQuery(client: Client) {
  return queryOptions({ queryKey: ["keys"], queryFn: ({ signal }) => client.keys.list({ signal }) });
}

export function tenantsQuery(client: Client) {
  return queryOptions({ queryKey: ["tenants"], queryFn: ({ signal }) => client.tenants.list({ signal }) });
}

/** Asked often while something is done with one, else seldom. */
export function projectionsQuery(client: Client) {
  return queryOptions({
    queryKey: ["projections"],
    queryFn: ({ signal }) => client.projections.list({ signal }),
    refetchInterval: ({ state }) =>
      state.data?.items.some((one) => one.request !== null || one.state === "rebuilding" || one.state === "comparing") ? 1000 : SOON_MILLISECONDS,
  });
}

export function auditQuery(client: Client, filters: AuditFilters) {
  return infiniteQueryOptions({
    queryKey: ["audit", filters],
    queryFn: ({ pageParam, signal }) => client.audit.list({ ...filters, cursor: pageParam, signal }).page(),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_cursor ?? undefined,
  });
}
