// What this browser remembers of the history: views that were named, and the columns.

import { filtersOf, type Filters } from "./filters";

export interface View {
  readonly name: string;
  readonly filters: Filters;
}

export const VIEWS_KEY = "cloche.history.views";
export const COLUMNS_KEY = "cloche.history.columns";

/** Views as they were kept; what is none is left out. */
export function viewsOf(kept: unknown): readonly View[] {
  if (!Array.isArray(kept)) return [];
  return (kept as unknown[]).flatMap((one) => {
    if (typeof one !== "object" || one === null || !("name" in one) || !("filters" in one)) return [];
    const { name, filters } = one;
    if (typeof name !== "string" || name === "" || typeof filters !== "object" || filters === null) return [];
    return [{ name, filters: filtersOf(filters as Record<string, unknown>) }];
  });
}

/** With the view, instead of one of the same name. */
export function withView(views: readonly View[], view: View): readonly View[] {
  return [...views.filter((one) => one.name !== view.name), view].toSorted((one, other) => one.name.localeCompare(other.name));
}

/** JSON of the browser's store, which anybody may have written. */
export function readKept(text: string | undefined): unknown {
  try {
    return text === undefined ? undefined : (JSON.parse(text) as unknown);
  } catch {
    return undefined;
  }
}
