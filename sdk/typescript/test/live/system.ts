// The running system that these tests are told of, and what they say to it again and again.

import assert from "node:assert/strict";

import { Client, type ClientOptions } from "cloche";
import { find } from "cloche/node";

assert.ok(process.env["CLOCHE_URL"], "CLOCHE_URL says which system the tests are for");

export const target = await find();

export function connect(options: Partial<ClientOptions> = {}): Client {
  return new Client({ ...target, ...options });
}

export const client = connect();

/** Until `look` finds something: the read models are a moment behind. */
export async function eventually<T>(look: () => Promise<T | undefined>, seconds = 20): Promise<T> {
  const signal = AbortSignal.timeout(seconds * 1000);
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    signal.throwIfAborted();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

export async function collected<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}
