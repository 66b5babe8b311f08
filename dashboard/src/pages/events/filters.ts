// What of the log is shown. All of it stands in the address.

import type { EventName, HistoryOptions, Outcome } from "cloche";
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

/** As the SDK calls them. */
export function wishOf({ type, outcome, label, language, batch }: EventFilters): Pick<HistoryOptions, "types" | "labels" | "outcomes" | "languages" | "batch"> {
  return { types: type, labels: label, outcomes: outcome, languages: language === undefined ? undefined : [language], batch };
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
