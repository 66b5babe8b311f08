// A key as it is asked for in the form, and as the API takes it.

import type { CreateKey } from "cloche";

export const ROLES = ["user", "operator", "admin"] as const;
export const SCOPES = ["read", "write", "operate", "admin"] as const;
export const RATED = ["read", "write", "stream", "admin"] as const;
const DAY_SECONDS = 86_400;

export type Rates = { readonly [N in (typeof RATED)[number]]?: number | string };

export interface KeyDraft {
  readonly name: string;
  readonly tenant: string;
  readonly role: (typeof ROLES)[number];
  readonly scopes: readonly (typeof SCOPES)[number][];
  readonly days: number | string;
  readonly rates: Rates;
  readonly signed: boolean;
}

export const EMPTY_KEY: KeyDraft = { name: "", tenant: "", role: "user", scopes: [], days: "", rates: {}, signed: false };

/** What is left empty is the server's default. */
export function wishOf(draft: KeyDraft): CreateKey {
  const rates = ratesOf(draft.rates);
  return {
    name: draft.name,
    role: draft.role,
    require_signature: draft.signed,
    ...(draft.tenant !== "" && { tenant: draft.tenant }),
    ...(draft.scopes.length > 0 && { scopes: [...draft.scopes] }),
    ...(draft.days !== "" && { expires_seconds: Number(draft.days) * DAY_SECONDS }),
    ...(rates && { rates }),
  };
}

function ratesOf(rates: Rates): NonNullable<CreateKey["rates"]> | undefined {
  const given = RATED.flatMap((name) => {
    const value = rates[name];
    return value === undefined || value === "" ? [] : [[name, { per_minute: Number(value) }] as const];
  });
  return given.length > 0 ? Object.fromEntries(given) : undefined;
}
