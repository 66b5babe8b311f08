// Which entries of the audit log are shown; they stand in the address.

import type { AuditFilters } from "cloche";

export const AUDIT_OUTCOMES = ["allowed", "refused", "failed"] as const;
export const AUDIT_FIELDS = ["tenant", "key", "action", "target", "address", "requestId", "since", "until"] as const;

export type AuditSearch = Pick<AuditFilters, (typeof AUDIT_FIELDS)[number] | "outcome">;

export function auditSearchOf(search: Record<string, unknown>): AuditSearch {
  const outcome = AUDIT_OUTCOMES.find((one) => one === search["outcome"]);
  const fields: { [F in (typeof AUDIT_FIELDS)[number]]?: string } = {};
  for (const name of AUDIT_FIELDS) {
    const value = search[name];
    if (typeof value !== "string" || value === "") continue;
    const time = name === "since" || name === "until";
    if (!time || !Number.isNaN(Date.parse(value))) fields[name] = value;
  }
  return { ...fields, ...(outcome && { outcome }) };
}
