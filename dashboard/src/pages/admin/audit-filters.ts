// Which entries of the audit log are shown; they stand in the address.

import type { AuditFilters } from "cloche";

export const AUDIT_OUTCOMES = ["allowed", "refused", "failed"] as const;
export const AUDIT_FIELDS = ["tenant", "key", "action", "target", "address", "request_id", "since", "until"] as const;

export type AuditSearch = Pick<AuditFilters, (typeof AUDIT_FIELDS)[number] | "outcome">;

export function auditSearchOf(search: Record<string, unknown>): AuditSearch {
  const outcome = AUDIT_OUTCOMES.find((one) => one === search["outcome"]);
  const fields = AUDIT_FIELDS.flatMap((name) => {
    const value = search[name];
    const fits = typeof value === "string" && value !== "" && ((name !== "since" && name !== "until") || !Number.isNaN(Date.parse(value)));
    return fits ? [[name, value] as const] : [];
  });
  return { ...Object.fromEntries(fields), ...(outcome && { outcome }) };
}
