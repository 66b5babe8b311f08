// Keys by which the server knows a submission again.

import type { CallOptions } from "./routes.ts";

export interface SubmitOptions extends CallOptions {
  /** 1 to 255 visible ASCII characters. Default: a new one for each call. */
  readonly idempotencyKey?: string | undefined;
}

/** 128 random bits. Unlike `crypto.randomUUID`, browsers have this on pages without TLS, too. */
export function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
