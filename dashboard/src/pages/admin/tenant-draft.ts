// A tenant's caps as the form has them, and as the API takes them.

import type { ChangeTenant, TenantView } from "cloche";

export const CAPS = ["max_queued", "max_running", "stream_days", "archive_days", "output_days", "artifacts_days"] as const;
export const RATES = ["read", "write", "stream", "admin"] as const;
export type Cap = (typeof CAPS)[number];
type Rate = (typeof RATES)[number];

export const CAP_WORDS: { readonly [C in Cap]: string } = {
  max_queued: "Most queued",
  max_running: "Most running",
  stream_days: "Log, days",
  archive_days: "Archive, days",
  output_days: "Output, days",
  artifacts_days: "Files, days",
};

export interface TenantDraft {
  readonly name: string;
  readonly caps: { readonly [C in Cap]: number | string };
  /** A minute. */
  readonly rates: { readonly [R in Rate]: number | string };
}

export function draftOf(view: TenantView | undefined): TenantDraft {
  const cap = (name: Cap) => view?.[name] ?? "";
  const rate = (name: Rate) => view?.rates?.[name]?.per_minute ?? "";
  return {
    name: view?.name ?? "",
    caps: {
      max_queued: cap("max_queued"), max_running: cap("max_running"), stream_days: cap("stream_days"),
      archive_days: cap("archive_days"), output_days: cap("output_days"), artifacts_days: cap("artifacts_days"),
    },
    rates: { read: rate("read"), write: rate("write"), stream: rate("stream"), admin: rate("admin") },
  };
}

/** Only what is other than `before`, since what is left out stays. Empty is the server's default again: null. */
export function changesOf(before: TenantDraft, after: TenantDraft): ChangeTenant {
  const caps = CAPS.filter((name) => before.caps[name] !== after.caps[name]).map((name) => [name, numberOf(after.caps[name])] as const);
  const rates = RATES.filter((name) => before.rates[name] !== after.rates[name]).map((name) => {
    const value = numberOf(after.rates[name]);
    return [name, value === null ? null : { per_minute: value }] as const;
  });
  return {
    ...(before.name !== after.name && { name: after.name }),
    ...Object.fromEntries(caps),
    ...(rates.length > 0 && { rates: Object.fromEntries(rates) }),
  };
}

function numberOf(value: number | string): number | null {
  return value === "" ? null : Number(value);
}
