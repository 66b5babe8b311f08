// Types of a call, found by method and path in the description of the API: what it takes, and what it answers.

import type { paths } from "./generated/api.ts";

export type Method = "get" | "post" | "put" | "patch" | "delete";

/** What a path does with a method; never if it takes none such, and then there is no wish for it either. */
export type Operation<M extends Method, P extends keyof paths> = paths[P] extends Record<M, infer O> ? O : never;

type Json<R> = R extends { content: { "application/json": infer B } } ? B : never;
type Success = 200 | 201 | 202;
type Successes<R> = { [S in keyof R]: S extends Success ? { readonly status: S; readonly body: Json<R[S]> } : never }[keyof R];

/** An answer that is no problem: `status` tells its bodies apart where there are several. */
export type Answered<O> = O extends { responses: infer R } ? Successes<R> : never;

/** The body of an answer that is no problem. */
export type Answer<O> = Answered<O>["body"];

/** What of a call is not its own kind's. */
export interface CallOptions {
  /** Ends the call: it rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** A call, whichever it is. */
export interface Wish extends CallOptions {
  readonly path?: object | undefined;
  readonly query?: object | undefined;
  readonly body?: unknown;
  /** Sent where the server knows a request again by it. */
  readonly idempotencyKey?: string | undefined;
  /** Seconds that the server may wait for the end of what is asked for, 60 at most (`Prefer: wait=`). */
  readonly waitSeconds?: number | undefined;
  /** Whether it does no harm twice. Default: what only reads, what has a key, and PUT. */
  readonly repeatable?: boolean | undefined;
}

type WithPath<O> = O extends { parameters: { path: infer T extends object } } ? { readonly path: T } : unknown;
type WithQuery<O> = O extends { parameters: { query?: infer T } } ? { readonly query?: Sparse<T> | undefined } : unknown;
/** What is undefined is not sent. */
type Sparse<T> = { readonly [K in keyof T]: T[K] | undefined };
type WithBody<O> = O extends { requestBody: { content: { "application/json": infer T } } }
  ? { readonly body: T }
  : O extends { requestBody?: { content: { "application/json": infer T } } }
    ? { readonly body?: T }
    : unknown;

/** What an operation takes. */
export type WishFor<O> = Wish & WithPath<O> & WithQuery<O> & WithBody<O>;

/** The query of an operation. */
export type QueryOf<M extends Method, P extends keyof paths> =
  Operation<M, P> extends { parameters: { query?: infer T } } ? NonNullable<T> : never;
