// The views of one evaluation, as its address names them.

export const TABS = ["output", "events", "attempts", "limits", "files", "trace"] as const;
export type Tab = (typeof TABS)[number];

export function isTab(value: unknown): value is Tab {
  return TABS.some((tab) => tab === value);
}
