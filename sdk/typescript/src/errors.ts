// Everything that a call can throw, beside the reason of the caller's own AbortSignal.
//
// ClocheError
// ├── NothingRunning       there is no system to talk to: `cloche up` starts one (cloche/node)
// ├── BadTarget            what should be an address, a key or an id cannot be one
// ├── Unreachable          the API does not answer, or broke off and did not come back
// ├── UnexpectedAnswer     something answered that is not this API
// └── ApiError             the API refused; `problem` says why (RFC 9457)
//     ├── NotAuthorised    401 or 403
//     ├── NotFound         404
//     ├── Conflict         409
//     ├── Invalid          400, 413, 415, 422: the request is wrong; `problem.errors` point at the fields
//     ├── TooMany          429
//     └── ServerTrouble    5xx

import type { Problem } from "./types.ts";

// Names are said, since whatever makes a program smaller renames classes.

/** Base of all errors of this package. */
export class ClocheError extends Error {
  override name = "ClocheError";
}

/** There is no system to talk to. */
export class NothingRunning extends ClocheError {
  override name = "NothingRunning";
}

/** The address, the key or the id cannot be one. */
export class BadTarget extends ClocheError {
  override name = "BadTarget";
}

/** The API does not answer. */
export class Unreachable extends ClocheError {
  override name = "Unreachable";
}

/** The answer has not the shape that this API gives. `status` is there where a whole answer came. */
export class UnexpectedAnswer extends ClocheError {
  override name = "UnexpectedAnswer";
  readonly status: number | undefined;

  constructor(message: string, options: ErrorOptions & { readonly status?: number } = {}) {
    super(message, options);
    this.status = options.status;
  }
}

/** The API refused the request. */
export class ApiError extends ClocheError {
  override name = "ApiError";
  readonly problem: Problem;
  /** So long the server asks to wait before the request is sent again. */
  readonly retryAfterSeconds: number | undefined;

  constructor(problem: Problem, retryAfterSeconds?: number) {
    super(problem.detail ? `${problem.title}: ${problem.detail}` : problem.title);
    this.problem = problem;
    this.retryAfterSeconds = problem.retry_after_seconds ?? retryAfterSeconds;
  }

  get status(): number {
    return this.problem.status;
  }

  /** The stable slug to branch on: `tenant_queue_full`, `rate_limited`, `too_many_streams`, `overloaded`, … */
  get code(): string {
    return this.problem.code;
  }
}

/** The key is missing, wrong, or not allowed to do this. */
export class NotAuthorised extends ApiError {
  override name = "NotAuthorised";
}

/** There is no such thing. */
export class NotFound extends ApiError {
  override name = "NotFound";
}

/** The request does not fit the state of things. */
export class Conflict extends ApiError {
  override name = "Conflict";
}

/** The request is wrong. */
export class Invalid extends ApiError {
  override name = "Invalid";
}

/** Later again. */
export class TooMany extends ApiError {
  override name = "TooMany";
}

/** The fault is the server's. */
export class ServerTrouble extends ApiError {
  override name = "ServerTrouble";
}

const BY_STATUS: ReadonlyMap<number, typeof ApiError> = new Map([
  [400, Invalid],
  [401, NotAuthorised],
  [403, NotAuthorised],
  [404, NotFound],
  [409, Conflict],
  [413, Invalid],
  [415, Invalid],
  [422, Invalid],
  [429, TooMany],
]);

/** The error for a problem. */
export function errorOf(problem: Problem, retryAfterSeconds?: number): ApiError {
  const kind = BY_STATUS.get(problem.status) ?? (problem.status >= 500 ? ServerTrouble : ApiError);
  return new kind(problem, retryAfterSeconds);
}

/** Whether `value` is a problem, as far as this package relies on it. */
export function isProblem(value: unknown): value is Problem {
  if (typeof value !== "object" || value === null) return false;
  const { title, status, code } = value as Partial<Record<keyof Problem, unknown>>;
  return typeof title === "string" && typeof status === "number" && typeof code === "string";
}

const GATEWAYS = new Set([502, 503, 504]);

/** Whether what failed may go well the next time: the server is busy or away, or a proxy could not reach it. */
export function isPassing(error: unknown): boolean {
  if (error instanceof Unreachable) return true;
  if (error instanceof UnexpectedAnswer) return error.status !== undefined && GATEWAYS.has(error.status);
  // A damaged archive does not mend itself.
  if (error instanceof ApiError && error.code === "archive_damaged") return false;
  return error instanceof ApiError && (error.status === 429 || GATEWAYS.has(error.status));
}
