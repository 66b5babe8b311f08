// Which time is looked at. It stands in the address, and leads to the history of the same time.

const HOUR = 3_600_000;
const LENGTHS = { "1h": HOUR, "6h": 6 * HOUR, "1d": 24 * HOUR, "7d": 168 * HOUR, "30d": 720 * HOUR } as const;
export type RangeName = keyof typeof LENGTHS;
export const RANGES = Object.keys(LENGTHS) as readonly RangeName[];

export interface RangeSearch {
  /** Up to now. Default: a day. */
  readonly range?: RangeName;
  /** RFC 3339; both together, instead of a range. */
  readonly since?: string;
  readonly until?: string;
}

export function rangeOf(search: Record<string, unknown>): RangeSearch {
  const { since, until } = search;
  if (isTime(since) && isTime(until) && Date.parse(since) < Date.parse(until)) return { since, until };
  const range = RANGES.find((one) => one === search["range"]);
  return range === undefined || range === "1d" ? {} : { range };
}

/** As the API takes it. */
export function timesOf(search: RangeSearch, now: number): { readonly since: string; readonly until: string } {
  const { since, until, range = "1d" } = search;
  if (since !== undefined && until !== undefined) return { since, until };
  return { since: new Date(now - LENGTHS[range]).toISOString(), until: new Date(now).toISOString() };
}

const STEPS: Readonly<Record<string, number>> = { "1m": 60_000, "15m": 900_000, "1h": HOUR, "1d": 24 * HOUR };

/** Milliseconds of a step of the statistics. */
export function stepMilliseconds(step: string): number {
  return STEPS[step] ?? HOUR;
}

/** The history of the same time, and of a language if one is given. */
export function historyOf(since: string, until: string, language?: string): string {
  const query = new URLSearchParams({ since, until });
  if (language !== undefined) query.set("language", JSON.stringify([language]));
  return `/history?${query.toString()}`;
}

function isTime(value: unknown): value is string {
  return typeof value === "string" && !Number.isNaN(Date.parse(value));
}
