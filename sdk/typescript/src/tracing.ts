// A caller's trace goes on in that of its evaluations, where the caller says which it is (W3C Trace Context).

/** The call that a trace is asked for. */
export interface TracedCall {
  /** `GET`, `POST`. */
  readonly method: string;
  /** With its query. */
  readonly path: string;
}

/** The `traceparent` of a call; nothing is sent for `undefined`. */
export type Traceparent = (call: TracedCall) => string | undefined;

const PARENT = /^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/;

/** The header that says it; none if there is no trace, or if what is given is not one: no call fails for its trace. */
export function traceHeaders(traceparent: Traceparent | undefined, call: TracedCall): Readonly<Record<string, string>> {
  const said = traceparent?.(call);
  return said !== undefined && PARENT.test(said) ? { traceparent: said } : {};
}
