// What columns of a table are: TanStack Table's, with how they look.

import { rowSelectionFeature, tableFeatures, type ColumnDef, type RowData } from "@tanstack/react-table";

interface ColumnLook {
  /** CSS width. */
  readonly width?: string | number;
  /** Numbers end at the same place. */
  readonly end?: boolean;
}

const look: ColumnLook = {};
export const features = tableFeatures({ rowSelectionFeature, columnMeta: look });
/** A column of a `DataTable`; `meta` says how wide it is and where it ends. */
export type Column<T extends RowData> = ColumnDef<typeof features, T>;
