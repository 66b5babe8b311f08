import { Box, Button, Checkbox, Group, Skeleton, Table, Text } from "@mantine/core";
import { useTable, type RowData } from "@tanstack/react-table";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useCallback, useEffect, useLayoutEffect, useRef, useState, type ReactNode } from "react";
import { useKeys } from "~/keyboard/keys";
import { count } from "~/time/amounts";
import { features, type Column } from "./columns";
import classes from "./DataTable.module.css";
import { TableRow } from "./TableRow";

export type { Column } from "./columns";

export interface DataTableProps<T extends RowData> {
  /** What the table is of, for those who hear it. */
  readonly label: string;
  readonly columns: readonly Column<T>[];
  readonly rows: readonly T[];
  readonly rowId: (row: T) => string;
  /** Enter, or a click anywhere in a row that is on nothing else. */
  readonly onOpen?: ((row: T) => void) | undefined;
  /** Ids of the chosen rows; without it rows cannot be chosen. */
  readonly selected?: ReadonlySet<string> | undefined;
  readonly onSelect?: ((selected: ReadonlySet<string>) => void) | undefined;
  /** Keyset paging: whether there are more rows, and how to get them. Asked when the end comes into sight. */
  readonly hasMore?: boolean | undefined;
  readonly onMore?: (() => void) | undefined;
  readonly loading?: boolean | undefined;
  /** Where there are no rows. */
  readonly empty: ReactNode;
  /** CSS height of the scrolled part. */
  readonly height?: string | undefined;
  /** Width under which it scrolls to the side. Default: 720 px. */
  readonly minWidth?: number | undefined;
}

const ROW_PIXELS = 40;
const NEAR_THE_END = 10;

/**
 * Rows that are drawn only where they are seen, with a cursor that j and k move. Columns come from TanStack Table's
 * definitions; sorting and filtering are the server's.
 */
export function DataTable<T extends RowData>(props: DataTableProps<T>) {
  const { label, columns, rows, rowId, onOpen, selected, onSelect, hasMore = false, onMore, loading = false, empty } = props;
  const [cursor, setCursor] = useState(-1);
  const scroll = useRef<HTMLDivElement>(null);
  const table = useTable({
    features,
    columns,
    data: rows,
    getRowId: rowId,
    enableRowSelection: selected !== undefined,
  });
  const all = table.getRowModel().rows;
  const virtual = useVirtualizer({
    count: all.length,
    getScrollElement: () => scroll.current,
    estimateSize: () => ROW_PIXELS,
    getItemKey: (index) => all[index]?.id ?? index,
    overscan: 12,
  });
  const shown = virtual.getVirtualItems();
  const last = shown.at(-1)?.index ?? -1;
  useEffect(() => {
    if (hasMore && !loading && last >= all.length - NEAR_THE_END) onMore?.();
  }, [hasMore, loading, last, all.length, onMore]);

  const move = (by: number) => {
    const next = Math.min(all.length - 1, Math.max(0, cursor + by));
    setCursor(next);
    virtual.scrollToIndex(next);
  };
  const open = (index: number) => {
    const row = all[index];
    if (row) onOpen?.(row.original);
  };
  useKeys([
    { keys: "j", does: `Next row of ${label}`, run: () => move(1) },
    { keys: "k", does: `Row before of ${label}`, run: () => move(-1) },
    { keys: "Enter", does: "Open the row", run: () => open(cursor) },
    ...(selected ? [{ keys: "x", does: "Choose the row", run: () => toggle(all[cursor]?.id) }] : []),
  ]);
  const toggle = (id: string | undefined) => {
    if (id === undefined || selected === undefined) return;
    const next = new Set(selected);
    if (!next.delete(id)) next.add(id);
    onSelect?.(next);
  };

  // Rows are given what never changes, so that they are drawn again for nothing but what they show.
  const acts = useRef({ open, toggle });
  useLayoutEffect(() => {
    acts.current = { open, toggle };
  });
  const onChoose = useCallback((id: string) => acts.current.toggle(id), []);
  const onClick = useCallback((index: number) => {
    setCursor(index);
    acts.current.open(index);
  }, []);

  if (all.length === 0) return loading ? <Waiting /> : empty;
  const before = shown[0]?.start ?? 0;
  const after = virtual.getTotalSize() - (shown.at(-1)?.end ?? 0);
  return (
    <Box>
      <Box ref={scroll} className={classes["scroll"]} mah={props.height ?? "calc(100dvh - 15rem)"} tabIndex={0} role="region" aria-label={label}>
        <Table stickyHeader highlightOnHover miw={props.minWidth ?? 720} aria-rowcount={hasMore ? -1 : all.length + 1}>
          <Table.Thead>
            {table.getHeaderGroups().map((group) => (
              <Table.Tr key={group.id}>
                {selected && (
                  <Table.Th w={40}>
                    <Checkbox
                      size="xs"
                      aria-label="Choose all that are loaded"
                      checked={all.length > 0 && all.every((row) => selected.has(row.id))}
                      indeterminate={selected.size > 0 && !all.every((row) => selected.has(row.id))}
                      onChange={(event) => onSelect?.(event.currentTarget.checked ? new Set(all.map((row) => row.id)) : new Set())}
                    />
                  </Table.Th>
                )}
                {group.headers.map((header) => (
                  <Table.Th key={header.id} w={header.column.columnDef.meta?.width} ta={header.column.columnDef.meta?.end ? "end" : "start"}>
                    {header.isPlaceholder ? null : <table.FlexRender header={header} />}
                  </Table.Th>
                ))}
              </Table.Tr>
            ))}
          </Table.Thead>
          <Table.Tbody>
            {before > 0 && <Gap pixels={before} />}
            {shown.map(({ index }) => {
              const row = all[index];
              if (row === undefined) return null;
              return (
                <TableRow
                  key={row.id}
                  row={row}
                  index={index}
                  columns={columns}
                  here={index === cursor}
                  chosen={selected?.has(row.id)}
                  opens={onOpen !== undefined}
                  onClick={onClick}
                  onChoose={onChoose}
                />
              );
            })}
            {after > 0 && <Gap pixels={after} />}
          </Table.Tbody>
        </Table>
      </Box>
      {onMore && (
        <Group justify="space-between" mt="xs">
          <Text size="xs" c="dimmed" aria-live="polite">{count(all.length)} loaded{hasMore ? ", more follow" : ""}</Text>
          {hasMore && <Button size="compact-xs" variant="subtle" loading={loading} onClick={onMore}>Load more</Button>}
        </Group>
      )}
    </Box>
  );
}

/** The space of rows that are not drawn. */
function Gap({ pixels }: { readonly pixels: number }) {
  return <tr aria-hidden="true"><td style={{ height: pixels, padding: 0, border: 0 }} /></tr>;
}

function Waiting() {
  return (
    <Box aria-busy="true" aria-label="Loading">
      {Array.from({ length: 8 }, (_, index) => <Skeleton key={index} height={28} mb={10} />)}
    </Box>
  );
}
