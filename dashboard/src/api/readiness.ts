// What the gateway says of itself. It is no part of /v1: an answer of 503 has the same body and is no problem of the caller's.

import { queryOptions } from "@tanstack/react-query";

export interface Readiness {
  readonly status: string;
  readonly service: string;
  readonly instance: string;
  readonly checks: Readonly<Record<string, boolean>>;
  readonly alarm: string | null;
  /** State of each circuit breaker, by its edge. */
  readonly breakers: Readonly<Record<string, string>>;
}

const SOON_MILLISECONDS = 5000;

export function readinessQuery() {
  return queryOptions({
    queryKey: ["readiness"],
    queryFn: async ({ signal }) => readinessOf(await (await fetch("/readyz", { signal })).json()),
    refetchInterval: SOON_MILLISECONDS,
  });
}

/** Throws where it is none. */
export function readinessOf(value: unknown): Readiness {
  if (typeof value !== "object" || value === null) throw new Error("what answers /readyz is not Cloche");
  const { status, service, instance, checks, alarm, breakers } = value as Partial<Record<keyof Readiness, unknown>>;
  if (typeof status !== "string" || typeof service !== "string") throw new Error("what answers /readyz is not Cloche");
  return {
    status,
    service,
    instance: typeof instance === "string" ? instance : "",
    checks: record(checks, (one) => typeof one === "boolean"),
    alarm: typeof alarm === "string" ? alarm : null,
    breakers: record(breakers, (one) => typeof one === "string"),
  };
}

function record<T>(value: unknown, fits: (one: unknown) => one is T): Record<string, T> {
  if (typeof value !== "object" || value === null) return {};
  return Object.fromEntries(Object.entries(value).filter((pair): pair is [string, T] => fits(pair[1])));
}
