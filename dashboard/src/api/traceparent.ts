// What somebody does here begins a trace; what a page reads does not, or each refresh would be kept as one.

import type { TracedCall } from "cloche";

/** A new trace, sampled, for a call that submits; none for others. */
export function traceparent({ method }: TracedCall): string | undefined {
  return method === "POST" ? `00-${hex(16)}-${hex(8)}-01` : undefined;
}

/** Not `randomUUID`, which pages without TLS do not have. */
function hex(bytes: number): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(bytes)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
