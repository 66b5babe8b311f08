// A server that plays a script, and time that passes when somebody waits for it.

import assert from "node:assert/strict";

import type { Pace } from "../../src/deadline.ts";
import type { Fetch } from "../../src/http.ts";
import type { Problem } from "../../src/types.ts";

export const BASE = "http://cloche.test";
export const KEY = "a-key-of-the-tests";
export const ID = "01900000-0000-7000-8000-000000000000";

export interface Sent {
  readonly method: string;
  /** With its query, without the address of the API. */
  readonly path: string;
  readonly headers: Headers;
  readonly body: unknown;
  readonly signal: AbortSignal;
}

type Answer = (sent: Sent) => Response | Promise<Response>;

/** Answers one request after another; one more than it has answers for fails the test. */
export class Stub {
  readonly sent: Sent[] = [];
  readonly #answers: Answer[];

  constructor(...answers: Answer[]) {
    this.#answers = answers;
  }

  get last(): Sent {
    const last = this.sent.at(-1);
    assert.ok(last, "nothing was sent");
    return last;
  }

  readonly fetch: Fetch = async (url, init) => {
    assert.ok(init.signal);
    init.signal.throwIfAborted();
    const { method = "GET", body = null, signal } = init;
    const sent = { method, path: url.slice(BASE.length), headers: new Headers(init.headers), body, signal };
    this.sent.push(sent);
    const answer = this.#answers.shift();
    assert.ok(answer, `nobody answers ${method} ${url}`);
    return answer(sent);
  };
}

export function json(value: unknown, status = 200, headers: Record<string, string> = {}): Answer {
  const all = { "Content-Type": "application/json", ...headers };
  return () => new Response(JSON.stringify(value), { status, headers: all });
}

export function problem(status: number, code: string, headers: Record<string, string> = {}): Answer {
  const value: Problem = { type: `/problems/${code}`, title: `It is ${code}`, status, code, detail: "so it is" };
  return json(value, status, { "Content-Type": "application/problem+json", ...headers });
}

export function unreachable(): Answer {
  return () => Promise.reject(new TypeError("fetch failed"));
}

/** Never answers; fails as fetch does when the request is called off. */
export function silence(): Answer {
  return ({ signal }) =>
    new Promise((_, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason as Error));
    });
}

/** Pieces of a body, and how it ends after them. */
export interface Body {
  readonly pieces: readonly (string | Uint8Array)[];
  /** open: nothing more comes, and it does not end. */
  readonly ends?: "well" | "broken" | "open";
}

/** A body whose pieces come one at a time. `cancelled` is called when its reader leaves. */
export function streamed(body: Body, headers: Record<string, string> = {}, cancelled?: () => void): Answer {
  return ({ signal }) => {
    const left = [...body.pieces];
    const stream = new ReadableStream<Uint8Array>({
      start(controller) {
        signal.addEventListener("abort", () => controller.error(signal.reason));
      },
      pull(controller) {
        const piece = left.shift();
        if (piece !== undefined) {
          controller.enqueue(typeof piece === "string" ? new TextEncoder().encode(piece) : piece);
        } else if (body.ends === "broken") controller.error(new TypeError("terminated"));
        else if (body.ends !== "open") controller.close();
      },
      cancel: () => cancelled?.(),
    });
    return new Response(stream, { headers });
  };
}

/** Time that stands still but for those who wait. Chance always falls on 0, unless a test says otherwise. */
export class FakePace implements Pace {
  readonly waited: number[] = [];
  chance = 0;
  #now = 0;

  readonly now = (): number => this.#now;

  readonly random = (): number => this.chance;

  readonly sleep = async (seconds: number, signal?: AbortSignal): Promise<void> => {
    this.waited.push(seconds);
    this.pass(seconds);
    await Promise.resolve();
    signal?.throwIfAborted();
  };

  pass(seconds: number): void {
    this.#now += seconds * 1000;
  }
}

/** All that comes. */
export async function collected<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}
