// What has come since the list was read, so that rows need not jump: a count, taken when somebody wants it.

import { isOver, type EvaluationView, type FeedEvent, type Status } from "cloche";
import { occurrenceOf, project, type Occurrence } from "~/fold/evaluation";
import type { Filters } from "./filters";

/** Whether an event puts its evaluation into a list: some filters are about what it does not tell. */
export type Enters = "yes" | "perhaps" | "no";

export function enters(filters: Filters, occurrence: Occurrence): Enters {
  const { status, outcome, sort, q } = filters;
  const after = project(undefined, occurrence);
  const { event } = occurrence;
  if (!comesNow(occurrence, after.status, sort, status !== undefined || outcome !== undefined)) return "no";
  if (status !== undefined && !status.includes(after.status)) return "no";
  if (outcome !== undefined && (after.outcome === null || !outcome.includes(after.outcome))) return "no";
  const told = (event.name === "queued" || event.name === "scheduled") && Boolean(event.data.spec);
  if (told && !fits(filters, after)) return "no";
  const untold = !told && [filters.language, filters.engine, filters.label, filters.batch, filters.schedule].some((one) => one !== undefined);
  const times = filters.since !== undefined || filters.until !== undefined;
  if (times && !within(filters, occurrence)) return "no";
  return untold || q !== undefined || (times && !told) ? "perhaps" : "yes";
}

/** The first event puts it in, unless the list is of those in some state, which it comes to later. */
function comesNow({ number }: Occurrence, status: Status, sort: Filters["sort"], ofStates: boolean): boolean {
  if (sort !== undefined && sort !== "created") return isOver(status);
  return ofStates || number === 1;
}

function fits({ language, engine, label, batch, schedule }: Filters, view: EvaluationView): boolean {
  return (
    (language?.includes(view.language) ?? true) &&
    (engine?.includes(view.engine_requested) ?? true) &&
    (label?.every((one) => labelled(view.labels, one)) ?? true) &&
    (batch === undefined || view.batch?.id === batch) &&
    (schedule === undefined || view.schedule === schedule)
  );
}

function labelled(labels: Readonly<Record<string, string>>, wanted: string): boolean {
  const [key = "", ...value] = wanted.split("=");
  return key in labels && (value.length === 0 || labels[key] === value.join("="));
}

/** By the time of the event: it was submitted then or before. */
function within({ since, until }: Filters, { time, number }: Occurrence): boolean {
  const at = Date.parse(time);
  return (since === undefined || at >= Date.parse(since)) && (until === undefined || number > 1 || at < Date.parse(until));
}

export interface Fresh {
  readonly ids: ReadonlySet<string>;
  /** Some of them may not fit. */
  readonly unsure: boolean;
}

export const NOTHING_FRESH: Fresh = { ids: new Set(), unsure: false };

/** What is new after the events. `shown` are in the list already. */
export function freshAfter(fresh: Fresh, filters: Filters, events: readonly FeedEvent[], shown: ReadonlySet<string>): Fresh {
  let { unsure } = fresh;
  const ids = new Set(fresh.ids);
  for (const event of events) {
    const occurrence = occurrenceOf(event);
    if (occurrence === undefined || shown.has(occurrence.evaluation) || ids.has(occurrence.evaluation)) continue;
    const how = enters(filters, occurrence);
    if (how === "no") continue;
    ids.add(occurrence.evaluation);
    unsure ||= how === "perhaps";
  }
  return ids.size === fresh.ids.size ? fresh : { ids, unsure };
}

/** `12 new`; `up to 12 new` where only the server can tell. */
export function wordsOf({ ids, unsure }: Fresh): string {
  return `${unsure ? "up to " : ""}${ids.size} new`;
}
