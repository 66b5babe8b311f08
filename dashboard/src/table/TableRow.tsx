import { Checkbox, Table } from "@mantine/core";
import { FlexRender, type Row, type RowData } from "@tanstack/react-table";
import { memo } from "react";
import type { Column, features } from "./columns";
import classes from "./DataTable.module.css";

export interface TableRowProps<T extends RowData> {
  readonly row: Row<typeof features, T>;
  readonly index: number;
  /** Those of the table: other ones are other cells. */
  readonly columns: readonly Column<T>[];
  /** The cursor is on it. */
  readonly here: boolean;
  /** undefined where rows cannot be chosen. */
  readonly chosen: boolean | undefined;
  readonly opens: boolean;
  /** Neither of these ever changes. */
  readonly onClick: (index: number) => void;
  readonly onChoose: (id: string) => void;
}

function Drawn<T extends RowData>({ row, index, here, chosen, opens, onClick, onChoose }: TableRowProps<T>) {
  return (
    <Table.Tr
      aria-rowindex={index + 2}
      aria-current={here ? "true" : undefined}
      className={here ? classes["cursor"] : undefined}
      data-opens={opens ? "" : undefined}
      onClick={(event) => {
        if (isPlainClick(event.target)) onClick(index);
      }}
    >
      {chosen !== undefined && (
        <Table.Td>
          <Checkbox size="xs" aria-label={`Choose ${row.id}`} checked={chosen} onChange={() => onChoose(row.id)} />
        </Table.Td>
      )}
      {row.getAllCells().map((cell) => (
        <Table.Td key={cell.id} ta={cell.column.columnDef.meta?.end ? "end" : "start"}>
          <FlexRender cell={cell} />
        </Table.Td>
      ))}
    </Table.Tr>
  );
}

/** A row is drawn again when what it shows is another, not when its neighbours are. What ticks in it ticks by itself. */
function same<T extends RowData>(before: TableRowProps<T>, after: TableRowProps<T>): boolean {
  return (
    before.row.original === after.row.original &&
    before.row.id === after.row.id &&
    before.index === after.index &&
    before.columns === after.columns &&
    before.here === after.here &&
    before.chosen === after.chosen &&
    before.opens === after.opens
  );
}

export const TableRow = memo(Drawn, same) as typeof Drawn;

/** Not on a link, a button or a box of the row, and not the end of marking text. */
function isPlainClick(target: EventTarget): boolean {
  const marked = window.getSelection()?.toString() ?? "";
  return target instanceof Element && target.closest("a, button, input, label, [role='button']") === null && marked === "";
}
