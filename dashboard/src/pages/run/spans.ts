// The spans of a timeline as rows of a waterfall. Pure: now is an argument.

import type { Timeline, TimelineSpan } from "cloche";

export interface Row {
  readonly id: string;
  readonly name: string;
  readonly kind: "whole" | "wait" | "run" | "part" | "after";
  /** Of how many others it is a part. */
  readonly depth: number;
  /** Milliseconds since 1970. */
  readonly begun: number;
  readonly ended: number;
  /** It goes on: `ended` is now. */
  readonly open: boolean;
  readonly failed: boolean;
  /** How it ended, where that is said. */
  readonly end: string;
  /** What else is known of it, a line each. */
  readonly facts: readonly string[];
}

const KINDS: { readonly [N in TimelineSpan["name"]]: Row["kind"] } = {
  evaluation: "whole",
  "wait until due": "wait",
  dequeue: "wait",
  "back off": "wait",
  cancel: "wait",
  "run attempt": "run",
  "start sandbox": "part",
  compile: "part",
  "run program": "part",
  case: "part",
  "archive output": "after",
};

/** In the order of the timeline, where each comes after the one that it is a part of. `now` ends what goes on. */
export function rowsOf(spans: Timeline["spans"], now: number): readonly Row[] {
  const depths = new Map<string, number>();
  return spans.map((span) => {
    const depth = span.parent ? (depths.get(span.parent) ?? 0) + 1 : 0;
    depths.set(span.id, depth);
    const begun = Date.parse(span.started_at);
    return {
      id: span.id,
      name: nameOf(span),
      kind: KINDS[span.name],
      depth,
      begun,
      ended: Math.max(begun, span.ended_at ? Date.parse(span.ended_at) : now),
      open: !span.ended_at,
      failed: span.failed ?? false,
      end: span.end ?? "",
      facts: factsOf(span),
    };
  });
}

function nameOf({ name, attempt = 0, attributes = {} }: TimelineSpan): string {
  const own = attributes["cloche.case.name"] ?? attributes["cloche.case"];
  if (name === "case") return typeof own === "number" ? `case ${own + 1}` : String(own ?? "case");
  return name === "run attempt" || name === "dequeue" || name === "back off" ? `${name} ${attempt}` : name;
}

function factsOf({ measured, attributes = {} }: TimelineSpan): string[] {
  const facts = Object.entries(attributes).map(([name, value]) => `${name}: ${value}`);
  return measured ? [...facts, "its length was measured; where it lies follows from the events"] : facts;
}

/** Where a trace is shown, by the address that the system names; undefined where it names none that is a page. */
export function traceAddress(template: string | null | undefined, traceId: string | null): string | undefined {
  if (!template || !traceId || !/^https?:\/\//.test(template)) return undefined;
  return template.replaceAll("{trace_id}", encodeURIComponent(traceId));
}
