// When a request that failed is sent again, and after how long.

import { ApiError, isPassing, TooMany } from "./errors.ts";

export interface RetryOptions {
  /** How often a request is sent at most; 1 is never again. Default: 4. */
  readonly attempts?: number | undefined;
  /** Longer than this nobody waits: if the server asks for more, its refusal is thrown at once. Default: 60. */
  readonly longestSeconds?: number | undefined;
}

export interface RetryPolicy {
  readonly attempts: number;
  readonly longestSeconds: number;
}

const FIRST_SECONDS = 0.25;
const CAP_SECONDS = 8;
// Of those who were told the same time, not all come at it.
const SPREAD = 0.25;

export function policyOf(options: RetryOptions = {}): RetryPolicy {
  return { attempts: options.attempts ?? 4, longestSeconds: options.longestSeconds ?? 60 };
}

/** What a failure and the request itself say. */
export interface Failure {
  readonly error: unknown;
  /** How often it has been sent so far. */
  readonly attempt: number;
  /** Whether it does no harm twice: it only reads, or the server knows it again. */
  readonly repeatable: boolean;
}

/**
 * Seconds until a request is sent again; undefined if it is not.
 *
 * 429 means that nothing was done, so everything is sent again. After 503 or no answer at all it may have been done:
 * only what is repeatable is sent again. Never sooner than Retry-After; without one a random part of a growing time.
 */
export function pauseAfter(failure: Failure, policy: RetryPolicy, random: () => number): number | undefined {
  const { error, attempt, repeatable } = failure;
  if (attempt >= policy.attempts || !isPassing(error)) return undefined;
  if (!repeatable && !(error instanceof TooMany)) return undefined;
  const asked = error instanceof ApiError ? error.retryAfterSeconds : undefined;
  if (asked === undefined) return random() * backOff(attempt);
  return asked > policy.longestSeconds ? undefined : asked + random() * Math.max(SPREAD * asked, FIRST_SECONDS);
}

/** The ceiling of the wait after so many failures. */
function backOff(failures: number): number {
  return Math.min(CAP_SECONDS, FIRST_SECONDS * 2 ** failures);
}

/** Seconds that the header Retry-After asks for (RFC 9110: a number, or a date). `now`: milliseconds since 1970. */
export function retryAfterOf(headers: Headers, now: number): number | undefined {
  const value = headers.get("Retry-After")?.trim() ?? "";
  if (/^\d+$/.test(value)) return Number(value);
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, (date - now) / 1000);
}
