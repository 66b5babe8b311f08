// What of the history is shown. All of it stands in the address, so that a view can be sent to somebody.

import type { EngineChoice, Outcome, Status } from "cloche";
import { lookOf, OUTCOME_NAMES, STATUS_NAMES } from "~/status/words";

export const ENGINES = ["auto", "gvisor", "docker", "bubblewrap"] as const satisfies readonly EngineChoice[];
export const SORTS = ["created", "finished", "duration"] as const;

/** Of the address; what is absent filters nothing. */
export interface Filters {
  readonly q?: string;
  readonly status?: readonly Status[];
  readonly outcome?: readonly Outcome[];
  readonly language?: readonly string[];
  readonly engine?: readonly EngineChoice[];
  /** `key=value`, or `key`. */
  readonly label?: readonly string[];
  readonly batch?: string;
  readonly schedule?: string;
  /** RFC 3339. */
  readonly since?: string;
  readonly until?: string;
  readonly sort?: (typeof SORTS)[number];
  readonly order?: "asc";
}

/** The filters of an address. What cannot be one is left out: addresses are written by hand, too. */
export function filtersOf(search: Record<string, unknown>): Filters {
  return compact({
    q: textOf(search["q"]),
    status: listOf(search["status"], STATUS_NAMES),
    outcome: listOf(search["outcome"], OUTCOME_NAMES),
    language: listOf(search["language"]),
    engine: listOf(search["engine"], ENGINES),
    label: listOf(search["label"]),
    batch: textOf(search["batch"]),
    schedule: textOf(search["schedule"]),
    since: timeOf(search["since"]),
    until: timeOf(search["until"]),
    sort: search["sort"] === "created" ? undefined : SORTS.find((one) => one === search["sort"]),
    order: search["order"] === "asc" ? "asc" : undefined,
  });
}

/** Without some, or with others: what is empty is taken out. */
export function changed(filters: Filters, changes: { readonly [K in keyof Filters]?: unknown }): Filters {
  return filtersOf({ ...filters, ...changes });
}

export interface Chip {
  readonly text: string;
  /** The filters without this one. */
  readonly without: Filters;
}

/** Each filter in words, to be taken away one by one. The order is none. */
export function chipsOf(filters: Filters): Chip[] {
  const { q, status = [], outcome = [], batch, schedule, since, until } = filters;
  const lists = [
    ...status.map((one) => ["status", one, lookOf(one, null).word] as const),
    ...outcome.map((one) => ["outcome", one, lookOf("completed", one).word] as const),
    ...(["language", "engine", "label"] as const).flatMap((name) => (filters[name] ?? []).map((one) => [name, one, `${name} ${one}`] as const)),
  ];
  const chips = lists.map(([name, value, text]) => ({
    text,
    without: filtersOf({ ...filters, [name]: filters[name]?.filter((one: string) => one !== value) }),
  }));
  const one = (text: string, name: keyof Filters) => chips.push({ text, without: filtersOf({ ...filters, [name]: undefined }) });
  if (q !== undefined) one(`“${q}”`, "q");
  if (batch !== undefined) one(`batch ${batch.slice(0, 8)}`, "batch");
  if (schedule !== undefined) one(`schedule ${schedule.slice(0, 8)}`, "schedule");
  if (since !== undefined) one(`since ${since}`, "since");
  if (until !== undefined) one(`until ${until}`, "until");
  return chips;
}

function textOf(value: unknown): string | undefined {
  const text = typeof value === "string" || typeof value === "number" ? String(value).trim() : "";
  return text === "" ? undefined : text;
}

function timeOf(value: unknown): string | undefined {
  const text = textOf(value);
  return text === undefined || Number.isNaN(Date.parse(text)) ? undefined : text;
}

function listOf(value: unknown): string[] | undefined;
function listOf<T extends string>(value: unknown, known: readonly T[]): T[] | undefined;
function listOf(value: unknown, known?: readonly string[]): string[] | undefined {
  const texts = (Array.isArray(value) ? value : [value]).flatMap((one) => textOf(one) ?? []);
  const good = [...new Set(texts)].filter((one) => known === undefined || known.includes(one));
  return good.length === 0 ? undefined : good;
}

function compact(values: { readonly [K in keyof Filters]-?: Filters[K] | undefined }): Filters {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}
