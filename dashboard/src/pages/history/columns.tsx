import { Badge, Group, Text } from "@mantine/core";
import type { EvaluationView } from "cloche";
import type { ReactNode } from "react";
import { LinkAnchor } from "~/app/links";
import { StatusBadge } from "~/status/StatusBadge";
import { reasonOf } from "~/status/words";
import type { Column } from "~/table/DataTable";
import { bytes } from "~/time/amounts";
import { Ago, Took } from "~/time/Times";

interface Choosable extends Pick<Column<EvaluationView>, "meta"> {
  readonly id: string;
  readonly name: string;
  readonly cell: (view: EvaluationView) => ReactNode;
}

const ALL: readonly Choosable[] = [
  { id: "status", name: "Status", meta: { width: 160 }, cell: (view) => <StatusBadge status={view.status} outcome={view.outcome} size="sm" /> },
  {
    id: "name", name: "Name", cell: (view) => (
      <LinkAnchor to="/evaluations/$id" params={{ id: view.id }} size="sm">{view.name ?? view.id.slice(0, 8)}</LinkAnchor>
    ),
  },
  { id: "language", name: "Language", meta: { width: 110 }, cell: (view) => view.language },
  { id: "submitted", name: "Submitted", meta: { width: 110 }, cell: (view) => <Ago at={view.submitted_at} /> },
  { id: "waited", name: "Waited", meta: { width: 90, end: true }, cell: (view) => <Took from={view.queued_at} to={view.started_at ?? view.completed_at} /> },
  { id: "ran", name: "Ran", meta: { width: 90, end: true }, cell: (view) => <Took from={view.started_at} to={view.completed_at} /> },
  { id: "reason", name: "Why", cell: (view) => <Text span size="sm" lineClamp={1}>{reasonOf(view)}</Text> },
  { id: "engine", name: "Engine", meta: { width: 110 }, cell: (view) => view.engine ?? view.engine_requested },
  { id: "priority", name: "Priority", meta: { width: 90 }, cell: (view) => view.priority },
  { id: "attempt", name: "Attempt", meta: { width: 90, end: true }, cell: (view) => view.attempt },
  { id: "memory", name: "Memory", meta: { width: 100, end: true }, cell: (view) => (view.usage?.peak_memory_bytes == null ? "–" : bytes(view.usage.peak_memory_bytes)) },
  { id: "output", name: "Output", meta: { width: 100, end: true }, cell: (view) => bytes(view.stdout.total_bytes + view.stderr.total_bytes) },
  {
    id: "labels", name: "Labels", cell: (view) => (
      <Group gap={4} wrap="nowrap">
        {Object.entries(view.labels).map(([key, value]) => <Badge key={key} size="sm" variant="default" tt="none">{key}={value}</Badge>)}
      </Group>
    ),
  },
  {
    id: "batch", name: "Batch", meta: { width: 110 }, cell: (view) => view.batch && (
      <LinkAnchor to="/batches/$id" params={{ id: view.batch.id }} size="sm">{view.batch.name || view.batch.id.slice(0, 8)} #{view.batch.index}</LinkAnchor>
    ),
  },
  { id: "executor", name: "Executor", cell: (view) => view.executor ?? "–" },
  { id: "id", name: "Id", meta: { width: 320 }, cell: (view) => <Text span size="xs" ff="monospace">{view.id}</Text> },
];

/** Ids and names, in the order in which they stand. */
export const CHOICES: readonly { readonly id: string; readonly name: string }[] = ALL.map(({ id, name }) => ({ id, name }));
export const DEFAULT_COLUMNS: readonly string[] = ["status", "name", "language", "submitted", "waited", "ran", "reason"];

/** What was kept in the browser, as far as it still names columns; what tells rows apart is always there. */
export function chosenColumns(kept: unknown): readonly string[] {
  if (!Array.isArray(kept)) return DEFAULT_COLUMNS;
  const known = CHOICES.map(({ id }) => id).filter((id) => kept.includes(id));
  return known.length === 0 ? DEFAULT_COLUMNS : known;
}

const COLUMNS: readonly Column<EvaluationView>[] = ALL.map(({ id, name, meta, cell }) => ({
  id,
  header: name,
  cell: ({ row }: { readonly row: { readonly original: EvaluationView } }) => cell(row.original),
  ...(meta && { meta }),
}));

export function columnsOf(chosen: readonly string[]): readonly Column<EvaluationView>[] {
  return COLUMNS.filter(({ id }) => id !== undefined && chosen.includes(id));
}
