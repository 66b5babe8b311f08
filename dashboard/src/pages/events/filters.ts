// What of the log is shown. All of it stands in the address.

import type { EventName, FeedEvent, HistoryOptions, Outcome } from "cloche";
import { OUTCOME_NAMES } from "~/status/words";

export const TYPES = [
  "scheduled", "queued", "started", "case-completed", "attempt-failed", "cancel-requested", "completed", "dead-lettered", "output-archived",
] as const satisfies readonly EventName[];

export interface EventFilters {
  readonly type?: readonly EventName[];
  readonly outcome?: readonly Outcome[];
  /** `key=value`, or `key`; all must fit. */
  readonly label?: readonly string[];
  readonly language?: string;
  readonly batch?: string;
  /** `beginning`, or a time (RFC 3339): replay from there. Without it, what comes from now on. */
  readonly from?: string;
}

export function eventFiltersOf(search: Record<string, unknown>): EventFilters {
  const type = listOf(search["type"], TYPES);
  const outcome = listOf(search["outcome"], OUTCOME_NAMES);
  const label = Array.isArray(search["label"]) ? search["label"].filter((one): one is string => typeof one === "string" && one !== "") : [];
  const language = textOf(search["language"]);
  const batch = textOf(search["batch"]);
  const from = fromOf(search["from"]);
  return {
    ...(type.length > 0 && { type }),
    ...(outcome.length > 0 && { outcome }),
    ...(label.length > 0 && { label }),
    ...(language !== undefined && { language }),
    ...(batch !== undefined && { batch }),
    ...(from !== undefined && { from }),
  };
}

/** What the server is asked for. Language and batch stand only in the first event, so nothing is left out for them there. */
export function wishOf(filters: EventFilters): Pick<HistoryOptions, "types" | "labels" | "outcomes"> {
  if (filters.language !== undefined || filters.batch !== undefined) return { labels: filters.label };
  return { types: filters.type, labels: filters.label, outcomes: filters.outcome };
}

// Evaluations of which language and batch are kept: the oldest is forgotten for the newest.
const MOST_KNOWN = 20_000;

/** Tells which events fit, and learns from the first one of an evaluation what its later ones do not say. */
export function sieve(filters: EventFilters): (event: FeedEvent) => boolean {
  const known = new Map<string, boolean>();
  const { type, outcome, language, batch } = filters;
  const apart = language !== undefined || batch !== undefined;
  return (event) => {
    if (!apart) return true;
    if (event.name === "scheduled" || event.name === "queued") {
      const { spec, origin } = event.data;
      if (spec) {
        const fits = (language === undefined || (spec.language ?? "python") === language) && (batch === undefined || origin?.batch?.id === batch);
        known.set(event.envelope.subject, fits);
        const oldest = known.keys().next();
        if (known.size > MOST_KNOWN && !oldest.done) known.delete(oldest.value);
      }
    }
    if (known.get(event.envelope.subject) !== true) return false;
    if (type !== undefined && !type.some((one) => one === event.name)) return false;
    return outcome === undefined || (event.name === "completed" && outcome.includes(event.data.outcome));
  };
}

function listOf<T extends string>(value: unknown, names: readonly T[]): T[] {
  return Array.isArray(value) ? names.filter((name) => value.includes(name)) : [];
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

function fromOf(value: unknown): string | undefined {
  const text = textOf(value);
  return text === "beginning" || (text !== undefined && !Number.isNaN(Date.parse(text))) ? text : undefined;
}
